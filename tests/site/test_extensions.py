"""Our Sphinx extensions on a small book of their own."""

from __future__ import annotations

import importlib
import re
import sys
from pathlib import Path

import pytest
from sphinx.testing.util import SphinxTestApp

from tests.support import ROOT

CHAPTER = "# A title\n\nSome text.\n"
FRONT = "---\norphan: true\n---\n\n"  # these pages stand in no table of contents


@pytest.fixture
def build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Build documents given as name=text, return the pages' HTML by name."""
    monkeypatch.syspath_prepend(str(ROOT / "book" / "extensions"))
    for name in ("mathml", "pipeline_map"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    (tmp_path / "conf.py").write_text(
        "extensions = ['myst_parser', 'mathml', 'pipeline_map']\n"
        "html_math_renderer = 'mathml'\nmyst_enable_extensions = ['dollarmath']\n"
    )

    def run(**documents: str) -> dict[str, str]:
        (tmp_path / "book").mkdir()
        for name, text in documents.items():
            (tmp_path / f"{name.replace('__', '/')}.md").write_text(FRONT + text)
        app = SphinxTestApp("html", srcdir=tmp_path)
        try:
            app.build()
            assert app.warning.getvalue() == ""
            return {name: (app.outdir / f"{name.replace('__', '/')}.html").read_text() for name in documents}
        finally:
            app.cleanup()

    return run


def test_formulas_are_mathml_and_need_no_script(build) -> None:
    page = build(index="# Formulas\n\nInline $2^{32}$.\n\n$$x < 1$$\n")["index"]
    assert page.count("<math") == 2
    assert "<msup>" in page
    assert not re.search(r"<script[^>]*mathjax", page, re.IGNORECASE)


def test_parts_link_to_the_chapters_that_exist(build) -> None:
    made = build(
        index="# Home\n\n```{pipeline-map}\n```\n",
        book__04_one=CHAPTER,
        book__09_two=f"{CHAPTER}\n```{{pipeline-map}}\n```\n",
        book__16_three=CHAPTER,
    )
    home = made["index"].split('class="pipeline-map"')[1]
    assert home.count('href="book/04_one.html"') == 3  # incoming, loop, watchers
    assert home.count('href="book/09_two.html"') == 1
    assert "<a" not in home.split(">kubelet<")[0]  # no chapter 3 yet
    assert 'href="04_one.html"' in made["book__09_two"].split('class="pipeline-map"')[1]


def test_the_icon_font_goes_and_everything_else_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(ROOT / "book" / "extensions"))
    without_icons = importlib.import_module("lean_theme").without_icons
    style = (
        ".fade{opacity:0}.fa-sun:before{content:'x'}.fa-moon:before,.fa-star:after{content:'y'}"
        "@font-face{font-family:Font Awesome\\ 6 Free;src:url(a)}@font-face{font-family:Serif}"
        "a .fa-sun{color:red}.fast{color:red}"
    )
    kept = ".fade{opacity:0}@font-face{font-family:Serif}a .fa-sun{color:red}.fast{color:red}"
    assert without_icons(style) == kept


def test_rules_for_what_occurs_nowhere_go_and_everything_else_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(ROOT / "book" / "extensions"))
    used_only = importlib.import_module("lean_theme").used_only
    kept = (
        '@charset "x";a.here{color:red}:is(.here,.gone) b{color:red}.here:not(.gone){content:".gone{}"}'
        "@font-face{font-family:A}@media print{.here{color:red}}a[href$='.gone']{color:red}@keyframes k{0%{top:0}}"
    )
    style = kept.replace("a.here{", "a.here,.gone .here{") + ".gone{color:red}@media print{a.gone{top:0}}"
    assert used_only(style, {"here"}) == kept
