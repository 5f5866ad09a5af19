// PyTorch's recorded graph, walked from the loss down as `backward` walks it.
// data: nodes [{title, leaf, turn, made, rule, kept, received, arrives, sends [{to, value}], unwanted}], alt.
function recordedGraph(root, data) {
  const { nodes } = data, last = nodes.length;
  const find = (selector) => root.querySelector(selector);
  const box = (i) => find(`[data-node="${i}"]`);
  const order = nodes.map((_, i) => i).sort((a, b) => nodes[a].turn - nodes[b].turn);
  let step = 0; // how many nodes have had their turn

  const name = (i) => nodes[i].leaf ? `${nodes[i].title}.grad` : nodes[i].title;
  const done = (i) => nodes[i].turn < step;

  // What has reached a node so far: "6 + 2" when it comes along two ways.
  function arrived(i) {
    const senders = order.filter(done).flatMap((k) => nodes[k].sends.filter(({ to }) => to === i));
    return senders.map(({ value }) => value);
  }

  function sum(i) {
    const parts = nodes[i].arrives, joined = parts.join(" + ").replaceAll("+ −", "− ");
    return parts.length > 1 ? `${joined} = ${nodes[i].received}` : nodes[i].received;
  }

  // The sentences about the node whose turn it is.
  function told() {
    if (step === 0) return ["Nothing has run yet. The first node to come is the one that made the loss; "
      + "it receives ∂loss/∂loss = 1."];
    const i = order[step - 1], node = nodes[i];
    const lines = [`Node ${step} of ${last}: ${name(i)}`];
    if (node.made) lines.push(`It was left behind by ${node.made}.`);
    if (node.kept) lines.push(`It kept: ${node.kept}.`);
    lines.push(`It receives ${node.arrives.length ? sum(i) : `${node.received}, that is ∂loss/∂loss`}.`);
    if (node.leaf) return [...lines, `A leaf: the number is added to ${name(i)}.`];
    if (node.rule) lines.push(`What it does: ${node.rule}.`);
    const sent = node.sends.map(({ to, value }) => `${value} to ${name(to)}`).join(" and ");
    lines.push(`It sends ${sent}${node.unwanted ? "; the other input needs no gradient" : ""}.`);
    return lines;
  }

  function draw() {
    nodes.forEach((node, i) => {
      const waiting = arrived(i);
      box(i).classList.toggle("dlcv-waiting", !done(i));
      box(i).classList.toggle("dlcv-current", node.turn === step - 1);
      const reached = done(i) ? node.received : waiting.join(" + ") || "…";
      if (node.leaf) box(i).querySelector("text").textContent = `${name(i)} = ${reached}`;
    });
    root.querySelectorAll("[data-sent]").forEach((label) => {
      label.style.display = done(Number(label.dataset.sent.split(",")[0])) ? "" : "none";
    });
    const lines = told();
    find("[data-told]").replaceChildren(...lines.map((line, k) => {
      const paragraph = document.createElement("p");
      const part = document.createElement(k === 0 && step ? "b" : "span");
      part.textContent = line;
      paragraph.append(part);
      return paragraph;
    }));
    find("[data-back]").disabled = find("[data-reset]").disabled = step === 0;
    find("[data-next]").disabled = find("[data-all]").disabled = step === last;
    find("svg").setAttribute("aria-label", `${data.alt} ${lines.join(" ")}`);
    root.dataset.step = step;
  }

  function go(to) {
    step = Math.min(last, Math.max(0, to));
    draw();
  }

  find("[data-back]").addEventListener("click", () => go(step - 1));
  find("[data-next]").addEventListener("click", () => go(step + 1));
  find("[data-all]").addEventListener("click", () => go(last));
  find("[data-reset]").addEventListener("click", () => go(0));
  nodes.forEach((node, i) => box(i).addEventListener("click", () => go(node.turn + 1)));
  root.classList.add("dlcv-walked");
  find(".dlcv-buttons").hidden = false;
  draw();
}
