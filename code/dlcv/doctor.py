"""`python -m dlcv.doctor`: what this machine has for the book, as text for a bug report.

Every check stands alone: one that fails prints its failure and how to mend it, and the rest run.
"""

import importlib
import importlib.metadata
import os
import platform
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

LIBRARIES = {  # what it is called where it is installed: what it is called where it is imported
    "torch": "torch",
    "torchvision": "torchvision",
    "numpy": "numpy",
    "matplotlib": "matplotlib",
    "ipywidgets": "ipywidgets",
    "scikit-learn": "sklearn",
    "scikit-image": "skimage",
}


class Problem(Exception):
    """What is wrong on this machine, and how to mend it."""


def report() -> str:
    """Check versions, devices, data folder, network and speed.

    Importing the libraries takes several seconds, the checks one or two. Nothing is downloaded.

    Returns:
        Lines of text: one a check, `✗` before what needs mending, and the number of problems.
    """
    checks: list[tuple[str, Callable[[], str]]] = [
        ("python", python_version),
        ("dlcv", dlcv_version),
    ]
    checks += [(name, _version_check(name)) for name in LIBRARIES]
    checks += [("devices", devices), ("threads", threads), ("data folder", data_folder)]
    checks += [("data sets", data_sets), ("network", network), ("speed", speed)]
    lines = [_run(name, check) for name, check in checks]
    problems = sum(line.startswith("✗") for line in lines)
    ending = "nothing to mend" if not problems else f"{problems} to mend: see the lines with ✗"
    return "\n".join(["dlcv doctor", *lines, ending]).replace(str(Path.home()), "~")


def _run(name: str, check: Callable[[], str]) -> str:
    """One line of the report: what the check found, or how it failed."""
    try:
        mark, found = "✓", check()
    except Problem as problem:
        mark, found = "✗", str(problem)
    except Exception as error:  # whatever a broken machine can raise belongs in the report
        mark, found = "✗", f"the check failed: {type(error).__name__}: {error}"
    return f"{mark} {name:<14}" + found.replace("\n", "\n" + " " * 16)


def python_version() -> str:
    """Python's version, and the system it runs on."""
    return f"{platform.python_version()} on {platform.platform()}"


def dlcv_version() -> str:
    """The version of this package, and where it was imported from."""
    import dlcv

    return f"{dlcv.__version__} in {Path(dlcv.__file__).parent}"


def _version_check(name: str) -> Callable[[], str]:
    return lambda: library_version(name)


def library_version(name: str) -> str:
    """The version of one library, which must also import; `Problem` where it cannot."""
    mend = f"pip install --upgrade --force-reinstall {name}"
    try:
        module = importlib.import_module(LIBRARIES[name])
    except ModuleNotFoundError as error:
        if error.name != LIBRARIES[name]:  # it is here, but something that it needs is not
            raise Problem(f"needs {error.name}, which is missing; try: {mend}") from error
        raise Problem(f"missing; install it: pip install {name}") from error
    except Exception as error:
        message = f"does not import ({type(error).__name__}: {error}); try: {mend}"
        raise Problem(message) from error
    version = module.__version__
    if not _is_allowed(name, version):
        raise Problem(f"{version} does not suit dlcv; try: pip install --upgrade dlcv {name}")
    return version


def _is_allowed(name: str, version: str) -> bool:
    """Whether dlcv's own requirements admit this version (yes, where dlcv is not installed)."""
    from packaging.requirements import Requirement

    try:
        requirements = map(Requirement, importlib.metadata.requires("dlcv") or [])
    except importlib.metadata.PackageNotFoundError:
        return True
    return all(
        need.specifier.contains(version, prereleases=True)
        for need in requirements
        if need.name == name
    )


def devices() -> str:
    """The devices that PyTorch finds, best first."""
    from dlcv.training.device import available_devices, describe_device

    lines = [describe_device(name) for name in available_devices()]
    if len(lines) == 1:
        lines.append("no GPU found; none is needed, every chapter runs on a CPU")
    return "\n".join(lines)


def threads() -> str:
    """The threads PyTorch computes with, and the cores there are for them."""
    import torch

    return f"{torch.get_num_threads()} for PyTorch, on {os.cpu_count()} cores"


def data_folder() -> str:
    """Where data sets are kept; `Problem` where nothing can be written there."""
    from dlcv.data import folder

    home = folder()
    nearest = next(place for place in (home, *home.parents) if place.exists())
    try:
        with tempfile.TemporaryFile(dir=nearest):
            return f"{home}: " + ("writable" if nearest == home else "made when first needed")
    except OSError as error:
        raise Problem(
            f"{home}: cannot be written ({error.strerror}); set DLCV_DATA to a folder of yours"
        ) from error


def data_sets() -> str:
    """Which data sets are here; a missing one is no problem, since chapters have a fallback."""
    from dlcv.data import folder
    from dlcv.data.loading import ALWAYS_HERE, RECIPES
    from dlcv.data.recipes import SPLITS

    lines = [f"{', '.join((*ALWAYS_HERE, 'photos'))}: always here"]
    for name in RECIPES:
        home = folder() / name
        here = [s for s in SPLITS if (home / f"{s}.npz").exists() or (home / s).is_dir()]
        absent = f'not here; to get it: dlcv.data.load("{name}"), with the network allowed'
        lines.append(f"{name}: {' and '.join(here) or absent}")
    return "\n".join(lines)


def network() -> str:
    """Whether the book may use the network; it is not tried."""
    from dlcv.data.store import offline

    value = os.environ.get("DLCV_OFFLINE", "")
    return f"forbidden (DLCV_OFFLINE={value})" if offline() else "allowed (not tried)"


def speed() -> str:
    """The rate of a float32 matrix product on each device, in billions of operations a second."""
    from dlcv.training.device import available_devices

    sizes = {name: 512 if name == "cpu" else 4096 for name in available_devices()}
    return "\n".join(
        f"{_matrix_rate(name, size):,.0f} GFLOP/s on {name} (matrices {size} × {size}, float32)"
        for name, size in sizes.items()
    )


def _matrix_rate(device: str, size: int, runs: int = 5) -> float:
    """Median rate of `runs` times 10 products; reading one number waits for the device."""
    import torch

    factor = torch.full((size, size), 1 / size, device=device)  # its powers stay what they are
    product = factor
    seconds = []
    for _ in range(runs + 1):
        start = time.perf_counter()
        for _ in range(10):
            product = factor @ product
        product[0, 0].item()
        seconds.append(time.perf_counter() - start)
    operations = 10 * 2 * size**3  # a multiplication and an addition for each of size³ triples
    return operations / statistics.median(seconds[1:]) / 1e9  # the first run warms up


if __name__ == "__main__":
    print(report())
