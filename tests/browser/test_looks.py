"""The landing page, a chapter and a figure look as they did when somebody last looked.

Compared as small grey pictures: another version of Chromium may draw the edge of a letter otherwise, a layout that
broke shows. After a change on purpose, look at the pages, then: `LOOKS=keep pytest tests/browser/test_looks.py`.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import numpy
import pytest
from PIL import Image

from tests.browser.conftest import Visit

KEPT = Path(__file__).parent / "looks"
SMALL = (320, 180)
TOLERANCE = 4.0  # of 255, on average over each of the 8 by 8 fields of the picture
PLACES = {
    "landing-light": ("index.html", "light", 1280, None),
    "landing-phone-dark": ("index.html", "dark", 390, None),
    "chapter-light": ("book/04_broadcaster.html", "light", 1280, None),
    "chapter-phone-light": ("book/04_broadcaster.html", "light", 390, None),
    "figure-dark": ("book/04_broadcaster.html", "dark", 1280, ".kevent-figure .ks-view"),
}


def small(png: bytes) -> numpy.ndarray:
    picture = Image.open(BytesIO(png)).convert("L").resize(SMALL, Image.Resampling.BOX)
    return numpy.asarray(picture, dtype=float)


def difference(one: numpy.ndarray, other: numpy.ndarray) -> float:
    """The largest mean difference of a field, so that a small thing in a large picture counts."""
    fields = numpy.abs(one - other)[:176].reshape(8, 22, 8, 40).mean(axis=(1, 3))
    return float(fields.max())


@pytest.mark.parametrize("name", PLACES)
def test_it_looks_as_before(visit: Callable[..., Visit], name: str) -> None:
    path, theme, width, part = PLACES[name]
    page = visit(path, theme=theme, width=width).page
    page.set_viewport_size({"width": width, "height": 720})
    if part:
        page.locator(part).first.scroll_into_view_if_needed()
    png = page.locator(part).first.screenshot() if part else page.screenshot()
    kept = KEPT / f"{name}.png"
    if os.environ.get("LOOKS") == "keep":
        KEPT.mkdir(exist_ok=True)
        Image.fromarray(small(png).astype("uint8")).save(kept, optimize=True)
    before = numpy.asarray(Image.open(kept), dtype=float)
    assert difference(before, small(png)) < TOLERANCE, f"{name} looks otherwise than in {kept.name}"


def test_a_broken_layout_is_seen(visit: Callable[..., Visit]) -> None:
    page = visit("index.html").page
    page.set_viewport_size({"width": 1280, "height": 720})
    before = small(page.screenshot())
    assert difference(before, small(page.screenshot())) < 1
    page.add_style_tag(content=".doors { display: none } .rail { display: none } .kevent-figure { visibility: hidden }")
    assert difference(before, small(page.screenshot())) > TOLERANCE
