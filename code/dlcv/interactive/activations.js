// Activation functions and their derivatives, one or two at a time; a point to drag along z.
// data: functions [{name, values, slopes}], first, last (of z), step, low, high (of a), start
// [index, index or -1], z, alt.
function activationExplorer(root, data) {
  const { functions, first, last, step, alt } = data;
  const find = (selector) => root.querySelector(selector);
  const plot = find("[data-plot]");
  const count = functions[0].values.length, zero = Math.round(-first / step);
  const write = (number, digits = 3) => number.toFixed(digits).replace("-", "−");
  const panels = [["values", data.low, data.high], ["slopes", data.steepest[0], data.steepest[1]]]
    .map(([kind, low, high]) => {
      const panel = find(`[data-panel="${kind}"]`), width = Number(panel.getAttribute("width"));
      const height = Number(panel.getAttribute("height"));
      return { kind, panel, x: (i) => i / (count - 1) * width, y: (v) => (high - v) / (high - low) * height };
    });
  let place = Math.round((data.z - first) / step);

  const chosen = () => ["one", "two"].map((name) => Number(find(`[data-${name}]`).value))
    .map((index) => functions[index]); // undefined where none is chosen

  function drawCurves() {
    for (const { kind, panel, x, y } of panels)
      chosen().forEach((f, which) => {
        // A jump is drawn as a gap: two neighbors that differ by more than a slope of 4 could.
        const path = f?.[kind].map((v, i) => {
          const jump = i > 0 && kind === "slopes" && Math.abs(v - f[kind][i - 1]) > 4 * step;
          return `${i === 0 || jump ? "M" : "L"}${x(i).toFixed(1)},${y(v).toFixed(1)}`;
        }).join("");
        panel.querySelector(`.dlcv-curve[data-which="${which}"]`).setAttribute("d", path ?? "");
      });
  }

  function drawPoint() {
    const z = first + place * step, told = [];
    chosen().forEach((f, which) => {
      const row = find(`tr[data-which="${which}"]`), on = f !== undefined;
      row.style.visibility = on ? "" : "hidden";
      for (const { kind, panel, x, y } of panels) {
        const dot = panel.querySelector(`.dlcv-dot[data-which="${which}"]`);
        dot.style.display = on ? "" : "none";
        if (on) dot.setAttribute("transform", `translate(${x(place)},${y(f[kind][place])})`);
      }
      const tangent = find(`.dlcv-tangent[data-which="${which}"]`);
      tangent.style.display = on ? "" : "none";
      if (!on) return;
      const [a, slope] = [f.values[place], f.slopes[place]], { x, y } = panels[0], run = 1 / step;
      const ends = [-run, run].flatMap((d) => [x(place + d), y(a + slope * d * step)]);
      ["x1", "y1", "x2", "y2"].forEach((key, i) => tangent.setAttribute(key, ends[i]));
      row.querySelector("[data-a]").textContent = write(a);
      row.querySelector("[data-slope]").textContent = write(slope);
      told.push(`${f.name}: σ(z) = ${write(a)}, slope ${write(slope)}`);
    });
    root.querySelectorAll(".dlcv-upright").forEach((line) =>
      ["x1", "x2"].forEach((key) => line.setAttribute(key, panels[0].x(place))));
    const where = `z = ${write(z, 2)}`;
    find("[data-z]").textContent = where;
    plot.setAttribute("aria-valuenow", z.toFixed(2));
    plot.setAttribute("aria-valuetext", `${where}; ${told.join("; ")}`);
    plot.setAttribute("aria-label", `${alt} Moved with the arrow keys.`);
    root.dataset.z = z;
  }

  const move = (to) => { place = Math.min(count - 1, Math.max(0, to)); drawPoint(); };

  plot.addEventListener("pointerdown", (event) => {
    const drag = (moved) => {
      const frame = plot.getBoundingClientRect(), { width } = plot.viewBox.baseVal;
      const left = Number(panels[0].panel.getAttribute("x"));
      const across = (moved.clientX - frame.left) / frame.width * width - left;
      move(Math.round(across / panels[0].panel.getAttribute("width") * (count - 1)));
    };
    plot.setPointerCapture(event.pointerId);
    plot.addEventListener("pointermove", drag);
    plot.addEventListener("lostpointercapture", () => plot.removeEventListener("pointermove", drag),
      { once: true });
    drag(event);
  });

  plot.addEventListener("keydown", (event) => {
    const way = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1 }[event.key];
    const ends = { Home: 0, End: count - 1 }[event.key];
    if (way === undefined && ends === undefined) return;
    event.preventDefault();
    move(ends ?? place + way * (event.shiftKey ? Math.round(0.5 / step) : 1));
  });

  ["one", "two"].forEach((name, i) => {
    find(`[data-${name}]`).value = data.start[i];
    find(`[data-${name}]`).addEventListener("input", () => { drawCurves(); drawPoint(); });
  });
  panels.forEach(({ panel, y, x }) => {
    panel.querySelector(".dlcv-axes").setAttribute("d",
      `M${x(0)},${y(0)}H${x(count - 1)}M${x(zero)},${y(-100)}V${y(100)}`);
  });
  find(".dlcv-body").hidden = false;
  drawCurves();
  drawPoint();
}
