"""Take out of the built theme what no page uses: its icon font.

book.css draws the dozen icons that occur. The font's 2,000 rules are a third of the theme's style sheet, its
script is 1.5 MB, and source maps serve the theme's developers only.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from sphinx.application import Sphinx

ICON = r"\.fa(?:[brs]|-[a-z0-9-]+)?(?::{1,2}(?:before|after))?"
ICON_RULE = re.compile(rf"(?:^|(?<=[}}/]))(?:{ICON},?)+\{{[^{{}}]*\}}")
ICON_FONT = re.compile(r"@font-face\{[^{}]*Font ?Awesome[^{}]*\}")
UNUSED = ("scripts/fontawesome.js", "scripts/fontawesome.js.LICENSE.txt", "vendor/fontawesome", "locales")


def without_icons(style: str) -> str:
    return ICON_FONT.sub("", ICON_RULE.sub("", style))


def trim(app: Sphinx, error: Exception | None) -> None:
    static = Path(app.outdir) / "_static"
    sheet = static / "styles" / "pydata-sphinx-theme.css"
    if error or not sheet.is_file():
        return
    sheet.write_text(without_icons(sheet.read_text(encoding="utf-8")), encoding="utf-8")
    for name in UNUSED:
        path = static / name
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    for source_map in static.rglob("*.map"):
        source_map.unlink()


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("build-finished", trim)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
