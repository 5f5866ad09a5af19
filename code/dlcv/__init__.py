"""The package behind *Learning to See*: data, layers, training and figures the chapters share.

`import dlcv` loads nothing heavy; each part is imported by its own name, for example
`from dlcv import data`.
"""

from importlib.metadata import PackageNotFoundError, version
from pathlib import Path


def _version() -> str:
    """The installed version; in a plain checkout, the one written in `pyproject.toml`."""
    try:
        return version("dlcv")
    except PackageNotFoundError:
        pass
    project_file = Path(__file__).parents[1] / "pyproject.toml"
    if not project_file.is_file():
        return "unknown"
    import tomllib

    return tomllib.loads(project_file.read_text(encoding="utf-8"))["project"]["version"]


__version__ = _version()
