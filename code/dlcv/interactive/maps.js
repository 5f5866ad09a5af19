// Maps of a network beside the image they belong to; choose image, layer and channel.
// data: images (base64 of RGB bytes), size [H, W], titles, layers [{name, size [h, w], channels,
// values (base64, a byte a place), largest [image][channel]}], names (of channels) or null,
// notes [image][channel] or null, palette (base64 of 256 RGB colors), alt, start [image, layer, channel].
function mapExplorer(root, data) {
  const find = (name) => root.querySelector(`[data-${name}]`);
  const fields = ["image", "layer", "channel", "common"].map(find);
  const [image, layer, channel, common] = fields;
  const bytes = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const pixels = bytes(data.images), palette = bytes(data.palette);
  const values = data.layers.map((one) => bytes(one.values));

  function paint(canvas, [height, width], color) {
    canvas.width = width;
    canvas.height = height;
    const context = canvas.getContext("2d"), drawn = context.createImageData(width, height);
    for (let i = 0; i < width * height; i++) drawn.data.set([...color(i), 255], 4 * i);
    context.putImageData(drawn, 0, 0);
  }

  function draw() {
    const n = Number(image.value), l = Number(layer.value), chosen = data.layers[l];
    channel.max = chosen.channels - 1;
    const c = Math.min(Number(channel.value), chosen.channels - 1);
    const offset = 3 * n * data.size[0] * data.size[1], [h, w] = chosen.size;
    paint(find("picture"), data.size, (i) => pixels.subarray(offset + 3 * i, offset + 3 * i + 3));
    const most = chosen.largest[n][c];
    const scale = common.checked ? Math.max(...chosen.largest.map((row) => row[c])) : most;
    const first = (n * chosen.channels + c) * h * w, share = scale > 0 ? most / scale : 0;
    paint(find("map"), chosen.size, (i) => {
      const level = Math.round(values[l][first + i] * share);
      return palette.subarray(3 * level, 3 * level + 3);
    });
    const name = data.names ? data.names[c] : `map ${c}`;
    const told = `${data.titles[n]} · ${chosen.name}, ${name}`;
    const note = data.notes ? data.notes[n][c] : `largest value ${most.toFixed(2)}`;
    find("number").textContent = data.names ? "" : `${c} of ${chosen.channels}`;
    if (!data.names) channel.setAttribute("aria-valuetext", `${name} of ${chosen.channels}`);
    find("told").textContent = `${told}: ${note}`;
    find("picture").setAttribute("aria-label", data.titles[n]);
    find("map").setAttribute("aria-label", `${data.alt} ${told}`);
  }

  [image.value, layer.value] = data.start;
  draw(); // sets how far the channels go
  channel.value = data.start[2];
  draw();
  for (const field of fields) field.addEventListener("input", draw);
  find("static").hidden = true;
  find("body").hidden = false;
}
