// A sigmoid neuron as a graph: every node's value and gradient, found one step at a time.
// data: nodes [{name, sign, parents}], parents first; start {name: value}; limit; alt.
function neuronGraph(root, data) {
  const find = (selector) => root.querySelector(selector);
  const node = Object.fromEntries(data.nodes.map((one) => [one.name, one]));
  const made = data.nodes.filter(({ parents }) => parents.length); // by an operation
  const last = made.at(-1).name, turn = made.length + 1; // the step with which the way back begins
  const slider = find("[data-walk]"), arrow = `url(#${find("marker").id})`;
  let input, value, gradient;

  // What a node computes, and its derivative with respect to each parent: a number, and in words.
  const operations = {
    "×": { of: (a, b) => a * b, slopes: (a, b) => [b, a], words: (p, q) => [q, p] },
    "+": { of: (a, b) => a + b, slopes: () => [1, 1], words: () => ["1", "1"] },
    "× −1": { of: (a) => -a, slopes: () => [-1], words: () => ["(−1)"] },
    "exp": { of: Math.exp, slopes: (a) => [Math.exp(a)], words: (p) => [`exp(${p})`] },
    "+ 1": { of: (a) => a + 1, slopes: () => [1], words: () => ["1"] },
    "1 / ·": { of: (a) => 1 / a, slopes: (a) => [-1 / a ** 2], words: (p) => [`(−1/${p}²)`] },
  };
  const formulas = { "× −1": (p) => `−${p}`, "exp": (p) => `exp(${p})`, "+ 1": (p) => `${p} + 1`,
    "1 / ·": (p) => `1 / ${p}` };
  const label = (name) => node[name].parents.length ? name : node[name].sign;
  const valuesOf = ({ parents }) => parents.map((name) => value[name]);

  // Two digits in the picture, up to three beside it; very large and very small numbers as 4e15.
  function write(number, digits = 2) {
    const size = Math.abs(number), far = size >= 1000 || (size > 0 && size < 0.5 * 10 ** -digits);
    const text = far ? number.toExponential(0).replace("+", "") : number.toFixed(digits);
    return (digits === 3 && !far ? String(Number(text)) : text).replaceAll("-", "−");
  }
  const exact = (number) => write(number, 3);
  const bracket = (number) => number < 0 ? `(${exact(number)})` : exact(number);

  function compute() {
    value = { ...input };
    made.forEach((one) => { value[one.name] = operations[one.sign].of(...valuesOf(one)); });
    gradient = Object.fromEntries(data.nodes.map(({ name }) => [name, 0]));
    gradient[last] = 1;
    [...made].reverse().forEach((one) => {
      const slopes = operations[one.sign].slopes(...valuesOf(one));
      one.parents.forEach((parent, i) => { gradient[parent] += slopes[i] * gradient[one.name]; });
    });
  }

  // The node that step t is about: forward 1 to 8, then f itself, then backward through each.
  const nodeOf = (t) => t === 0 ? null : t < turn ? made[t - 1]
    : t === turn ? node[last] : made[made.length - (t - turn)];
  const knownValues = (t) => data.nodes.filter((one) => !one.parents.length || made.indexOf(one) < t);
  function knownGradients(t) {
    if (t < turn) return [];
    const done = made.slice(made.length - (t - turn));
    return [last, ...done.flatMap(({ parents }) => parents)];
  }

  function words(t) {
    const one = nodeOf(t);
    if (!one) return ["The inputs.", "Press Next to compute one node after the other."];
    const [p, q] = one.parents.map(label), numbers = valuesOf(one);
    if (t < turn) {
      const formula = q ? `${p} ${one.sign} ${q}` : formulas[one.sign](p);
      const filled = q ? `${exact(numbers[0])} ${one.sign} ${bracket(numbers[1])}`
        : formulas[one.sign](bracket(numbers[0]));
      return [`Forward: ${one.name} = ${formula}`, `${filled} = ${exact(value[one.name])}`];
    }
    if (t === turn) return ["Turn round.", `The derivative of ${last} with respect to itself is 1.`];
    const { slopes, words: names } = operations[one.sign], arrived = gradient[one.name];
    const local = slopes(...numbers), text = names(p, q);
    return [`Backward through ${one.name}: ${exact(arrived)} arrives`,
      ...one.parents.map((parent, i) => `to ${label(parent)}: ${exact(arrived)} · ${text[i]} = ` +
        `${exact(arrived)} · ${bracket(local[i])} = ${exact(local[i] * arrived)}`)];
  }

  function draw() {
    const t = Number(slider.value), now = nodeOf(t), texts = words(t);
    const values = knownValues(t).map(({ name }) => name), gradients = knownGradients(t);
    const color = t < turn ? "#2457D6" : "#AD3900";
    data.nodes.forEach(({ name, parents }) => {
      const group = find(`[data-node="${name}"]`), marked = now?.name === name;
      group.querySelector("[data-value]").textContent = values.includes(name) ? write(value[name]) : "";
      group.querySelector("[data-gradient]").textContent = gradients.includes(name) ? write(gradient[name]) : "";
      group.querySelector("circle").setAttribute("stroke", marked ? color : "#22252B");
      group.querySelector("circle").setAttribute("stroke-width", marked ? 4 : 1.4);
      parents.forEach((parent) => {
        const edge = find(`[data-edge="${parent},${name}"]`), used = marked && t !== turn;
        edge.setAttribute("stroke", used ? color : "#5A606B");
        edge.setAttribute("stroke-width", used ? 3 : 1.4);
        const back = used && t > turn; // the arrow turns round
        edge.setAttribute("marker-start", back ? arrow : "");
        edge.setAttribute("marker-end", back ? "" : arrow);
      });
    });
    const lines = texts.map((text, i) => {
      const line = document.createElement(i ? "span" : "b");
      line.textContent = text;
      return line;
    });
    find("[data-terms]").replaceChildren(...lines);
    find("[data-count]").textContent = `${t} of ${slider.max}`;
    slider.setAttribute("aria-valuetext", `${t} of ${slider.max}: ${texts[0]}`);
    find("svg").setAttribute("aria-label", `${data.alt} Step ${t} of ${slider.max}. ` +
      data.nodes.filter(({ name }) => values.includes(name)).map(({ name }) => `${label(name)}: value ` +
        write(value[name]) + (gradients.includes(name) ? `, gradient ${write(gradient[name])}` : "")).join("; "));
    Object.assign(root.dataset, { step: t, values: JSON.stringify(value), gradients: JSON.stringify(gradient) });
  }

  function put(name, number) {
    if (!Number.isFinite(number)) return; // half typed
    input[name] = Math.min(data.limit, Math.max(-data.limit, number));
    for (const field of root.querySelectorAll(`[data-slide="${name}"], [data-type="${name}"]`))
      if (field !== document.activeElement || field.type === "range") field.value = Number(input[name].toFixed(2));
    compute();
    draw();
  }

  function go(t) {
    slider.value = t;
    draw();
  }

  function reset() {
    input = { ...data.start };
    Object.keys(input).forEach((name) => put(name, input[name]));
  }

  slider.addEventListener("input", draw);
  root.querySelectorAll("[data-move]").forEach((button) => button.addEventListener("click",
    () => go(Number(slider.value) + Number(button.dataset.move))));
  find("[data-restart]").addEventListener("click", () => go(0));
  find("[data-reset]").addEventListener("click", reset);
  root.querySelectorAll("[data-slide], [data-type]").forEach((field) => field.addEventListener("input",
    () => put(field.dataset.slide ?? field.dataset.type, field.valueAsNumber)));

  // A click on a circle leads to its step backward. An input can be dragged, up for more.
  data.nodes.forEach(({ name, parents }) => {
    const group = find(`[data-node="${name}"]`);
    if (parents.length) {
      group.addEventListener("click", () => go(turn + made.length - made.indexOf(node[name])));
      return;
    }
    group.classList.add("dlcv-input");
    group.addEventListener("pointerdown", (event) => {
      const from = event.clientY, before = input[name];
      const drag = (moved) => put(name, Math.round(10 * before + (from - moved.clientY) / 4) / 10);
      event.preventDefault();
      group.setPointerCapture(event.pointerId);
      group.addEventListener("pointermove", drag);
      group.addEventListener("lostpointercapture", () => group.removeEventListener("pointermove", drag), { once: true });
    });
  });

  find(".dlcv-body").hidden = false;
  reset();
}
