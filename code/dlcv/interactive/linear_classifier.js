// A linear classifier of points in the plane, to take hold of: scores = W x + b.
// data: points [[x1, x2]], labels, classes, colors, tints, marks (SVG paths), weights, bias,
// limits [left, right, bottom, top], probe [x1, x2], alt.
function linearClassifier(root, data) {
  const { points, labels, classes, limits: [left, right, bottom, top] } = data;
  const width = 480, scale = width / (right - left), height = scale * (top - bottom);
  const unit = 0.2 * (right - left); // how long a weight vector of length 1 is drawn
  const find = (selector) => root.querySelector(selector);
  const all = (selector) => [...root.querySelectorAll(selector)];
  const toScreen = ([x, y]) => [(x - left) * scale, (top - y) * scale];
  const write = (number, digits = 2) => number.toFixed(digits).replace("-", "−");
  let W, b, anchors, probe, steps, timer;

  // ---- the classifier -------------------------------------------------------------------------
  const scoresOf = (x) => W.map((w, k) => w[0] * x[0] + w[1] * x[1] + b[k]);

  function softmax(scores) {
    const largest = Math.max(...scores); // exp of a large score would overflow
    const powers = scores.map((score) => Math.exp(score - largest));
    const sum = powers.reduce((a, c) => a + c);
    return powers.map((power) => power / sum);
  }

  // Mean softmax cross-entropy, accuracy, and the gradient of the loss.
  function evaluate() {
    let loss = 0, right = 0;
    const dW = W.map(() => [0, 0]), db = b.map(() => 0);
    points.forEach((x, i) => {
      const scores = scoresOf(x), p = softmax(scores), largest = Math.max(...scores);
      const logSum = largest + Math.log(scores.reduce((a, s) => a + Math.exp(s - largest), 0));
      loss += (logSum - scores[labels[i]]) / points.length;
      right += scores.indexOf(largest) === labels[i];
      p.forEach((pk, k) => {
        const error = (pk - (k === labels[i])) / points.length; // dL/dscore = p - y
        dW[k][0] += error * x[0];
        dW[k][1] += error * x[1];
        db[k] += error;
      });
    });
    return { loss, accuracy: right / points.length, dW, db };
  }

  function step() {
    const { dW, db } = evaluate(), rate = Number(find("[data-rate]").value) || 0;
    W = W.map((w, k) => w.map((value, j) => value - rate * dW[k][j]));
    b = b.map((value, k) => value - rate * db[k]);
    steps += 1;
  }

  // ---- geometry -------------------------------------------------------------------------------
  // The part of a polygon where f >= 0; f is linear.
  function clip(polygon, f) {
    return polygon.flatMap((p, i) => {
      const q = polygon[(i + 1) % polygon.length], a = f(p), c = f(q), t = a / (a - c);
      const cut = [p[0] + t * (q[0] - p[0]), p[1] + t * (q[1] - p[1])];
      return [...(a >= 0 ? [p] : []), ...(a >= 0 !== c >= 0 ? [cut] : [])];
    });
  }

  const box = [[left, bottom], [right, bottom], [right, top], [left, top]];
  const region = (k) => W.reduce((polygon, w, j) => j === k ? polygon
    : clip(polygon, (x) => { const s = scoresOf(x); return s[k] - s[j]; }), box);
  const inside = ([x, y]) => x >= left && x <= right && y >= bottom && y <= top;

  // The point nearest to `from` on the line where class k's score is 0.
  function foot(k, from) {
    const norm = W[k][0] ** 2 + W[k][1] ** 2, t = scoresOf(from)[k] / norm;
    return [from[0] - t * W[k][0], from[1] - t * W[k][1]];
  }

  // Each arrow stands on its line; after the line has moved, the arrow follows it.
  function settle() {
    anchors = anchors.map((anchor, k) => {
      const near = foot(k, anchor);
      return inside(near) ? near : foot(k, [(left + right) / 2, (bottom + top) / 2]);
    });
  }

  // An arrow is as long as the square root of the weight vector's length: it must fit the picture.
  // It ends at the frame at the latest: a tip outside could not be taken hold of.
  function tip(k) {
    const reach = W[k].map((value) => unit * value / Math.sqrt(Math.hypot(...W[k])));
    const room = Math.min(...reach.map((value, j) => value === 0 ? 1 // parts of the reach
      : ((value > 0 ? box[2][j] : box[0][j]) - anchors[k][j]) / value));
    const part = room >= 1 ? 1 : Math.max(0.1, 0.97 * room);
    return anchors[k].map((value, j) => value + part * reach[j]);
  }

  // ---- drawing --------------------------------------------------------------------------------
  const place = (element, x) => element.setAttribute("transform", `translate(${toScreen(x)})`);

  function drawClass(k) {
    const shown = Math.hypot(...W[k]) > 1e-6 && inside(anchors[k]);
    all(`[data-k="${k}"]`).forEach((element) => { element.style.display = shown ? "" : "none"; });
    const polygon = region(k).map(toScreen).join(" ");
    find(`polygon[data-region="${k}"]`).setAttribute("points", polygon);
    if (!shown) return;
    const [x, y] = toScreen(anchors[k]), [tx, ty] = toScreen(tip(k));
    const far = 2 * width / Math.hypot(tx - x, ty - y); // the line is perpendicular to the arrow
    const ends = [x - far * (ty - y), y + far * (tx - x), x + far * (ty - y), y - far * (tx - x)];
    const set = (name, values) => ["x1", "y1", "x2", "y2"].forEach((key, i) =>
      find(`.${name}[data-k="${k}"]`).setAttribute(key, values[i]));
    set("dlcv-line", ends);
    set("dlcv-arrow", [x, y, tx, ty]);
    place(find(`.dlcv-foot[data-k="${k}"]`), anchors[k]);
    place(find(`.dlcv-tip[data-k="${k}"]`), tip(k));
  }

  function draw() {
    const { loss, accuracy } = evaluate(), scores = scoresOf(probe), p = softmax(scores);
    const winner = scores.indexOf(Math.max(...scores));
    classes.forEach((_, k) => drawClass(k));
    place(find(".dlcv-probe"), probe);
    all("[data-score]").forEach((cell, k) => { cell.textContent = write(scores[k]); });
    all("[data-probability]").forEach((cell, k) => { cell.textContent = write(p[k]); });
    all(".dlcv-bar").forEach((bar, k) => { bar.style.width = `${100 * p[k]}%`; });
    all("tr[data-row]").forEach((row, k) => row.classList.toggle("dlcv-winner", k === winner));
    all("[data-parameter]").forEach((field) => {
      const [k, j] = field.dataset.parameter.split(",").map(Number);
      if (field !== document.activeElement) field.value = Number((j < 2 ? W[k][j] : b[k]).toFixed(2));
    });
    const where = `x₁ = ${write(probe[0])}, x₂ = ${write(probe[1])}`;
    find("[data-where]").textContent = `(${where})`;
    find("[data-loss-text]").textContent = write(loss, 3);
    find("[data-accuracy-text]").textContent = `${(100 * accuracy).toFixed(1)} %`;
    find("[data-steps-text]").textContent = steps;
    const state = `${where}: ${classes[winner]}, probability ${write(p[winner])}`;
    find(".dlcv-probe").setAttribute("aria-valuetext", state);
    find(".dlcv-probe").setAttribute("aria-valuenow", probe[0].toFixed(2));
    find("svg").setAttribute("aria-label", `${data.alt} Loss ${write(loss, 3)}, ` +
      `accuracy ${(100 * accuracy).toFixed(0)} percent. Probe at ${state}.`);
    Object.assign(root.dataset, { loss, accuracy, steps, weights: JSON.stringify(W),
      bias: JSON.stringify(b), scores: JSON.stringify(scores), probabilities: JSON.stringify(p) });
  }

  // ---- mouse, fingers, keyboard ---------------------------------------------------------------
  function fromScreen(event) {
    const frame = find("svg").getBoundingClientRect();
    const x = left + (event.clientX - frame.left) / frame.width * (right - left);
    const y = top - (event.clientY - frame.top) / frame.height * (top - bottom);
    return [Math.min(right, Math.max(left, x)), Math.min(top, Math.max(bottom, y))];
  }

  const moves = {
    "dlcv-tip": (k, x) => {
      const v = x.map((value, j) => (value - anchors[k][j]) / unit);
      W[k] = v.map((value) => value * Math.hypot(...v));
      b[k] = -(W[k][0] * anchors[k][0] + W[k][1] * anchors[k][1]);
    },
    "dlcv-foot": (k, x) => {
      anchors[k] = x;
      b[k] = -(W[k][0] * x[0] + W[k][1] * x[1]);
    },
    "dlcv-probe": (_, x) => { probe = x; },
  };

  find("svg").addEventListener("pointerdown", (event) => {
    const handle = event.target.closest(".dlcv-tip, .dlcv-foot") ?? find(".dlcv-probe");
    const move = moves[handle.getAttribute("class").split(" ")[0]];
    const drag = (moved) => { move(Number(handle.dataset.k), fromScreen(moved)); draw(); };
    const svg = find("svg");
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
    const size = (event.shiftKey ? 0.1 : 0.02) * (right - left);
    const next = probe.map((value, j) => value + size * way[j]);
    if (inside(next)) probe = next;
    draw();
  });

  all("[data-parameter]").forEach((field) => field.addEventListener("input", () => {
    const [k, j] = field.dataset.parameter.split(",").map(Number), value = field.valueAsNumber;
    if (!Number.isFinite(value)) return;
    stop();
    if (j < 2) W[k][j] = value; else b[k] = value;
    settle();
    draw();
  }));

  // ---- learning -------------------------------------------------------------------------------
  function stop() {
    cancelAnimationFrame(timer);
    timer = undefined;
    find("[data-train]").textContent = "Train (200 steps)";
  }

  function train() {
    const last = steps + 200, still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    find("[data-train]").textContent = "Stop";
    (function turn() {
      for (let i = 0; i < (still ? 200 : 2) && steps < last; i += 1) step();
      settle();
      draw();
      if (steps < last) timer = requestAnimationFrame(turn); else stop();
    })();
  }

  function reset() {
    stop();
    W = data.weights.map((w) => [...w]);
    b = [...data.bias];
    anchors = data.anchors.map((anchor) => [...anchor]);
    probe = [...data.probe];
    steps = 0;
    settle();
    draw();
  }

  find("[data-step]").addEventListener("click", () => { stop(); step(); settle(); draw(); });
  find("[data-train]").addEventListener("click", () => (timer ? stop() : train()));
  find("[data-reset]").addEventListener("click", reset);
  find(".dlcv-body").hidden = false;
  reset();
}
