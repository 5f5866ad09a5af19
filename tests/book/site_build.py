"""Build the site for the tests: from scratch, in a folder of their own, warnings being errors."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(os.environ.get("BOOK_ROOT", Path(__file__).parents[2]))
sys.path.insert(0, str(ROOT / "code"))  # the book's tooling is no installed package


def build_site(source: Path, out: Path, *, blocked: tuple[str, ...] = ()) -> tuple[int, str, Path]:
    """Build the book in `source` into `out`, with warnings as errors.

    Modules named in `blocked` cannot be imported while it is built. Returns the exit status, the
    log, and the folder of the pages.
    """
    out.mkdir(parents=True, exist_ok=True)
    traps = out / "blocked"
    traps.mkdir()
    for name in blocked:
        (traps / f"{name}.py").write_text(f"raise ImportError('the site must not need {name}')\n")
    command = [Path(sys.executable).with_name("jupyter-book"), "build", source]
    done = subprocess.run(
        [*command, "--path-output", out, "-W", "--keep-going", "-n", "--all"],
        env={**os.environ, "PYTHONPATH": str(traps), "NO_COLOR": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    return done.returncode, done.stdout, out / "_build" / "html"
