"""One JavaScript source, two uses: classic scripts for the site, and a module for anywidget.

The sources, in `js/`, are ES modules, so that Node can test them one by one. Joined, their imports fall away. A page
loads the parts that all figures share, and of the figures only those that the reader comes to; a widget loads
everything.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

__all__ = ["BUNDLES", "PARTS", "bundles_of", "module", "page_script", "style"]

SOURCES = Path(__file__).parent / "js"
PARTS = "figures"
BUNDLES = {
    PARTS: ("model", "dom", "roles", "controls", "parameters", "playhead", "scrubber", "code", "address", "shell"),
    "stage": ("story", "flow_drawing", "breakout", "stage"),
    "plate": ("plate",),
    "waitgroup-word": ("waitgroup_memory", "waitgroup_word"),
    "correlator-timeline": ("correlator_chart", "correlator_timeline"),
    "call-chain": ("call_chain",),
    "pick-the-schedule": ("pick_the_schedule",),
    "prune-the-tree": ("prune_the_tree",),
    "chart": ("chart",),
}  # fmt: skip
"""The sources of each script by its name, in order: what all figures share, and what stands on it."""

STYLES = (
    "figures", "parts", "plate", "waitgroup_word", "correlator_timeline", "call_chain", "pick_the_schedule",
    "prune_the_tree", "chart", "stage",
)  # fmt: skip
"""The style sheets, in order."""

SHARED = ("plate",)
"""The scripts beside the parts that others stand on."""

_QUOTE = re.compile(r"[\"'`/]")
_SIGN = re.compile(r" ?([{}()\[\],;:?=<>&|*]) ?")
_IMPORT = re.compile(r'^import \{ ([^}]*) \} from "\./(\w+)\.js";\n', re.MULTILINE)
_BLOCK_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_LATE_COMMENT = re.compile(r"(?<=[;,{}()]) // [^'\"`]*$")
_EXPORT = re.compile(r"^export (?=class|function|const)", re.MULTILINE)
_EXPORTED = re.compile(r"^export (?:class|function|const) (\w+)", re.MULTILINE)


def bundles_of(kind: str) -> tuple[str, ...]:
    """The scripts that a figure of this kind needs, in their order."""
    if kind == "event-flow":
        return (PARTS, "stage")
    return (PARTS, kind) if kind == "chart" else (PARTS, *SHARED, kind)


def _text(name: str) -> str:
    return (SOURCES / f"{name}.js").read_text(encoding="utf-8")


def _joined(names: Iterable[str]) -> str:
    return "".join(_thin(_lean(_EXPORT.sub("", _IMPORT.sub("", _text(name))))) for name in names)


def _lean(text: str) -> str:
    """Without indentation and comments. No source has a text that spans lines."""
    lines = (_LATE_COMMENT.sub("", line).strip() for line in _BLOCK_COMMENT.sub("", text).splitlines())
    return "".join(f"{line}\n" for line in lines if line and not line.startswith("//"))


def _thin(script: str) -> str:
    """Without spaces around signs, where a line surely has no text: before its first quote or slash, after its last."""
    return "".join(f"{_thin_line(line)}\n" for line in script.splitlines())


def _thin_line(line: str) -> str:
    first, *rest = _QUOTE.split(line)
    if not rest:
        return _SIGN.sub(r"\1", first)
    inside = line[len(first) : len(line) - len(rest[-1])]
    return _SIGN.sub(r"\1", first) + inside + _SIGN.sub(r"\1", rest[-1])


def page_script(bundle: str) -> str:
    """For the site: a classic script, because a page opened from a disk may not load modules.

    What it has for others it leaves where they find it. Raises KeyError for a bundle that there is not.
    """
    names = BUNDLES[bundle]
    exported = ", ".join(word for name in names for word in _EXPORTED.findall(_text(name)))
    if bundle == PARTS:
        return f"(() => {{\n{_joined(names)}globalThis.keventParts = {{ {exported} }};\n}})();\n"
    used = {
        word for name in names for words, source in _IMPORT.findall(_text(name)) if source not in names
        for word in words.split(", ")
    }  # fmt: skip
    parts = ", ".join(sorted(used | {"start"}))
    given = f"Object.assign(globalThis.keventParts, {{ {exported} }});\n" if bundle in SHARED else "start();\n"
    return f"(() => {{\nconst {{ {parts} }} = globalThis.keventParts;\n{_joined(names)}{given}}})();\n"


def module() -> str:
    """For anywidget: a module whose default export renders. A script that nobody stands on has its own scope."""
    parts = [_joined(BUNDLES[bundle]) for bundle in (PARTS, *SHARED)]
    rest = [f"{{\n{_joined(names)}}}\n" for bundle, names in BUNDLES.items() if bundle not in (PARTS, *SHARED)]
    return f"{''.join(parts + rest)}export default {{ render }};\n"


def style() -> str:
    """For both: the figures' CSS."""
    return "".join(_lean((SOURCES / f"{name}.css").read_text(encoding="utf-8")) for name in STYLES)
