"""The packed site, unpacked and opened from a disk: no server, no network."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.browser.conftest import Tour, Visit, visiting
from tests.site.built import SITE, pages, some_weekly
from tools.offline import FOLDER, pack


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("offline")
    pack(SITE, folder / "book.zip")
    with zipfile.ZipFile(folder / "book.zip") as archive:
        archive.extractall(folder)
    return folder / FOLDER


@pytest.fixture(scope="module")
def tour(browser: Browser, unpacked: Path) -> Iterator[Tour]:
    context = browser.new_context(reduced_motion="reduce")
    yield Tour(context, unpacked.as_uri() + "/")
    context.close()


def opening(browser: Browser, unpacked: Path, path: str) -> AbstractContextManager[Visit]:
    return visiting(browser, unpacked.as_uri() + "/", path)


@pytest.mark.parametrize("path", some_weekly(pages()))
def test_a_page_opens_from_the_disk(tour: Tour, path: str) -> None:
    seen = tour.open(path, width=1280)
    assert seen.errors == []
    assert seen.outside == []
    assert seen.undescribed() == []
    fonts = "[...document.fonts].filter(font => font.status === 'loaded').map(font => font.family)"
    assert "Source Serif 4" in " ".join(seen.page.evaluate(fonts))


def test_search_works_from_the_disk(browser: Browser, unpacked: Path) -> None:
    with opening(browser, unpacked, "search.html?q=broadcaster") as seen:
        seen.page.locator(".hit[href*='04_broadcaster']").first.wait_for()
        assert seen.errors == []


def test_figures_move_from_the_disk(browser: Browser, unpacked: Path) -> None:
    with_figure = [page for page in pages() if 'class="kevent-figure"' in (SITE / page).read_text(encoding="utf-8")]
    assert with_figure, "no page has a figure"
    with opening(browser, unpacked, with_figure[0]) as seen:
        seen.page.locator(".kevent-figure").first.scroll_into_view_if_needed()
        button = seen.page.get_by_role("button", name="Step forward").first
        button.wait_for()
        before = seen.page.locator(".kevent-figure").first.inner_text()
        button.click()
        assert seen.page.locator(".kevent-figure").first.inner_text() != before


@pytest.mark.weekly
def test_cells_run_from_the_disk(browser: Browser, unpacked: Path) -> None:
    with opening(browser, unpacked, "book/04_broadcaster.html") as seen:
        seen.page.set_default_timeout(120_000)
        seen.page.get_by_role("button", name="Run cell 1").click()
        seen.page.locator(".live-status", has_text="as stored").first.wait_for()
        assert seen.errors == []


def test_packing_twice_gives_the_same_bytes(tmp_path: Path) -> None:
    names = pack(SITE, tmp_path / "a.zip")
    pack(SITE, tmp_path / "b.zip")
    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()
    assert f"{FOLDER}/index.html" in names
    assert f"{FOLDER}/sitemap.xml" not in names
