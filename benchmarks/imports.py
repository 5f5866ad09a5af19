"""Import time

How much longer a program takes to start with the package than with torch alone. Every number comes
from a process of its own, which imports torch, then the module, and times both.
"""

import json
import os
import statistics
import subprocess
import sys
from pathlib import Path

from benchmarks.harness import Table, alternate, time_cell

LIBRARIES = ["torch"]
MODULES = ["dlcv", "dlcv.data", "dlcv.training", "dlcv.figures"]
CODE = Path(__file__).parent.parent / "code"
PROGRAM = """
import json, sys, time
start = time.perf_counter()
__import__(sys.argv[1])
middle = time.perf_counter()
__import__(sys.argv[2])
print(json.dumps([middle - start, time.perf_counter() - middle]))
"""


def import_seconds(base: str, module: str) -> tuple[float, float]:
    """Seconds to import one module, and then another, in a fresh process."""
    run = subprocess.run(
        [sys.executable, "-c", PROGRAM, base, module],
        env=os.environ | {"PYTHONPATH": str(CODE)},
        capture_output=True,
        text=True,
        check=True,
    )
    alone, extra = json.loads(run.stdout.splitlines()[-1])
    return alone, extra


def measure(quick: bool = False) -> list[Table]:
    """Extra seconds of each module over torch."""
    base, modules, rounds = ("numpy", ["dlcv"], 1) if quick else ("torch", ["torch", *MODULES], 7)
    base_alone: dict[str, list[float]] = {module: [] for module in modules}

    def timed(module: str):
        def run() -> float:
            alone, extra = import_seconds(base, module)
            base_alone[module].append(alone)
            return extra

        return run

    extra = alternate({name: timed(name) for name in modules}, rounds, warmup=0)
    rows = []
    for module, seconds in extra.items():
        alone = base_alone[module]
        ratio = [1 + more / first for more, first in zip(seconds, alone, strict=True)]
        cells = [time_cell(alone), f"{1e3 * statistics.median(seconds):,.1f} ms"]
        rows.append([module, *cells, f"{statistics.median(ratio):.3f}"])
    columns = ["module", f"{base} alone", "extra", "ratio"]
    return [Table("Fresh processes", columns, rows, rounds)]
