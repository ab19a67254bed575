"""Launch buttons: Binder opens the notebook in JupyterLab by ``labpath``, whatever the theme would say."""

from __future__ import annotations

from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

BINDER_PATHS = ("urlpath=lab/tree/", "urlpath=tree/")


def by_labpath(buttons: list[dict[str, Any]]) -> None:
    """Rewrite the addresses of Binder in place, in groups as well."""
    for button in buttons:
        for path in BINDER_PATHS:
            if "/v2/gh/" in str(button.get("url")):
                button["url"] = button["url"].replace(path, "labpath=")
        by_labpath(button.get("buttons", []))


def rewrite(app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None) -> None:
    by_labpath(context.get("header_buttons", []))


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("html-page-context", rewrite, priority=950)  # after the theme has added its buttons
    return {"parallel_read_safe": True, "parallel_write_safe": True}
