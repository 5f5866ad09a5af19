"""Progress that shows only where somebody looks on: bars for downloads, a report on training."""

import math
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

__all__ = ["Report", "progress", "report", "somebody_watches", "tensorboard"]

MODES = ("auto", "notebook", "lines", "none")
COLORS = {"train": "#4079EE", "validation": "#D48000"}  # 3:1 on white and on near-black
WIDTH, TOP, BOTTOM = 240, 42, 156  # of a panel's axes, in the drawing's pixels
Rows = Iterable[dict[str, float]]


def somebody_watches() -> bool:
    """Whether this runs in a terminal or in a notebook with a person in front of it.

    A notebook that is executed from start to end by a program (nbclient, nbval) is not watched:
    such a program tells the kernel that nobody can answer a question.
    """
    kernel = _kernel()
    if kernel is not None:
        return bool(getattr(kernel, "_allow_stdin", False))
    return _is_terminal(sys.stderr)


def progress(steps: Iterable | None = None, **options):
    """A `tqdm` bar over `steps` that writes nothing where nobody watches, and clears itself."""
    return _bar(somebody_watches(), iterable=steps, **options)


def report(mode: str = "auto", *, steps: int | None, epochs: int | None = None) -> "Report":
    """What tells a person how training goes: call its `step`, `epoch` and `close`.

    Args:
        mode: `"notebook"` is a bar with live curves, `"lines"` one line an epoch on the standard
            output, `"none"` nothing. `"auto"` chooses: a notebook with a person in front of it,
            a terminal, or neither.
        steps: training steps in all epochs together; None where nobody knows.
        epochs: the number of the last epoch, for "epoch 3/20"; None where nobody knows.

    Raises:
        ValueError: the mode is none of these.
        RuntimeError: `"notebook"`, but there is no notebook.
    """
    if mode not in MODES:
        raise ValueError(f"mode: got {mode!r}, wanted one of {', '.join(map(repr, MODES))}")
    if mode == "auto":
        mode = _where()
    if mode == "notebook":
        if _kernel() is None:
            raise RuntimeError('mode: "notebook" needs a notebook, and this is none; use "lines"')
        return _NotebookReport(steps, epochs)
    return _LinesReport(steps, epochs) if mode == "lines" else Report()


def tensorboard(folder: Path, rank: int = 0) -> list[Callable]:
    """Callbacks for `Trainer.fit` that draw the history in TensorBoard: one, or none without it.

    Args:
        folder: where TensorBoard looks for its files.
        rank: of several processes, only number 0 writes.
    """
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError:  # it is not installed
        return []
    if rank > 0:
        return []
    writer = SummaryWriter(folder)

    def write(trainer: object, row: dict[str, float]) -> None:
        for name, value in row.items():
            writer.add_scalar(name, value, row["epoch"])
        writer.flush()  # now, and not when its thread finds time

    return [write]


class Report:
    """Says nothing; the reports for notebooks and terminals are made from it by `report`."""

    def step(self) -> None:
        """Count one training step: about a microsecond."""

    def epoch(self, history: Rows) -> None:
        """Show the epochs so far: rows with `epoch`, `train_loss`, `validation_accuracy` ….

        What a row does not hold is left out.
        """

    def close(self) -> None:
        """Clear what was only for the time of training. A second call does nothing."""


class _LinesReport(Report):
    """One line an epoch, which reads well in a file too; and in a terminal a bar below them."""

    def __init__(self, steps: int | None, epochs: int | None):
        self.epochs = epochs
        self.bar = _bar(_is_terminal(sys.stderr), total=steps, unit=" steps")
        self.step = self.bar.update  # tqdm only counts, and draws now and then

    def epoch(self, history: Rows) -> None:
        row = list(history)[-1]
        self.bar.clear()  # the bar stands where the line goes; it comes back below it
        print(_words(row, self.epochs), flush=True)

    def close(self) -> None:
        self.bar.close()


class _NotebookReport(Report):
    """A bar, and below it curves that grow after each epoch; both are cleared at the end."""

    def __init__(self, steps: int | None, epochs: int | None):
        self.epochs = epochs
        self.bar = _bar(True, total=steps, unit=" steps")
        self.step = self.bar.update
        self.output = None

    def epoch(self, history: Rows) -> None:
        rows = list(history)
        words = _words(rows[-1], self.epochs)
        self._show({"text/html": _drawing(rows, self.epochs, words), "text/plain": words})

    def close(self) -> None:
        self.bar.close()
        if self.output is not None:
            self._show({"text/html": "", "text/plain": ""})
            self.output = None

    def _show(self, content: dict[str, str]) -> None:
        from IPython.display import display

        if self.output is None:
            self.output = display(content, raw=True, display_id=True)
        else:
            self.output.update(content, raw=True)


