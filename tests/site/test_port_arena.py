"""The arena's page without a script, the questions it loads, and the archive of the vectors."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

from oracle.replaying import GOLDEN
from tests.site.built import SITE, Page
from tests.site.extensions import built, extension, page
from tests.support import ROOT

arena = extension("port_arena")
TEXT = "# Port\n\n```{port-arena} correlator.mjs\n```\n\n{vectors-download}`The <vectors>`\n"


def test_the_port_stands_in_the_page_as_text(tmp_path: Path) -> None:
    with built(tmp_path, ["port_arena"], index=TEXT) as app:
        html = page(app, "index")
        assert app.warning.getvalue() == ""
    code = html.split("<textarea")[1].split(">\n", 1)[1].split("</textarea>")[0]
    assert code.count("&lt;") == (ROOT / "oracle/ports/correlator.mjs").read_text(encoding="utf-8").count("<")
    assert "<" not in code
    assert '<p class="port-arena-buttons" hidden>' in html
    assert '<a href="_static/kevent-vectors.zip" download>The &lt;vectors&gt;</a>' in html


def test_a_port_that_is_not_there_is_told(tmp_path: Path) -> None:
    for name in ("no-such.mjs", "../fuzz.py"):
        with built(tmp_path, ["port_arena"], index=f"# Port\n\n```{{port-arena}} {name}\n```\n") as app:
            assert f"oracle/ports has no {name}" in app.warning.getvalue()


def test_the_page_loads_questions_and_answers_word_for_word() -> None:
    text = (SITE / "_static" / arena.VECTORS).read_text(encoding="utf-8")
    pairs = json.loads(text.removeprefix("keventVectors = ").removesuffix(";\n"))
    told = [(json.loads(question), json.loads(answer)) for question, answer in pairs]
    stored = [scenario for path in GOLDEN if path.stem in arena.KINDS for scenario in json.loads(path.read_text())]
    assert [
        {"name": question["name"], "steps": question["steps"], "expect": answer} for question, answer in told
    ] == stored
    assert [question["id"] for question, _ in told] == list(range(1, 30))


def test_nothing_of_it_is_loaded_by_itself() -> None:
    loaded = Page("book/14_port_it_yourself.html").loaded
    assert any("port-arena.js" in link for link in loaded)
    assert not any(arena.VECTORS in link for link in loaded)
    assert not any("port-arena.js" in link for link in Page("book/04_broadcaster.html").loaded)


def test_the_archive_has_the_vectors_the_protocol_and_the_port() -> None:
    with zipfile.ZipFile(SITE / "_static" / arena.ZIP) as archive:
        names = archive.namelist()
        for path in [*GOLDEN, *(ROOT / name for name in arena.TEXTS)]:
            assert archive.read(f"kevent-vectors/{path.relative_to(ROOT).as_posix()}") == path.read_bytes()
    assert len(names) == len(GOLDEN) + len(arena.TEXTS)


def test_packing_the_vectors_twice_gives_the_same_bytes(tmp_path: Path) -> None:
    arena.pack(tmp_path / "a.zip")
    assert (tmp_path / "a.zip").read_bytes() == (SITE / "_static" / arena.ZIP).read_bytes()
