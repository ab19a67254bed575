"""Draw the picture that stands for the book where a link to it is shown: book/assets/card.png.

    python -m tools.card [FILE]

It is made from the book: the mark, the title, the landing page's first sentences and the seven places of the built
site, in the site's own fonts and colours. Needs Chromium and a built site.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

from tools.browser import needed

SITE = Path("_build/html")
CARD = Path("book/assets/card.png")
FLAGS = ["--no-sandbox", "--disable-gpu", "--font-render-hinting=none", "--disable-lcd-text"]
SHEET = """
body { margin: 0; width: 1200px; height: 630px; box-sizing: border-box; padding: 60px 72px 48px;
  background: var(--paper); display: flex; flex-direction: column; }
header { display: flex; align-items: center; gap: 22px; font: 600 30px var(--sans); color: var(--muted); }
header img { width: 60px; height: 60px; }
h1 { font: 600 68px/1.08 var(--sans); letter-spacing: -0.015em; margin: 44px 0 22px; color: var(--ink); }
p { font: 400 30px/1.4 var(--serif); margin: 0; color: var(--ink); max-width: 34em; }
.bd-article { margin-top: auto; }
.rail { margin: 0; width: 586px; zoom: 1.8; }
.rail :is(p, ol) { display: none; }
.rail h3 { font: 400 13.5px/1.2 var(--sans) !important; }
"""


def page(site: Path) -> str:
    """The card as a page of the site: what it shows is taken from the landing page."""
    landing = (site / "index.html").read_text(encoding="utf-8")
    title = re.search(r"<h1>(.*?)<a", landing, re.S)
    lead = re.search(r'<p class="lead">(.*?)</p>', landing, re.S)
    drawn = re.search(r'<div class="rail">.*?</div>', landing, re.S)
    if not (title and lead and drawn):
        raise SystemExit("The landing page has no title, no lead or no places.")
    sheets = "".join(f'<link rel="stylesheet" href="_static/{name}.css">' for name in ("book", "landing"))
    return (
        f'<!doctype html><html lang="en" data-theme="light"><meta charset="utf-8">{sheets}<style>{SHEET}</style>'
        f'<body><header><img src="_static/mark.svg" alt="">The kevent book</header>'
        f'<h1>{title[1]}</h1><p>{lead[1]}</p><div class="bd-article">{drawn[0]}</div></body></html>'
    )


def draw(site: Path, target: Path) -> None:
    path = needed()
    source = site / "card-source.html"
    source.write_text(page(site), encoding="utf-8")
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
            tab = browser.new_page(viewport={"width": 1200, "height": 630})
            tab.goto(source.resolve().as_uri())
            tab.evaluate("document.fonts.ready")
            tab.screenshot(path=target)
            browser.close()
    finally:
        source.unlink()


if __name__ == "__main__":
    draw(SITE, Path(sys.argv[1]) if len(sys.argv) > 1 else CARD)
