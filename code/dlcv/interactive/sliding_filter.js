// A filter slid over a small padded input: the sum behind each output, sizes by formula, and cost.
// data: pixels (rows), start {N, F, S, P, D}, channels [in, out], alt.
function slidingFilter(root, data) {
  const find = (selector) => root.querySelector(selector);
  const input = find("[data-input]"), output = find("[data-output]"), play = find("[data-play]");
  const write = (number) => number.toLocaleString("en-US").replace("-", "−");
  const bracket = (number) => number < 0 ? `(${write(number)})` : write(number);
  let set = { ...data.start }, place = 0, timer = null;

  // ---- the arithmetic -------------------------------------------------------------------------
  const covered = () => set.D * (set.F - 1) + 1;
  const room = () => set.N + 2 * set.P - covered(); // pixels that the window can move on
  const side = () => room() < 0 ? 0 : Math.floor(room() / set.S) + 1;
  const fits = () => room() >= 0 && room() % set.S === 0;
  const rows = (count) => `${count} row${count > 1 ? "s" : ""}`;

  // What dlcv.layers.output_size says of it.
  function refusal() {
    if (fits()) return "";
    const told = [["stride", set.S, 1], ["padding", set.P, 0], ["dilation", set.D, 1]]
      .filter(([, value, usual]) => value !== usual).map(([name, value]) => `${name} ${value}`);
    const listed = [...told.slice(0, -2), told.slice(-2).join(" and ")].join(", ");
    const why = room() < 0 ? `it covers ${rows(covered())}, and there are ${set.N + 2 * set.P}`
      : `(${set.N} − ${covered()} + ${2 * set.P}) / ${set.S} is not whole; ${rows(room() % set.S)} left over`;
    return `a ${set.F} × ${set.F} filter${told.length ? ` with ${listed}` : ""} does not fit ` +
      `a ${set.N} × ${set.N} input: ${why}`;
  }

  const weight = (u) => set.F === 1 ? 1 : Math.sign(2 * u - (set.F - 1)); // right minus left
  const pixel = (y, x) => y < set.P || x < set.P || y >= set.P + set.N || x >= set.P + set.N
    ? 0 : data.pixels[y - set.P][x - set.P]; // of the padded input
  const corner = (index) => [Math.floor(index / side()) * set.S, index % side() * set.S];

  // The places under the window, each with its weight.
  function under(index) {
    const [top, left] = corner(index), steps = [...Array(set.F).keys()];
    return steps.flatMap((v) => steps.map((u) => [top + set.D * v, left + set.D * u, weight(u)]));
  }
  const dot = (index) => under(index).reduce((sum, [y, x, w]) => sum + w * pixel(y, x), 0);

  // ---- drawing --------------------------------------------------------------------------------
  // A grid of squares with numbers; style(y, x) gives [text, fill, color, bold].
  function grid(svg, count, style, name) {
    const cells = [], cell = 24;
    for (let y = 0; y < count; y += 1) {
      for (let x = 0; x < count; x += 1) {
        const [text, fill, color, bold] = style(y, x);
        cells.push(`<rect data-cell="${y},${x}" x="${x * cell}" y="${y * cell}" width="${cell}" height="${cell}" ` +
          `fill="${fill}" stroke="#9AA0AA" stroke-width="0.7"/><text x="${x * cell + cell / 2}" ` +
          `y="${y * cell + 16.2}" fill="${color}"${bold ? ' font-weight="bold"' : ""}>${text}</text>`);
      }
    }
    const width = Math.max(1, count * cell);
    svg.setAttribute("viewBox", `-1 -1 ${width + 2} ${width + 2}`);
    svg.style.maxWidth = `${1.5 * width}px`;
    svg.innerHTML = cells.join("") + name;
  }

  function drawInput() {
    const all = set.N + 2 * set.P, seen = new Map(side() ? under(place).map(([y, x, w]) => [`${y},${x}`, w]) : []);
    const reach = side() ? (side() - 1) * set.S + covered() : all; // what the last window reaches
    const beyond = (y, x) => side() && (y >= reach || x >= reach);
    const frame = side() ? corner(place).map((at) => 24 * at) : [];
    const box = (color, width) => `<rect x="${frame[1]}" y="${frame[0]}" width="${24 * covered()}" ` +
      `height="${24 * covered()}" fill="none" stroke="${color}" stroke-width="${width}" pointer-events="none"/>`;
    grid(input, all, (y, x) => {
      const padding = y < set.P || x < set.P || y >= set.P + set.N || x >= set.P + set.N;
      const w = seen.get(`${y},${x}`);
      const fill = w > 0 ? "#B9CCF8" : w < 0 ? "#F6D49B" : w === 0 ? "#E4E6EA"
        : beyond(y, x) ? "#F3DBD0" : padding ? "#F1F2F4" : "#fff";
      return [pixel(y, x), fill, padding && w === undefined ? "#5A606B" : "#22252B", w !== undefined];
    }, side() ? box("#fff", 5) + box("#22252B", 2.4) : "");
  }

  function draw() {
    const count = side() ** 2, value = count ? dot(place) : null, refused = refusal();
    drawInput();
    grid(find("[data-filter]"), set.F, (v, u) => [write(weight(u)),
      weight(u) > 0 ? "#B9CCF8" : weight(u) < 0 ? "#F6D49B" : "#E4E6EA", "#22252B", true], "");
    find("[data-filter]").setAttribute("aria-label", `${set.F} × ${set.F} weights: right side minus left side`);
    grid(output, refused ? 0 : side(), (y, x) => {
      const index = y * side() + x;
      return [index <= place ? write(dot(index)) : "", index === place ? "#FFDD8A" : "#fff", "#22252B", index === place];
    }, "");
    output.style.display = refused ? "none" : "";
    find("[data-refused]").textContent = refused && `${refused}.`;
    const [row, column] = [Math.floor(place / side()), place % side()];
    const sum = count ? under(place).map(([y, x, w]) => `${bracket(w)} · ${pixel(y, x)}`).join(" + ") : "";
    find("[data-terms]").textContent = count ? `row ${row}, column ${column}: ${sum} = ${write(value)}` : "no window fits";
    find("[data-cost]").textContent = cost(refused);
    const state = count ? `row ${row}, column ${column}: output ${write(value)}` : "no window fits";
    for (const [name, text] of Object.entries({ valuemax: Math.max(0, count - 1), valuenow: place, valuetext: state }))
      input.setAttribute(`aria-${name}`, text);
    output.setAttribute("aria-label", `${data.alt} ${state}`);
    for (const [symbol, number] of Object.entries(set)) find(`[data-value="${symbol}"]`).textContent = number;
    const values = refused ? [] : [...Array(count).keys()].map(dot);
    Object.assign(root.dataset, { place, sentence: refused, outputs: JSON.stringify(values) });
  }

  function cost(refused) {
    const [C, O] = data.channels, { N, F, S, P, D } = set, weights = F * F, places = side() ** 2;
    const spread = D > 1 && F > 1 ? `With its gaps the filter covers ${D} · (${F} − 1) + 1 = ${covered()}. ` : "";
    const kept = refused && places ? `PyTorch would leave the rest out: ${side()} × ${side()}. ` : "";
    const size = refused ? kept : `Output: (${N} − ${covered()} + 2 · ${P}) / ${S} + 1 = ${side()}, so ${side()} × ${side()}. `;
    return `${spread}${size}One filter on one channel: ${weights} + 1 parameters, ${weights} · ${places} = ` +
      `${write(weights * places)} multiply-adds. A layer from ${C} to ${O} channels: (${weights} · ${C} + 1) · ${O} = ` +
      `${write((weights * C + 1) * O)} parameters, ${write(weights * C * O * places)} multiply-adds.`;
  }

  // ---- moving ---------------------------------------------------------------------------------
  function go(index) {
    place = Math.max(0, Math.min(side() ** 2 - 1, index));
    draw();
  }

  function stop() {
    clearInterval(timer);
    timer = null;
    play.textContent = "Play";
  }

  find("[data-back]").addEventListener("click", () => { stop(); go(place - 1); });
  find("[data-next]").addEventListener("click", () => { stop(); go(place + 1); });
  find("[data-first]").addEventListener("click", () => { stop(); go(0); });
  play.addEventListener("click", () => {
    if (timer) return stop();
    if (place >= side() ** 2 - 1) go(0);
    play.textContent = "Pause";
    timer = setInterval(() => {
      if (!root.isConnected || place >= side() ** 2 - 1) stop();
      else go(place + 1);
    }, 500);
  });

  root.querySelectorAll("[data-set]").forEach((slider) => slider.addEventListener("input", () => {
    stop();
    set[slider.dataset.set] = slider.valueAsNumber;
    go(0);
  }));

  input.addEventListener("keydown", (event) => {
    const row = Math.floor(place / side()), column = place % side(), last = side() - 1;
    const to = { ArrowLeft: [row, column - 1], ArrowRight: [row, column + 1], ArrowUp: [row - 1, column],
      ArrowDown: [row + 1, column], Home: [row, 0], End: [row, last] }[event.key];
    if (!to || !side()) return;
    event.preventDefault();
    stop();
    const [y, x] = to.map((at) => Math.max(0, Math.min(last, at)));
    go(y * side() + x);
  });

  // A click moves the window's center as near to the mouse as it gets; in the output, to its source.
  function follow(svg, toPlace) {
    const move = (event) => {
      const box = svg.getBoundingClientRect(), count = svg === input ? set.N + 2 * set.P : side();
      const [y, x] = [event.clientY - box.top, event.clientX - box.left].map((at) => at / box.width * count);
      const [row, column] = [toPlace(y), toPlace(x)].map((at) => Math.max(0, Math.min(side() - 1, at)));
      if (side()) go(row * side() + column);
    };
    svg.addEventListener("pointerdown", (event) => {
      stop();
      svg.setPointerCapture(event.pointerId);
      svg.addEventListener("pointermove", move);
      svg.addEventListener("lostpointercapture", () => svg.removeEventListener("pointermove", move), { once: true });
      move(event);
    });
  }
  follow(input, (at) => Math.round((at - covered() / 2) / set.S));
  follow(output, Math.floor);

  find(".dlcv-body").hidden = false;
  go(0);
}
