"""What every exercise check shares: a verdict, and the rule for "not attempted yet"."""

import dis
import functools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import CodeType

from dlcv.state import random_state, set_random_state

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
        It leaves the state of the random generators as it was.
    """

    def decorate(check: Callable) -> Callable:
        @functools.wraps(check)
        def run(*answers) -> Verdict:
            before = random_state()
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
            finally:
                set_random_state(before)
            return Verdict(PASSED, f"{name}: solved.")

        return run

    return decorate


def require(holds, hint: str) -> None:
    """Raise `WrongAnswerError` with the hint unless the condition holds."""
    if not bool(holds):
        raise WrongAnswerError(hint)


def refuse(answer: Callable, names: set[str], instead: str) -> None:
    """Require that none of these names is used in the answer, where the library does the work."""
    used = sorted(names & {name for code in codes_of(answer) for name in code.co_names})
    require(not used, f"right, but {', '.join(used)} does the work: {instead}.")


def require_shape(result, shape: tuple[int, ...], meaning: str, where: str = "") -> None:
    """Require a tensor of this shape; `meaning` says what the axes stand for: "(N, K)".

    `where` stands in front of the hint and names the case that was tried.
    """
    require(
        hasattr(result, "shape"),
        f"{where}return a tensor of shape {meaning}, not {type(result).__name__}.",
    )
    came = tuple(result.shape)
    hint = f"{where}the result must have shape {meaning} = {shape}; yours has {came}."
    require(came == shape, hint)


def codes_of(answer: Callable) -> Iterator[CodeType]:
    """The compiled code of a function, and of those written inside it."""
    waiting = [getattr(getattr(answer, "__wrapped__", answer), "__code__", None)]
    while waiting:
        code = waiting.pop()
        if isinstance(code, CodeType):
            yield code
            waiting += code.co_consts


def has_loop(answer: Callable) -> bool:
    """Whether a loop or a comprehension stands in a function, or in one written inside it."""
    steps = (step.opname for code in codes_of(answer) for step in dis.get_instructions(code))
    return any(name == "FOR_ITER" or "BACKWARD" in name for name in steps)


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
