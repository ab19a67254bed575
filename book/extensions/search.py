"""The search: symbols first, Go and Python as one hit, then terms, then sections with their anchors.

The index is a script, `_static/search-index.js`, made when the site is built; a page loads it, and the search, when the
reader opens it: from a disk a script may be loaded and a file may not be read. Its rows:

    symbols   [Go name, Python name, kind, file and lines, chapters, address]
    terms     [English, Chinese, meaning, address]
    pages     [number or "", title, address]
    sections  [page, title, anchor, text]

An address is relative to the root of the site. The text of a section is its prose: no code, no output, no button.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx

from book.extensions import package_source, source_map, twins
from book.extensions.chapters import chapter_number
from book.extensions.entries import entries
from book.extensions.html_element import HtmlElement
from book.extensions.late_scripts import address
from book.extensions.terms import GLOSSARY, terms_of

INDEX = "search-index.js"
LONGEST = 1500
"""Letters of a section that are searched."""

UNSAID = (nodes.literal_block, nodes.raw, nodes.comment, nodes.title, nodes.section, addnodes.desc)


def prose(section: nodes.Node) -> str:
    """What a section says, without its inner ones."""
    found: list[str] = []

    def collect(node: nodes.Node) -> None:
        for child in node.children:
            silent = isinstance(child, UNSAID) or (isinstance(child, nodes.container) and child.get("nb_element"))
            if isinstance(child, nodes.Text):
                found.append(child.astext())
            elif isinstance(child, HtmlElement) and child["tag"] in ("button", "form", "summary", "script"):
                continue
            elif not silent:
                collect(child)
                if isinstance(child, nodes.Element) and not isinstance(child, nodes.Inline):
                    found.append(" ")

    collect(section)
    return " ".join("".join(found).split())[:LONGEST]


def sections_of(doctree: nodes.document) -> list[tuple[str, str, str]]:
    """Each section of a page as (title, anchor, text); the first has no anchor: it is the page."""
    found = []
    for section in doctree.findall(nodes.section):
        anchor = "" if isinstance(section.parent, nodes.document) else section["ids"][0]
        title = nodes.TextElement("", "", *section[0].deepcopy().children)
        for number in list(title.findall(lambda n: isinstance(n, nodes.inline) and "number" in " ".join(n["classes"]))):
            number.parent.remove(number)
        found.append((title.astext().strip(), anchor, prose(section)))
    return found


def symbols(app: Sphinx) -> list[list[str]]:
    """Every Go symbol that a chapter shows or that has a twin, with it; then what else the package has."""
    rows, told = [], set()
    alike = {bare(name.rpartition(".")[2]): name.removeprefix("kevent.") for name in sorted(entries(app.env))}
    known = {symbol.key: symbol for symbol in reversed(source_map.symbols())}
    shown: dict[str, list[twins.Shown]] = {}
    for twin in twins.shown_twins(app.env):
        for key in twin.go:
            shown.setdefault(key, []).append(twin)
    for key in dict.fromkeys([*source_map.twins(), *shown]):
        symbol = known[key]
        row = source_map.twins().get(key, {})
        code = package_source.find(row["kevent"]) if "kevent" in row else None
        places = sorted(shown.get(key, ()), key=lambda twin: twin.docname)
        numbers = sorted({number for twin in places if (number := chapter_number(twin.docname))})
        there = f"{places[0].docname}.html#{places[0].anchor}" if places else "book/appendix_symbols.html"
        for name in symbol.name.split(","):
            python = alike.get(bare(name), "") if "," in symbol.name else code.name if code is not None else ""
            told.add(python)
            short = python.rpartition(".")[2] if "," in symbol.name else code.short if code is not None else ""
            chapters = ", ".join(map(str, numbers))
            rows.append(
                [name, short, symbol.kind.removesuffix("-block"), f"{symbol.file} {symbol.first}", chapters, there]
            )
    for name, place in sorted(entries(app.env).items()):
        inner = name.removeprefix("kevent.")
        if inner not in told and place.kind != "module":
            module, _, short = inner.rpartition(".") if place.kind != "method" else _outer(inner)
            rows.append(["", short, place.kind, module, "", f"{place.docname}.html#{place.anchor}"])
    return rows


def bare(name: str) -> str:
    """A name without what Go and Python write unlike."""
    return name.replace("_", "").lower()


def _outer(name: str) -> tuple[str, str, str]:
    """`broadcaster.Broadcaster.watch` -> `broadcaster`, `.`, `Broadcaster.watch`"""
    module, _, method = name.rpartition(".")
    module, dot, owner = module.rpartition(".")
    return module, dot, f"{owner}.{method}"


def keep(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Remember what a page says, in its final form."""
    said(app)[docname] = sections_of(doctree)


def said(app: Sphinx) -> dict[str, list[tuple[str, str, str]]]:
    if not hasattr(app, "kevent_said"):
        app.kevent_said = {}  # type: ignore[attr-defined]
    known: dict[str, list[tuple[str, str, str]]] = app.kevent_said  # type: ignore[attr-defined]
    return known


def index(app: Sphinx) -> dict[str, Any]:
    """Everything that can be found."""
    env = app.env
    pages: list[list[Any]] = []
    sections: list[list[Any]] = []
    for docname in sorted(said(app), key=lambda name: (chapter_number(name) or 99, name)):
        title = env.titles[docname].astext()
        if docname != GLOSSARY:  # its terms are found by themselves
            sections += [[len(pages), *section] for section in said(app)[docname]]
        pages.append([chapter_number(docname) or "", title, f"{docname}.html"])
    terms = [[*told, f"{GLOSSARY}.html#{anchor}"] for anchor, told in terms_of(env).items()]
    return {"symbols": symbols(app), "terms": terms, "pages": pages, "sections": sections}


def write(app: Sphinx, error: Exception | None) -> None:
    if error or app.builder.name != "html":
        return
    text = json.dumps(index(app), ensure_ascii=False, separators=(",", ":"))
    static = Path(app.outdir) / "_static"
    (static / INDEX).write_text(f"globalThis.keventIndex = {text};\n", encoding="utf-8")


def join(app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: Any) -> None:
    context["search_script"] = address(app, "search")


def alone(app: Sphinx) -> None:
    """Sphinx makes no index of its own beside this one."""
    app.builder.search = False  # type: ignore[attr-defined]


def page(app: Sphinx) -> list[tuple[str, dict[str, Any], str]]:
    """The page that its own search would have brought."""
    return [("search", {}, "search.html")]


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("builder-inited", alone)
    app.connect("html-collect-pages", page)
    app.connect("doctree-resolved", keep, priority=900)
    app.connect("html-page-context", join)
    app.connect("build-finished", write, priority=400)
    return {"parallel_read_safe": True, "parallel_write_safe": False}
