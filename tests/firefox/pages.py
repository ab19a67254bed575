"""What the tests do on a page: open it, press something, look at whom it has asked."""

from __future__ import annotations

from tests.firefox import bidi

PRESS = """(name, within = "body") => {
    const all = [...document.querySelector(within).querySelectorAll("button")];
    const found = all.find(button => button.textContent.trim().startsWith(name) && button.checkVisibility());
    found?.click();
    return Boolean(found);
}"""
"""A condition: press the first button of this name, as soon as there is one."""


def open_page(tab: bidi.Tab, address: str) -> None:
    """Open a page and wait for its buttons; nothing of its Python may have been asked for by then."""
    tab.go(address)
    tab.wait("() => typeof keventBring === 'function'")
    assert not [url for url in tab.asked() if "/live/" in url]


def outside(tab: bidi.Tab, site: str) -> list[str]:
    return [url for url in tab.asked() if not url.startswith((site, "data:", "blob:"))]
