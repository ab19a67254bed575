"""Which links that leave the book are dead?

    python tools/links.py [SITE]

Asks every address once, three hosts at a time and each host one address after the other. A page that is gone
(404, 410) or a host that is not there is a dead link; a host that is only tired (429, 5xx) is not.
"""

from __future__ import annotations

import sys
import urllib.error
import urllib.request
from collections import defaultdict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urldefrag, urlsplit

GONE = (404, 410)
NOT_ASKED = ("mybinder.org", "colab.research.google.com", "127.0.0.1")  # tests/launch knows what stands there
SECONDS = 20


class Links(HTMLParser):
    """The addresses that a page links to."""

    def __init__(self) -> None:
        super().__init__()
        self.found: set[str] = set()

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        link = dict(attributes).get("href") if tag == "a" else None
        if link and link.startswith(("http://", "https://")):
            self.found.add(urldefrag(link).url)


def outside(site: Path) -> dict[str, list[str]]:
    """Address -> the pages that link to it. Forms for an issue or an edit are left out: they need a login."""
    pages: dict[str, list[str]] = defaultdict(list)
    for path in sorted(site.rglob("*.html")):
        links = Links()
        links.feed(path.read_text(encoding="utf-8"))
        for link in links.found:
            form = "/issues/new" in link or "/edit/" in link
            if urlsplit(link).hostname not in NOT_ASKED and not form:
                pages[link].append(path.relative_to(site).as_posix())
    return dict(pages)


def ask(address: str) -> str:
    """Empty for an address that answers, else what is wrong with it."""
    request = urllib.request.Request(address, headers={"User-Agent": "link check of the kevent book"})
    try:
        with urllib.request.urlopen(request, timeout=SECONDS):
            return ""
    except urllib.error.HTTPError as answer:
        return str(answer.code) if answer.code in GONE else ""
    except OSError as error:
        return f"{type(error).__name__}: {error}"


def dead(pages: dict[str, list[str]], ask: Callable[[str], str] = ask) -> list[str]:
    """A line for every dead link: the address, what is wrong, where it stands."""
    hosts: dict[str | None, list[str]] = defaultdict(list)
    for link in sorted(pages):
        hosts[urlsplit(link).hostname].append(link)
    with ThreadPoolExecutor(3) as pool:
        answers = pool.map(lambda links: [(link, ask(link)) for link in links], hosts.values())
        found = [pair for answer in answers for pair in answer if pair[1]]
    return [f"{link} ({wrong}), on {', '.join(pages[link])}" for link, wrong in sorted(found)]


if __name__ == "__main__":
    pages = outside(Path(sys.argv[1] if len(sys.argv) > 1 else "_build/html"))
    lines = dead(pages)
    print("\n".join(lines) or f"All {len(pages)} links that leave the book lead somewhere.")
    sys.exit(bool(lines))
