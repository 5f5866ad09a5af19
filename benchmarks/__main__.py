"""`make bench`: run the benchmarks and store what they print in `benchmarks/results/`."""

import argparse
import importlib
import time
from pathlib import Path

from benchmarks import report

NAMES = ["training", "loaders", "convolution", "imports", "scenes", "gpu"]  # as in the file


def main() -> None:
    """Measure all sections, or those that are named, and put them into the results file."""
    options = arguments()
    for name in options.names or NAMES:
        start = time.perf_counter()
        module = importlib.import_module(f"benchmarks.{name}")
        section = report.section(name, module, module.measure(options.quick))
        print(section, flush=True)
        file = report.store(name, section, order=NAMES, folder=options.results)
        print(f"{time.perf_counter() - start:.0f} s, stored in {file.name}\n", flush=True)


def arguments() -> argparse.Namespace:
    """What the command line asks for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="name", help=f"of {', '.join(NAMES)}; or all")
    parser.add_argument("--quick", action="store_true", help="tiny sizes, meaningless numbers")
    parser.add_argument("--results", type=Path, default=report.RESULTS, help="another folder")
    options = parser.parse_args()
    if options.quick and options.results == report.RESULTS:
        parser.error("--quick stores nothing in the book: give --results another folder")
    if unknown := sorted(set(options.names) - set(NAMES)):
        parser.error(f"no benchmark is called {', '.join(unknown)}: choose from {', '.join(NAMES)}")
    return options


if __name__ == "__main__":
    main()
