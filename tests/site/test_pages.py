"""The built site is whole: every page of the contents, every link, every picture described, light to load."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import nbformat
import pytest

from book.extensions.figure_script import STYLE
from book.extensions.html_element import VOID
from kevent.figures import build
from tests.site.built import SITE, Page, contents, pages
from tests.support import ROOT, tracked
from tools.live import small
from tools.weight import FIGURE_BUDGET, PAGE_BUDGET, compressed_size, figures, page_weight

PAGES = [pytest.param(page, id=page) for page in pages()]


def test_the_site_has_exactly_the_pages_of_the_contents() -> None:
    assert pages() == sorted([*(f"{name}.html" for name in contents()), "search.html"])


def test_every_notebook_is_in_the_contents() -> None:
    assert {path.stem for path in (ROOT / "book").glob("*.ipynb")} <= {name.split("/")[-1] for name in contents()}


@cache
def ids(path: Path) -> set[str]:
    return Page(path.relative_to(SITE).as_posix()).ids if path.suffix == ".html" else set()


@pytest.mark.parametrize("address", PAGES)
def test_every_link_inside_the_site_leads_somewhere(address: str) -> None:
    page = Page(address)
    broken = []
    for link in {*page.links, *page.loaded}:
        target = page.target(link)
        if target is None:
            continue
        path, fragment = target
        if not path.is_file() or (fragment and fragment not in ids(path)):
            broken.append(link)
    assert broken == []


@pytest.mark.parametrize("address", PAGES)
def test_a_page_stays_within_its_bytes(address: str) -> None:
    size = page_weight(SITE / address)
    assert size <= PAGE_BUDGET, f"{size / 1024:.0f} KiB, {(size - PAGE_BUDGET) / 1024:.0f} too many"
    assert all(size <= FIGURE_BUDGET for size in figures(SITE / address))


OURS = {*build.BUNDLES, *(path.stem for path in (ROOT / "book" / "assets").glob("*.js"))}
AT_ONCE = 30 * 1000  # with the furniture of the page
EVERYWHERE = 12 * 1000


def own_scripts(address: str) -> dict[str, int]:
    """The book's own scripts that a page loads before the reader does anything, with their bytes as they travel."""
    loaded = re.findall(r'<script [^>]*src="([^"?]*)', Page(address).html)
    files = [(SITE / address).parent.joinpath(link).resolve() for link in loaded if not link.startswith("http")]
    return {path.stem: compressed_size(path) for path in files if path.stem in OURS}


@pytest.mark.parametrize("address", PAGES)
def test_the_books_own_scripts_are_small(address: str) -> None:
    scripts = own_scripts(address)
    assert sum(scripts.values()) < AT_ONCE, scripts


def test_what_every_page_with_a_figure_loads_is_smaller_still() -> None:
    with_stage = [scripts for page in pages() if "stage" in (scripts := own_scripts(page))]
    assert len(with_stage) > 5
    assert all(sum(scripts.values()) > 15 * 1000 for scripts in with_stage)  # they are counted
    assert all(scripts[build.PARTS] < EVERYWHERE for scripts in with_stage)


@pytest.mark.parametrize("address", PAGES)
def test_what_has_no_end_has_no_end_tag(address: str) -> None:
    assert re.findall(rf"</(?:{'|'.join(VOID)})>", Page(address).html) == []


@pytest.mark.parametrize("address", PAGES)
def test_every_picture_is_described(address: str) -> None:
    for picture in Page(address).pictures:
        alt = picture.get("alt")
        if "logo__image" in (picture.get("class") or ""):
            assert alt == ""  # the book's name stands beside it
        else:
            assert alt, f"no alt text: {picture.get('src')}"
            assert "." not in alt.split()[0], f"a file name is no description: {alt}"


@pytest.mark.parametrize("address", [page for page in PAGES if page.values[0] != "search.html"])
def test_a_page_describes_itself_to_search_engines(address: str) -> None:
    assert len(Page(address).named.get("description", "")) > 40


def test_the_figures_scripts_and_style_are_made_from_their_sources_and_not_committed() -> None:
    scripts = {path.read_text(encoding="utf-8") for path in map(ROOT.joinpath, tracked()) if path.suffix == ".js"}
    for bundle in build.BUNDLES:
        made = (SITE / "_static" / f"{bundle}.js").read_text(encoding="utf-8")
        assert made == small(build.page_script(bundle))
        assert made not in scripts
    assert (SITE / "_static" / STYLE).read_text(encoding="utf-8") == build.style()


@pytest.mark.parametrize("notebook", sorted((ROOT / "book").glob("*.ipynb")), ids=lambda path: path.stem)
def test_a_chapter_shows_stored_output(notebook) -> None:
    outputs = [output for cell in nbformat.read(notebook, 4).cells for output in cell.get("outputs", ())]
    assert outputs, "no cell has an output: run `make notebooks`"
    assert not [output for output in outputs if output.output_type == "error"]
    html = Page(f"book/{notebook.stem}.html").html
    assert html.count("cell_output") >= 1
