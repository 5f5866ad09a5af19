// [(CONV-RELU)*N-POOL?]*M-(FC-RELU)*K-SOFTMAX: a network to put together, and what it costs.
// data: shapes [{name, shape}], presets [{name, settings}], classes, alt. Settings: shape (an
// index), channels, convs, kernel, padding ("same" or "none"), pool ("max", "average", "none"), hidden.
function networkBuilder(root, data) {
  const find = (selector) => root.querySelector(selector);
  const all = (selector) => [...root.querySelectorAll(selector)];
  const write = (number) => number.toLocaleString("en-US");
  const times = (sizes) => sizes.join(" × ");

  // ---- the arithmetic of chapter 10, layer by layer ------------------------------------------------
  function layersOf({ shape, channels, convs, kernel, padding, pool, hidden }) {
    const [first, ...image] = data.shapes[shape].shape;
    const P = padding === "same" ? (kernel - 1) / 2 : 0, rows = [];
    let maps = first, size = image, field = 1, jump = 1, number = 0;
    for (let block = 1; block <= channels.length; block += 1) {
      const filters = channels[block - 1];
      for (let n = 0; n < convs; n += 1) {
        const out = size.map((side) => side + 2 * P - kernel + 1);
        if (Math.min(...out) < 1) return [rows, `In block ${block} a ${kernel} × ${kernel} filter does not fit: only ${times(size)} pixels are left.`];
        size = out;
        field += (kernel - 1) * jump;
        const weights = kernel * kernel * maps * filters;
        rows.push({ name: `conv${number += 1}`, kind: `${kernel} × ${kernel}, ReLU`, shape: [filters, ...size],
          parameters: weights + filters, adds: weights * size[0] * size[1], field });
        maps = filters;
      }
      if (pool === "none") continue;
      if (Math.min(...size) < 2) return [rows, `In block ${block} a 2 × 2 window does not fit: only ${times(size)} pixels are left.`];
      size = size.map((side) => Math.floor(side / 2));
      field += jump;
      jump *= 2;
      rows.push({ name: `pool${block}`, kind: `${pool} 2 × 2`, shape: [maps, ...size], parameters: 0, adds: 0, field });
    }
    let units = maps * size[0] * size[1];
    [...hidden, data.classes].forEach((outputs, k) => {
      const last = k === hidden.length;
      rows.push({ name: last ? "scores" : `fc${k + 1}`, kind: last ? "softmax in the loss" : "ReLU", shape: [outputs],
        parameters: (units + 1) * outputs, adds: units * outputs, field: null });
      units = outputs;
    });
    return [rows, ""];
  }

  // ---- controls -------------------------------------------------------------------------------------
  const number = (field, fallback) => {
    const value = Math.round(field.valueAsNumber);
    return value >= 1 && value <= 4096 ? value : fallback;
  };

  function settings() {
    const value = (name) => find(`[data-set="${name}"]`).value;
    const some = (name, count) => all(`[data-${name}]`).slice(0, count)
      .map((field) => number(field, Number(field.defaultValue)));
    return { shape: Number(value("shape")), channels: some("channels", Number(value("blocks"))),
      convs: Number(value("convs")), kernel: Number(value("kernel")), padding: value("padding"),
      pool: value("pool"), hidden: some("hidden", Number(value("layers"))) };
  }

  function put({ shape, channels, convs, kernel, padding, pool, hidden }) {
    const set = { shape, blocks: channels.length, convs, kernel, padding, pool, layers: hidden.length };
    Object.entries(set).forEach(([name, value]) => { find(`[data-set="${name}"]`).value = value; });
    channels.forEach((value, i) => { all("[data-channels]")[i].value = value; });
    hidden.forEach((value, i) => { all("[data-hidden]")[i].value = value; });
    draw();
  }

  // ---- drawing --------------------------------------------------------------------------------------
  function line(row, most) {
    const cells = [`<th scope="row">${row.name}</th>`, `<td>${row.kind}</td>`, `<td>${times(row.shape)}</td>`,
      `<td>${row.parameters ? write(row.parameters) : ""}<span class="dlcv-share"><i style="width:${(100 * row.parameters / most).toFixed(1)}%"></i></span></td>`,
      `<td>${row.adds ? write(row.adds) : ""}</td>`, `<td>${row.field ? `${row.field} × ${row.field}` : "all"}</td>`];
    return `<tr>${cells.join("")}</tr>`;
  }

  function pattern({ channels, convs, pool, hidden }) {
    const conv = convs > 1 ? `(CONV-RELU)*${convs}` : "CONV-RELU";
    const block = channels.length ? `[${conv}${pool === "none" ? "" : "-POOL"}]*${channels.length}-` : "";
    const connected = hidden.length ? `(FC-RELU)*${hidden.length}-` : "";
    return `${block}${connected}SOFTMAX`;
  }

  function draw() {
    const now = settings(), [rows, problem] = layersOf(now);
    const sum = (name) => rows.reduce((total, row) => total + row[name], 0);
    const parameters = sum("parameters"), adds = sum("adds");
    const most = Math.max(1, ...rows.map((row) => row.parameters));
    all("[data-channels]").forEach((field, i) => { field.hidden = i >= now.channels.length; });
    all("[data-hidden]").forEach((field, i) => { field.hidden = i >= now.hidden.length; });
    find("tbody").innerHTML = rows.map((row) => line(row, most)).join("");
    find("[data-parameters]").textContent = problem ? "" : write(parameters);
    find("[data-adds]").textContent = problem ? "" : write(adds);
    find("[data-words]").textContent = `${pattern(now)}: `
      + (problem || `${write(parameters)} parameters, ${write(adds)} multiply-adds.`);
    root.dataset.rows = JSON.stringify(rows);
  }

  all("[data-set], [data-channels], [data-hidden]").forEach((field) => field.addEventListener("input", draw));
  all("[data-preset]").forEach((button, i) =>
    button.addEventListener("click", () => put(data.presets[i].settings)));
  find("[data-static]").remove();
  find(".dlcv-body").hidden = false;
  put(data.presets[0].settings);
}
