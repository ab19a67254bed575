"""Marked sentences on a small book of their own: a badge, a list, and a warning where one lacks the other."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from sphinx.testing.util import SphinxTestApp

from tests.support import ROOT

FIGURES = {
    "sentence": "It never blocks.", "model": "one", "schedules": 1234, "bound": "every schedule", "larger": "two",
    "runs": 5, "seed": 1, "test": "tests/claims/test_claims.py::test_it",
}  # fmt: skip

Build = Callable[[str], tuple[dict[str, str], str]]


@pytest.fixture
def build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Build:
    """Build a page with this text and the list of claims; return the pages and the warnings."""
    monkeypatch.syspath_prepend(str(ROOT / "book" / "extensions"))
    monkeypatch.delitem(sys.modules, "book.extensions.claims", raising=False)
    (tmp_path / "conf.py").write_text("extensions = ['myst_parser', 'claims']\n")
    (tmp_path / "book" / "claims").mkdir(parents=True)
    (tmp_path / "book" / "claims" / "claims.json").write_text(json.dumps({"never-blocks": FIGURES}))

    def run(text: str) -> tuple[dict[str, str], str]:
        (tmp_path / "index.md").write_text(f"# Home\n\n{text}\n")
        (tmp_path / "list.md").write_text("---\norphan: true\n---\n\n# Claims\n\n```{claims}\n```\n")
        app = SphinxTestApp("html", srcdir=tmp_path)
        try:
            app.build()
            pages = {name: (app.outdir / f"{name}.html").read_text() for name in ("index", "list")}
            return pages, app.warning.getvalue()
        finally:
            app.cleanup()

    return run


def test_a_mark_is_a_link_to_the_claim_in_the_list(build: Build) -> None:
    pages, warnings = build("It never blocks. {claim}`never-blocks`")
    assert warnings == ""
    assert 'href="list.html#claim-never-blocks"' in pages["index"]
    assert "checked over 1,234 schedules" in pages["index"]
    assert 'id="claim-never-blocks"' in pages["list"]
    assert 'Said in: <a class="reference internal" href="index.html">Home</a>' in pages["list"]
    assert "tests/claims/test_claims.py::test_it" in pages["list"].replace("<wbr>", "")


def test_a_claim_that_no_page_makes_is_a_warning(build: Build) -> None:
    assert "no page makes the claim 'never-blocks'" in build("Nothing.")[1]


def test_a_mark_without_a_test_is_a_warning(build: Build) -> None:
    warnings = build("It {claim}`never-blocks`, {claim}`always-works`")[1]
    assert "no test checks the claim 'always-works'" in warnings
