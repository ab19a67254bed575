"""What a page costs its reader, in bytes as they travel: gzip, with everything the page asks for by itself."""

from __future__ import annotations

import gzip
import re
from functools import lru_cache
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

PAGE_BUDGET = 330 * 1024
FIGURE_BUDGET = 60 * 1024
PACKED = (".woff2", ".png", ".zip")  # compressed as they are


@lru_cache(maxsize=512)
def _size(path: Path, changed_ns: int) -> int:
    body = path.read_bytes()
    return len(body) if path.suffix in PACKED else len(gzip.compress(body, 9, mtime=0))


def compressed_size(path: Path) -> int:
    """Bytes of a file on the wire."""
    return _size(path, path.stat().st_mtime_ns)


class Loads(HTMLParser):
    """What a page asks for without a click: scripts, those of figures that the reader comes near too, style sheets,
    icons, pictures."""

    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        values = dict(attributes)
        self.links += (values.get("data-scripts") or "").split()
        loads = {"img": "src", "script": "src"}.get(tag)
        if tag == "link" and values.get("rel") in ("stylesheet", "icon", "preload"):
            loads = "href"
        link = values.get(loads) if loads else None
        if link and not link.startswith("data:"):
            self.links.append(link)


def local(page: Path, link: str) -> Path | None:
    """The file a link means; None for one that leaves the site."""
    parts = urlsplit(link)
    if parts.scheme or parts.netloc or not parts.path:
        return None
    return (page.parent / unquote(parts.path)).resolve()


def page_weight(page: Path) -> int:
    """Bytes of a first visit: the page, all it names, and all fonts and pictures that its style sheets name.

    An upper bound: a font in a style sheet counts even when the page does not use it. The theme's icon font does
    not count: book.css draws the icons, so that no browser asks for it.
    """
    loads = Loads()
    loads.feed(page.read_text(encoding="utf-8"))
    files = {page} | {file for link in loads.links if (file := local(page, link))}
    for sheet in [file for file in files if file.suffix == ".css"]:
        for name in re.findall(r"url\(([^)]+)\)", sheet.read_text(encoding="utf-8")):
            if name.strip("'\"").startswith("vendor/"):
                files.add((sheet.parent / name.strip("'\"")).resolve())
    return sum(map(compressed_size, files))


def figures(page: Path) -> list[int]:
    """Bytes of the data of each figure on the page, gzip."""
    found = re.findall(
        r'<div class="kevent-figure".*?<script type="application/json">(.*?)</script>',
        page.read_text(encoding="utf-8"),
        re.S,
    )
    return [len(gzip.compress(data.encode(), 9, mtime=0)) for data in found]
