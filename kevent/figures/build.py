"""One JavaScript source, two uses: a classic script for the site, and a module for anywidget.

The sources, in `js/`, are ES modules, so that Node can test them one by one. Joined, their imports fall away, no more.
"""

from __future__ import annotations

import re
from pathlib import Path

__all__ = ["module", "page_script", "style"]

SOURCES = Path(__file__).parent / "js"
ORDER = (
    "model",
    "dom",
    "drawing",
    "frame",
    "event_flow",
    "waitgroup_word",
    "call_chain",
    "correlator_timeline",
    "pick_the_schedule",
    "shell",
)

_IMPORT = re.compile(r'^import \{[^}]*\} from "\./\w+\.js";\n', re.MULTILINE)
_BLOCK_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_EXPORT = re.compile(r"^export (?=class|function|const)", re.MULTILINE)


def _joined() -> str:
    parts = [(SOURCES / f"{name}.js").read_text(encoding="utf-8") for name in ORDER]
    return "".join(_lean(_EXPORT.sub("", _IMPORT.sub("", part))) for part in parts)


def _lean(text: str) -> str:
    """Without indentation and comments on lines of their own. No source has a text that spans lines."""
    lines = (line.strip() for line in _BLOCK_COMMENT.sub("", text).splitlines())
    return "".join(f"{line}\n" for line in lines if line and not line.startswith("//"))


def page_script() -> str:
    """For the site: a classic script, because a page opened from a disk may not load modules."""
    return f"(() => {{\n{_joined()}start();\n}})();\n"


def module() -> str:
    """For anywidget: a module whose default export renders."""
    return f"{_joined()}export default {{ render }};\n"


def style() -> str:
    """For both: the figures' CSS."""
    return _lean((SOURCES / "figures.css").read_text(encoding="utf-8"))
