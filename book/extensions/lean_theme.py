"""Take out of the built theme what no page uses: its icon font, its scripts, and rules for elements that occur nowhere.

No page has an icon of the font, whose 2,000 rules are a third of the theme's style sheet and whose script is 1.5 MB;
source maps serve the theme's developers only. Of the rest, a rule goes when it names a class that stands neither in a
page nor in a script. The style sheets of a page become one, in their order: a browser draws nothing before the last has
come. The scripts of the theme and of Sphinx serve furniture that the book's templates do not use.
"""

from __future__ import annotations

import hashlib
import re
import shutil
from collections.abc import Iterator, Set
from functools import lru_cache
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

from book.extensions.figure_script import STYLE

ICON = r"\.fa(?:[brs]|-[a-z0-9-]+)?(?::{1,2}(?:before|after))?"
ASSETS = Path(__file__).resolve().parents[1] / "assets"
UNCALLED = (
    "doctools",
    "sphinx_highlight",
    "documentation_options",
    "sphinx-book-theme",
)
"""Scripts that serve the theme's furniture."""
ICON_RULE = re.compile(rf"(?:^|(?<=[}}/]))(?:{ICON},?)+\{{[^{{}}]*\}}")
ICON_FONT = re.compile(r"@font-face\{[^{}]*Font ?Awesome[^{}]*\}")
UNUSED = (
    "scripts/fontawesome.js", "scripts/fontawesome.js.LICENSE.txt", "vendor/fontawesome", "locales", "searchtools.js",
    "language_data.js",
)  # fmt: skip


def without_icons(style: str) -> str:
    return ICON_FONT.sub("", ICON_RULE.sub("", style))


def rules(style: str) -> Iterator[tuple[str, str | None]]:
    """A style sheet cut into (selector or at-rule, body); the body is None for a statement without one."""
    start = position = depth = 0
    opened = -1
    quote = ""
    while position < len(style):
        character = style[position]
        if quote:
            if character == "\\":
                position += 1
            elif character == quote:
                quote = ""
        elif character in "\"'":
            quote = character
        elif style.startswith("/*", position):
            position = style.index("*/", position) + 1
        elif character == "{":
            if depth == 0:
                opened = position
            depth += 1
        elif character == "}":
            depth -= 1
            if depth == 0:
                yield style[start:opened].strip(), style[opened + 1 : position]
                start = position + 1
        elif character == ";" and depth == 0:
            yield style[start:position].strip(), None
            start = position + 1
        position += 1


def selectors(text: str) -> list[str]:
    """`a:is(b,c),d` -> `a:is(b,c)`, `d`"""
    found, depth = [""], 0
    for character in text:
        depth += (character in "([") - (character in ")]")
        if character == "," and depth == 0:
            found.append("")
        else:
            found[-1] += character
    return found


def can_match(selector: str, words: Set[str]) -> bool:
    """False when an element it needs has a class that occurs nowhere. What stands in brackets is an option at most."""
    needed = re.sub(r"/\*.*?\*/|\([^()]*(?:\([^()]*\)[^()]*)*\)|\[[^]]*\]", "", selector, flags=re.S)
    return all(name in words for name in re.findall(r"\.(-?[A-Za-z_][\w-]*)", needed))


def used_only(style: str, words: Set[str]) -> str:
    """The style sheet without rules whose classes are not among the words."""
    kept = []
    for head, body in rules(style):
        if body is None:
            kept.append(f"{head};")
        elif head.startswith(("@media", "@supports", "@layer", "@container")):
            inner = used_only(body, words)
            if inner:
                kept.append(f"{head}{{{inner}}}")
        elif head.startswith("@"):
            kept.append(f"{head}{{{body}}}")
        else:
            matching = [selector for selector in selectors(head) if can_match(selector, words)]
            if matching:
                kept.append(f"{','.join(matching)}{{{body}}}")
    return "".join(kept)


def words_in(site: Path) -> frozenset[str]:
    """Every word of every page and script: each name of a class that can occur is among them."""
    files = [*site.rglob("*.html"), *(site / "_static").rglob("*.js")]
    texts = (file.read_text(encoding="utf-8") for file in files)
    return frozenset(word for text in texts for word in re.findall(r"-?[A-Za-z_][\w-]*", text))


@lru_cache(maxsize=32)  # every page names the same few
def whole(sheet: Path, words: frozenset[str]) -> str:
    """The text of a style sheet with what it imports; of the theme's own, only rules that some page can use."""
    text = re.sub(r"/\*.*?\*/|@charset[^;]*;", "", sheet.read_text(encoding="utf-8"), flags=re.S)
    text = re.sub(r'@import "([^"]+)";', lambda found: whole((sheet.parent / found[1]).resolve(), words), text)
    ours = sheet.name == STYLE or (ASSETS / sheet.name).is_file()  # whose scripts put their names of classes together
    return text if ours else used_only(text, words)


def bundled(html: str, page: Path, static: Path, words: frozenset[str]) -> str:
    """The page with one style sheet in the place of all."""
    links = re.findall(r'<link [^>]*rel="stylesheet"[^>]*>', html)
    sheets = [(page.parent / re.search(r'href="([^"?]+)', link)[1]).resolve() for link in links]  # type: ignore[index]
    if not sheets:
        return html
    text = "\n".join(whole(sheet, words) for sheet in dict.fromkeys(sheets))
    name = f"site-{hashlib.sha256(text.encode()).hexdigest()[:8]}.css"
    if not (static / name).is_file():
        (static / name).write_text(text, encoding="utf-8")
    root = "../" * (len(page.relative_to(static.parent).parts) - 1)
    one = f'<link rel="stylesheet" href="{root}_static/{name}"/>'
    for link in links[1:]:
        html = html.replace(link, "")
    return html.replace(links[0], one)


def uncalled(app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: Any) -> None:
    """Leave out the scripts that nothing on the page calls."""

    def called(script: Any) -> bool:
        inline = "DOCUMENTATION_OPTIONS" in str(script.attributes.get("body"))
        return not inline and not str(script.filename).rpartition("/")[2].startswith(UNCALLED)

    context["script_files"] = [script for script in context["script_files"] if called(script)]


def trim(app: Sphinx, error: Exception | None) -> None:
    static = Path(app.outdir) / "_static"
    sheet = static / "styles" / "pydata-sphinx-theme.css"
    if error or not sheet.is_file():
        return
    for name in UNUSED:
        path = static / name
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    sheet.write_text(without_icons(sheet.read_text(encoding="utf-8")), encoding="utf-8")
    words = words_in(Path(app.outdir))
    for page in Path(app.outdir).rglob("*.html"):
        html = page.read_text(encoding="utf-8")
        if static in page.parents or "<link" not in html:
            continue
        page.write_text(bundled(html, page, static, words), encoding="utf-8")
    for source_map in static.rglob("*.map"):
        source_map.unlink()


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("html-page-context", uncalled, priority=999)
    app.connect("build-finished", trim, priority=800)  # after the theme has written its last style sheet
    return {"parallel_read_safe": True, "parallel_write_safe": True}
