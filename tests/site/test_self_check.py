"""Self-checks: the answer comes from a run, is on the page, and cannot be read there at a glance."""

from __future__ import annotations

import base64
import itertools
import json
import logging
import re
from pathlib import Path

import pytest

from tests.site.built import Page
from tests.site.extensions import built, extension, page, stderr_only

self_check = extension("self_check")

QUESTION = """# A chapter

```{self-check} broadcaster.a_late_watcher
How many?

---
Because of *blockQueue*, see [the list](https://example.invalid/list).
```
"""


def opened(html: str) -> list[dict[str, str]]:
    """What the page has sealed, as the script opens it."""
    found = []
    for key, sealed in re.findall(r'data-key="(\w+)" data-sealed="([^"]+)"', html):
        mixed = base64.b64decode(sealed)
        found.append(json.loads(bytes(a ^ b for a, b in zip(mixed, itertools.cycle(key.encode())))))
    return found


def test_the_answer_is_what_the_run_gave(tmp_path: Path) -> None:
    with built(tmp_path, ["self_check"], index=QUESTION) as app:
        html = page(app, "index")
        assert app.warning.getvalue() == ""
    (answer,) = opened(html)
    assert answer["answer"] == str(self_check.answer_of("broadcaster.a_late_watcher")) == "3"
    assert "<em>blockQueue</em>" in answer["html"]
    assert "https://example.invalid/list" in answer["html"]
    assert "blockQueue" not in html
    assert "example.invalid" not in html
    assert "self-check.js" in html


@pytest.mark.parametrize(
    ("source", "complaint"),
    [
        ("```{self-check} broadcaster.nothing\nHow many?\n\n---\nSo.\n```", "nothing"),
        ("```{self-check} nowhere.nothing\nHow many?\n\n---\nSo.\n```", "nowhere"),
        ("```{self-check} broadcaster.a_late_watcher\nHow many?\n```", "no explanation"),
        ("```{self-check} broadcaster.a_late_watcher\nHow many?\n\n- one\n\n---\nSo.\n```", "none of the choices"),
        ("```{self-check} broadcaster.a_reader_that_never_reads\nWhat?\n\n---\nSo.\n```", "no choices"),
    ],
)
def test_a_question_that_no_run_answers_fails_the_build(tmp_path: Path, source: str, complaint: str) -> None:
    with built(tmp_path, ["self_check"], index=f"# A chapter\n\n{source}\n") as app:
        assert complaint in app.warning.getvalue()


def test_what_the_run_logs_does_not_disturb_whoever_builds(capfd: pytest.CaptureFixture[str]) -> None:
    with stderr_only():
        assert self_check.answer_of("event_go.a_dead_sink") == "It returns at once"
        assert "Unable to write" not in capfd.readouterr().err
        logging.getLogger("kevent.recorder").warning("Unable to write, this time outside")
    assert "this time outside" in capfd.readouterr().err


def test_chapter_four_asks_three_questions() -> None:
    answers = [check["answer"] for check in opened(Page("book/04_broadcaster.html").html)]
    assert answers == ["3", "3", "It never returns"]
