"""Stages that come when the reader asks: the runs of `book/figures/diagnosis.py`, each in a script of its own.

The script `happens-NAME.js` leaves the run, with the lines of code that it comes through, where the page's own script
finds it. It is a classic script, as a page that is opened from a disk can load no other file.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

from book.extensions.figure_script import base_of, linked
from book.extensions.go_source import excerpts
from book.figures.diagnosis import CHARTS, RUNS, SHOWN, Run, Shown
from kevent.figures import build
from kevent.figures.sources import lines_of, symbols_of


def scripts(shown: Shown) -> str:
    """The scripts that a stage needs, in their order."""
    kind = "chart" if shown.run in CHARTS else "event-flow"
    return " ".join((*build.bundles_of(kind), f"happens-{shown.run}"))


def recorded(name: str, run: Run, base: str = "") -> dict[str, Any]:
    """A run as the page's script wants it: the first releases of each way, and for each cause the step of each."""
    figure = run.figure()
    opens: dict[str, list[int]] = {}
    for cause, shown in SHOWN.items():
        if isinstance(shown, Shown) and shown.run == name:
            steps = [shown.step(board) for board in figure.storyboards.values()]
            opens[cause] = [0 if step is None else step + 1 for step in steps]
    data = {key: value for key, value in figure.data.items() if key != "releases"}
    return {
        "data": data, "releases": run.releases(), "opens": opens,
        "lines": lines_of([data], linked(base)) | {"go": excerpts(symbols_of(data))},
    }  # fmt: skip


def write(app: Sphinx) -> None:
    if app.builder.format != "html":
        return
    static = Path(app.outdir) / "_static"
    static.mkdir(parents=True, exist_ok=True)
    base = base_of(app.config)
    told = {name: recorded(name, run, base) for name, run in RUNS.items()}
    told |= {name: {"data": chart().data} for name, chart in CHARTS.items()}
    for name, each in told.items():
        packed = json.dumps(each, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
        script = f"(globalThis.keventRuns ??= {{}})[{json.dumps(name)}] = {packed};\n"
        (static / f"happens-{name}.js").write_text(script, encoding="utf-8")


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("builder-inited", write, priority=900)  # after the modules of Go are known to be there
    return {"parallel_read_safe": True, "parallel_write_safe": True}
