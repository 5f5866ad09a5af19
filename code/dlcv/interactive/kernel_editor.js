// A kernel to type, slid over a small picture: each output is a sum of weights times pixels.
// data: pixels (base64, one byte each), height, width, unit (value of one gray level), white,
// weights (rows), divisor, presets [{name, weights, divisor}], border, walk, alt.
function kernelEditor(root, data) {
  const { height, width, unit, white, walk, presets } = data;
  const bytes = Uint8Array.from(atob(data.pixels), (letter) => letter.charCodeAt(0));
  const image = Float64Array.from(bytes, (level) => level * unit);
  const find = (selector) => root.querySelector(selector);
  const before = find("[data-before]"), after = find("[data-after]");
  const cell = before.width / width; // side of one pixel on the canvas
  const write = (number, digits) => Number(number.toFixed(digits)).toString().replace("-", "−");
  const digits = walk ? 1 : 3;
  let kernel, divisor, output, probe;

  // ---- filtering ------------------------------------------------------------------------------
  // Where a place outside the picture takes its value; -1 stands for zero.
  const outside = {
    zero: () => -1,
    wrap: (i, n) => ((i % n) + n) % n,
    replicate: (i, n) => Math.min(n - 1, Math.max(0, i)),
    reflect: (i, n) => {
      const period = Math.max(1, 2 * (n - 1)), j = ((i % period) + period) % period;
      return Math.min(j, period - j);
    },
  };

  function pixel(row, column) {
    const rule = outside[find("[data-border]").value];
    const r = row < 0 || row >= height ? rule(row, height) : row;
    const c = column < 0 || column >= width ? rule(column, width) : column;
    return r < 0 || c < 0 ? 0 : image[r * width + c];
  }

  // The weights as they are laid on the picture: turned by half a turn for a convolution.
  const laid = () => find("[data-flip]").checked
    ? kernel.map((row) => [...row].reverse()).reverse() : kernel;

  // The pixels under the window at (row, column) and their weights.
  function terms(row, column) {
    const reach = (kernel.length - 1) / 2;
    return laid().flatMap((weights, k) => weights.map((weight, l) =>
      [weight, pixel(row + k - reach, column + l - reach)]));
  }

  function filter() {
    output = new Float64Array(height * width);
    const weights = laid(), reach = (kernel.length - 1) / 2;
    weights.forEach((line, k) => line.forEach((weight, l) => {
      if (weight === 0) return;
      for (let row = 0; row < height; row += 1)
        for (let column = 0; column < width; column += 1)
          output[row * width + column] +=
            weight / divisor * pixel(row + k - reach, column + l - reach);
    }));
    root.filtered = output;
  }

  // ---- drawing --------------------------------------------------------------------------------
  function colors(values) {
    const low = Math.min(...values), high = Math.max(...values);
    const largest = Math.max(-low, high, 1e-12);
    const mix = (color, share) => color.map((part) => 255 + share * (part - 255));
    return {
      clipped: (v) => Array(3).fill(255 * v / white),
      stretched: (v) => Array(3).fill(255 * (v - low) / Math.max(high - low, 1e-12)),
      signed: (v) => mix(v < 0 ? [212, 128, 0] : [50, 105, 230], Math.abs(v) / largest),
    };
  }

  // In a walk only the outputs up to the window's place are there.
  const reached = (i) => !walk || i <= probe[0] * width + probe[1];

  function paint(canvas, values, paintOf, known) {
    const small = new OffscreenCanvas(width, height), pen = small.getContext("2d");
    const picture = pen.createImageData(width, height);
    values.forEach((value, i) => picture.data.set(known(i) ? [...paintOf(value), 255] : [0, 0, 0, 0], 4 * i));
    pen.putImageData(picture, 0, 0);
    const context = canvas.getContext("2d");
    context.imageSmoothingEnabled = false;
    context.clearRect(0, 0, canvas.width, canvas.height);
    context.drawImage(small, 0, 0, canvas.width, canvas.height);
    if (walk) numbers(context, values, paintOf, known);
    return context;
  }

  function numbers(context, values, paintOf, known) {
    context.font = `${0.42 * cell}px sans-serif`;
    context.textAlign = "center";
    context.textBaseline = "middle";
    context.strokeStyle = "#9AA0AA";
    values.forEach((value, i) => {
      const x = cell * (i % width), y = cell * Math.floor(i / width);
      context.strokeRect(x, y, cell, cell);
      if (!known(i)) return;
      context.fillStyle = paintOf(value).reduce((a, c) => a + c) < 380 ? "#fff" : "#22252B";
      context.fillText(write(value, Math.abs(value) < 100 && walk ? 1 : 0), x + cell / 2, y + cell / 2);
    });
  }

  // Two lines, a dark and a bright one, are seen on every picture.
  function frame(context, row, column, side) {
    const place = [cell * (column - (side - 1) / 2), cell * (row - (side - 1) / 2), cell * side, cell * side];
    const line = walk ? 3 : 1.5;
    for (const [color, thickness] of [["#22252B", 3 * line], ["#FFC24B", 1.4 * line]]) {
      context.strokeStyle = color;
      context.lineWidth = thickness;
      context.strokeRect(...place);
    }
    context.lineWidth = 1;
  }

  function draw() {
    const [row, column] = probe, value = output[row * width + column];
    const gray = (v) => Array(3).fill(255 * v / white);
    frame(paint(before, image, gray, () => true), row, column, kernel.length);
    const style = colors(output)[find("[data-shown]").value];
    frame(paint(after, output, style, reached), row, column, 1);
    const low = write(Math.min(...output), digits), high = write(Math.max(...output), digits);
    const where = `row ${row}, column ${column}`;
    find("[data-terms]").textContent = sum(row, column);
    find("[data-range]").textContent = `${low} to ${high}`;
    before.setAttribute("aria-valuenow", row * width + column);
    before.setAttribute("aria-valuetext", `${where}: output ${write(value, digits)}`);
    after.setAttribute("aria-label", `The picture after the filter, from ${low} to ${high}; ` +
      `at ${where} it is ${write(value, digits)}.`);
    Object.assign(root.dataset, { row, column, value });
  }

  // The sum under the window, written out; weights of zero are left out, except in a walk.
  function sum(row, column) {
    const all = terms(row, column), equal = all.every(([weight]) => weight === all[0][0]);
    const shown = equal ? all : all.filter(([weight]) => weight !== 0);
    const bracket = (text, number) => number < 0 ? `(${text})` : text;
    const text = shown.map(([weight, value]) => equal && all[0][0] === 1 ? write(value, digits - 1)
      : `${bracket(write(weight, 3), weight)}·${write(value, digits - 1)}`);
    const total = output[row * width + column];
    const added = text.join(" + ") || "0";
    const whole = divisor === 1 ? added : `(${added}) / ${bracket(write(divisor, 3), divisor)}`;
    return `row ${row}, column ${column}: ${whole} = ${write(total, digits)}`;
  }

  // ---- the kernel -----------------------------------------------------------------------------
  // The grid has 5 × 5 fields; a 3 × 3 kernel uses the nine in the middle.
  function fill() {
    const margin = (5 - kernel.length) / 2;
    root.querySelectorAll("[data-weight]").forEach((field) => {
      const [k, l] = field.dataset.weight.split(",").map((index) => Number(index) - margin);
      const inside = kernel[k]?.[l] !== undefined;
      field.closest("td").hidden = !inside;
      if (inside && field !== document.activeElement) field.value = kernel[k][l];
    });
    root.querySelectorAll("[data-line]").forEach((line) => {
      line.hidden = Math.abs(Number(line.dataset.line) - 2) > (kernel.length - 1) / 2;
    });
    find("[data-size]").value = kernel.length;
    if (find("[data-divisor]") !== document.activeElement) find("[data-divisor]").value = divisor;
  }

  function update() { fill(); filter(); draw(); }

  function choose(weights, by) {
    kernel = weights.map((row) => [...row]);
    divisor = by;
    if (kernel.flat().some((weight) => weight < 0) && kernel.flat().reduce((a, c) => a + c) === 0)
      find("[data-shown]").value = "signed"; // its results are negative as often as positive
    else if (find("[data-shown]").value === "signed") find("[data-shown]").value = "clipped";
    update();
  }

  // A larger grid keeps the kernel and surrounds it with zeros; a smaller one cuts it.
  function resize(size) {
    const move = (size - kernel.length) / 2;
    kernel = Array.from({ length: size }, (_, k) => Array.from({ length: size },
      (_, l) => kernel[k - move]?.[l - move] ?? 0));
    update();
  }

  find("[data-preset]").addEventListener("input", (event) => {
    const preset = presets[Number(event.target.value)];
    if (preset) choose(preset.weights, preset.divisor);
  });
  const free = () => { find("[data-preset]").value = presets.length; };
  find("[data-size]").addEventListener("input", (event) => { free(); resize(Number(event.target.value)); });
  root.querySelectorAll("[data-weight], [data-divisor]").forEach((field) =>
    field.addEventListener("input", () => {
      const value = field.valueAsNumber;
      if (!Number.isFinite(value) || (field.matches("[data-divisor]") && value === 0)) return;
      if (field.matches("[data-divisor]")) divisor = value;
      else {
        const margin = (5 - kernel.length) / 2;
        const [k, l] = field.dataset.weight.split(",").map((index) => Number(index) - margin);
        kernel[k][l] = value;
      }
      free();
      update();
    }));
  for (const name of ["border", "flip"]) find(`[data-${name}]`).addEventListener("input", update);
  find("[data-shown]").addEventListener("input", draw);

  // ---- the window -----------------------------------------------------------------------------
  function move(row, column) {
    probe = [Math.min(height - 1, Math.max(0, row)), Math.min(width - 1, Math.max(0, column))];
    draw();
  }

  for (const canvas of [before, after]) {
    const follow = (event) => {
      const box = canvas.getBoundingClientRect();
      move(Math.floor((event.clientY - box.top) / box.height * height),
        Math.floor((event.clientX - box.left) / box.width * width));
    };
    canvas.addEventListener("pointerdown", (event) => {
      canvas.setPointerCapture(event.pointerId);
      canvas.addEventListener("pointermove", follow);
      canvas.addEventListener("lostpointercapture",
        () => canvas.removeEventListener("pointermove", follow), { once: true });
      follow(event);
    });
  }

  before.addEventListener("keydown", (event) => {
    const way = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0],
      Home: [0, -width], End: [0, width] }[event.key];
    if (!way) return;
    event.preventDefault();
    const size = event.shiftKey ? 8 : 1;
    move(probe[0] + size * way[0], probe[1] + size * way[1]);
  });

  find("[data-border]").value = data.border;
  find("[data-preset]").value = presets.findIndex(({ weights, divisor: by }) =>
    by === data.divisor && JSON.stringify(weights) === JSON.stringify(data.weights));
  if (find("[data-preset]").selectedIndex < 0) free();
  probe = data.probe;
  find("[data-static]").remove();
  find(".dlcv-body").hidden = false;
  choose(data.weights, data.divisor);
}
