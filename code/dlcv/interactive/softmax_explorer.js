// Scores to take hold of, a temperature, and what the softmax makes of them.
// data: scores, classes, label (the true class), temperature, limit (of the drawn scores), alt,
// and the drawing's measures: left, step, zero (y of score 0), unit (of one score), floor, full.
function softmaxExplorer(root, data) {
  const { classes, limit, left, step, zero, unit, floor, full } = data;
  const find = (selector) => root.querySelector(selector);
  const all = (selector) => [...root.querySelectorAll(selector)];
  const write = (number, digits = 2) => number.toFixed(digits).replace(/^-(?=0\.?0*$)/, "")
    .replace("-", "−");
  const clip = (value) => Math.min(limit, Math.max(-limit, value));
  let scores, label, T;

  // ---- the softmax ----------------------------------------------------------------------------
  // log p = z/T − log Σ exp(z/T), with the largest z/T taken out of the sum.
  function logSoftmax() {
    const z = scores.map((score) => score / T), m = Math.max(...z);
    const logSum = m + Math.log(z.reduce((sum, value) => sum + Math.exp(value - m), 0));
    return z.map((value) => value - logSum);
  }

  // ---- drawing --------------------------------------------------------------------------------
  function bar(element, from, to) {
    element.setAttribute("y", Math.min(from, to));
    element.setAttribute("height", Math.abs(to - from));
  }

  function draw() {
    const logs = logSoftmax(), p = logs.map(Math.exp);
    const entropy = -p.reduce((sum, pk, k) => sum + (pk > 0 ? pk * logs[k] : 0), 0);
    const loss = Math.max(0, -logs[label]);
    scores.forEach((score, k) => {
      const y = zero - unit * clip(score), handle = find(`.dlcv-probe[data-k="${k}"]`);
      bar(find(`[data-score-bar="${k}"]`), zero, y);
      bar(find(`[data-probability-bar="${k}"]`), floor, floor - full * p[k]);
      find(`[data-number="${k}"]`).textContent = write(p[k]);
      find(`[data-number="${k}"]`).setAttribute("y", floor - full * p[k] - 6);
      handle.setAttribute("transform", `translate(${left + step * (k + 0.5)},${y})`);
      handle.setAttribute("aria-valuenow", clip(score).toFixed(2));
      handle.setAttribute("aria-valuetext", `score ${write(score)}, probability ${write(p[k])}`);
      const field = find(`[data-typed="${k}"]`);
      if (field !== document.activeElement) field.value = Number(score.toFixed(2));
      find(`[data-gradient="${k}"]`).textContent = write((p[k] - (k === label)) / T);
    });
    find("[data-temperature]").value = Math.log10(T);
    find("[data-temperature]").setAttribute("aria-valuetext", `T = ${write(T)}`);
    find("[data-temperature-text]").textContent = write(T);
    find("[data-label]").value = label;
    find("[data-entropy]").textContent = write(entropy, 3);
    find("[data-loss]").textContent = write(loss, 3);
    const state = classes.map((name, k) => `${name} ${write(p[k])}`).join(", ");
    find("svg").setAttribute("aria-label",
      `${data.alt} Temperature ${write(T)}; probabilities: ${state}.`);
    Object.assign(root.dataset, { scores: JSON.stringify(scores), temperature: T,
      probabilities: JSON.stringify(p), entropy, loss });
  }

  // ---- mouse, fingers, keyboard ---------------------------------------------------------------
  const set = (k, value) => { scores[k] = value; draw(); };

  // A dot can be dragged. The mouse may also press anywhere among the score bars: the dot of that
  // column comes to it. (A finger beside the dots scrolls the page.)
  find("svg").addEventListener("pointerdown", (event) => {
    const svg = find("svg"), frame = svg.getBoundingClientRect(), view = svg.viewBox.baseVal;
    const x = (event.clientX - frame.left) / frame.width * view.width;
    const score = ({ clientY }) =>
      (zero - (clientY - frame.top) / frame.height * view.height) / unit;
    const column = Math.floor((x - left) / step), grabbed = event.target.closest(".dlcv-probe");
    const near = event.pointerType === "mouse" && Math.abs(score(event)) <= limit + 0.5;
    const handle = grabbed ?? (near ? find(`.dlcv-probe[data-k="${column}"]`) : null);
    if (!handle || event.button) return;
    const drag = (moved) => set(Number(handle.dataset.k), clip(score(moved)));
    event.preventDefault();
    handle.focus();
    if (!grabbed) drag(event);
    handle.setPointerCapture(event.pointerId);
    handle.addEventListener("pointermove", drag);
    handle.addEventListener("lostpointercapture",
      () => handle.removeEventListener("pointermove", drag), { once: true });
  });

  all(".dlcv-probe").forEach((handle, k) => {
    handle.addEventListener("keydown", (event) => {
      const way = { ArrowUp: 1, ArrowRight: 1, ArrowDown: -1, ArrowLeft: -1 }[event.key];
      if (!way) return;
      event.preventDefault();
      set(k, clip(Math.round(10 * scores[k] + way * (event.shiftKey ? 10 : 1)) / 10));
    });
  });

  all("[data-typed]").forEach((field, k) => field.addEventListener("input", () => {
    if (Number.isFinite(field.valueAsNumber)) set(k, field.valueAsNumber);
  }));
  find("[data-temperature]").addEventListener("input", (event) => {
    T = 10 ** Number(event.target.value);
    draw();
  });
  find("[data-label]").addEventListener("input", (event) => {
    label = Number(event.target.value);
    draw();
  });

  function change(to) { scores = scores.map(to); draw(); }
  find("[data-shift]").addEventListener("click", () => change((score) => score + 1));
  find("[data-double]").addEventListener("click", () => change((score) => 2 * score));
  function reset() {
    [scores, label, T] = [[...data.scores], data.label, data.temperature];
    draw();
  }
  find("[data-reset]").addEventListener("click", reset);
  find(".dlcv-body").hidden = false;
  reset();
}
