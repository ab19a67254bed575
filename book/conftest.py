"""What nbval has to judge of a notebook beside its cells: that the file is what the run gives, byte for byte.

nbval runs every cell and compares its outputs. From the very same run the notebook is put together anew, as
`tools.notebooks` writes it, and held against the stored one: sources of exercises, numbers, order, pictures.
"""

from __future__ import annotations

import copy
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbformat.v4 import output_from_msg
from nbval.plugin import IPyNbFile

from tools.notebooks import SETUP, fill_in_skeletons, normalise, text, without_setup

OUTPUTS = ("execute_result", "display_data", "stream", "error")


class Notebook(IPyNbFile):  # type: ignore[misc]
    """A notebook whose kernel is listened to. The cell that sets up Colab does nothing here, and is not run."""

    def collect(self) -> Iterator[pytest.Item]:
        self.heard: list[dict[str, Any]] = []
        yield from (item for item in super().collect() if SETUP not in item.cell.metadata.get("tags", ()))
        yield Whole.from_parent(self, name="the file is what the run gives")

    def get_kernel_message(self, timeout: float | None = None, stream: str = "iopub") -> dict[str, Any]:
        message: dict[str, Any] = super().get_kernel_message(timeout, stream)
        self.heard.append(message)
        return message

    def as_run(self) -> nbformat.NotebookNode:
        """The notebook with what its cells put out in this run."""
        runs: dict[str, list[dict[str, Any]]] = {}
        for message in self.heard:
            runs.setdefault(message["parent_header"].get("msg_id", ""), []).append(message)
        told = [messages for messages in runs.values() if any(m["msg_type"] == "execute_input" for m in messages)]
        fresh = without_setup(copy.deepcopy(self.nb))
        cells = [cell for cell in fresh.cells if cell.cell_type == "code"]
        if len(told) != len(cells):
            raise AssertionError(f"{len(told)} of {len(cells)} cells were run: no whole to compare")
        for number, (cell, messages) in enumerate(zip(cells, told, strict=True), start=1):
            cell.outputs = [output_from_msg(message) for message in messages if message["msg_type"] in OUTPUTS]
            for numbered in (cell, *(output for output in cell.outputs if "execution_count" in output)):
                numbered.execution_count = number  # nbval asks for no history, so its kernel counts nothing
        fill_in_skeletons(fresh)
        return normalise(fresh)


class Whole(pytest.Item):
    """Runs last of a notebook."""

    parent: Notebook

    def runtest(self) -> None:
        if self.path.read_text(encoding="utf-8") != text(self.parent.as_run()):
            raise AssertionError(f"{self.path.name} is stale: run `make notebooks`")

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> str:
        return str(excinfo.value)

    def reportinfo(self) -> tuple[Path, int, str]:
        return self.path, 0, f"{self.path.name}: {self.name}"


@pytest.hookimpl(wrapper=True)
def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> Generator[None, list[Any], list[Any]]:
    found = yield
    return [
        Notebook.from_parent(parent, path=file_path) if isinstance(collector, IPyNbFile) else collector
        for collector in found
    ]
