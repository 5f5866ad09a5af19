"""What a training run measured, epoch by epoch."""

from collections.abc import Iterator

COLUMNS = (
    "epoch",
    "train_loss",
    "train_accuracy",
    "validation_loss",
    "validation_accuracy",
    "seconds",
)


class History:
    """A table with one row an epoch; draw it with `dlcv.figures.plot_history(history)`.

    `history["train_loss"]` is a column (a list of numbers), `history[-1]` the last row (a
    dictionary); `len(history)` counts epochs and a `for` loop runs over the rows. The columns are
    `epoch` (from 1), `train_loss`, `train_accuracy`, `validation_loss`, `validation_accuracy`
    (accuracies in [0, 1]) and `seconds`; what was not measured has no column.

    `train_loss` and `train_accuracy` are means over the epoch, taken while the weights were
    changing; the validation columns are taken with the weights at the end of the epoch.

    Built in chapter 09.
    """

    def __init__(self):
        self.rows: list[dict[str, float]] = []

    def add(self, row: dict[str, float]) -> None:
        """Append the row of one epoch."""
        self.rows.append(row)

    def keys(self) -> list[str]:
        """The names of the columns; `dict(history)` gives all of them with their numbers."""
        measured = {name for row in self.rows for name in row}
        added = sorted(measured.difference(COLUMNS))  # numbers that a callback put in
        return [name for name in COLUMNS if name in measured] + added

    def __getitem__(self, key: str | int) -> list[float] | dict[str, float]:
        """A column by its name (nan in epochs that did not measure it), or a row by its index."""
        if isinstance(key, int):
            return self.rows[key]
        if key not in self.keys():
            raise KeyError(f"the history has no column {key!r}; it has {', '.join(self.keys())}")
        return [row.get(key, float("nan")) for row in self.rows]

    def __contains__(self, name: str) -> bool:
        return name in self.keys()

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[dict[str, float]]:
        return iter(self.rows)

    def __repr__(self) -> str:
        """The table as text: first and last epochs where there are many."""
        if not self.rows:
            return "History: no epoch yet"
        names = self.keys()
        lines = [names] + [[_shown(row.get(name)) for name in names] for row in self.rows]
        if len(lines) > 21:
            lines[11:-10] = [["…"] * len(names)]
        widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
        return "\n".join(
            "  ".join(cell.rjust(width) for cell, width in zip(line, widths, strict=True))
            for line in lines
        )


def _shown(value: object) -> str:
    if value is None:
        return ""
    return f"{value:.4g}" if isinstance(value, float) else str(value)
