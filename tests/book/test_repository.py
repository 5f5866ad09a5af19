"""The house is in order: folders, imports, sizes, versions, lint, and nothing of a machine."""

import ast
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from book import address
from book.rules_cells import lines as code_lines

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "code" / "dlcv"
MODULES = sorted(PACKAGE.rglob("*.py"))
TOOLS = sorted((ROOT / "code" / "book").rglob("*.py"))

TOP = {
    ".ci", ".github", ".gitignore", ".pre-commit-config.yaml", "CITATION.cff", "CONTRIBUTING.md",
    "LICENSE", "LICENSE-CC-BY-4.0.md", "Makefile", "README.md", "_config.yml", "_toc.yml", "assets",
    "benchmarks", "chapters", "code", "guide", "intro.md", "pytest.ini", "requirements-site.in",
    "requirements.in", "requirements.txt", "ruff.toml", "tests",
}  # fmt: skip


def names(paths):
    return [str(path.relative_to(ROOT)) for path in paths]


def own_files():
    """Return the files git has or would take: none of the ignored ones."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    if listed.returncode != 0:
        pytest.skip("needs git, and the book's folder as its repository")
    return [ROOT / name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


def test_the_top_level_holds_what_the_readme_maps_and_no_more():
    assert {path.relative_to(ROOT).parts[0] for path in own_files()} <= TOP


def test_no_file_makes_a_package_of_the_folder_code():
    assert not (ROOT / "code" / "__init__.py").exists(), "it would shadow the standard library's"


# ---------------------------------------------------------------------------- imports one way

RANKS = [
    {"data", "layers", "models", "filters", "features"},
    {"training", "inspection"},
    {"figures", "interactive"},
    {"exercises"},
]
RANK = {room: rank for rank, rooms in enumerate(RANKS) for room in rooms}
SHARED = {"metrics", "progress", "state", "shapes", "timing"}  # any room may import them
TOP_LEVEL = {"__init__", "checks", "doctor"} | SHARED


def room_of(path):
    """Return the room of a module: `training` for code/dlcv/training/loop.py."""
    return path.relative_to(PACKAGE).with_suffix("").parts[0]


def imported_rooms(path):
    """Return the rooms of `dlcv` that a module imports, also inside functions."""
    package = path.relative_to(PACKAGE.parent).with_suffix("").parts[:-1]
    rooms = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        modules = []
        if isinstance(node, ast.Import):
            modules = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else ()
            start = ".".join([*above, *([node.module] if node.module else [])])
            modules = [f"{start}.{alias.name}" for alias in node.names]
        for module in modules:
            parts = module.split(".")
            if parts[0] == "dlcv" and len(parts) > 1:
                rooms.add(parts[1])
            elif parts[0] == "book":
                rooms.add("book")
    return rooms


def may_import(room, other):
    """Tell whether a module in `room` may import `other`: never upwards."""
    if room in ("doctor", "__init__") or room == other:
        return other != "book"
    if room in SHARED or room == "checks":
        return other == "__version__" or (room in SHARED and other == "state")  # it has no imports
    if other in SHARED:
        return True
    if room == "data":
        return other == "__version__"
    return other in ("checks", "__version__") or RANK.get(other, 99) <= RANK[room]


@pytest.mark.parametrize("path", MODULES, ids=names(MODULES))
def test_imports_point_one_way(path):
    room = room_of(path)
    assert room in RANK or room in TOP_LEVEL, f"a room that the design does not have: {room}"
    wrong = {other for other in imported_rooms(path) if not may_import(room, other)}
    assert not wrong, f"{room} imports {wrong}"


def test_no_two_rooms_import_each_other():
    arrows = {(room_of(path), other) for path in MODULES for other in imported_rooms(path)}
    mutual = {(a, b) for a, b in arrows if a != b and (b, a) in arrows and a not in TOP_LEVEL}
    assert not mutual


@pytest.mark.parametrize(
    ("room", "other"),
    [("data", "training"), ("data", "checks"), ("training", "figures"), ("layers", "training"),
     ("figures", "exercises"), ("checks", "data"), ("training", "book"), ("doctor", "book"),
     ("progress", "data"), ("timing", "training"), ("shapes", "timing"), ("checks", "progress")],
)  # fmt: skip
def test_an_import_against_the_direction_is_refused(room, other):
    assert not may_import(room, other)


# ---------------------------------------------------------------------------- sizes and docstrings


def functions(path):
    """Yield each function of a module with the number of its lines, its docstring not counted."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = node.end_lineno - node.lineno + 1
            if ast.get_docstring(node) is not None:
                lines -= node.body[0].end_lineno - node.body[0].lineno + 1
            yield node, lines


def test_the_training_helpers_can_be_read_in_one_sitting():
    """At most 700 lines of code, counted as in the chapters: no blanks, comments, docstrings."""
    modules = sorted((PACKAGE / "training").glob("*.py"))
    counts = {path.name: code_lines(path.read_text(encoding="utf-8")) for path in modules}
    assert sum(counts.values()) <= 700, counts


