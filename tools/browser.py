"""Where the system's Chromium is, which every program that looks at pages uses."""

from __future__ import annotations

import shutil

NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
"""In the order of preference: the first draws no window, and a page costs it a third of what it costs the others."""

MISSING = "no Chromium found (Debian, Ubuntu: apt-get install chromium-headless-shell, or chromium)"


def found() -> str | None:
    """The path of a Chromium, if there is one."""
    return next(filter(None, map(shutil.which, NAMES)), None)


def needed() -> str:
    """The path of a Chromium; without one the program ends and says so."""
    path = found()
    if path is None:
        raise SystemExit(MISSING)
    return path
