// Points to drag, and three lines fitted to them: least squares, least absolute error, Huber.
// data: points [[x, y]], limits [left, right, bottom, top], delta, width, alt.
function robustLine(root, data) {
  const { limits: [left, right, bottom, top], width } = data;
  const scale = width / (right - left), tall = data.height / (top - bottom);
  const find = (selector) => root.querySelector(selector);
  const all = (selector) => [...root.querySelectorAll(selector)];
  const write = (number, digits = 2) => number.toFixed(digits).replace("-", "−");
  const toScreen = ([x, y]) => [(x - left) * scale, (top - y) * tall];
  const within = (value, low, high) => Math.min(high, Math.max(low, value));
  const sum = (values) => values.reduce((total, value) => total + value, 0);
  let points, delta;

  // ---- the three fits: [slope, intercept] -----------------------------------------------------
  const residuals = ([slope, intercept]) => points.map(([x, y]) => slope * x + intercept - y);
  const huber = (r) => Math.abs(r) <= delta ? r * r / 2 : delta * (Math.abs(r) - delta / 2);
  const losses = { l2: (r) => r * r, l1: Math.abs, huber };
  const mean = (loss, line) => sum(residuals(line).map(loss)) / points.length;

  function weighted(weights) {
    const total = sum(weights), x = sum(points.map((p, i) => weights[i] * p[0])) / total;
    const y = sum(points.map((p, i) => weights[i] * p[1])) / total;
    const xx = sum(points.map((p, i) => weights[i] * (p[0] - x) ** 2));
    const slope = xx > 1e-12 ? sum(points.map((p, i) => weights[i] * (p[0] - x) * (p[1] - y))) / xx : 0;
    return [slope, y - slope * x];
  }

  // Some best line for the absolute error passes through two of the points: try all pairs.
  function leastAbsolute() {
    let best = weighted(points.map(() => 1));
    let least = Infinity;
    points.forEach(([x, y], i) => points.slice(0, i).forEach(([u, v]) => {
      if (Math.abs(x - u) < 1e-9) return;
      const slope = (y - v) / (x - u), line = [slope, y - slope * x], loss = mean(losses.l1, line);
      if (loss < least - 1e-12) [best, least] = [line, loss];
    }));
    return best;
  }

  // Weighted least squares again and again: a point δ / |r| times as heavy once |r| exceeds δ.
  function leastHuber() {
    let line = leastAbsolute();
    for (let turn = 0; turn < 300; turn += 1)
      line = weighted(residuals(line).map((r) => Math.min(1, delta / Math.max(Math.abs(r), 1e-12))));
    return line;
  }

  // ---- drawing --------------------------------------------------------------------------------
  function draw() {
    const lines = { l2: weighted(points.map(() => 1)), l1: leastAbsolute(), huber: leastHuber() };
    for (const [name, [slope, intercept]] of Object.entries(lines)) {
      const ends = [left, right].flatMap((x) => toScreen([x, slope * x + intercept]));
      ["x1", "y1", "x2", "y2"].forEach((key, i) =>
        find(`line[data-line="${name}"]`).setAttribute(key, ends[i]));
      find(`[data-slope="${name}"]`).textContent = write(slope);
      find(`[data-intercept="${name}"]`).textContent = write(intercept);
      find(`[data-mean="${name}"]`).textContent = write(mean(losses[name], [slope, intercept]), 3);
    }
    all(".dlcv-probe").forEach((dot, i) => {
      const [x, y] = points[i], text = `x = ${write(x)}, y = ${write(y)}`;
      dot.setAttribute("transform", `translate(${toScreen(points[i])})`);
      dot.setAttribute("aria-valuenow", y.toFixed(2));
      dot.setAttribute("aria-valuetext", text);
    });
    find("[data-delta]").value = delta;
    find("[data-delta]").setAttribute("aria-valuetext", `δ = ${write(delta)}`);
    find("[data-delta-text]").textContent = write(delta);
    const slopes = Object.entries({ L2: "l2", L1: "l1", Huber: "huber" })
      .map(([name, key]) => `${name} ${write(lines[key][0])}`).join(", ");
    find("svg").setAttribute("aria-label", `${data.alt} Slopes: ${slopes}.`);
    Object.assign(root.dataset, { points: JSON.stringify(points), lines: JSON.stringify(lines) });
  }

  // ---- mouse, fingers, keyboard ---------------------------------------------------------------
  function move(i, x, y) {
    points[i] = [within(x, left, right), within(y, bottom, top)];
    draw();
  }

  all(".dlcv-probe").forEach((dot, i) => {
    const drag = (event) => {
      const frame = find("svg").getBoundingClientRect();
      move(i, left + (event.clientX - frame.left) / frame.width * (right - left),
        top - (event.clientY - frame.top) / frame.height * (top - bottom));
    };
    dot.addEventListener("pointerdown", (event) => {
      event.preventDefault();
      dot.focus();
      dot.setPointerCapture(event.pointerId);
      dot.addEventListener("pointermove", drag);
      dot.addEventListener("lostpointercapture",
        () => dot.removeEventListener("pointermove", drag), { once: true });
    });
    dot.addEventListener("keydown", (event) => {
      const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key];
      if (!way) return;
      event.preventDefault();
      const part = event.shiftKey ? 0.1 : 0.02;
      move(i, points[i][0] + way[0] * part * (right - left), points[i][1] + way[1] * part * (top - bottom));
    });
  });

  find("[data-delta]").addEventListener("input", (event) => {
    delta = Number(event.target.value);
    draw();
  });
  function reset() {
    points = data.points.map((point) => [...point]);
    delta = data.delta;
    draw();
  }
  find("[data-reset]").addEventListener("click", reset);
  find(".dlcv-body").hidden = false;
  reset();
}
