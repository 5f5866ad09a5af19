"""The results file: `benchmarks/results/<machine>.md`, one section a benchmark.

A section is replaced when its benchmark runs again, so each carries its own date and versions.
"""

import datetime
import importlib.metadata
import os
import platform
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import torch

from benchmarks.harness import Table

RESULTS = Path(__file__).parent / "results"
MARK = "<!-- section: {} -->"  # invisible on the page; says where a section begins


def section(name: str, module: ModuleType, tables: list[Table]) -> str:
    """One section as Markdown: title, command, date, versions, what is measured, the tables.

    Args:
        name: of the benchmark.
        module: its module: title and text are its docstring, and `LIBRARIES` (torch and torchvision
            where it has none) names the libraries whose versions are given.
        tables: what its `measure` returned.
    """
    title, _, text = module.__doc__.strip().partition("\n")
    today = datetime.date.today().isoformat()
    head = f"{MARK.format(name)}\n\n## {title}\n"
    libraries = getattr(module, "LIBRARIES", ["torch", "torchvision"])
    origin = f"`make bench BENCH={name}`, {today}: {versions(libraries)}.\n"
    return "\n".join([head, origin, text.strip() + "\n", *(table.markdown() for table in tables)])


def store(name: str, new: str, order: list[str], folder: Path = RESULTS) -> Path:
    """Put a section into this machine's file, in place of the one that was there."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{slug(machine())}.md"
    found = split(file.read_text(encoding="utf-8")) if file.exists() else {}
    found[name] = new
    parts = [found[each].strip() + "\n" for each in order if each in found]
    file.write_text("\n".join([heading(), *parts]), encoding="utf-8")
    return file


def split(text: str) -> dict[str, str]:
    """The sections of a results file by their names."""
    pieces = re.split(MARK.format(r"(\w+)"), text)[1:]  # name, text, name, text …
    names, texts = pieces[::2], pieces[1::2]
    return {each: MARK.format(each) + rest for each, rest in zip(names, texts, strict=True)}


def heading() -> str:
    """What the file begins with."""
    return (
        f"# Benchmarks: {machine()}\n\n"
        "Written by `make bench`. All contenders of a table run in turn, round after round, each "
        "round beginning with another one; the numbers are medians over the rounds, ratios and "
        "differences medians of those of the single rounds. Brackets hold a 95 % bootstrap "
        'interval of the median. A row called "again" repeats the one above it: it shows the '
        "noise.\n"
    )


def machine() -> str:
    """This machine by its GPU, or else its processor, and its cores."""
    name = torch.cuda.get_device_name() if torch.cuda.is_available() else processor()
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return f"{name}, {cores} cores"


def processor() -> str:
    """The processor's model, in the words of its maker."""
    if sys.platform == "darwin":
        command = ["sysctl", "-n", "machdep.cpu.brand_string"]
        return subprocess.run(command, capture_output=True, text=True).stdout.strip() or "Mac"
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        text = ""
    found = re.search(r"^model name\s*:\s*(.+)$", text, re.MULTILINE)
    name = found[1] if found else platform.machine()
    return re.sub(r"\((R|TM)\)|@.*|\bCPU\b", "", name).strip()


def slug(name: str) -> str:
    """A name as a file's: lower case, words joined by hyphens."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")


def versions(libraries: list[str]) -> str:
    """Python and those of the libraries that are there."""
    found = [f"Python {platform.python_version()}"]
    for library in libraries:
        try:
            found.append(f"{library} {importlib.metadata.version(library)}")
        except importlib.metadata.PackageNotFoundError:
            pass
    return ", ".join(found)
