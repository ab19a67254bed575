"""The scripts and the style sheet of the figures, made when the site is built: one source serves pages and JupyterLab.

They are written before the pages, which say their checksums. A page loads the scripts of its first figure; those of the
others come when the reader is near them, and their elements say which they are (`late_scripts`). Each figure has an
`id` made of its title, by which the page's address can name it. Where one shows lines of code, the page gets them in
one `<script type="application/json" id="code-lines">`: the text of kevent's functions, and for each such figure which
lines each of its steps came through (`kevent.figures.sources`). That element names the symbols of Go whose lines the
figures want (`data-go-symbols`); whoever has them puts them beside it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from html import escape, unescape
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from sphinx.config import Config

from book.extensions.repository import files_at
from kevent.figures import build
from kevent.figures.sources import Function, lines_of, symbols_of

STYLE = "figures.css"
FIGURE = re.compile(
    r'<div class="kevent-figure" data-kind="(?P<kind>[\w-]+)"'
    r'(?: data-recording="(?P<recording>[\w-]+)" data-opens="\d+" data-title="(?P<title>[^"]*)")?>'
)
ISLAND = '<script type="application/json"'


def write(app: Sphinx) -> None:
    if app.builder.format != "html":
        return
    static = Path(app.outdir) / "_static"
    static.mkdir(parents=True, exist_ok=True)
    for bundle in build.BUNDLES:
        (static / f"{bundle}.js").write_text(build.page_script(bundle), encoding="utf-8")
    (static / STYLE).write_text(build.style(), encoding="utf-8")


def with_lines(html: str, base: str = "") -> str:
    """A page's HTML, its figures named and numbered, with the scripts that they still need and the lines they show.

    `base` is where the repository's files are.
    """
    figures: list[dict[str, Any]] = []
    numbers: dict[str, int] = {}
    ids: dict[str, int] = {}
    first = bundles(html)

    def opened(match: re.Match[str]) -> str:
        recording = match["recording"]
        where = html.index(f'{ISLAND} id="{recording}">') if recording else html.index(ISLAND, match.end())
        data = data_at(html, where)
        title = unescape(match["title"]) if recording else data["title"]
        name = "figure-" + re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")
        ids[name] = ids.get(name, 0) + 1
        attributes = f' id="{name}{f"-{ids[name]}" if ids[name] > 1 else ""}"'
        if "moments" in data:
            known = numbers.setdefault(recording, len(figures)) if recording else len(figures)
            if known == len(figures):
                figures.append(data)
            attributes += f' data-lines="{known}"'
        if later := [bundle for bundle in build.bundles_of(match["kind"]) if bundle not in first]:
            attributes += f' data-late="{" ".join(later)}"'
        return f"{match[0][:-1]}{attributes}>"

    html = FIGURE.sub(opened, html)
    if not figures:
        return html
    symbols = sorted({symbol for data in figures for symbol in symbols_of(data)})
    lines = json.dumps(lines_of(figures, linked(base)), ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    island = lines.replace("<", "\\u003c")
    wanted = escape(" ".join(symbols))
    return f'{html}<script type="application/json" id="code-lines" data-go-symbols="{wanted}">{island}</script>'


def base_of(config: Config) -> str:
    """Where the files are whose lines a figure shows; empty without a repository: then its figures link nothing."""
    return files_at(config) if config.html_theme_options.get("repository_url") else ""


def linked(base: str) -> Callable[[Function], str]:
    """What gives the address of a function's lines in the repository; empty without a `base`."""
    return lambda function: f"{base}/{function.path}#L{function.first}-L{function.last}" if base else ""


def data_at(html: str, start: int) -> dict[str, Any]:
    """The data in the script that begins there."""
    begin = html.index(">", start) + 1
    data: dict[str, Any] = json.loads(html[begin : html.index("</script>", begin)])
    return data


def bundles(html: str) -> list[str]:
    """The scripts that a page needs at once, in their order: those of its first figure."""
    first = FIGURE.search(html)
    return list(build.bundles_of(first["kind"])) if first else []


def join(app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: Any) -> None:
    body = context.get("body", "")
    if "kevent-figure" not in body:
        return
    for bundle in bundles(body):
        app.add_js_file(f"{bundle}.js", defer="defer")
    context["body"] = with_lines(body, base_of(app.config))


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("builder-inited", write)
    app.connect("html-page-context", join, priority=400)  # before whoever brings the lines of Go that it asks for
    return {"parallel_read_safe": True, "parallel_write_safe": True}
