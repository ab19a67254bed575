"""What the pages' own Python is built from: pinned, without addresses, and nothing that Binder has to install."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import tarfile
from pathlib import Path

import nbformat
import pytest
from sphinx.errors import ExtensionError

from book.exercises.hints import HINTS
from book.extensions import live as pages
from tests.site.extensions import built, page
from tests.support import ROOT, tracked
from tools import live
from tools.notebooks import notebooks

LOCKS = [name for name in tracked() if name.endswith("package-lock.json")]


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_file_has_hashes_and_no_address(name: str) -> None:
    packages = json.loads((ROOT / name).read_text(encoding="utf-8"))["packages"]
    named = {path: entry for path, entry in packages.items() if path}
    assert named
    assert [path for path, entry in named.items() if "resolved" in entry or "integrity" not in entry] == []
    assert "://" not in re.sub(r'"(funding|url)": .*', "", (ROOT / name).read_text(encoding="utf-8"))


def test_what_the_page_is_made_of_is_pinned_exactly() -> None:
    manifest = json.loads((ROOT / "live/package.json").read_text(encoding="utf-8"))
    versions = [*manifest["devDependencies"].values()]
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", version) for version in versions)
    assert manifest["devDependencies"]["pyodide"] == "0.29.5"


def test_binder_does_not_install_what_only_the_site_needs() -> None:
    [line] = [line for line in (ROOT / "requirements-site.txt").read_text().splitlines() if line[:1].isalpha()]
    name = line.partition("==")[0]
    assert "#" in line
    others = [path for path in ROOT.glob("requirements*.txt") if path.name != "requirements-site.txt"]
    assert [path.name for path in others if name in path.read_text()] == []


def test_every_package_that_reaches_a_reader_is_named_with_its_licence() -> None:
    told = (ROOT / "live/README.md").read_text(encoding="utf-8")
    packages = json.loads((ROOT / "live/package-lock.json").read_text(encoding="utf-8"))["packages"]
    for path, entry in packages.items():
        name = path.removeprefix("node_modules/")
        if name.startswith(live.SHIPPED):
            scope = f"{name.partition('/')[0]}/*"
            assert name in told or scope in told
            assert entry["license"] in ("MIT", "MPL-2.0")


needs_parts = pytest.mark.skipif(not live.present(), reason="the parts are not here: make html")


@needs_parts
def test_building_twice_gives_the_same_bytes_and_no_readers_path(tmp_path: Path) -> None:
    assert live.build(tmp_path / "a") == live.build(tmp_path / "b")
    files = [path.relative_to(tmp_path / "a") for path in (tmp_path / "a").rglob("*") if path.is_file()]
    assert len(files) > 8
    for file in files:
        body = (tmp_path / "a" / file).read_bytes()
        assert body == (tmp_path / "b" / file).read_bytes()
        assert str(ROOT).encode() not in body
        assert b"sourceMappingURL" not in body or file.name == "pyodide.asm.js"


@needs_parts
def test_the_archive_has_the_package_the_exercises_and_no_line_of_go(tmp_path: Path) -> None:
    live.pack(tmp_path / "book.packed")
    with tarfile.open(tmp_path / "book.packed") as archive:
        names = archive.getnames()
    assert {"kernel.py", "kevent/__init__.py", "book/exercises/checking.py", "IPython/lib/pretty.py"} <= set(names)
    assert [name for name in names if name.endswith(".go") or "tests/" in name or "/test_" in name] == []


def test_a_site_without_the_parts_is_built_and_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "present", lambda: False)
    monkeypatch.setenv("CI", "true")
    with pytest.raises(ExtensionError, match="in CI"), built(tmp_path, ["live"]):
        pass
    monkeypatch.delenv("CI")
    with built(tmp_path, ["live"], index="# Home\n") as app:
        assert app.kevent_live == {"built": False}  # type: ignore[attr-defined]
        assert (Path(app.outdir) / "_static" / pages.START).is_file()
        assert "live.css" in page(app, "index")
    said = pages.note({"built": False}, {"Binder": "https://example.org/?a=1&b=2"})
    assert "built without the pages' own Python" in said
    assert '<a href="https://example.org/?a=1&amp;b=2">Binder</a>' in said


def test_without_npm_and_network_the_script_says_so_in_a_line_and_does_not_fail(tmp_path: Path) -> None:
    (tmp_path / "tools").mkdir()
    (tmp_path / "live").mkdir()
    (tmp_path / "bin").mkdir()
    for name in ("tools/live.sh", "tools/install.sh", "live/package-lock.json", "live/package.json"):
        shutil.copyfile(ROOT / name, tmp_path / name)
    for name in ("npm", "python"):
        (tmp_path / "bin" / name).write_text("#!/bin/sh\necho no network >&2\nexit 1\n")
        (tmp_path / "bin" / name).chmod(0o755)
    said = subprocess.run(
        ["sh", "tools/live.sh", "bin", "uv"], cwd=tmp_path, capture_output=True, text=True,
        env={"PATH": f"{tmp_path / 'bin'}:/usr/bin:/bin"}, check=False,
    )  # fmt: skip
    assert said.returncode == 0
    assert said.stderr.startswith("The pages' own Python did not come")
    assert not (tmp_path / "live/node_modules/.kevent-lock").exists()


def test_every_exercise_has_a_hint_and_every_hint_an_exercise() -> None:
    tagged = {
        tag.partition(":")[2]
        for path in notebooks()
        for cell in nbformat.read(path, as_version=4).cells
        for tag in cell.metadata.get("tags", ())
        if tag.startswith("exercise:")
    }
    assert set(HINTS) == tagged


@pytest.mark.parametrize("exercise", ["broadcaster.distribute", "full_channel.insist", "two_counters.wait"])
def test_the_books_answer_is_the_solution_without_its_marks(exercise: str) -> None:
    answer = pages.solution(exercise)
    assert answer
    assert "# solution" not in answer
    assert not answer.startswith(" ")
