"""One form for each kind of block: a result before its lines, and what is deeper under its gist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from docutils import nodes
from myst_nb.sphinx_ import HideCodeCellNode

from book.extensions.html_element import HtmlElement
from tests.site.built import Page, contents
from tests.site.extensions import built, extension, page

results = extension("results")
CHAPTERS = [name for name in contents() if re.match(r"book/\d\d_", name)]


def cell(*parts: str, said: str = "a\nb") -> nodes.container:
    made = nodes.container("", nb_element="cell_code")
    for part in parts:
        made += nodes.container("", nodes.literal_block("", said), nb_element=f"cell_code_{part}")
    return made


def test_what_a_cell_gave_stands_before_its_lines() -> None:
    whole = cell("source", "output")
    results.turn(whole)
    output, folded = whole
    assert isinstance(output, nodes.container)
    assert output["nb_element"] == "cell_code_output"
    assert isinstance(folded, HtmlElement)
    assert folded["tag"] == "details"
    assert folded[0].astext() == "The 2 lines that made this"


def test_a_cell_that_gave_nothing_shows_its_lines() -> None:
    whole = cell("source")
    results.turn(whole)
    [source] = whole
    assert isinstance(source, nodes.container)
    assert source["nb_element"] == "cell_code_source"


def test_lines_that_gave_nothing_and_are_hidden_are_for_the_cells_below() -> None:
    whole = cell("source")
    whole[:] = [HideCodeCellNode("", *whole.children)]
    results.turn(whole)
    [folded] = whole
    assert isinstance(folded, HtmlElement)
    assert folded["tag"] == "details"
    assert folded[0].astext() == "2 lines for the cells below"


@pytest.mark.parametrize(
    ("given", "goes_on"), [("Refuted by 10 of 28.\nstep 9: 1\n", True), ("after   delta\n0x01    +1\n", False)]
)
def test_on_a_phone_sentences_go_on_below_and_columns_do_not(given: str, goes_on: bool) -> None:
    whole = cell("source", "output", said=given)
    results.turn(whole)
    assert ("goes-on" in whole["classes"]) == goes_on


@pytest.mark.parametrize("name", CHAPTERS)
def test_in_a_chapter_it_is_so_but_in_exercises(name: str) -> None:
    html = Page(f"{name}.html").html
    cells = re.split(r'<div class="(?=cell\b)', html)[1:]
    outside = [each for each in cells if "cell_output" in each and "tag_exercise" not in each.split(">")[0]]
    turned = [each for each in outside if each.index("cell_output") < each.index("cell_input")]
    exercises = html.count('data-exercise="')
    assert len(outside) - len(turned) <= exercises  # the check of each stands as it was written
    assert len(turned) > 0
    assert html.count('<details class="folded">') >= len(turned)  # beside those that only draw


DEEP = "# A page\n\n{.deeper}\n## Further down\n\nThe gist.\n\nAll of it.\n\n## Up again\n\nMore.\n"


def test_a_deeper_section_is_folded_under_its_gist(tmp_path: Path) -> None:
    conf = "myst_enable_extensions = ['attrs_block']\n"
    with built(tmp_path, ["html_element", "deeper"], conf=conf, index=DEEP) as app:
        html = page(app, "index")
    summary = re.search(r"<summary>(.*?)</summary>(.*?)</details>", html, re.DOTALL)
    assert summary
    assert "<h2>Further down" in summary[1]
    assert "The gist." in summary[1]
    assert "deeper, 1 min" in summary[1]
    assert "All of it." in summary[2]
    assert html.count("<details") == 1
    assert html.count("<h2") == 2
