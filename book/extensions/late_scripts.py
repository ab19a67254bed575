"""Scripts that a page does not need at first: they come when the reader is near what needs them, or presses it.

An element names them without ending, in their order, in the attribute `data-late="plate call-chain"`. The page gets
their addresses in its place, as `data-scripts`, and `assets/near.js`, which brings them. Those in the attribute
`data-pressed` become `data-brings`, and wait for whoever put them there.
"""

from __future__ import annotations

import hashlib
import re
from html import escape
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

ASSETS = Path(__file__).parents[1] / "assets"
LATE = re.compile(r'data-(late|pressed)="([\w -]+)"')
BECOMES = {"late": "data-scripts", "pressed": "data-brings"}


def address(app: Sphinx, name: str) -> str:
    """The address of a script within the site; it changes with its text. Raises FileNotFoundError."""
    made = Path(app.outdir) / "_static" / f"{name}.js"
    text = made if made.is_file() else ASSETS / f"{name}.js"
    return f"_static/{name}.js?v={hashlib.sha256(text.read_bytes()).hexdigest()[:8]}"


def join(app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: Any) -> None:
    body = context.get("body", "")
    if not LATE.search(body):
        return

    def placed(match: re.Match[str]) -> str:
        scripts = (context["pathto"](address(app, name), 1) for name in match[2].split())
        return f'{BECOMES[match[1]]}="{escape(" ".join(scripts))}"'

    context["body"] = LATE.sub(placed, body)
    app.add_js_file("near.js", loading_method="defer")


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("html-page-context", join, priority=600)  # after whoever names scripts
    return {"parallel_read_safe": True, "parallel_write_safe": True}
