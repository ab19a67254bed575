"""The site's own scripts, as small as esbuild makes them, where the parts of the pages' Python brought it.

Their addresses carry the checksum of what they were made of, so they stay what they are until that changes.
"""

from __future__ import annotations

from pathlib import Path

from sphinx.application import Sphinx

from kevent.figures import build
from tools.live import esbuild, small

ASSETS = Path(__file__).parents[1] / "assets"


def shrink(app: Sphinx, exception: Exception | None) -> None:
    if exception is not None or app.builder.format != "html" or esbuild() is None:
        return
    names = [*(f"{bundle}.js" for bundle in build.BUNDLES), *(path.name for path in ASSETS.glob("*.js"))]
    for script in (Path(app.outdir, "_static", name) for name in names):
        script.write_text(small(script.read_text(encoding="utf-8")), encoding="utf-8")


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("build-finished", shrink, priority=900)  # when they have been copied
    return {"parallel_read_safe": True, "parallel_write_safe": True}
