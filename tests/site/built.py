"""The built site as the tests see it: its pages, and what a page loads."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import unquote, urldefrag, urlsplit

import pytest
import yaml

from tests.support import ROOT
from tools.built import documents

T = TypeVar("T")

SITE = ROOT / "_build" / "html"

OF_EACH_TYPE = (
    "index.html", "search.html", "book/09_correlator.html", "book/appendix_claims.html", "book/api/broadcaster.html",
    "book/where_is_my_event.html",
)  # fmt: skip
"""A page of each type."""

OF_EACH_KIND = (
    "book/03_kubelet.html", "book/05_full_channel.html", "book/07_two_counters.html", "book/09_correlator.html",
    "book/14_port_it_yourself.html",
)  # fmt: skip
"""A chapter with each kind of figure but the schedule's."""


def pages() -> list[str]:
    """Every page of the built site, as an address relative to its root."""
    found = (path.relative_to(SITE) for path in SITE.rglob("*.html"))
    moved = redirects()
    return sorted(path.as_posix() for path in found if path.parts[0] != "_static" and path.as_posix() not in moved)


def some_weekly(every: Iterable[T], always: Iterable[str] = OF_EACH_TYPE, name: Callable[[T], str] = str) -> list[Any]:
    """Parameters for a test that looks at one thing after the other: the week has those not in `always`."""
    kept = set(always)
    return [pytest.param(each, id=name(each), marks=() if name(each) in kept else pytest.mark.weekly) for each in every]


def published() -> dict[str, str | None]:
    """Every address the book ever had; a value says where its readers are sent."""
    found: dict[str, str | None] = json.loads((ROOT / "book/data/addresses.json").read_text(encoding="utf-8"))
    return found


def redirects() -> set[str]:
    """Addresses that only lead on."""
    return {address for address, target in published().items() if target is not None}


def contents() -> list[str]:
    """Every document that _toc.yml names, in reading order."""
    return documents(yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8")))


class _Reader(HTMLParser):
    """Collects what a page holds."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.ids: set[str] = set()
        self.pictures: list[dict[str, str | None]] = []
        self.loaded: list[str] = []
        self.named: dict[str, str] = {}  # <meta name=… content=…>
        self.feed(html)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        values = dict(attributes)
        self.loaded += (values.get("data-scripts") or "").split()
        if values.get("id"):
            self.ids.add(str(values["id"]))
        if tag == "a" and values.get("href"):
            self.links.append(str(values["href"]))
        elif tag == "img":
            self.pictures.append(values)
            self.loaded.append(values.get("src") or "")
        elif tag == "script" and values.get("src"):
            self.loaded.append(str(values["src"]))
        elif tag == "link" and values.get("rel") in ("stylesheet", "icon", "preload"):
            self.loaded.append(values.get("href") or "")
        elif tag == "meta" and values.get("name"):
            self.named[str(values["name"])] = values.get("content") or ""


@cache
def _read(path: Path) -> _Reader:
    """A page is read once by each who runs tests, and when somebody asks: a tenth of a second for a chapter."""
    return _Reader(path.read_text(encoding="utf-8"))


class Page:
    """One page: its links, ids, pictures, and the files it loads."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.path = SITE / address
        self.html = self.path.read_text(encoding="utf-8")

    @property
    def links(self) -> list[str]:
        return _read(self.path).links

    @property
    def ids(self) -> set[str]:
        return _read(self.path).ids

    @property
    def pictures(self) -> list[dict[str, str | None]]:
        return _read(self.path).pictures

    @property
    def loaded(self) -> list[str]:
        return _read(self.path).loaded

    @property
    def named(self) -> dict[str, str]:
        return _read(self.path).named

    def target(self, link: str) -> tuple[Path, str] | None:
        """The file and fragment a link leads to; None for a link that leaves the site."""
        if urlsplit(link).scheme or link.startswith("//"):
            return None
        address, fragment = urldefrag(link)
        address = urlsplit(address).path
        path = (self.path.parent / unquote(address)).resolve() if address else self.path
        return path, unquote(fragment)
