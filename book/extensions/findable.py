"""What makes the pages findable and their addresses stable.

- Every page says its canonical address and what a link preview needs: title, description, the book's card.
- ``sitemap.xml`` lists every page; ``robots.txt`` says where it is.
- ``book/data/addresses.json`` lists every address the book has ever published. A page that goes must leave a
  redirect there; one that vanishes without is a warning, and warnings fail the build.

The public address derives from the repository's: its GitHub Pages. ``BOOK_ADDRESS`` in the environment
overrides it, for a domain of one's own.
"""

from __future__ import annotations

import json
import os
import re
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.util import logging

logger = logging.getLogger(__name__)

ADDRESSES = Path("book/data/addresses.json")
CARD = "_static/card.png"
CARD_SIZE = (1200, 630)
UNLISTED = ("search", "genindex")


def pages_address(repository: str) -> str:
    """Where GitHub Pages serves a repository: https://github.com/owner/name -> https://owner.github.io/name/"""
    owner, name = urlsplit(repository).path.strip("/").split("/")[:2]
    return f"https://{owner.lower()}.github.io/{name}/"


def set_address(app: Sphinx, config: Config) -> None:
    repository = config.html_theme_options.get("repository_url")
    address = os.environ.get("BOOK_ADDRESS") or (pages_address(repository) if repository else "")
    config.html_baseurl = address and address.rstrip("/") + "/"


def description_of(metatags: str) -> str:
    tag = re.search(r'<meta content="([^"]*)" name="description"', metatags)
    return tag[1] if tag else ""


def add_preview(app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None) -> None:
    """The tags that a link to this page is drawn from elsewhere."""
    if page in UNLISTED:
        context["pageurl"] = None  # no page to be found by
        context["metatags"] = context.get("metatags", "") + '\n<meta name="robots" content="noindex"/>'
        return
    address = app.config.html_baseurl
    title = re.sub(r"<[^>]*>", "", str(context.get("title") or app.config.html_title))
    metatags = context.get("metatags", "")
    properties = {
        "og:type": "website" if page == app.config.root_doc else "article",
        "og:site_name": escape(str(app.config.html_title)),
        "og:title": title,
        "og:description": description_of(metatags),
        "og:url": context.get("pageurl") or "",
        "og:image": address + CARD,
        "og:image:width": str(CARD_SIZE[0]),
        "og:image:height": str(CARD_SIZE[1]),
        "og:image:alt": "The pipeline of an event, from the kubelet to the sink, as seven stations on a line",
    }
    tags = [f'<meta property="{name}" content="{value}"/>' for name, value in properties.items() if value]
    context["metatags"] = "\n".join([metatags, *tags, '<meta name="twitter:card" content="summary_large_image"/>'])


def redirect(target: str) -> str:
    """A page that leads on to `target`, a path relative to it, with and without scripts."""
    there = escape(target, quote=True)
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Moved</title>'
        f'<link rel="canonical" href="{there}"><meta name="robots" content="noindex">'
        f'<meta http-equiv="refresh" content="0; url={there}"></head>'
        f'<body><main><h1>This page has moved</h1><p><a href="{there}">It is here now.</a></p></main></body></html>\n'
    )


def relative(source: str, target: str) -> str:
    """The way from one page to another, both seen from the root of the site; a fragment stays."""
    return "../" * source.count("/") + target


def vanished(published: dict[str, str | None], built: set[str]) -> list[str]:
    """What is wrong with the list of published addresses, in words."""
    found = []
    for address, target in published.items():
        if target is None and address not in built:
            found.append(f"{address} was published and is gone: say in {ADDRESSES} where its readers go now")
        elif target is not None and address in built:
            found.append(f"{address} is a page and a redirect at once")
        elif target is not None and target.partition("#")[0] not in built:
            found.append(f"{address} leads to {target}, which is no page")
    return found


def finish(app: Sphinx, error: Exception | None) -> None:
    if error or app.builder.format != "html" or app.builder.name == "epub":
        return
    out = Path(app.outdir)
    built = {f"{name}.html" for name in app.env.found_docs}
    listed = Path(app.srcdir) / ADDRESSES
    if listed.is_file():
        published: dict[str, str | None] = json.loads(listed.read_text(encoding="utf-8"))
        for complaint in vanished(published, built):
            logger.warning(complaint)
        for address, target in published.items():
            if target is not None and address not in built:
                (out / address).parent.mkdir(parents=True, exist_ok=True)
                (out / address).write_text(redirect(relative(address, target)), encoding="utf-8")
    base = app.config.html_baseurl
    if base:
        lines = [f"<url><loc>{escape(base + address)}</loc></url>" for address in sorted(built)]
        head = '<?xml version="1.0" encoding="utf-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">'
        (out / "sitemap.xml").write_text("\n".join([head, *lines, "</urlset>\n"]), encoding="utf-8")
        (out / "robots.txt").write_text(f"User-agent: *\nAllow: /\nSitemap: {base}sitemap.xml\n", encoding="utf-8")


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("config-inited", set_address)
    app.connect("html-page-context", add_preview, priority=900)
    app.connect("build-finished", finish)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
