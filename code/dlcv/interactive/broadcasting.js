// Two shapes: how their axes meet, and what PyTorch answers.
// data: start [a, operation, b], examples [[name, a, operation, b]].
function broadcasting(root, data) {
  const find = (selector) => root.querySelector(selector);
  const write = (shape) => `(${shape.join(", ")}${shape.length === 1 ? "," : ""})`;
  const product = (sizes) => sizes.reduce((all, n) => all * n, 1);
  const plain = (count) => count.toLocaleString("en-US");

  // "32, 10" or "(32, 10)"; undefined where that is no shape.
  function read(field) {
    const text = field.value.trim().replace(/^\(|\)$/g, "");
    if (!/^(\d+(\s*[,×x]\s*|\s+))*\d*\s*$/.test(text)) return undefined;
    const shape = (text.match(/\d+/g) ?? []).map(Number);
    return shape.length <= 6 && shape.every((n) => n <= 1e6) ? shape : undefined;
  }

  // Axis by axis from the right; a missing axis counts as 1.
  function meet(a, b) {
    const length = Math.max(a.length, b.length);
    return Array.from({ length }, (_, k) => {
      const m = a[a.length - length + k], n = b[b.length - length + k];
      const [p, q] = [m ?? 1, n ?? 1];
      return { a: m, b: n, out: p === 1 ? q : p, clash: p !== q && p !== 1 && q !== 1 };
    });
  }

  function addition(a, b) {
    const axes = meet(a, b), length = axes.length, k = axes.map(({ clash }) => clash).lastIndexOf(true);
    if (k >= 0) return { axes, says: `The size of tensor a (${axes[k].a}) must match the size of tensor b `
      + `(${axes[k].b}) at non-singleton dimension ${k}`, read: `counted from the right, axis −${length - k} `
      + `is ${axes[k].a} in a and ${axes[k].b} in b. They must be equal, or one of them 1.` };
    const one = (side) => axes.some(({ [side]: n, out }) => (n ?? 1) !== out);
    const warning = one("a") && one("b") ? "Both are stretched: every entry of one meets every entry of the "
      + "other. If you wanted pairs, this is a mistake that no error reports." : "";
    return { axes, out: axes.map(({ out }) => out), warning };
  }

  function multiplication(a, b) {
    if (!a.length || !b.length) return { axes: [], read: "a matrix product needs at least one axis on both sides." };
    const left = a.length === 1 ? [1, ...a] : a, right = b.length === 1 ? [...b, 1] : b;
    const [n, k] = left.slice(-2), [j, m] = right.slice(-2), batch = meet(left.slice(0, -2), right.slice(0, -2));
    const [row, column] = [a.length > 1, b.length > 1]; // a vector has one axis only
    const axes = [...batch, { a: row ? n : undefined, b: j, out: row ? n : "–", inner: "b" },
      { a: k, b: column ? m : undefined, out: column ? m : "–", inner: "a" }];
    if (k !== j) {
      axes.slice(-2).forEach((axis) => { axis.clash = axis.inner; });
      const hint = k === m && column ? " With b transposed it would fit." : "";
      const says = b.length === 2 ? `mat1 and mat2 shapes cannot be multiplied (${product(left.slice(0, -1))}x${k} and ${j}x${m})` : "";
      return { axes, says, read: `the last axis of a is ${k}; b has ${j} in the axis that must meet it.${hint}` };
    }
    const bad = batch.findLast(({ clash }) => clash);
    if (bad) return { axes, read: `the axes before the matrices do not go together: ${bad.a} in a, ${bad.b} in b.` };
    return { axes, out: axes.map(({ out }) => out).filter((size) => size !== "–") };
  }

  function cell(axis, side, fits) {
    const size = axis[side], clash = axis.clash === true || axis.clash === side;
    if (size === undefined) return ["dlcv-added", "1"];
    if (clash) return ["dlcv-clash", size];
    if (!axis.inner && size !== axis.out && fits) return ["dlcv-stretched", `1 → ${axis.out}`];
    return ["", size];
  }

  function table(axes, out) {
    const row = (name, cells) => `<tr><th scope="row">${name}</th>${cells.map(([kind, text]) =>
      `<td class="${kind}">${text}</td>`).join("")}</tr>`;
    const heads = axes.map((_, k) => `<th scope="col">−${axes.length - k}</th>`).join("");
    const result = out ? row("result", axes.map((axis) => ["dlcv-result", axis.out])) : "";
    return `<thead><tr><th scope="col">axis</th>${heads}</tr></thead><tbody>`
      + ["a", "b"].map((side) => row(side, axes.map((axis) => cell(axis, side, out)))).join("") + `${result}</tbody>`;
  }

  function draw() {
    const a = read(find("[data-a]")), b = read(find("[data-b]")), operation = find("[data-operation]").value;
    const lines = [];
    let answer = { axes: [] };
    if (!a || !b) lines.push(`Write the shape of ${a ? "b" : "a"} as sizes with commas, such as 32, 10.`);
    else {
      answer = operation === "@" ? multiplication(a, b) : addition(a, b);
      const both = `a of shape ${write(a)}, b of shape ${write(b)}`;
      if (answer.out) lines.push(`a ${operation} b has shape ${write(answer.out)}: ${plain(product(answer.out))} numbers.`);
      else lines.push(answer.says ? `PyTorch refuses: “${answer.says}”` : `PyTorch refuses ${both}.`, `Read it so: ${answer.read}`);
      if (answer.warning) lines.push(answer.warning);
    }
    find("[data-axes]").innerHTML = answer.axes.length ? table(answer.axes, answer.out) : "";
    find("[data-outcome]").replaceChildren(...lines.map((line) =>
      Object.assign(document.createElement("p"), { textContent: line })));
    Object.assign(root.dataset, { result: answer.out ? JSON.stringify(answer.out) : "", says: answer.says ?? "" });
  }

  function fill([a, operation, b]) {
    find("[data-a]").value = a.join(", ");
    find("[data-b]").value = b.join(", ");
    find("[data-operation]").value = operation;
    draw();
  }

  const examples = find("[data-example]");
  ["my own", ...data.examples.map(([name]) => name)].forEach((name, k) => examples.add(new Option(name, k)));
  const chosen = data.examples.findIndex(([, ...rest]) => JSON.stringify(rest) === JSON.stringify(data.start));
  examples.value = chosen + 1;
  examples.addEventListener("input", () => {
    if (Number(examples.value)) fill(data.examples[Number(examples.value) - 1].slice(1));
  });
  for (const name of ["a", "b", "operation"]) find(`[data-${name}]`).addEventListener("input", () => {
    examples.value = 0;
    draw();
  });
  find("[data-static]").remove();
  find(".dlcv-typed").hidden = find(".dlcv-axes").hidden = false;
  fill(data.start);
}
