"""The script and the style sheet of the figures, made when the site is built: one source serves pages and JupyterLab.

`_config.yml` names both files for every page. They are written before the pages, which say their checksums.
"""

from __future__ import annotations

from pathlib import Path

from sphinx.application import Sphinx

from kevent.figures import build

SCRIPT, STYLE = "figures.js", "figures.css"


def write(app: Sphinx) -> None:
    if app.builder.format != "html":
        return
    static = Path(app.outdir) / "_static"
    static.mkdir(parents=True, exist_ok=True)
    (static / SCRIPT).write_text(build.page_script(), encoding="utf-8")
    (static / STYLE).write_text(build.style(), encoding="utf-8")


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("builder-inited", write)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
