// Rolling down a surface, a polynomial in two weights: v = β v + ∇L(w), w = w − α v.
// data: surfaces [{name, terms [[c, i, j]], start, learning_rate, momentum, half}], colors, alt.
function descentExplorer(root, data) {
  const find = (selector) => root.querySelector(selector);
  const map = find("[data-map]"), curve = find("[data-curve]"), side = map.width;
  const { ink, soft, path: amber, before, low, line } = data.colors;
  const cells = 110, lines = 16, far = 1e6, most = 300; // steps in a run
  let surface, half, rate, momentum, start, path, losses, velocity, ghost, backdrop, floor, timer;

  // ---- the surface and the descent --------------------------------------------------------------
  const falling = (n, k) => (k === 0 ? 1 : n * falling(n - 1, k - 1));

  // The loss at w, differentiated a times by the first weight and b times by the second.
  function derivative([x, y], a = 0, b = 0) {
    return surface.terms.reduce((sum, [c, i, j]) => i < a || j < b ? sum
      : sum + c * falling(i, a) * falling(j, b) * x ** (i - a) * y ** (j - b), 0);
  }

  const gradient = (w) => [derivative(w, 1, 0), derivative(w, 0, 1)];
  const last = () => path[path.length - 1];
  const diverged = () => !(Math.hypot(...last()) < far * half);
  const flat = () => Math.hypot(...gradient(last())) < 1e-6 && Math.hypot(...velocity) < 1e-6;

  // The larger eigenvalue of the matrix of second derivatives.
  function curvature(w) {
    const [p, q, r] = [derivative(w, 2, 0), derivative(w, 1, 1), derivative(w, 0, 2)];
    return (p + r) / 2 + Math.hypot((p - r) / 2, q);
  }

  function step() {
    const slope = gradient(last());
    velocity = velocity.map((value, k) => momentum * value + slope[k]);
    path.push(last().map((value, k) => value - rate * velocity[k]));
    losses.push(derivative(last()));
  }

  // ---- drawing ----------------------------------------------------------------------------------
  const toScreen = ([x, y]) => [(x / half + 1) * side / 2, (1 - y / half) * side / 2];
  const write = (number, digits, small = 0) => (Math.abs(number) >= 1e4 || (number !== 0 && Math.abs(number) < small)
    ? number.toExponential(1) : number.toFixed(digits)).replaceAll("-", "−").replace(/^−(0\.?0*)$/, "$1");

  // Shades and contour lines, at equal steps of the root of the height; drawn once a surface.
  function drawBackdrop() {
    const place = (i) => (2 * i / cells - 1) * half;
    const heights = Array.from({ length: (cells + 1) ** 2 }, (_, n) =>
      derivative([place(n % (cells + 1)), -place(Math.floor(n / (cells + 1)))]));
    floor = Math.min(...heights);
    const top = Math.sqrt(Math.max(...heights) - floor);
    const level = heights.map((height) => lines * Math.sqrt(height - floor) / top);
    backdrop = document.createElement("canvas");
    backdrop.width = backdrop.height = side;
    const pen = backdrop.getContext("2d"), size = side / cells;
    const shade = low.match(/\w\w/g).map((part) => parseInt(part, 16));
    Object.assign(pen, { strokeStyle: line, lineWidth: 1.5 });
    pen.beginPath();
    for (let n = 0; n < cells ** 2; n += 1) {
      const x = n % cells, y = Math.floor(n / cells), at = (i, j) => [x + i, y + j, level[(y + j) * (cells + 1) + x + i]];
      const part = Math.floor(level[y * (cells + 1) + x]) / lines;
      pen.fillStyle = `rgb(${shade.map((c) => c + part * (255 - c))})`;
      pen.fillRect(x * size, y * size, size + 1, size + 1);
      contour(pen, size, [at(0, 0), at(1, 0), at(0, 1)]);
      contour(pen, size, [at(1, 0), at(0, 1), at(1, 1)]);
    }
    pen.stroke();
  }

  // The pieces of contour lines inside one triangle with corners [x, y, level].
  function contour(pen, size, corners) {
    const levels = corners.map((corner) => corner[2]);
    for (let t = Math.ceil(Math.min(...levels)); t <= Math.max(...levels); t += 1) {
      const ends = corners.flatMap((a, k) => {
        const b = corners[(k + 1) % 3], share = (t - a[2]) / (b[2] - a[2]);
        return a[2] < t !== b[2] < t ? [[a[0] + share * (b[0] - a[0]), a[1] + share * (b[1] - a[1])]] : [];
      });
      if (ends.length === 2) ends.forEach(([x, y], k) => pen[k ? "lineTo" : "moveTo"](x * size, y * size));
    }
  }

  function drawPath(pen, points, color, dots) {
    const inside = points.map(toScreen).filter((p) => p.every(Number.isFinite))
      .map((p) => p.map((value) => Math.max(-9e3, Math.min(9e3, value))));
    Object.assign(pen, { strokeStyle: color, fillStyle: color, lineWidth: 4, lineJoin: "round" });
    pen.beginPath();
    inside.forEach((p) => pen.lineTo(...p));
    pen.stroke();
    if (dots) inside.slice(0, 60).forEach((p) => dot(pen, p, 5, color));
  }

  function dot(pen, [x, y], radius, fill, edge = fill) {
    Object.assign(pen, { fillStyle: fill, strokeStyle: edge, lineWidth: 4 });
    pen.beginPath();
    pen.arc(x, y, radius, 0, 7);
    pen.fill();
    pen.stroke();
  }

  function drawMap() {
    const pen = map.getContext("2d");
    pen.drawImage(backdrop, 0, 0);
    Object.assign(pen, { fillStyle: soft, font: "26px sans-serif", textAlign: "center" });
    for (let tick = Math.ceil(-half) + 1; tick < half; tick += 1) {
      const [x, y] = toScreen([tick, tick]);
      pen.fillText(write(tick, 0), x, side - 12);
      pen.fillText(write(tick, 0), 24, y + 9);
    }
    pen.fillText("w₁", side - 28, side - 12);
    pen.fillText("w₂", 26, 34);
    if (ghost.length > 1) drawPath(pen, ghost, before, false);
    drawPath(pen, path, amber, true);
    dot(pen, toScreen(start), 13, "#fff", ink);
    if (!diverged()) dot(pen, toScreen(last()), 9, ink);
  }

  function drawCurve() {
    const pen = curve.getContext("2d"), { width, height } = curve;
    const top = Math.max(...losses.slice(0, 1), floor + 1e-9), right = Math.max(20, losses.length - 1);
    pen.clearRect(0, 0, width, height);
    Object.assign(pen, { fillStyle: soft, font: "26px sans-serif", textAlign: "left" });
    pen.fillText("loss", 12, 30);
    pen.textAlign = "right";
    pen.fillText(`to step ${right}`, width - 12, 30);
    Object.assign(pen, { strokeStyle: amber, lineWidth: 4 });
    pen.beginPath();
    losses.forEach((loss, t) => {
      const share = (loss - floor) / (top - floor);
      const y = Number.isFinite(share) ? Math.max(-height, (height - 50) * (1 - share) + 42) : -height;
      pen.lineTo(10 + t / right * (width - 20), Math.min(height - 6, y));
    });
    pen.stroke();
  }

  function draw(say = true) {
    const steps = path.length - 1, w = last(), limit = 2 * (1 + momentum) / curvature(w);
    const where = `w = (${w.map((value) => write(value, 2)).join(", ")})`;
    const loss = losses[steps], state = `step ${steps}: ${where}, loss ${write(loss, 4, 1e-3)}`;
    const ending = diverged() ? "Diverged: the steps grow without limit."
      : flat() ? "Flat: the gradient is nearly 0, and the next step leads nowhere." : "";
    const bound = limit > 0 && Number.isFinite(limit) ? `The curvature here allows α up to ${write(limit, 3)}.` : "";
    find("[data-state]").textContent =
      `${state}, gradient ${write(Math.hypot(...gradient(w)), 4, 1e-3)}. ${ending || bound}`;
    if (say) find("[data-said]").textContent = `${state}. ${ending}`;
    curve.setAttribute("aria-label", `${data.alt} Surface: ${surface.name}. At ${state}. ${ending}`);
    map.setAttribute("aria-valuetext", `start at ${start.map((value) => write(value, 2)).join(", ")}; ${state}`);
    map.setAttribute("aria-valuenow", start[0]);
    drawMap();
    drawCurve();
    Object.assign(root.dataset, { steps, loss, diverged: diverged(), path: JSON.stringify(path) });
  }

  // ---- controls ---------------------------------------------------------------------------------
  function stop() {
    clearTimeout(timer);
    timer = undefined;
    find("[data-run]").textContent = "Run";
  }

  function restart() {
    stop();
    if (path?.length > 1) ghost = path; // stays in gray, to compare with
    [path, losses, velocity] = [[[...start]], [derivative(start)], [0, 0]];
    draw();
  }

  function run() {
    const end = path.length + most, still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    find("[data-run]").textContent = "Stop";
    (function turn() {
      do step(); while (still && path.length < end && !diverged() && !flat());
      const over = path.length >= end || diverged() || flat();
      if (over) stop(); else timer = setTimeout(turn, 50);
      draw(over);
    })();
  }

  function set(name, value, source) {
    if (name === "rate") rate = value; else momentum = value;
    const slide = find(`[data-slide="${name}"]`), type = find(`[data-type="${name}"]`);
    if (source !== type) type.value = value;
    if (source !== slide) slide.value = name === "rate" ? Math.log10(value) : value;
    slide.setAttribute("aria-valuetext", value);
  }

  function choose(index) {
    surface = data.surfaces[index];
    half = surface.half;
    start = [...surface.start];
    ghost = path = [];
    set("rate", surface.learning_rate);
    set("momentum", surface.momentum);
    map.setAttribute("aria-valuemin", -half);
    map.setAttribute("aria-valuemax", half);
    drawBackdrop();
    restart();
  }

  function move(w) {
    start = w.map((value) => Math.max(-half, Math.min(half, value)));
    restart();
  }

  root.querySelectorAll("[data-slide]").forEach((slide) => slide.addEventListener("input", () => {
    const value = slide.valueAsNumber, name = slide.dataset.slide;
    set(name, name === "rate" ? Number((10 ** value).toPrecision(2)) : value, slide);
    draw();
  }));
  root.querySelectorAll("[data-type]").forEach((type) => type.addEventListener("input", () => {
    const value = type.valueAsNumber, name = type.dataset.type;
    if (!(name === "rate" ? value > 0 && value <= 1e6 : value >= 0 && value < 1)) return;
    set(name, value, type);
    draw();
  }));

  map.addEventListener("pointerdown", (event) => {
    const follow = (moved) => {
      const box = map.getBoundingClientRect();
      move([(2 * (moved.clientX - box.left) / box.width - 1) * half,
        (1 - 2 * (moved.clientY - box.top) / box.height) * half]);
    };
    map.setPointerCapture(event.pointerId);
    map.addEventListener("pointermove", follow);
    map.addEventListener("lostpointercapture", () => map.removeEventListener("pointermove", follow), { once: true });
    follow(event);
  });

  map.addEventListener("keydown", (event) => {
    const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key];
    if (!way) return;
    event.preventDefault();
    const size = (event.shiftKey ? 0.1 : 0.02) * half;
    move(start.map((value, k) => value + size * way[k]));
  });

  find("[data-surface]").addEventListener("input", (event) => choose(Number(event.target.value)));
  find("[data-step]").addEventListener("click", () => { stop(); if (!diverged()) step(); draw(); });
  find("[data-run]").addEventListener("click", () => (timer ? (stop(), draw()) : diverged() || run()));
  find("[data-reset]").addEventListener("click", restart);
  find("[data-static]").remove();
  find(".dlcv-body").hidden = false;
  find("[data-surface]").value = 0;
  choose(0);
}
