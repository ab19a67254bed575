"""The book's contents as its pages need them: numbered chapters, the sections of the page, the stops of the map.

The templates find it as `book`. Numbers come from the chapters' files; the sections of a chapter are numbered in their
order, without those that are drawn in a form of their own, as "Today".
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import yaml
from docutils import nodes
from sphinx.application import Sphinx

from book.extensions.chapters import chapter_number, chapters
from book.extensions.pipeline_map import PARTS

TOUR = "book/tour"
DIAGNOSIS = "book/where_is_my_event"
"""The first door: where whoever misses an event begins."""

DOORS = {
    "diagnosis": DIAGNOSIS,
    "tour": TOUR,
    "museum": "book/13_bug_museum",
    "symbols": "book/appendix_symbols",
    "post": "book/eight_corrections",
    "begin": "book/01_an_event",
    "glossary": "book/appendix_glossary",
    "claims": "book/appendix_claims",
    "bibliography": "book/appendix_bibliography",
    "status": "book/appendix_status",
}
UNNUMBERED = ("What goes wrong here", "Today", "Three lines to remember")


def numbers(env: Any, docname: str) -> dict[str, str]:
    """The anchors of a chapter's sections with their numbers, "5.1"; empty for what is no chapter."""
    chapter = chapter_number(docname)
    if chapter is None:
        return {}
    anchors = [link["anchorname"].lstrip("#") for link in sections(env, docname) if link.astext() not in UNNUMBERED]
    return {anchor: f"{chapter}.{number}" for number, anchor in enumerate(anchors, 1)}


def sections(env: Any, docname: str) -> list[nodes.reference]:
    """The sections of a page, as links inside it."""
    return [
        link
        for link in env.tocs[docname].findall(nodes.reference)
        if link["anchorname"] and depth(link) == 2  # 1 is the page itself
    ]


def depth(node: nodes.Node) -> int:
    found = 0
    while node := node.parent:
        found += isinstance(node, nodes.bullet_list)
    return found


def number_titles(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Put its number before the title of a chapter, and of each of its sections."""
    chapter = chapter_number(docname)
    if chapter is None:
        return
    known = numbers(app.env, docname)
    for section in doctree.findall(nodes.section):
        title = section[0]
        assert isinstance(title, nodes.title)
        if isinstance(section.parent, nodes.document):
            words = nodes.inline("", "", *title.children, classes=["chapter-title"])
            title[:] = [nodes.inline("", f"{chapter} ", classes=["chapter-number"]), words]
        elif found := [known[name] for name in section["ids"] if name in known]:
            words = nodes.inline("", "", *title.children, classes=["section-title"])
            title[:] = [nodes.inline("", f"{found[0]} ", classes=["section-number"]), words]


def rendered(app: Sphinx, node: nodes.Node) -> str:
    """A title as HTML: code in it stays code."""
    return str(app.builder.render_partial(node)["fragment"])  # type: ignore[attr-defined]


def titles(app: Sphinx) -> dict[str, str]:
    """The title of every page, as HTML. They are known when every page is read."""
    known = getattr(app, "kevent_titles", None)
    if known is None:
        wrapped = {name: nodes.inline("", "", *title.deepcopy().children) for name, title in app.env.titles.items()}
        known = {
            name: rendered(app, title).removeprefix("<span>").removesuffix("</span>") for name, title in wrapped.items()
        }
        app.kevent_titles = known  # type: ignore[attr-defined]
    return known


def parts(app: Sphinx) -> list[dict[str, Any]]:
    """The parts of `_toc.yml`, each with its pages and theirs."""
    found: list[dict[str, Any]] = yaml.safe_load((Path(app.srcdir) / "_toc.yml").read_text(encoding="utf-8"))["parts"]
    return found


def entry(app: Sphinx, page: str, pathto: Any, item: dict[str, Any]) -> dict[str, Any]:
    docname = item["file"]
    inner = item.get("sections", ())
    return {
        "docname": docname,
        "href": pathto(docname),
        "title": titles(app)[docname],
        "number": chapter_number(docname),
        "here": docname == page,
        "pages": [entry(app, page, pathto, each) for each in inner]
        if page.startswith(docname.rpartition("/")[0] + "/") and "api/" in page
        else [],
    }


def stops(app: Sphinx, page: str, pathto: Any) -> list[dict[str, Any]]:
    """The seven places, lit where the page is about them. Empty for a page that is about none."""
    chapter, known = chapter_number(page), chapters(app.env)
    here = [part.name for part in PARTS if chapter in part.chapters]
    if not here and page != TOUR:
        return []
    found = []
    for part in PARTS:
        target = next((known[number] for number in part.chapters if number in known), None)
        found.append({"name": part.name, "href": pathto(target) if target else None, "here": part.name in here})
    return found


def join(app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None) -> None:
    pathto = partial(context["pathto"])
    known = numbers(app.env, page) if page in app.env.tocs else {}
    in_page = [
        {
            "anchor": anchor,
            "title": rendered(app, nodes.inline("", "", *link.deepcopy().children)),
            "number": known.get(anchor, ""),
        }
        for link in (sections(app.env, page) if page in app.env.tocs else ())
        for anchor in [link["anchorname"].lstrip("#")]
    ]
    listed = [
        {
            "caption": part["caption"],
            "pages": [entry(app, page, pathto, item) for item in part["chapters"] if item["file"] != DIAGNOSIS],
        }  # which stands above them all
        for part in parts(app)
    ]
    chapter_list = [each for part in listed for each in part["pages"] if each["number"]]
    firsts = [next((each["number"] for each in part["pages"] if each["number"]), None) for part in listed]
    context["book"] = {
        "parts": listed,
        "chapters": chapter_list,
        "part_firsts": [number for number in firsts if number],
        "number": chapter_number(page),
        "sections": in_page,
        "stops": stops(app, page, pathto),
        "doors": {name: pathto(docname) for name, docname in DOORS.items() if docname in app.env.found_docs},
        "door": next((name for name, docname in DOORS.items() if docname == page), ""),
        "alone": page in (app.config.root_doc, DIAGNOSIS),  # without the contents beside it
    }


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_css_file("page.css")
    app.add_js_file("page.js", defer="defer")
    app.connect("doctree-resolved", number_titles)
    app.connect("html-page-context", join, priority=300)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
