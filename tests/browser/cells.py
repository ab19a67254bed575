"""What the cells of a chapter put out in a page, beside what is stored: the same words in every browser."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import nbformat

from tools.notebooks import without_setup

RUN_ALL = """async () => {
    const live = await keventBring();
    const python = live.python, heard = {};
    const run = python.run.bind(python);
    python.run = (cell, source, how, hooks) => {
        heard[cell] = [];
        const put = (kind, data) => { heard[cell].push([kind, data]); hooks.put(kind, data); };
        return run(cell, source, how, { ...hooks, put });
    };
    await live.runAll();
    return live.cells.map(({ number, outputs, status, elsewhere }) => ({
        number, elsewhere, heard: heard[number] ?? [],
        same: outputs?.said ? outputs.asStored : null, state: status?.textContent ?? "",
    }));
}"""
"""A function of the page: run every cell, and say of each what was heard of it and what its line says."""


def stored(path: Path) -> list[list[tuple[str, str]]]:
    """What each cell of a notebook put out when it was stored, in the words of the kernel of the page."""
    notebook = without_setup(nbformat.read(path, as_version=4))
    return [list(map(told, cell.outputs)) for cell in notebook.cells if cell.cell_type == "code"]


def told(output: nbformat.NotebookNode) -> tuple[str, str]:
    if output.output_type == "stream":
        return output.name, output.text
    data = output.data
    if "text/html" in data:
        figure = re.search(r'<script type="application/json">(.*?)</script>', data["text/html"], re.S)
        return ("figure", canonical(json.loads(figure[1]))) if figure else ("html", data["text/html"])
    return ("markdown", data["text/markdown"]) if "text/markdown" in data else ("plain", data["text/plain"])


def canonical(value: Any) -> str:
    return json.dumps(value, sort_keys=True)


def heard(pieces: list[list[str]]) -> list[tuple[str, str]]:
    """What the page heard of one cell, in the same words; pieces of one stream are joined."""
    found: list[tuple[str, str]] = []
    for kind, data in pieces:
        if kind == "figure":
            found.append((kind, canonical(json.loads(data)["data"])))
        elif kind == "verdict":
            found.append(("html", json.loads(data)["html"]))
        elif kind in ("stdout", "stderr") and found and found[-1][0] == kind:
            found[-1] = kind, found[-1][1] + data
        else:
            found.append((kind, data))
    return found


def assert_as_stored(notebook: Path, cells: list[dict[str, Any]]) -> None:
    """What RUN_ALL returned is what the notebook has stored, cell by cell."""
    expected = stored(notebook)
    assert len(cells) == len(expected)
    for cell, want in zip(cells, expected, strict=True):
        if cell["elsewhere"]:
            assert "Not in a page" in cell["state"]
        else:
            assert heard(cell["heard"]) == want, f"cell {cell['number']}: {cell['state']}"
    assert [cell["number"] for cell in cells if cell["same"] is False] == []
