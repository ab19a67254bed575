"""Run the notebooks of the book and store their outputs, so that running them twice gives equal bytes.

    python -m tools.notebooks            run and rewrite every notebook
    python -m tools.notebooks --check    run every notebook, change nothing, fail where the stored one differs

What is kept is what a reader sees: sources, outputs, execution counts. What changes from run to run or from
machine to machine goes: widget state, timings, kernel and language versions, editor settings. Alt texts and
tags stay. Every notebook begins with the cell that sets up Colab, written from the address in _config.yml.
"""

from __future__ import annotations

import argparse
import asyncio
import importlib
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import nbformat
import yaml
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell

ROOT = Path(__file__).resolve().parents[1]
BOOK = ROOT / "book"
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"
KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}
LANGUAGE = {
    "name": "python",
    "file_extension": ".py",
    "mimetype": "text/x-python",
    "pygments_lexer": "ipython3",
}
SETUP = "setup"  # the tag of the first cell
SETUP_CELL = """\
# In Colab: fetch the book and what its cells need. Everywhere else: nothing.
import os

if "COLAB_RELEASE_TAG" in os.environ and not os.path.isdir("book"):
    !git clone -q --depth 1 -b {branch} {url} kevent-book
    %pip install -q "./kevent-book[figures]"
    %cd -q kevent-book"""
KEPT_IN_NOTEBOOK = ("myst", "title")  # metadata that pages use
KEPT_IN_CELL = ("mystnb", "tags")  # alt texts and the like


def notebooks() -> list[Path]:
    return sorted(BOOK.glob("*.ipynb"))


def setup_cell() -> nbformat.NotebookNode:
    """The first cell of every notebook; no page shows it."""
    repository = yaml.safe_load((BOOK.parent / "_config.yml").read_text(encoding="utf-8"))["repository"]
    source = SETUP_CELL.format(url=repository["url"], branch=repository["branch"])
    return new_code_cell(source, id=SETUP, metadata={"tags": ["remove-cell", SETUP]})


def without_setup(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """The notebook's own cells only."""
    notebook.cells = [cell for cell in notebook.cells if SETUP not in cell.metadata.get("tags", ())]
    return notebook


def fill_in_skeletons(notebook: nbformat.NotebookNode) -> None:
    """Cut the code of cells tagged `exercise:broadcaster.distribute` anew from that solution in book/exercises."""
    for cell in notebook.cells:
        for tag in cell.metadata.get("tags", ()):
            kind, _, name = tag.partition(":")
            if kind == "exercise":
                module, _, function = name.rpartition(".")
                skeleton = importlib.import_module("book.exercises.checking").skeleton
                cell.source = skeleton(getattr(importlib.import_module(f"book.exercises.{module}"), function))


def run(path: Path) -> nbformat.NotebookNode:
    """Execute a copy of the notebook in its own folder, as a reader would."""
    notebook = without_setup(nbformat.read(path, as_version=4))
    fill_in_skeletons(notebook)
    client = NotebookClient(
        notebook,
        kernel_name="python3",
        timeout=120,
        store_widget_state=False,
        record_timing=False,
        extra_arguments=["--IPKernelApp.log_level=40"],  # errors only
        resources={"metadata": {"path": str(path.parent)}},
    )
    # In a thread of its own, which has no loop yet: where one is running nbclient starts a thread that stays.
    with ThreadPoolExecutor(max_workers=1) as pool:
        pool.submit(asyncio.run, client.async_execute()).result()
    return notebook


def normalise(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    kept = {key: notebook.metadata[key] for key in KEPT_IN_NOTEBOOK if key in notebook.metadata}
    notebook.metadata = nbformat.from_dict({**kept, "kernelspec": KERNEL, "language_info": LANGUAGE})
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    for number, cell in enumerate(without_setup(notebook).cells, start=1):
        cell.id = f"cell-{number:02}"
        cell.metadata = nbformat.from_dict({key: cell.metadata[key] for key in KEPT_IN_CELL if key in cell.metadata})
        cell.pop("attachments", None)
        if cell.cell_type == "code":
            cell.outputs = [output for output in map(normalise_output, joined(cell.outputs)) if output is not None]
    notebook.cells.insert(0, setup_cell())
    return notebook


def joined(outputs: list[nbformat.NotebookNode]) -> list[nbformat.NotebookNode]:
    """Neighbouring pieces of one stream as one: where the kernel cut it depends on timing."""
    result: list[nbformat.NotebookNode] = []
    for output in outputs:
        if result and output.output_type == "stream" and result[-1].get("name") == output.name:
            result[-1].text += output.text
        else:
            result.append(output)
    return result


def normalise_output(output: nbformat.NotebookNode) -> nbformat.NotebookNode | None:
    """The output without what a stored page cannot use; None when nothing is left of it."""
    if "data" in output:
        output.data.pop(WIDGET_VIEW, None)  # its model lives in the kernel; the page takes text/html
        output.metadata = nbformat.from_dict({})
        if not output.data:
            return None
    return output


def text(notebook: nbformat.NotebookNode) -> str:
    return nbformat.writes(notebook) + "\n"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="change nothing, fail where a stored notebook differs")
    parser.add_argument("notebook", nargs="*", type=Path, help="default: all of book/")
    arguments = parser.parse_args()
    paths = [path.resolve() for path in arguments.notebook] or notebooks()
    if not paths:
        print("no notebooks found", file=sys.stderr)
        return 1
    with ThreadPoolExecutor(max_workers=2) as pool:
        fresh_ones = list(pool.map(lambda path: normalise(run(path)), paths))
    stale = 0
    for path, fresh in zip(paths, fresh_ones, strict=True):
        current = path.read_text(encoding="utf-8") == text(fresh)
        if arguments.check:
            print(f"{path.name}: {'current' if current else 'STALE, run `make notebooks`'}")
            stale += not current
        elif current:
            print(f"{path.name}: unchanged")
        else:
            path.write_text(text(fresh), encoding="utf-8")
            print(f"{path.name}: rewritten")
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
