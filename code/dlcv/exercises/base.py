"""What every exercise check shares: a verdict, and the rule for "not attempted yet"."""

import functools
from collections.abc import Callable
from dataclasses import dataclass

PASSED, FAILED, NOT_ATTEMPTED = "passed", "failed", "not attempted"
MARKS = {PASSED: "✓", FAILED: "✗", NOT_ATTEMPTED: "○"}


@dataclass(frozen=True)
class Verdict:
    """The outcome of a check. As the last line of a cell it shows its message.

    `bool(verdict)` is True when the exercise is solved, so that a lecturer can count points.
    """

    status: str
    message: str

    def __bool__(self) -> bool:
        return self.status == PASSED

    def __repr__(self) -> str:
        return f"{MARKS[self.status]} {self.message}"


class WrongAnswerError(Exception):
    """Raised inside a check when an answer is wrong; its text is the hint the reader sees."""


class NotAttemptedError(Exception):
    """Raised inside a check when the answer still returns nothing."""


def exercise(name: str) -> Callable:
    """Turn a function that raises `WrongAnswerError` into a check that returns a `Verdict`.

    Args:
        name: What the exercise asks for, as it begins the message.

    Returns:
        A decorator. The decorated check never raises for a wrong answer: an untouched stub (it
        returns None or `...`, or raises `NotImplementedError`) is "not attempted yet", and an
        exception inside the answer is shown as such, so that the rest of the notebook still runs.
    """

    def decorate(check: Callable) -> Callable:
        @functools.wraps(check)
        def run(*answers) -> Verdict:
            try:
                check(*(_watched(answer) for answer in answers))
            except NotAttemptedError:
                return Verdict(NOT_ATTEMPTED, f"{name}: not attempted yet (it returns nothing).")
            except WrongAnswerError as wrong:
                return Verdict(FAILED, f"{name}: not yet. Hint: {wrong}")
            except Exception as error:
                return Verdict(
                    FAILED, f"{name}: your code stopped with {type(error).__name__}: {error}"
                )
            return Verdict(PASSED, f"{name}: solved.")

        return run

    return decorate


def require(holds, hint: str) -> None:
    """Raise `WrongAnswerError` with the hint unless the condition holds."""
    if not bool(holds):
        raise WrongAnswerError(hint)


def require_shape(result, shape: tuple[int, ...], meaning: str) -> None:
    """Require a tensor of this shape; `meaning` says what the axes stand for: "(N, K)"."""
    require(
        hasattr(result, "shape"),
        f"return a tensor of shape {meaning}, not {type(result).__name__}.",
    )
    came = tuple(result.shape)
    require(came == shape, f"the result must have shape {meaning} = {shape}; yours has {came}.")


def _watched(answer: Callable) -> Callable:
    """The answer, raising `NotAttemptedError` when it returns None or `...`."""
    if not callable(answer):
        return answer

    @functools.wraps(answer)
    def call(*args, **kwargs):
        try:
            result = answer(*args, **kwargs)
        except NotImplementedError as error:
            if str(error):  # PyTorch raises it too, with a message: that is a reader's mistake
                raise
            raise NotAttemptedError from None
        if result is None or result is Ellipsis:
            raise NotAttemptedError
        return result

    return call
