"""What a training run measured, epoch by epoch, and when that says to stop."""

import csv
import io
import math
from collections.abc import Callable, Iterator


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

    def keys(self) -> list[str]:
        """The names of the columns; `dict(history)` gives all of them with their numbers."""
        return list(dict.fromkeys(name for row in self.rows for name in row))

    def best(self, name: str) -> int:
        """The index of the best row: the lowest of a loss, the highest of anything else."""
        values, sign = self[name], 1 if name.endswith("loss") else -1
        return min(range(len(values)), key=lambda i: (math.isnan(values[i]), sign * values[i]))

    def as_csv(self) -> str:
        """The table as text with commas, a line of names and then one line an epoch."""
        text = io.StringIO()
        table = csv.DictWriter(text, self.keys(), lineterminator="\n")
        table.writeheader()
        table.writerows(self.rows)
        return text.getvalue()

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


def early_stopping(patience: int, *, watch: str = "validation_loss") -> Callable:
    """A callback for `Trainer.fit`: stop when a measure has not improved for `patience` epochs.

    It looks at the history alone, so it goes on rightly after a run is resumed.

    Args:
        patience: epochs to wait for a better one, at least 1.
        watch: a column of the history; a loss should fall, anything else should rise.

    Raises:
        ValueError: `patience` is below one, or (in `fit`) the column is not measured.
    """
    if patience < 1:
        raise ValueError(f"patience must be at least 1; got {patience}")

    def stop_when_stuck(trainer, row: dict) -> None:
        if watch not in row:
            raise ValueError(f"watch={watch!r} is not measured; there are {', '.join(row)}")
        since = len(trainer.history) - 1 - trainer.history.best(watch)
        if since >= patience:
            trainer.stopped = f"{watch} has not improved for {since} epochs"

    return stop_when_stuck
