"""Progress bars that show only where somebody looks on."""

import sys
from collections.abc import Iterable


def somebody_watches() -> bool:
    """Whether this runs in a terminal or in a notebook with a person in front of it.

    A notebook that is executed from start to end by a program (nbclient, nbval) is not watched:
    such a program tells the kernel that nobody can answer a question.
    """
    ipython = sys.modules.get("IPython")
    kernel = getattr(ipython.get_ipython(), "kernel", None) if ipython else None
    if kernel is not None:
        return bool(getattr(kernel, "_allow_stdin", False))
    return sys.stderr is not None and sys.stderr.isatty()


def progress(steps: Iterable | None = None, **options):
    """A `tqdm` bar over `steps` that writes nothing where nobody watches, and clears itself."""
    from tqdm.auto import tqdm

    return tqdm(steps, disable=not somebody_watches(), leave=False, **options)
