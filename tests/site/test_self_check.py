"""Self-checks: the answer comes from a run, is on the page, and cannot be read there at a glance."""

from __future__ import annotations

import base64
import itertools
import json
import logging
import re
from pathlib import Path

import pytest

from book.self_checks import bets
from tests.site.built import Page
from tests.site.extensions import built, extension, page, stderr_only
from tests.support import ROOT

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
        (
            "```{self-check} event_go.a_dead_sink\nWhen?\n\n- It returns at once\n- It waits.\n\n---\nSo.\n```",
            "full stop",
        ),
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
    assert answers == ["Into the queue, behind the events", "3", "It never returns."]


# --- bets -------------------------------------------------------------------------------------------------------------

BET = """# A chapter

```{self-check} bets.spin
What do you change?

- The queue gets more room.
- The handler looks at `ok`, and returns.

---
So.
```

````{after-the-bet} bets.spin
The loop looks at it.
````
"""


def test_a_bet_folds_what_comes_after_it(tmp_path: Path) -> None:
    with built(tmp_path, ["self_check"], index=BET) as app:
        html = page(app, "index")
        assert app.warning.getvalue() == ""
    fold = re.search(r'<details class="after-the-bet" data-bet="check-bets-spin">(.*?)</details>', html, re.S)
    assert fold is not None
    assert "The loop looks at it." in fold[1]
    without_a_script = re.search(r'<div class="self-check-elsewhere">(.*?)</div>', html, re.S)
    assert without_a_script is not None
    assert without_a_script[1].count("<li>") == 2


def test_a_fold_without_its_bet_fails_the_build(tmp_path: Path) -> None:
    with built(
        tmp_path, ["self_check"], index=BET.replace("{after-the-bet} bets.spin", "{after-the-bet} bets.nil")
    ) as app:
        assert "no self-check check-bets-nil" in app.warning.getvalue()


@pytest.mark.parametrize("name", bets.BETS)
def test_one_guess_of_a_bet_holds_and_every_other_fails_in_some_schedule(name: str) -> None:
    held = [words for words, scenario in bets.BETS[name].items() if bets.holds(scenario)]
    assert len(held) == 1
    assert len(bets.BETS[name]) == 3
    assert getattr(bets, name)() == held[0].replace("`", "")


def test_the_museum_offers_the_guesses_that_were_run() -> None:
    cells = json.loads((ROOT / "book/13_bug_museum.ipynb").read_text(encoding="utf-8"))["cells"]
    text = "\n\n".join("".join(cell["source"]) for cell in cells)
    offered = {
        name: re.findall(r"^- (.*)$", choices, re.M)
        for name, choices in re.findall(r"{self-check} bets\.(\w+)\n(.*?)\n---\n", text, re.S)
    }
    assert offered == {name: list(guesses) for name, guesses in bets.BETS.items()}
    folded = re.findall(r"{after-the-bet} bets\.(\w+)", text)
    assert set(offered) - set(folded) == {"left"}  # nobody has repaired it
