// One row of pixels, a stack of layers without padding above it, and what one output depends on.
// data: start {layers, F, S, D}, doubling, alt.
function receptiveField(root, data) {
  const find = (selector) => root.querySelector(selector);
  const drawing = find("[data-drawing]"), OUTPUTS = 5, WIDTH = 640, STEP = 52;
  let set = { ...data.start }, doubling = data.doubling, chosen = 2;

  // Each layer: its dilation, the field r and the jump j behind it, and where its first unit stands.
  function stack() {
    let field = 1, jump = 1, first = 0;
    const layers = [{ D: 0, field, jump, first }];
    for (let l = 0; l < set.layers; l += 1) {
      const D = doubling ? set.D * 2 ** l : set.D, wider = D * (set.F - 1) * jump;
      field += wider;
      first += wider / 2;
      layers.push({ D, wider, before: jump, field, jump: jump *= set.S, first });
    }
    return layers;
  }

  // How many units each row needs, so that the last one has OUTPUTS of them.
  function counts(layers) {
    const units = [OUTPUTS];
    for (let l = layers.length - 1; l > 0; l -= 1)
      units.unshift((units[0] - 1) * set.S + layers[l].D * (set.F - 1) + 1);
    return units;
  }

  // The number of paths from each unit to the chosen output, row by row, from the top down.
  function paths(layers, units) {
    const rows = units.map((count) => Array(count).fill(0)), steps = [...Array(set.F).keys()];
    rows.at(-1)[chosen] = 1;
    for (let l = layers.length - 1; l > 0; l -= 1)
      rows[l].forEach((count, i) => count && steps.forEach((u) => { rows[l - 1][i * set.S + layers[l].D * u] += count; }));
    return rows;
  }

  function draw() {
    const layers = stack(), units = counts(layers), rows = paths(layers, units);
    const pixels = units[0], gap = (WIDTH - 24) / pixels, most = Math.max(...rows[0]);
    const X = (l, i) => 12 + gap * (0.5 + layers[l].first + i * layers[l].jump);
    const Y = (l) => 20 + STEP * (layers.length - 1 - l), base = Y(0) + 62;
    const size = (l) => Math.max(1.2, Math.min(8, 0.38 * gap * (l ? layers[l].jump ** 0.5 : 1)));
    const parts = [];
    for (let l = layers.length - 1; l > 0; l -= 1)
      rows[l].forEach((count, i) => [...Array(set.F).keys()].forEach((u) => {
        if (count) parts.push(`<path d="M${X(l, i).toFixed(1)},${Y(l)}L${X(l - 1, i * set.S + layers[l].D * u).toFixed(1)},${Y(l - 1)}" ` +
          'stroke="#7FA3F0" stroke-width="1"/>');
      }));
    rows.forEach((row, l) => row.forEach((count, i) => parts.push(`<circle cx="${X(l, i).toFixed(1)}" cy="${Y(l)}" ` +
      `r="${size(l).toFixed(1)}" fill="${count ? (l === layers.length - 1 ? "#D48000" : "#3269E6") : "#fff"}" ` +
      `stroke="${count ? "none" : "#9AA0AA"}"/>`)));
    rows[0].forEach((count, i) => count && parts.push(`<rect x="${(X(0, i) - 0.4 * gap).toFixed(2)}" ` +
      `y="${(base - 40 * count / most).toFixed(2)}" width="${(0.8 * gap).toFixed(2)}" height="${(40 * count / most).toFixed(2)}" fill="#236A5C"/>`));
    const left = chosen * layers.at(-1).jump, r = layers.at(-1).field;
    const [from, to] = [X(0, left) - gap / 2, X(0, left + r - 1) + gap / 2].map((x) => x.toFixed(1));
    parts.push(`<path d="M${from},${base + 4}v5H${to}v-5" fill="none" stroke="#22252B" stroke-width="1.5"/>`);
    const height = base + 36;
    const middle = Math.min(WIDTH - 110, Math.max(110, (Number(from) + Number(to)) / 2));
    parts.push(`<text x="${middle}" y="${base + 28}" fill="#22252B">r = ${r} pixels</text>`);
    drawing.setAttribute("viewBox", `0 0 ${WIDTH} ${height}`);
    drawing.innerHTML = parts.join("");
    describe(layers, rows[0]);
  }

  function describe(layers, seen) {
    const { field, jump } = layers.at(-1), touched = seen.filter(Boolean).length;
    const steps = layers.slice(1).map(({ D, wider, before, field: r }, l) =>
      `layer ${l + 1}${D > 1 ? `, dilation ${D}` : ""}: r = ${r - wider} + ${D} · (${set.F} − 1) · ${before} = ${r}`);
    const holes = touched < field ? ` But only ${touched} of them count: there are holes.` : "";
    find("[data-terms]").textContent = `${steps.join("; ")}. One output sees a stretch of ${field} pixels; ` +
      `its neighbor's lies ${jump} further.${holes}`;
    const state = `output ${chosen + 1} of ${OUTPUTS}: receptive field ${field}`;
    for (const [name, text] of Object.entries({ valuemax: OUTPUTS - 1, valuenow: chosen, valuetext: state }))
      drawing.setAttribute(`aria-${name}`, text);
    Object.assign(root.dataset, { field, jump, chosen, seen: JSON.stringify(seen) });
  }

  function choose(index) {
    chosen = Math.max(0, Math.min(OUTPUTS - 1, index));
    draw();
  }

  root.querySelectorAll("[data-set]").forEach((slider) => slider.addEventListener("input", () => {
    set[slider.dataset.set] = slider.valueAsNumber;
    find(`[data-value="${slider.dataset.set}"]`).textContent = slider.value;
    draw();
  }));
  find("[data-doubling]").checked = doubling;
  find("[data-doubling]").addEventListener("input", (event) => { doubling = event.target.checked; draw(); });

  drawing.addEventListener("keydown", (event) => {
    const to = { ArrowLeft: chosen - 1, ArrowRight: chosen + 1, Home: 0, End: OUTPUTS - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    choose(to);
  });
  drawing.addEventListener("pointerdown", (event) => { // the output that is nearest
    const box = drawing.getBoundingClientRect(), layers = stack(), { first, jump } = layers.at(-1);
    const gap = (WIDTH - 24) / counts(layers)[0], x = (event.clientX - box.left) / box.width * WIDTH;
    choose(Math.round(((x - 12) / gap - 0.5 - first) / jump));
  });

  find(".dlcv-body").hidden = false;
  draw();
}
