// Shows the frame that belongs to the controls' values.
// data.sources: one image a frame (null for the one already shown); data.alts: their texts;
// data.counts: how many values each control has; the last control changes fastest.
function explore(root, data) {
  const image = root.querySelector("img");
  const status = root.querySelector(".dlcv-status");
  const controls = [...root.querySelectorAll("[data-control]")];
  const sources = data.sources.map((source) => source ?? image.src);

  const position = (control) =>
    control.type === "checkbox" ? Number(control.checked) : Number(control.value);

  function update() {
    let frame = 0;
    controls.forEach((control, i) => {
      frame = frame * data.counts[i] + position(control);
      const text = data.texts[i][position(control)];
      if (control.type === "range") control.setAttribute("aria-valuetext", text);
      control.closest("label").querySelector(".dlcv-value").textContent = text;
    });
    image.src = sources[frame];
    image.alt = status.textContent = data.alts[frame];
  }

  controls.forEach((control) => control.addEventListener("input", update));
  root.querySelector(".dlcv-controls").hidden = false;
}
