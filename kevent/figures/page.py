"""How a figure stands on a page and in a notebook: a picture for who has no script, and the data for who has."""

from __future__ import annotations

import base64
import html
import json
from collections.abc import Mapping
from typing import Any, Protocol

__all__ = ["Shown", "as_html", "bundle_of"]


class Shown(Protocol):
    """What can be shown."""

    def html(self) -> str:
        """As HTML, with everything in it."""


def as_html(kind: str, title: str, picture: str, alt: str, told: str, data: Mapping[str, Any]) -> str:
    """A figure as HTML. `picture` is an SVG; `alt` says what it shows, and stands in its place where there is none.
    `told` is HTML and stands below.
    """
    words = html.escape(alt)
    drawn = f'<img alt="{words}" src="data:image/svg+xml;base64,{base64.b64encode(picture.encode()).decode()}">'
    packed = json.dumps(data, ensure_ascii=False, separators=(",", ":"), sort_keys=True).replace("<", "\\u003c")
    return (
        f'<div class="kevent-figure" data-kind="{kind}">\n'
        f'<div class="kf-static">\n<p><strong>{html.escape(title)}</strong></p>\n'
        f"{drawn if picture else f'<p>{words}</p>'}\n"
        f"{told}</div>\n"
        f'<script type="application/json">{packed}</script>\n</div>\n'
    )


def bundle_of(figure: Shown, widget: Any) -> dict[str, Any]:
    """What a notebook shows of a figure: its widget where there is one, and HTML."""
    bundle: dict[str, Any] = {}
    if widget is not None:
        shown = widget._repr_mimebundle_()
        bundle |= shown[0] if isinstance(shown, tuple) else shown or {}
    return bundle | {"text/plain": repr(figure), "text/html": figure.html()}
