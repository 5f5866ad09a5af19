"""Run the chapters and keep their files in one normal form.

    python -m book.notebooks execute [PATH ...]     run, store the outputs, normalize
    python -m book.notebooks normalize [PATH ...]   rewrite in the normal form, run nothing
    python -m book.notebooks check [PATH ...]       say which files are not normal, and why

Without paths: every notebook below `chapters/`. A number such as `02` stands for that chapter.
The normal form is what makes a stored notebook comparable: the same content gives the same bytes.
"""

import argparse
import json
import re
import resource
import sys
import time
from collections.abc import Iterable
from pathlib import Path

import nbformat
from nbformat import NotebookNode

ROOT = Path(__file__).resolve().parents[2]
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"
NO_OUTPUT = "no-output"  # tag of a cell that shows a data set's own pictures: stored without them
KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}
KEPT = {"tags", "mystnb"}  # of a cell's metadata; the rest is some tool's bookkeeping
CELL_TIMEOUT = 600  # seconds

ANSI = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
ADDRESS = re.compile(r"<[^<>]*\bat 0x[0-9a-fA-F]+>")


# ---------------------------------------------------------------------------- finding and reading


def find(arguments: Iterable[str] = (), root: Path = ROOT) -> list[Path]:
    """Return the notebooks that `arguments` name: paths or chapter numbers; without any, all."""
    everything = [
        path
        for path in sorted((root / "chapters").rglob("*.ipynb"))
        if ".ipynb_checkpoints" not in path.parts
    ]
    arguments = list(arguments)
    if not arguments:
        return everything
    found = []
    for argument in arguments:
        if argument.isdigit():
            matches = [p for p in everything if p.name.startswith(f"{int(argument):02d}-")]
        else:
            matches = [Path(argument)] if Path(argument).is_file() else []
        if not matches:
            raise SystemExit(f"no notebook {argument!r}: give a path or a chapter's number")
        found += matches
    return found


def read(path: Path) -> NotebookNode:
    """Read a notebook as format 4.5; cells without an id get one from their position."""
    raw = json.loads(path.read_text(encoding="utf-8"))
    give_ids(raw["cells"], slug=re.sub(r"[^a-zA-Z0-9-]+", "-", path.stem))
    raw["nbformat"], raw["nbformat_minor"] = 4, 5
    return nbformat.reads(json.dumps(raw), as_version=nbformat.NO_CONVERT)


def give_ids(cells: list[dict], slug: str) -> None:
    """Give every cell an id that no other cell has: an existing one stays, else slug-position."""
    seen: set[str] = set()
    for position, cell in enumerate(cells):
        wanted = cell.get("id") or f"{slug}-{position:02d}"[-64:]
        while wanted in seen:
            wanted = f"{wanted[:62]}-b"
        seen.add(wanted)
        cell["id"] = wanted


def text_of(notebook: NotebookNode) -> str:
    """Return the bytes-for-bytes text of a notebook's file."""
    return nbformat.writes(notebook, version=nbformat.NO_CONVERT).rstrip("\n") + "\n"


# ---------------------------------------------------------------------------- the normal form


def normalize(notebook: NotebookNode) -> NotebookNode:
    """Return the notebook in normal form (changed in place).

    No kernel but `python3`, no timings, no widget state, outputs merged, cells counted from 1.
    """
    notebook.metadata = nbformat.from_dict(
        {"kernelspec": KERNEL, "language_info": {"name": "python"}}
    )
    count = 0
    for cell in notebook.cells:
        for name in set(cell.metadata) - KEPT:
            del cell.metadata[name]
        cell.source = cell.source.rstrip("\n")
        if cell.cell_type == "markdown" and not cell.get("attachments", True):
            del cell["attachments"]
        if cell.cell_type != "code":
            continue
        if NO_OUTPUT in cell.metadata.get("tags", []):
            cell.outputs = []
        cell.outputs = normal_outputs(cell.outputs)
        count += 1
        cell.execution_count = count
        for output in cell.outputs:
            if "execution_count" in output:
                output.execution_count = count
    return notebook


def normal_outputs(outputs: list[NotebookNode]) -> list[NotebookNode]:
    """Merge neighboring streams, take out color codes, redrawn lines and widget views."""
    normal: list[NotebookNode] = []
    for output in outputs:
        if output.output_type == "stream":
            output.text = plain_text(output.text)
            previous = normal[-1] if normal else None
            if (
                previous is not None
                and previous.output_type == "stream"
                and previous.name == output.name
            ):
                previous.text += output.text
                continue
        elif output.output_type in ("display_data", "execute_result"):
            had_view = output.data.pop(WIDGET_VIEW, None) is not None
            output.metadata.pop(WIDGET_VIEW, None)
            if "text/plain" in output.data:
                output.data["text/plain"] = plain_text(output.data["text/plain"])
            if had_view and set(output.data) <= {"text/plain"}:
                continue  # nothing of a bare widget can be seen without a kernel
            for kind, value in output.data.items():
                if kind.startswith("image/") and isinstance(value, str) and kind != "image/svg+xml":
                    output.data[kind] = value.replace("\n", "")
        elif output.output_type == "error":
            output.traceback = [plain_text(line) for line in output.traceback]
        normal.append(output)
    return [output for output in normal if output.get("text", "x") != ""]


