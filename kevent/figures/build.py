"""One JavaScript source, two uses: classic scripts for the site, and a module for anywidget.

The sources, in `js/`, are ES modules, so that Node can test them one by one. Joined, their imports fall away. A page
loads the parts that all figures share, and of the figures only those that it shows; a widget loads everything.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

__all__ = ["BUNDLES", "PARTS", "bundle_of", "module", "page_script", "style"]

SOURCES = Path(__file__).parent / "js"
PARTS = "figures"
BUNDLES = {
    PARTS: ("model", "dom", "roles", "controls", "playhead", "scrubber", "code", "shell"),
    "stage": ("story", "flow_drawing", "stage"),
    "framed": (
        "drawing", "frame", "waitgroup_word", "call_chain", "correlator_timeline", "pick_the_schedule", "framed",
    ),
}  # fmt: skip
"""The sources of each script by its name, in order: what all figures share, and what stands on it."""

_IMPORT = re.compile(r'^import \{ ([^}]*) \} from "\./(\w+)\.js";\n', re.MULTILINE)
_BLOCK_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_LATE_COMMENT = re.compile(r"(?<=[;,{}()]) // [^'\"`]*$")
_EXPORT = re.compile(r"^export (?=class|function|const)", re.MULTILINE)
_EXPORTED = re.compile(r"^export (?:class|function|const) (\w+)", re.MULTILINE)


def bundle_of(kind: str) -> str:
    """The script that a figure of this kind needs beside the parts."""
    return "stage" if kind == "event-flow" else "framed"


def _text(name: str) -> str:
    return (SOURCES / f"{name}.js").read_text(encoding="utf-8")


def _joined(names: Iterable[str]) -> str:
    return "".join(_lean(_EXPORT.sub("", _IMPORT.sub("", _text(name)))) for name in names)


def _lean(text: str) -> str:
    """Without indentation and comments. No source has a text that spans lines."""
    lines = (_LATE_COMMENT.sub("", line).strip() for line in _BLOCK_COMMENT.sub("", text).splitlines())
    return "".join(f"{line}\n" for line in lines if line and not line.startswith("//"))


def page_script(bundle: str) -> str:
    """For the site: a classic script, because a page opened from a disk may not load modules.

    That of the parts leaves them where the others find them. Raises KeyError for a bundle that there is not.
    """
    names = BUNDLES[bundle]
    if bundle == PARTS:
        exported = ", ".join(word for name in names for word in _EXPORTED.findall(_text(name)))
        return f"(() => {{\n{_joined(names)}globalThis.keventParts = {{ {exported} }};\n}})();\n"
    used = {
        word for name in names for words, source in _IMPORT.findall(_text(name)) if source in BUNDLES[PARTS]
        for word in words.split(", ")
    }  # fmt: skip
    parts = ", ".join(sorted(used | {"start"}))
    return f"(() => {{\nconst {{ {parts} }} = globalThis.keventParts;\n{_joined(names)}start();\n}})();\n"


def module() -> str:
    """For anywidget: a module whose default export renders."""
    return f"{_joined(name for names in BUNDLES.values() for name in names)}export default {{ render }};\n"


def style() -> str:
    """For both: the figures' CSS."""
    return "".join(
        _lean((SOURCES / f"{name}.css").read_text(encoding="utf-8")) for name in ("figures", "parts", "stage")
    )