def _words(row: dict[str, float], epochs: int | None) -> str:
    """`epoch 3/20 · loss 1.234 · accuracy 0.567 · validation loss 1.345 · accuracy 0.532 …`"""
    parts = [f"epoch {row['epoch']}" + (f"/{epochs}" if epochs else "")]
    columns = {
        "train_loss": "loss",
        "train_accuracy": "accuracy",
        "validation_loss": "validation loss",
        "validation_accuracy": "accuracy" if "validation_loss" in row else "validation accuracy",
    }
    parts += [f"{words} {_number(row[name])}" for name, words in columns.items() if name in row]
    if "seconds" in row:
        parts.append(f"{row['seconds']:.1f} s")
    return " · ".join(parts)


def _number(value: float) -> str:
    """Three decimals where they say something; `0.00123` and `1.23e+04` outside of that."""
    return f"{value:.3f}" if value == 0 or 0.01 <= abs(value) < 1000 else f"{value:.3g}"


def _drawing(rows: list[dict[str, float]], epochs: int | None, words: str) -> str:
    """The curves so far as SVG: a panel for the loss, and one for the accuracy where measured."""
    last = max(epochs or 1, rows[-1]["epoch"])
    panels = []
    for measure in ("loss", "accuracy"):
        curves = {
            split: [(row["epoch"], row[name]) for row in rows if name in row]
            for split, name in ((split, f"{split}_{measure}") for split in COLORS)
        }
        if any(curves.values()):
            panels.append(_panel(measure, curves, (rows[0]["epoch"], last), 320 * len(panels)))
    return (
        f'<svg role="img" aria-label="{words}" viewBox="0 0 640 180" font-size="12" '
        'style="display:block;width:100%;max-width:640px;color:inherit;font-family:sans-serif" '
        f'fill="currentColor" stroke-linecap="round">{"".join(panels)}</svg>'
    )


def _panel(measure: str, curves: dict, span: tuple[int, int], left: int) -> str:
    """One panel: its axes with their ends labeled, its curves, and their last values as text."""
    values = [value for curve in curves.values() for _, value in curve if math.isfinite(value)]
    low, high = min(values, default=0.0), max(values, default=1.0)
    if low == high:  # an axis needs two ends: 0 is the other one
        low, high = (min(low, 0.0), max(high, 0.0)) if low else (0.0, 1.0)
    parts = [
        f'<g transform="translate({left + 56} 0)"><text x="0" y="13" font-weight="bold">{measure}'
        f'</text><path d="M0 {TOP}V{BOTTOM}H{WIDTH}" fill="none" stroke="currentColor" '
        'stroke-opacity="0.45"/>',
        _text(-6, TOP + 4, "end", _number(high)),
        _text(-6, BOTTOM + 4, "end", _number(low)),
        _text(0, BOTTOM + 16, "middle", span[0]),
        _text(WIDTH / 2, BOTTOM + 16, "middle", "epoch"),
    ]
    if span[1] > span[0]:
        parts.append(_text(WIDTH, BOTTOM + 16, "middle", span[1]))
    measured = [(split, curve) for split, curve in curves.items() if curve]
    for place, (split, curve) in enumerate(measured):
        points = [
            (WIDTH * (epoch - span[0]) / max(1, span[1] - span[0]),
             BOTTOM - (BOTTOM - TOP) * (value - low) / (high - low))
            for epoch, value in curve
        ]  # fmt: skip
        parts.append(_curve(points, COLORS[split]))
        parts.append(_key(110 * place, f"{split} {_number(curve[-1][1])}", COLORS[split]))
    return "".join(parts) + "</g>"


def _curve(points: list[tuple[float, float]], color: str) -> str:
    """A line with a gap at each value that is not finite, and a dot at the last one that is."""
    line, pen = "", "M"
    for x, y in points:
        if math.isfinite(y):
            line += f"{pen}{x:.1f} {y:.1f}h0"  # h0: a point between two gaps is drawn as a dot
        pen = "L" if math.isfinite(y) else "M"
    dots = [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" fill="{color}"/>'
            for x, y in points if math.isfinite(y)]  # fmt: skip
    return f'<path d="{line}" fill="none" stroke="{color}" stroke-width="2"/>' + "".join(dots[-1:])


def _key(left: float, words: str, color: str) -> str:
    line = f'<path d="M{left} 28h12" stroke="{color}" stroke-width="3"/>'
    return line + _text(left + 18, 32, "start", words)


def _text(x: float, y: float, anchor: str, words: object) -> str:
    return f'<text x="{x:g}" y="{y:g}" text-anchor="{anchor}">{words}</text>'


def _where() -> str:
    """The mode that `"auto"` stands for here."""
    if not somebody_watches():
        watched_output = _kernel() is None and _is_terminal(sys.stdout)
        return "lines" if watched_output else "none"
    return "lines" if _kernel() is None else "notebook"


def _bar(shown: bool, **options):
    from tqdm.auto import tqdm

    return tqdm(disable=not shown, leave=False, mininterval=0.2, **options)


def _kernel():
    """The Jupyter kernel this runs in; None elsewhere."""
    ipython = sys.modules.get("IPython")
    return getattr(ipython.get_ipython(), "kernel", None) if ipython else None


def _is_terminal(stream) -> bool:
    return stream is not None and stream.isatty()
