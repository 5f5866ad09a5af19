// A picture to move pixel by pixel, what a filter sees in it, and what pooling keeps of that.
// data: pixels (base64, one byte each), side, kernels [{name, weights}], kinds {key: name},
// sizes, reach (the largest shift), start {kernel, kind, size, right, down}, alt.
function poolingExplorer(root, data) {
  const { side, reach, kernels } = data;
  const find = (selector) => root.querySelector(selector);
  const picture = Float64Array.from(atob(data.pixels), (letter) => letter.charCodeAt(0) / 255);
  const field = Object.fromEntries(["kernel", "kind", "size", "right", "down"]
    .map((name) => [name, find(`[data-${name}]`)]));
  const at = (map, n, row, column) =>
    row < 0 || column < 0 || row >= n || column >= n ? 0 : map[row * n + column];
  const make = (n, value) =>
    Float64Array.from({ length: n * n }, (_, i) => value(Math.floor(i / n), i % n));

  // ---- shift, filter, pool --------------------------------------------------------------------
  const moved = (right, down) => make(side, (r, c) => at(picture, side, r - down, c - right));

  const filtered = (image, weights) => make(side, (r, c) => Math.max(0, weights.reduce(
    (sum, line, k) => line.reduce((s, w, l) => s + w * at(image, side, r + k - 1, c + l - 1), sum), 0)));

  function windows(map, F, r, c) {
    return Array.from({ length: F * F }, (_, i) => at(map, side, r + Math.floor(i / F), c + i % F));
  }

  const pools = {
    max: (map, F) => (r, c) => Math.max(...windows(map, F, r, c)),
    average: (map, F) => (r, c) => windows(map, F, r, c).reduce((a, b) => a + b) / F ** 2,
    every: (map) => (r, c) => map[r * side + c],
    // The largest of every window, at stride 1; then a mean with weights 1 … F … 1; then every F-th.
    blurred: (map, F) => {
      const dense = make(side, pools.max(map, F));
      return (r, c) => {
        let sum = 0;
        for (let k = 1 - F; k < F; k += 1)
          for (let l = 1 - F; l < F; l += 1)
            sum += (F - Math.abs(k)) * (F - Math.abs(l)) * at(dense, side, r + k, c + l);
        return sum / F ** 4;
      };
    },
  };

  function maps(right, down) {
    const { weights } = kernels[field.kernel.value], F = Number(field.size.value);
    const image = moved(right, down), map = filtered(image, weights);
    const pool = pools[field.kind.value](map, F);
    return [image, map, make(side / F, (r, c) => pool(F * r, F * c))];
  }

  // The length of the difference, place by place, in parts of the length before.
  const length = (values) => Math.hypot(...values);
  const change = (now, before) =>
    length(now.map((value, i) => value - before[i])) / Math.max(length(before), 1e-12);

  // ---- drawing --------------------------------------------------------------------------------
  function paint(canvas, map, most) {
    const n = Math.sqrt(map.length), pen = canvas.getContext("2d"), cell = canvas.width / n;
    map.forEach((value, i) => {
      const gray = Math.round(255 * Math.min(1, value / Math.max(most, 1e-12)));
      pen.fillStyle = `rgb(${gray},${gray},${gray})`;
      pen.fillRect(cell * (i % n), cell * Math.floor(i / n), cell, cell);
    });
  }

  function grid(canvas, n) {
    const pen = canvas.getContext("2d"), step = canvas.width / n;
    pen.strokeStyle = "#FFC24B";
    for (let k = 1; k < n; k += 1)
      for (const line of [[k * step, 0, 1, canvas.height], [0, k * step, canvas.width, 1]]) {
        pen.fillStyle = "#8A6A1E";
        pen.fillRect(...line);
      }
  }

  const write = (number) => `${Math.abs(number)}`;
  function place(right, down) {
    const words = [];
    if (right) words.push(`${write(right)} ${right > 0 ? "right" : "left"}`);
    if (down) words.push(`${write(down)} ${down > 0 ? "down" : "up"}`);
    return words.length ? words.join(", ") : "in place";
  }

  function draw() {
    const [right, down] = [field.right, field.down].map((f) => Number(f.value));
    const before = maps(0, 0), now = maps(right, down);
    const names = ["picture", "map", "pooled"];
    const changes = now.map((map, i) => change(map, before[i]));
    names.forEach((name, i) => {
      paint(find(`[data-canvas="${name}"]`), now[i], i === 0 ? 1 : Math.max(...before[i]));
      find(`[data-change="${name}"]`).textContent = `changed ${Math.round(100 * changes[i])} %`;
    });
    grid(find('[data-canvas="map"]'), Math.sqrt(now[2].length));
    for (const f of [field.right, field.down]) {
      const text = f.value.replace("-", "−");
      f.nextElementSibling.textContent = text;
      f.setAttribute("aria-valuetext", `${text} pixels`);
    }
    const percent = changes.map((value) => `${Math.round(100 * value)} %`);
    find("[data-words]").textContent = `Moved: ${place(right, down)}. The picture has changed by `
      + `${percent[0]}, the filtered map by ${percent[1]}, the pooled map by ${percent[2]}.`;
    Object.assign(root.dataset, { changes: JSON.stringify(changes), pooled: JSON.stringify([...now[2]]) });
  }

  // ---- mouse and fingers ----------------------------------------------------------------------
  const canvas = find('[data-canvas="picture"]');
  const clip = (value) => Math.max(-reach, Math.min(reach, value));
  canvas.addEventListener("pointerdown", (event) => {
    event.preventDefault();
    canvas.setPointerCapture(event.pointerId);
    const cell = canvas.getBoundingClientRect().width / side;
    const from = [event.clientX - cell * field.right.value, event.clientY - cell * field.down.value];
    const drag = (move) => {
      field.right.value = clip(Math.round((move.clientX - from[0]) / cell));
      field.down.value = clip(Math.round((move.clientY - from[1]) / cell));
      draw();
    };
    canvas.addEventListener("pointermove", drag);
    canvas.addEventListener("lostpointercapture",
      () => canvas.removeEventListener("pointermove", drag), { once: true });
  });
  Object.values(field).forEach((f) => f.addEventListener("input", draw));
  find("[data-back]").addEventListener("click", () => {
    field.right.value = field.down.value = 0;
    draw();
  });
  Object.entries(data.start).forEach(([name, value]) => { field[name].value = value; });
  find("[data-static]").remove();
  find(".dlcv-body").hidden = false;
  draw();
}
