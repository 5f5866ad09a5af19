// A row of a photo with noise, and its derivative after smoothing.
// data: pixels (base64, one byte each), height, width, draws (rows of standard normal numbers), row,
// panels [[top, height], …] of the drawing, alt.
function noiseExplorer(root, data) {
  const { height, width, draws, panels } = data;
  const levels = Uint8Array.from(atob(data.pixels), (letter) => letter.charCodeAt(0));
  const find = (selector) => root.querySelector(selector);
  const canvas = find("canvas"), svg = find("svg");
  const wide = svg.viewBox.baseVal.width;
  const write = (number, digits) => number.toFixed(digits).replace("-", "−");
  let row = data.row, draw = 0;

  // ---- what is shown --------------------------------------------------------------------------
  // One row of the bell, cut off at 4 σ, with the sum 1; for the least σ a single 1.
  function bell(sigma) {
    const reach = Math.floor(4 * sigma + 0.5), weights = [];
    for (let u = -reach; u <= reach; u += 1)
      weights.push(u === 0 ? 1 : Math.exp(-u * u / (2 * sigma * sigma)));
    const sum = weights.reduce((a, b) => a + b);
    return weights.map((weight) => weight / sum);
  }

  // Beyond the ends of the row it is reflected: d c b · a b c d · c b a.
  function correlate(values, weights) {
    const reach = (weights.length - 1) / 2, last = values.length - 1;
    return values.map((_, x) => weights.reduce((total, weight, k) =>
      total + weight * values[last - Math.abs(last - Math.abs(x + k - reach))], 0));
  }

  // Both kernels in one: what one noisy pixel becomes.
  function response(weights) {
    const padded = [0, 0, ...weights, 0, 0];
    return padded.slice(1, -1).map((_, i) => (padded[i] - padded[i + 2]) / 2);
  }

  const steepest = (slope) => slope.reduce((best, value, x) =>
    Math.abs(value) > Math.abs(slope[best]) ? x : best, 0);

  function update() {
    const noise = find("[data-noise]").valueAsNumber, sigma = find("[data-sigma]").valueAsNumber;
    const photo = Array.from(levels.subarray(row * width, (row + 1) * width), (level) => level / 255);
    const noisy = photo.map((value, x) => value + noise * draws[draw][x]);
    const weights = bell(sigma), smooth = correlate(noisy, weights);
    const slope = correlate(smooth, [-0.5, 0, 0.5]);
    const clean = correlate(correlate(photo, weights), [-0.5, 0, 0.5]);
    const spread = noise * Math.hypot(...response(weights)); // the noise gain
    Object.assign(root, { shown: { row, noisy, smooth, slope, clean, spread } });
    plot({ noisy, smooth }, panels[0], -0.2, 1.2);
    const peak = Math.max(...clean.map(Math.abs));
    const limit = 1.2 * Math.max(peak, 3 * spread, 1e-3);
    plot({ clean, slope }, panels[1], -limit, limit);
    mark(spread, limit, steepest(slope));
    say(noise, sigma, peak, spread, steepest(slope));
    paint();
  }

  // ---- drawing --------------------------------------------------------------------------------
  const across = (x) => (x + 0.5) / width * wide;

  function plot(curves, [top, tall], low, high) {
    for (const [name, values] of Object.entries(curves)) {
      const places = values.map((value, x) => {
        const share = Math.min(1, Math.max(0, (value - low) / (high - low)));
        return `${across(x).toFixed(1)},${(top + tall * (1 - share)).toFixed(1)}`;
      });
      find(`[data-curve="${name}"]`).setAttribute("points", places.join(" "));
    }
  }

  function mark(spread, limit, found) {
    const [top, tall] = panels[1], half = tall / 2 * Math.min(1, 2 * spread / limit);
    find("[data-band]").setAttribute("y", top + tall / 2 - half);
    find("[data-band]").setAttribute("height", 2 * half);
    root.querySelectorAll("[data-limit]").forEach((text, k) => {
      text.setAttribute("y", k ? top + tall - 5 : top + 15);
      text.textContent = write(k ? -limit : limit, 2);
    });
    const line = panels.map(([above, by]) => `M${across(found).toFixed(1)},${above}v${by}`);
    find("[data-found]").setAttribute("d", line.join(""));
  }

  // Two lines, a dark and a bright one, are seen on every picture.
  function paint() {
    const pen = canvas.getContext("2d"), picture = pen.createImageData(width, height);
    levels.forEach((level, i) => picture.data.set([level, level, level, 255], 4 * i));
    pen.putImageData(picture, 0, 0);
    for (const [color, y, by] of [["#22252B", row - 1, 3], ["#FFC24B", row, 1]]) {
      pen.fillStyle = color;
      pen.fillRect(0, y, width, by);
    }
    canvas.setAttribute("aria-valuenow", row);
    canvas.setAttribute("aria-valuetext", `row ${row}`);
  }

  function say(noise, sigma, peak, spread, found) {
    const ratio = spread ? `${write(peak / spread, 1)} times the noise` : "without noise";
    const text = `Row ${row}: steepest at column ${found} (dashed). After smoothing, the photo's ` +
      `steepest slope is ${write(peak, 3)}, ${ratio}${spread ? `, s = ${write(spread, 3)}` : ""}.`;
    find(".dlcv-summary").textContent = text;
    svg.setAttribute("aria-label", `${data.alt} ${text}`);
    for (const [name, value, digits] of [["noise", noise, 2], ["sigma", sigma, 1]]) {
      const field = find(`[data-${name}]`), shown = write(value, digits) + (digits === 1 ? " px" : "");
      field.setAttribute("aria-valuetext", shown);
      field.nextElementSibling.textContent = shown;
    }
  }

  // ---- controls -------------------------------------------------------------------------------
  function choose(next) {
    row = Math.min(height - 1, Math.max(0, next));
    update();
  }

  canvas.addEventListener("pointerdown", (event) => {
    const follow = ({ clientY }) => {
      const box = canvas.getBoundingClientRect();
      choose(Math.floor((clientY - box.top) / box.height * height));
    };
    canvas.setPointerCapture(event.pointerId);
    canvas.addEventListener("pointermove", follow);
    canvas.addEventListener("lostpointercapture",
      () => canvas.removeEventListener("pointermove", follow), { once: true });
    follow(event);
  });

  canvas.addEventListener("keydown", (event) => {
    const step = { ArrowUp: -1, ArrowLeft: -1, ArrowDown: 1, ArrowRight: 1, PageUp: -8, PageDown: 8,
      Home: -height, End: height }[event.key];
    if (!step) return;
    event.preventDefault();
    choose(row + (event.shiftKey ? 8 : 1) * step);
  });

  for (const name of ["noise", "sigma"]) find(`[data-${name}]`).addEventListener("input", update);
  find("[data-again]").addEventListener("click", () => {
    draw = (draw + 1) % draws.length;
    update();
  });
  find(".dlcv-body").hidden = false;
  update();
}