def plain_text(text: str) -> str:
    """Take out color codes, and of a line redrawn with carriage returns keep the last state."""
    text = ANSI.sub("", text).replace("\r\n", "\n")
    return "\n".join(line.rstrip("\r").rsplit("\r", 1)[-1] for line in text.split("\n"))


# ---------------------------------------------------------------------------- checking


def problems(path: Path) -> list[str]:
    """Return what is not as it should be with a stored notebook; empty when all is well."""
    text = path.read_text(encoding="utf-8")
    try:
        notebook = read(path)
    except (ValueError, KeyError) as error:
        return [f"is not a notebook that can be read: {error!r}"]
    found = []
    code = [cell for cell in notebook.cells if cell.cell_type == "code" and cell.source.strip()]
    if code and not any(cell.outputs for cell in code):
        found.append("has no outputs: run `make execute`")
    for index, cell in enumerate(notebook.cells):
        for output in cell.get("outputs", []):
            for problem in output_problems(output):
                found.append(f"cell {index} ({cell.id}) {problem}")
    if text_of(normalize(notebook)) != text:
        found.append("is not in normal form: run `make execute` or `make format`")
    try:
        nbformat.validate(notebook)
    except nbformat.ValidationError as error:
        found.append(f"is not a valid notebook: {error.message}")
    return found


def output_problems(output: NotebookNode) -> list[str]:
    """Return what a stored output must not have: an error, a warning, a memory address."""
    if output.output_type == "error":
        return [f"stored an error: {output.ename}: {output.evalue}"]
    if output.output_type == "stream" and output.name == "stderr":
        return [f"stored text on stderr: {output.text.strip()[:80]!r}"]
    shown = output.get("text") or output.get("data", {}).get("text/plain", "")
    address = ADDRESS.search(shown)
    if address:
        return [f"stored a memory address, which changes with every run: {address.group()!r}"]
    return []


# ---------------------------------------------------------------------------- running


def execute(path: Path) -> tuple[float, float]:
    """Run a notebook in its own folder, store it in normal form; return (wall, CPU) seconds.

    Raises:
        nbclient.exceptions.CellExecutionError: a cell raised; the stored file is left as it was.
    """
    from nbclient import NotebookClient

    notebook = read(path)
    client = NotebookClient(
        notebook,
        timeout=CELL_TIMEOUT,
        kernel_name="python3",
        resources={"metadata": {"path": str(path.parent)}},
        record_timing=False,
        store_widget_state=False,
    )
    wall, cpu = time.perf_counter(), children_cpu()
    client.execute()
    wall, cpu = time.perf_counter() - wall, children_cpu() - cpu
    write(path, normalize(notebook))
    return wall, cpu


def children_cpu() -> float:
    """Return the CPU seconds of the ended child processes, kernels among them."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def write(path: Path, notebook: NotebookNode) -> None:
    """Write the file whole or not at all."""
    half = path.with_name(path.name + ".part")
    half.write_text(text_of(notebook), encoding="utf-8")
    half.replace(path)


def store(path: Path, notebook: NotebookNode) -> bool:
    """Write the file if that would change it; tell whether it was written."""
    changed = text_of(notebook) != path.read_text(encoding="utf-8")
    if changed:
        write(path, notebook)
    return changed


# ---------------------------------------------------------------------------- command line


def short(path: Path) -> str:
    """Return the path as a reader would type it from the book's folder."""
    path = path.resolve()
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else str(path)


def run_all(paths: list[Path]) -> int:
    """Execute every path, print its times, and count those that failed."""
    from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

    failed = 0
    for path in paths:
        print(f"{short(path)} …", flush=True)
        try:
            wall, cpu = execute(path)
        except (CellExecutionError, CellTimeoutError, DeadKernelError) as error:
            print(f"  failed, the file is left as it was\n{error}", file=sys.stderr)
            failed += 1
        else:
            print(f"  {wall:.1f} s wall, {cpu:.1f} s CPU, {path.stat().st_size / 1000:.0f} kB")
            for problem in problems(path):
                print(f"  {problem}", file=sys.stderr)
                failed += 1
    return failed


def normalize_all(paths: list[Path]) -> int:
    """Rewrite every path in normal form; says which changed."""
    for path in paths:
        if store(path, normalize(read(path))):
            print(f"{short(path)}: normalized")
    return 0


def check_all(paths: list[Path]) -> int:
    """Print the problems of every path and count them."""
    found = [(path, problem) for path in paths for problem in problems(path)]
    for path, problem in found:
        print(f"{short(path)}: {problem}", file=sys.stderr)
    if not found:
        print(f"{len(paths)} notebook(s) normal")
    return len(found)


def main(argv: list[str] | None = None) -> int:
    """Run the command line; returns the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m book.notebooks", description=__doc__.split("\n")[0]
    )
    parser.add_argument("action", choices=["execute", "normalize", "check"])
    parser.add_argument("paths", nargs="*", help="paths, or chapter numbers such as 02")
    arguments = parser.parse_args(argv)
    action = {"execute": run_all, "normalize": normalize_all, "check": check_all}
    return 1 if action[arguments.action](find(arguments.paths)) else 0


if __name__ == "__main__":
    sys.exit(main())
