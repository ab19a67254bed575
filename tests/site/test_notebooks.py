"""Stored notebooks: what normalising takes away, what it leaves, and what counts as stale."""

from __future__ import annotations

import ast
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import nbformat
import pytest
from IPython.core.inputtransformer2 import TransformerManager
from nbformat.v4 import new_code_cell, new_notebook, new_output

from book.exercises.checking import WIDTH
from tests.support import ROOT, python
from tools.notebooks import SETUP, WIDGET_VIEW, normalise, notebooks, setup_cell, text
from tools.notebooks import run as execute


def notebook(*outputs: nbformat.NotebookNode, **metadata: object) -> nbformat.NotebookNode:
    return normalise(new_notebook(cells=[new_code_cell("1", outputs=list(outputs), metadata=metadata)]))


def test_what_differs_between_machines_goes_and_what_pages_need_stays() -> None:
    shown = new_output(
        "display_data",
        data={WIDGET_VIEW: {"model_id": "1f"}, "text/html": "<p>"},
        metadata={"isolated": True},
    )
    only_widget = new_output("display_data", data={WIDGET_VIEW: {"model_id": "2f"}})
    made = notebook(
        shown,
        only_widget,
        execution={"iopub.status.busy": "now"},
        mystnb={"image": {"alt": "A line"}},
        tags=["a"],
    )
    cell = made.cells[1]
    assert cell.metadata == {"mystnb": {"image": {"alt": "A line"}}, "tags": ["a"]}
    assert [output.data for output in cell.outputs] == [{"text/html": "<p>"}]
    assert "widgets" not in made.metadata
    assert "version" not in made.metadata.language_info


def test_a_stream_is_one_piece_however_the_kernel_cut_it() -> None:
    pieces = [new_output("stream", name="stdout", text=part) for part in ("a", "b")]
    assert text(notebook(*pieces)) == text(notebook(new_output("stream", name="stdout", text="ab")))


@pytest.mark.parametrize("said", ["1", "2"])
def test_stale_means_another_text(said: str) -> None:
    stored, fresh = notebook(new_output("stream", text="1")), notebook(new_output("stream", text=said))
    assert (text(stored) == text(fresh)) is (said == "1")


def test_a_notebook_saved_by_an_editor_is_stale_until_normalised() -> None:
    made = notebook(new_output("stream", text="1"))
    edited = text(made).replace('"mimetype"', '"version": "3.11.2",\n   "mimetype"')
    assert edited != text(made)
    assert text(normalise(nbformat.reads(edited, as_version=4))) == text(made)


@pytest.mark.parametrize("path", notebooks(), ids=lambda path: path.stem)
def test_no_line_of_code_is_wider_than_the_page(path: Path) -> None:
    cells = [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]
    assert cells
    assert [line for cell in cells for line in cell.source.splitlines() if len(line) > WIDTH] == []


def relative_files(source: str) -> list[str]:
    """The files beside the chapters that a cell names as seen from their folder, where no kernel of Colab starts."""
    parts = list(ast.walk(ast.parse(TransformerManager().transform_cell(source))))
    below = {id(part.right) for part in parts if isinstance(part, ast.BinOp)}  # files("book") / "data/go.json"
    texts = [part.value for part in parts if isinstance(part, ast.Constant) and id(part) not in below]
    return [text for text in texts if isinstance(text, str) and len(text) < 100 and (ROOT / "book" / text).is_file()]


@pytest.mark.parametrize("path", notebooks(), ids=lambda path: path.stem)
def test_no_chapter_depends_on_where_its_kernel_was_started(path: Path) -> None:
    cells = [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]
    opened = [name for cell in cells for name in relative_files(cell.source)]
    assert opened == []


def test_a_file_beside_the_chapter_is_seen() -> None:
    assert relative_files('import json\nprint(open("data/go.json"))') == ["data/go.json"]
    assert relative_files('print((files("book") / "data/go.json").read_text(), "data")') == []


def test_every_notebook_begins_with_the_cell_for_colab_and_says_so_once() -> None:
    made = normalise(notebook(new_output("stream", text="1")))
    assert [SETUP in cell.metadata.get("tags", ()) for cell in made.cells] == [True, False]
    assert made.cells[0].source == setup_cell().source
    assert made.cells[1].id == "cell-01"  # numbered without it
    assert max(map(len, made.cells[0].source.splitlines())) <= 88


def test_the_cell_for_colab_does_nothing_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COLAB_RELEASE_TAG", raising=False)
    commands: list[str] = []
    asked = SimpleNamespace(system=commands.append, run_line_magic=lambda *words: commands.append(" ".join(words)))
    code = compile(TransformerManager().transform_cell(setup_cell().source), "setup", "exec")
    exec(code, {"get_ipython": lambda: asked})
    assert commands == []
    monkeypatch.setenv("COLAB_RELEASE_TAG", "release-colab")
    monkeypatch.chdir(Path(__file__).parent)  # where no exercises are
    exec(code, {"get_ipython": lambda: asked})
    assert [command.split()[0] for command in commands] == ["git", "pip", "cd"]


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (lambda stored: stored, ""),
        pytest.param(
            lambda stored: stored.replace('"execution_count": 2', '"execution_count": 7'),
            "is stale",
            marks=pytest.mark.ci,
        ),
        pytest.param(
            lambda stored: stored.replace('"mimetype"', '"version": "3.11.2",\n   "mimetype"'),
            "is stale",
            marks=pytest.mark.ci,
        ),
        (lambda stored: stored.replace('"4\\n"', '"5\\n"'), "Cell outputs differ"),
    ],
    ids=["as it was run", "another count", "saved by an editor", "another output"],
)
def test_one_run_is_judged_cell_by_cell_and_as_a_whole(tmp_path: Path, fault: Callable[[str], str], said: str) -> None:
    cells = [new_code_cell("number = 2"), new_code_cell("print(number + 2)")]
    path = tmp_path / "book" / "01_small.ipynb"
    path.parent.mkdir()
    path.write_text(text(normalise(new_notebook(cells=cells))))
    path.write_text(fault(text(normalise(execute(path)))))
    (path.parent / "conftest.py").write_text("from book.conftest import pytest_collect_file\n")
    done = python(
        "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", "--nbval", "--nbval-current-env",
        "--color=no", path, cwd=tmp_path, status=1 if said else 0,
    )  # fmt: skip
    assert said in done.stdout, done.stdout
    assert ("failed" in done.stdout) is bool(said)
    assert "passed" in done.stdout
