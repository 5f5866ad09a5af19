// A network of ReLU units on the plane, to take hold of: f(x) = sum of v max(0, w x + b), plus c.
// data: cases [{name, points, labels}], weights [[w1, w2, b, v]], bias c, hidden, colors, tints
// [class 0, class 1], inks [a unit], half (side of the plane / 2), rate, alt.
function hiddenUnits(root, data) {
  const { cases, colors, tints, half } = data;
  const find = (selector) => root.querySelector(selector);
  const all = (selector) => [...root.querySelectorAll(selector)];
  const canvas = find("canvas"), svg = find("[data-handles]"), side = canvas.width;
  const scale = side / (2 * half), grain = 3; // pixels of a patch of the plane
  const toScreen = ([x, y]) => [(x + half) * scale, (half - y) * scale];
  const write = (number, digits = 2) => number.toFixed(digits).replace("-", "−");
  const inside = (x) => x.every((value) => Math.abs(value) <= half);
  let units, c, velocity, anchors, probe, points, labels, steps, timer, starts = 0;

  // ---- the network ----------------------------------------------------------------------------
  const weighted = ([w1, w2, b], x) => w1 * x[0] + w2 * x[1] + b;
  const output = (x) => units.reduce((f, unit) => f + unit[3] * Math.max(0, weighted(unit, x)), c);

  // Mean cross-entropy of the sigmoid, accuracy, and the gradients; by hand, as in chapter 8.
  function evaluate() {
    let loss = 0, right = 0, dc = 0;
    const dUnits = units.map(() => [0, 0, 0, 0]);
    points.forEach((x, i) => {
      const f = output(x), sign = labels[i] ? 1 : -1;
      loss += (Math.max(0, -sign * f) + Math.log1p(Math.exp(-Math.abs(f)))) / points.length;
      right += sign * f > 0;
      const error = (1 / (1 + Math.exp(-f)) - labels[i]) / points.length; // dL/df
      dc += error;
      units.forEach((unit, h) => {
        const z = weighted(unit, x);
        if (z <= 0) return; // the unit is off: nothing flows back through it
        dUnits[h][3] += error * z;
        [x[0], x[1], 1].forEach((input, j) => { dUnits[h][j] += error * unit[3] * input; });
      });
    });
    return { loss, accuracy: right / points.length, dUnits, dc };
  }

  function step(outputsOnly) {
    const { dUnits, dc } = evaluate();
    const move = (value, slope, speed) => [value - data.rate * (0.9 * speed + slope), 0.9 * speed + slope];
    units = units.map((unit, h) => unit.map((value, j) => {
      if (outputsOnly && j < 3) return value;
      [value, velocity.units[h][j]] = move(value, dUnits[h][j], velocity.units[h][j]);
      return value;
    }));
    [c, velocity.c] = move(c, dc, velocity.c);
    steps += 1;
  }

  function rest() { velocity = { units: units.map(() => [0, 0, 0, 0]), c: 0 }; }

  // ---- bends ----------------------------------------------------------------------------------
  // The point of the unit's bend that is nearest to `from`.
  function foot([w1, w2, b], from) {
    const t = weighted([w1, w2, b], from) / Math.max(1e-9, w1 * w1 + w2 * w2);
    return [from[0] - t * w1, from[1] - t * w2];
  }

  function settle() {
    anchors = units.map((unit, h) => {
      const near = foot(unit, anchors?.[h] ?? [0, 0]);
      return inside(near) ? near : foot(unit, [0, 0]);
    });
  }

  // An arrow is as long as the square root of the weights' length, and ends inside the frame.
  const reach = ([w1, w2]) => [w1, w2].map((w) => 0.4 * w / Math.sqrt(Math.hypot(w1, w2) || 1));
  function tip(h) {
    const way = reach(units[h]);
    const room = Math.min(...way.map((step, j) =>
      step === 0 ? 1 : (Math.sign(step) * half - anchors[h][j]) / step));
    return anchors[h].map((value, j) => value + (room >= 1 ? 1 : Math.max(0.1, 0.95 * room)) * way[j]);
  }

  // ---- drawing --------------------------------------------------------------------------------
  function paint() {
    const pen = canvas.getContext("2d"), count = side / grain;
    for (let row = 0; row < count; row += 1)
      for (let column = 0; column < count; column += 1) {
        const x = [(column + 0.5) * grain / scale - half, half - (row + 0.5) * grain / scale];
        pen.fillStyle = tints[output(x) > 0 ? 1 : 0];
        pen.fillRect(column * grain, row * grain, grain, grain);
      }
    pen.strokeStyle = "#fff";
    points.forEach((point, i) => {
      const [x, y] = toScreen(point);
      pen.beginPath();
      if (labels[i]) pen.rect(x - 4.5, y - 4.5, 9, 9); else pen.arc(x, y, 5, 0, 7);
      pen.fillStyle = colors[labels[i]];
      pen.fill();
      pen.stroke();
    });
  }

  const place = (element, x) => element.setAttribute("transform", `translate(${toScreen(x)})`);

  function drawUnit(h) {
    const shown = h < units.length && Math.hypot(units[h][0], units[h][1]) > 1e-6 && inside(anchors[h]);
    all(`svg [data-h="${h}"]`).forEach((part) => { part.style.display = shown ? "" : "none"; });
    if (!shown) return;
    const [x, y] = toScreen(anchors[h]), [tx, ty] = toScreen(tip(h));
    const far = 2 * side / Math.hypot(tx - x, ty - y); // the bend is perpendicular to the arrow
    const set = (name, ends) => ["x1", "y1", "x2", "y2"].forEach((key, i) =>
      find(`.${name}[data-h="${h}"]`).setAttribute(key, ends[i]));
    set("dlcv-line", [x - far * (ty - y), y + far * (tx - x), x + far * (ty - y), y - far * (tx - x)]);
    set("dlcv-arrow", [x, y, tx, ty]);
    place(find(`.dlcv-foot[data-h="${h}"]`), anchors[h]);
    place(find(`.dlcv-tip[data-h="${h}"]`), tip(h));
  }

  function draw() {
    const { loss, accuracy } = evaluate(), f = output(probe);
    paint();
    all("tr[data-row]").forEach((row, h) => {
      row.hidden = h >= units.length;
      drawUnit(h);
      const a = h < units.length ? Math.max(0, weighted(units[h], probe)) : 0;
      row.querySelector("[data-activation]").textContent = a > 0 ? write(a) : "off";
    });
    all("[data-parameter]").forEach((field) => {
      const [h, j] = field.dataset.parameter.split(",").map(Number);
      const value = h < 0 ? c : units[h]?.[j];
      if (field !== document.activeElement && value !== undefined) field.value = Number(value.toFixed(2));
    });
    place(find(".dlcv-probe"), probe);
    const where = `x₁ = ${write(probe[0])}, x₂ = ${write(probe[1])}`;
    const verdict = `f = ${write(f)}: class ${f > 0 ? 1 : 0}`;
    find("[data-where]").textContent = where;
    find("[data-verdict]").textContent = verdict;
    find("[data-loss-text]").textContent = write(loss, 3);
    find("[data-accuracy-text]").textContent = `${(100 * accuracy).toFixed(1)} %`;
    find("[data-steps-text]").textContent = steps;
    find(".dlcv-probe").setAttribute("aria-valuetext", `${where}; ${verdict}`);
    find(".dlcv-probe").setAttribute("aria-valuenow", probe[0].toFixed(2));
    svg.setAttribute("aria-label", `${data.alt} ${units.length} hidden units, ` +
      `${(100 * accuracy).toFixed(0)} percent right. Probe at ${where}; ${verdict}.`);
    Object.assign(root.dataset, { loss, accuracy, steps, output: f, bias: c,
      units: JSON.stringify(units) });
  }

  function refresh() { settle(); draw(); }

  // ---- mouse, fingers, keyboard ---------------------------------------------------------------
  function fromScreen(event) {
    const frame = svg.getBoundingClientRect(), limit = (value) => Math.min(half, Math.max(-half, value));
    return [limit((event.clientX - frame.left) / frame.width * 2 * half - half),
      limit(half - (event.clientY - frame.top) / frame.height * 2 * half)];
  }

  const moves = {
    "dlcv-tip": (h, x) => {
      const way = x.map((value, j) => (value - anchors[h][j]) / 0.4), long = Math.hypot(...way);
      units[h][0] = way[0] * long;
      units[h][1] = way[1] * long;
      units[h][2] = -(units[h][0] * anchors[h][0] + units[h][1] * anchors[h][1]);
    },
    "dlcv-foot": (h, x) => {
      anchors[h] = x;
      units[h][2] = -(units[h][0] * x[0] + units[h][1] * x[1]);
    },
    "dlcv-probe": (_, x) => { probe = x; },
  };

  svg.addEventListener("pointerdown", (event) => {
    const handle = event.target.closest(".dlcv-tip, .dlcv-foot") ?? find(".dlcv-probe");
    const move = moves[handle.getAttribute("class")];
    const drag = (moved) => { move(Number(handle.dataset.h), fromScreen(moved)); draw(); };
    event.preventDefault();
    stop();
    svg.setPointerCapture(event.pointerId);
    svg.addEventListener("pointermove", drag);
    svg.addEventListener("lostpointercapture", () => svg.removeEventListener("pointermove", drag),
      { once: true });
    drag(event);
  });

  find(".dlcv-probe").addEventListener("keydown", (event) => {
    const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key];
    if (!way) return;
    event.preventDefault();
    const next = probe.map((value, j) => value + (event.shiftKey ? 0.2 : 0.05) * way[j]);
    if (inside(next)) probe = next;
    draw();
  });

  all("[data-parameter]").forEach((field) => field.addEventListener("input", () => {
    const [h, j] = field.dataset.parameter.split(",").map(Number), value = field.valueAsNumber;
    if (!Number.isFinite(value)) return;
    stop();
    if (h < 0) c = value; else units[h][j] = value;
    refresh();
  }));

  // ---- learning -------------------------------------------------------------------------------
  function stop() {
    cancelAnimationFrame(timer);
    timer = undefined;
    rest();
    find("[data-train]").textContent = "Train all weights";
    find("[data-fit]").textContent = "Train v and c only";
  }

  function train(button, outputsOnly) {
    const running = timer !== undefined;
    stop();
    if (running) return;
    const last = steps + 500, still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    button.textContent = "Stop";
    (function turn() {
      for (let i = 0; i < (still ? 500 : 5) && steps < last; i += 1) step(outputsOnly);
      refresh();
      if (steps < last) timer = requestAnimationFrame(turn); else stop();
    })();
  }

  // ---- where to begin -------------------------------------------------------------------------
  function choose() {
    ({ points, labels } = cases[Number(find("[data-case]").value)]);
    stop();
    steps = 0;
    draw();
  }

  // Units at random, the same ones in the same order on every visit.
  function shuffle() {
    let seed = (starts += 1) * 2654435761 % 2147483647;
    const random = () => (seed = seed * 48271 % 2147483647) / 1073741823.5 - 1;
    units = Array.from({ length: Number(find("[data-hidden]").value) },
      () => [2 * random(), 2 * random(), random(), random()]);
    c = 0;
    restart();
  }

  function restart() {
    stop();
    anchors = undefined;
    steps = 0;
    refresh();
  }

  function reset() {
    units = data.weights.map((unit) => [...unit]);
    c = data.bias;
    probe = [0.5, 0.25];
    find("[data-hidden]").value = units.length;
    ({ points, labels } = cases[Number(find("[data-case]").value)]);
    restart();
  }

  find("[data-hidden]").addEventListener("input", () => {
    const count = Number(find("[data-hidden]").value);
    while (units.length < count) units.push(data.spare[units.length].slice());
    units.length = count;
    stop();
    refresh();
  });
  find("[data-case]").addEventListener("input", choose);
  find("[data-train]").addEventListener("click", (event) => train(event.target, false));
  find("[data-fit]").addEventListener("click", (event) => train(event.target, true));
  find("[data-shuffle]").addEventListener("click", shuffle);
  find("[data-reset]").addEventListener("click", reset);
  find(".dlcv-body").hidden = false;
  reset();
}
