"""What the cells of a chapter put out in a page, beside what is stored: the same words in every browser."""

from __future__ import annotations

import json
import re
from collections.abc import Collection
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
    return live.cells.map(({ number, outputs, status, minute, elsewhere }) => ({
        number, elsewhere, minute, heard: heard[number] ?? [],
        same: outputs?.said ? outputs.asStored : null, state: status?.textContent ?? "",
    }));
}"""
"""A function of the page: run every cell, and say of each what was heard of it and what its line says."""

SHORTER = {
    "reduce=True, progress=False)": "progress=False, max_preemptions=1)",
    "(model, progress=False)": "(model, progress=False, max_preemptions=3)",  # two of its ends take three
    "(count_to_two, progress=False)": "(count_to_two, progress=False, max_preemptions=2)",
    "(scenario, progress=False)": "(scenario, progress=False, max_preemptions=2)",
    "(add_inside, progress=False)": "(add_inside, progress=False, max_preemptions=2)",
    "{explore(stop, progress=False)}": "{explore(stop, progress=False, max_preemptions=1)}",
    'exhibit("goroutine-per-event", steps=5)': "pass",
    'exhibit("add-inside-the-goroutine")': "pass",
    "explore(models.add_inside).findings": "explore(models.add_before).findings",
    'title="Five ways to end"': 'title="Five ways to end", max_preemptions=1',
    'judge_port(["--score"])': 'judge_port(["--list"])',
    "(4, 5, 10), (10, 5, 10), (10, 50, 100), (60, 50, 100):": "(4, 5, 10), :",
    "for seconds in 30, 90, 120:": "for seconds in 30, :",
    "for seconds in 0, 3, 10, 30:": "for seconds in 30, :",
    "range(5000)": "range(500)",
    "range(2000)": "range(100)",
    "order_stored(seed) for seed in range(200)": "order_stored(seed) for seed in range(20)",
    "tries(seed) for seed in range(200)": "tries(seed) for seed in range(20)",
}
"""What takes seconds in a page, and what goes the same way in less. The kernel has run the whole."""

SHORTENED = (
    """async () => {
    const shorter = [];
    for (const cell of (await keventBring()).cells) {
        const whole = cell.source;
        for (const [long, short] of Object.entries(SHORTER)) cell.source = cell.source.replaceAll(long, short);
        if (cell.source !== whole) shorter.push(cell.number);
        else if (cell.minute) throw new Error(`cell ${cell.number} takes long, and nothing makes it shorter`);
    }
    return shorter;
}"""
).replace("SHORTER", json.dumps(SHORTER))
"""A function of the page: let the cells that take long in it do less. Their numbers."""


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


def assert_as_stored(notebook: Path, cells: list[dict[str, Any]], shorter: Collection[int] = ()) -> None:
    """What RUN_ALL returned is what the notebook has stored, cell by cell; not where a cell was made shorter."""
    expected = stored(notebook)
    assert len(cells) == len(expected)
    for cell, want in zip(cells, expected, strict=True):
        if cell["elsewhere"]:
            assert "Not in a page" in cell["state"]
        elif cell["number"] in shorter:
            assert cell["state"].startswith(("run here", "as stored")), f"cell {cell['number']}: {cell['state']}"
        else:
            assert heard(cell["heard"]) == want, f"cell {cell['number']}: {cell['state']}"
    assert [cell["number"] for cell in cells if cell["same"] is False and cell["number"] not in shorter] == []
