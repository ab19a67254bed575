"""`make html` builds what has changed, and nothing twice. What a build makes of it, the built site's tests look at."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tools import build


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    texts = {
        "_toc.yml": "format: jb-book\nroot: index\nchapters:\n  - file: book/one\n",
        "index.md": "# A book",
        "book/one.ipynb": "{}",
        "kevent/channel.py": "PLACES = 25",
        "tests/test_one.py": "",
    }
    for name, text in texts.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def built(checkout: Path, status: int = 0) -> list[str]:
    """Build once more: how Jupyter Book was called, with what was there when it was."""
    calls: list[str] = []

    def run(root: Path, *, anew: bool) -> int:
        kept = sorted(path.name for path in (root / "_build").glob("*"))
        calls.append(f"{'everything' if anew else 'pages'} {kept}")
        for folder in ("html", ".doctrees"):
            (root / "_build" / folder).mkdir(parents=True, exist_ok=True)
        return status

    assert build.build(checkout, run) == status
    return calls


def test_what_has_not_changed_is_not_built_again(checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert built(checkout) == ["everything []"]
    assert built(checkout) == []
    assert capsys.readouterr().out == "Nothing has changed since the site was built.\n"


def test_a_page_alone_is_read_again(checkout: Path) -> None:
    built(checkout)
    (checkout / "book/one.ipynb").write_text("{ }")
    assert built(checkout) == ["pages ['.doctrees']"]
    assert built(checkout) == []


CHANGES: dict[str, Callable[[Path], object]] = {
    "code": lambda root: (root / "kevent/channel.py").write_text("PLACES = 26"),
    "a file more": lambda root: (root / "book/picture.svg").touch(),
    "a file less": lambda root: (root / "kevent/channel.py").unlink(),
    "a page less": lambda root: (root / "book/one.ipynb").unlink(),
    "another order": lambda root: (root / "_toc.yml").write_text("format: jb-book\nroot: index\n"),
    "other packages": lambda root: [(root / ".venv").mkdir(), (root / ".venv/installed").touch()],
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_after_any_other_change_all_is_built_from_nothing(checkout: Path, change: Callable[[Path], object]) -> None:
    built(checkout)
    change(checkout)
    assert built(checkout) == ["everything []"]


def test_what_no_page_is_made_of_does_not_count(checkout: Path) -> None:
    built(checkout)
    (checkout / "tests/test_one.py").write_text("assert True")
    (checkout / "kevent/__pycache__").mkdir()
    (checkout / "kevent/__pycache__/channel.pyc").touch()
    assert built(checkout) == []


def test_a_failed_build_is_not_built_upon(checkout: Path) -> None:
    built(checkout)
    (checkout / "book/one.ipynb").write_text("{ }")
    assert built(checkout, status=1) == ["pages ['.doctrees']"]
    assert built(checkout) == ["everything []"]