@pytest.mark.parametrize("path", MODULES + TOOLS, ids=names(MODULES + TOOLS))
def test_a_module_has_300_lines_at_most_and_a_function_40(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 300
    long = [f"{node.name} has {lines} lines" for node, lines in functions(path) if lines > 40]
    assert not long


def public(tree, prefix=""):
    """Yield the public classes, functions and methods of a module with their names."""
    kinds = (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    for node in tree.body:
        if isinstance(node, kinds) and not node.name.startswith("_"):
            yield prefix + node.name, node
            if isinstance(node, ast.ClassDef):
                yield from public(node, f"{node.name}.")


@pytest.mark.parametrize("path", MODULES, ids=names(MODULES))
def test_what_is_public_has_a_docstring(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert ast.get_docstring(tree), "the module itself has none"
    if any(part.startswith("_") and part != "__init__.py" for part in path.parts):
        return
    assert not [name for name, node in public(tree) if not ast.get_docstring(node)]


# ---------------------------------------------------------------------------- versions


def pins():
    """Return requirements.txt as name → version."""
    text = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    lines = [
        line for line in text.splitlines() if line.strip() and not line.strip().startswith("#")
    ]
    loose = [line for line in lines if not re.fullmatch(r"[\w.\[\]-]+==\S+( ; .+)?", line)]
    assert not loose, f"not pinned: {loose}"
    return {canonicalize_name(line.split("==")[0].split("[")[0]): line for line in lines}


def wanted():
    """Return what is asked for by hand: the package's dependencies and the .in files."""
    with open(ROOT / "code" / "pyproject.toml", "rb") as file:
        asked = tomllib.load(file)["project"]["dependencies"]
    for name in ("requirements-site.in", "requirements.in"):
        lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
        asked += [line.split(" #")[0] for line in lines if line.strip() and line[0] not in "#-"]
    return [Requirement(line) for line in asked]


def test_every_requirement_is_pinned_at_a_version_that_was_asked_for():
    pinned = pins()
    missing = [str(r) for r in wanted() if canonicalize_name(r.name) not in pinned]
    assert not missing, f"run `make requirements`: {missing}"
    for requirement in wanted():
        version = pinned[canonicalize_name(requirement.name)].split("==")[1].split(" ")[0]
        assert requirement.specifier.contains(version, prereleases=True), requirement


def test_requirements_say_how_they_are_compiled():
    head = (ROOT / "requirements.txt").read_text(encoding="utf-8").split("\n")[:3]
    assert any("make requirements" in line for line in head)


def test_the_package_leaves_torch_torchvision_and_numpy_free_upwards():
    with open(ROOT / "code" / "pyproject.toml", "rb") as file:
        asked = map(Requirement, tomllib.load(file)["project"]["dependencies"])
    for requirement in asked:
        assert all(s.operator == ">=" for s in requirement.specifier), requirement


# ---------------------------------------------------------------------------- nothing of a machine

# In pieces, so that this file does not contain what it looks for.
HOSTS = ["pypi" + ".org", "python" + "hosted.org", "download." + "pytorch.org", "npm" + "js.org",
         "deb." + "debian.org", "conda" + ".anaconda.org"]  # fmt: skip
PLACES = ["/wo" + "rk/", "/ro" + "ot/", "/ho" + r"me/\w", "/Us" + r"ers/\w", "/tm" + r"p/\w"]
PLACES += [
    r"\bsha" + r"red/(?:data|design|curriculum)",
    r"design" + r"\.md",
    r"curricu" + r"lum\.md",
]
TRACE = re.compile("|".join([*map(re.escape, HOSTS), *(rf"(?<![\w.}}]){p}" for p in PLACES)]))


def test_no_file_names_a_registry_host_or_a_folder_of_some_machine():
    files = [path for path in own_files() if path in set(address.text_files(ROOT))]
    found = []
    for path in files:
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            match = TRACE.search(line)
            if match and len(line) < 100_000:
                found.append(f"{path.relative_to(ROOT)}:{number}: {match.group()}")
    assert not found, "\n" + "\n".join(found)


@pytest.mark.parametrize("line", ["https://" + HOSTS[0] + "/simple", "cd /wo" + "rk/main"])
def test_such_a_name_would_be_found(line):
    assert TRACE.search(line)


# ---------------------------------------------------------------------------- lint, and the rest


@pytest.mark.parametrize("arguments", [["check"], ["format", "--check"]], ids=" ".join)
def test_code_and_notebooks_are_linted_and_formatted(arguments):
    command = [
        sys.executable,
        "-m",
        "ruff",
        *arguments,
        "--no-cache",
        "--output-format=concise",
        ".",
    ]
    if arguments[0] == "format":
        command.remove("--output-format=concise")
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert result.returncode == 0, f"run `make format`\n{result.stdout}{result.stderr}"


def test_continuous_integration_can_start_its_script():
    assert os.access(ROOT / ".ci" / "run", os.X_OK)


def test_make_help_lists_every_command():
    result = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True)
    listed = set(re.findall(r"(?m)^make (\S+)", result.stdout))
    two = {"book", "test"}
    others = {"lab", "execute", "check", "format", "bench", "clean", "address", "test-colab"}
    assert two | others <= listed
