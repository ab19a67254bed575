"""What the pages say of client-go and of kevent, sentence by sentence, beside what was asked, counted or run.

A sentence that changes has to be looked up again; one that the answers do not bear out fails here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest

from book.changes import WORDS, rows
from kevent import CorrelatorOptions, Event, ObjectReference, versions
from kevent.correlator import EventCorrelator
from kevent.simulation import EPOCH
from oracle import stored
from oracle.kevent_side import Kevent
from oracle.toolchain import releases
from tests.support import ROOT

POD = ObjectReference(kind="Pod", namespace="default", name="web-0", uid="u-1")
SITES = json.loads((ROOT / "book/data/kubelet.json").read_text(encoding="utf-8"))["call_sites"]
MEASURED = {
    row["id"]: row["answer"] for row in json.loads((ROOT / "book/data/measured.json").read_text(encoding="utf-8"))
}
CHANGES = rows()


def words(name: str) -> str:
    """The text of a page, a notebook's cells or a module, with single spaces between its words."""
    text = (ROOT / name).read_text(encoding="utf-8")
    if name.endswith(".ipynb"):
        text = "\n\n".join("".join(cell["source"]) for cell in json.loads(text)["cells"])
    text = re.sub(r"{(since|until|first)}`([^`]*)`", lambda found: WORDS[found[1]](" ".join(found[2].split())), text)
    return " ".join(text.split())


def prose(name: str) -> str:
    """The same without the names of questions."""
    return re.sub(r"{asked}`[^`]*`", "", words(name))


def answer(release: str, kind: str, name: str) -> Any:
    return stored.answer(release, kind, name)


def event(number: int, message: str, reason: str = "BackOff") -> Event:
    now = EPOCH + number * 10**9
    return Event(
        name=f"web-0.{now:x}", namespace="default", involved_object=POD, type="Warning", reason=reason,
        message=message, first_timestamp=now, last_timestamp=now, count=1,
    )  # fmt: skip


def combined(reason: Callable[[int], str]) -> bool:
    """Whether the last of ten different messages is combined."""
    correlator = EventCorrelator(CorrelatorOptions(clock=lambda: EPOCH), release="1.14")
    for number in range(9):
        correlator.event_correlate(event(number, f"attempt {number}", reason(number)))
    last = correlator.event_correlate(event(9, "attempt 9", reason(9))).event
    return last is not None and last.message.startswith("(combined")


def twenty_seven(now: list[int]) -> list[int | None]:
    """The counts that reach a sink for 27 equal events, the last of which comes when there is a token again."""
    correlator = EventCorrelator(CorrelatorOptions(clock=lambda: now[0]), release="1.14")
    counts: list[int | None] = []
    for number in range(27):
        now[0] = EPOCH + (301 * 10**9 if number == 26 else 0)
        result = correlator.event_correlate(event(0, "restarting"))
        counts.append(None if result.skip or result.event is None else result.event.count)
    return counts


def after_shutdown(release: str) -> int:
    """The most tries that an event behind the one in hand gets after a shutdown."""
    answers = answer(release, "recording", "five events, an unreachable sink, and shutdown")
    return max(call["tries"] for text in answers for call in json.loads(text)["calls"][1:])


def none_handled(release: str) -> float:
    counted = answer(release, "shutdown", "4 queued behind a busy handler, then shutdown")
    return counted.get("0", 0) / sum(counted.values())


def twelve_tries() -> bool:
    calls = answer("1.14", "recording", "a sink that cannot be reached: twelve tries")["calls"]
    pauses = [call["pauseNS"] for call in calls[1:]]
    return len(calls) == 12 and pauses == ["random"] + [10 * 10**9] * 10


def counted_under_the_group() -> bool:
    correlator = EventCorrelator(CorrelatorOptions(clock=lambda: EPOCH), release="1.14")
    counts = [correlator.event_correlate(event(number, f"attempt {number}")).event for number in range(12)]
    return [found.count for found in counts if found is not None] == [1] * 10 + [2, 3]


def helpers() -> int:
    """Calls whose type and reason are what somebody else says."""
    return sum("type" not in site and "reason" not in site for site in SITES)


def late(release: str) -> str:
    found: dict[str, Any] = answer(release, "recording", "a watcher after shutdown")
    if "dies" in found:
        return str(found["dies"])
    return str(found["steps"][1].get("panic", "returned"))


def left_by_a_context(release: str) -> bool:
    return bool(answer(release, "recording", "a context that ends during retries")["distributing"])


def kevent_is_every_release() -> bool:
    return all(Kevent(release).release.name == release for release in releases()) and releases()[-1] == versions.NEWEST


def second_shutdown(release: str) -> bool:
    """Whether a second shutdown ends the program while the first waits."""
    return "dies" in answer(release, "mux", "two shutdowns behind a watcher that is not read")


def panics(release: str) -> list[str]:
    found = answer(release, "mux", "calls after shutdown")["operations"]
    return [step["panic"] for step in found if "panic" in step]


def filled_in(release: str) -> bool:
    return "reportingController" in answer(release, "recorder", "what an event carries")[0]["event"]


def only_a_version(release: str) -> str:
    refs = answer(release, "references", "a reference comes from the object, or all of it from the scheme")
    return str(refs[1]["ref"]["kind"])


def budget(release: str) -> bool:
    """Whether the last event passes: a budget spent, a refusal with a clock an hour back, and the clock forward."""
    found = answer(release, "correlator", "a budget spent, an hour back, and forward again")
    return not found[-1]["skip"]


SHUTDOWN, MUSEUM = "book/11_shutdown.ipynb", "book/13_bug_museum.ipynb"
SAID: list[tuple[str, str, Callable[[], bool]]] = [
    ("index.md", "`kevent` answers as any release between", kevent_is_every_release),
    ("README.md", "from 1.14 to 1.37, by default as the newest", kevent_is_every_release),
    ("kevent/event_broadcaster.py", "Since 1.27 a sink that cannot be reached gets one more try for each event",
     lambda: [after_shutdown(release) for release in ("1.26", "1.27", "1.28")] == [12, 1, 1]),
    ("kevent/event_broadcaster.py", "half of them handle nothing more",
     lambda: none_handled("1.28") == 0 and all(0.45 < none_handled(r) < 0.55 for r in ("1.29", "1.36", "1.37"))),
    (SHUTDOWN, "About half of all shutdowns handle nothing but the event in hand",
     lambda: 0.45 < none_handled("1.37") < 0.55),
    (SHUTDOWN, "a broadcaster of 1.27 is shut down", lambda: after_shutdown("1.28") == 1),
    (SHUTDOWN, "the loop did not, and nobody was refused",
     lambda: [left_by_a_context(release) for release in ("1.29", "1.30", "1.31")] == [False, True, False]),
    ("book/02_event_go.ipynb", "In all of 1.30 the end of that context stopped the handlers and not the loop",
     lambda: left_by_a_context("1.30")),
    (SHUTDOWN, "One that comes while the first still waits ends the program up to 1.24",
     lambda: [second_shutdown(release) for release in ("1.20", "1.24", "1.25")] == [True, True, False]),
    ("book/04_broadcaster.ipynb", "`Watch` panics with \"broadcaster already stopped\", and a second",
     lambda: panics("1.24") == ["send on closed channel", *["broadcaster already stopped"] * 2]
     and len(panics("1.19")) == 4 and panics("1.25") == []),
    (MUSEUM, "of four hundred that were asked none handled more than seven",
     lambda: max(map(int, answer("1.29", "shutdown", "500 queued behind a busy handler, then shutdown"))) == 7),
    (MUSEUM, "Up to 1.24 `Watch` panics",
     lambda: late("1.24") == "broadcaster already stopped" and "nil pointer" in late("1.25")
     and "nil pointer" in late("1.30") and late("1.31") == "returned"),
    ("kevent/diagnosis/causes.py", "A watcher was started after Shutdown, and the program ends.",
     lambda: all("nil pointer" in late(release) for release in ("1.25", "1.27", "1.30"))),
    ("kevent/diagnosis/causes.py", "its handler spins until Shutdown",
     lambda: answer("1.29", "shutdown", "busy after Stop on a started watcher")["spins"]
     and not answer("1.29", "shutdown", "busy after Shutdown")["spins"]),
    ("book/04_broadcaster.ipynb", "twelve tries with pauses of ten seconds between them", twelve_tries),
    ("book/15_your_own_controller.ipynb", "and a random part of ten before the second", twelve_tries),
    ("book/09_correlator.ipynb", "a combined event is counted under the key of its group", counted_under_the_group),
    ("book/09_correlator.ipynb", "The real package was asked 2,000 times.",
     lambda: sum(MEASURED["an-old-message-again"].values()) == 2000),
    ("book/09_correlator.ipynb", "Each of the three memories has 4,096 entries",
     lambda: CorrelatorOptions().lru_cache_size == 4096),
    ("book/09_correlator.ipynb", "**1.28.0, 1.26.11 and 1.27.8**: with a newer token bucket a refusal changes nothing",
     lambda: [budget(release) for release in ("1.26.8", "1.26", "1.27.5", "1.27", "1.28")]
     == [True, False, True, False, False]),
    ("book/03_kubelet.ipynb", "Eight of them stand in helpers that pass on what their callers say",
     lambda: helpers() == 8 and len(SITES) - helpers() == 87),
    ("book/03_kubelet.ipynb", "That leaves 87 places that have something to say", lambda: len(SITES) == 95),
    ("book/appendix_glossary.md", "something to record at 87 places", lambda: len(SITES) - helpers() == 87),
    ("book/08_recorder.ipynb", "A second call, in the filter of chapter 3, passes on what others say",
     lambda: sorted("type" in site for site in SITES if site["call"].endswith("PastEventf")) == [False, True]),
    ("book/08_recorder.ipynb", "**1.28.0-alpha.1, 1.25.14, 1.26.9 and 1.27.6**: events say who reports them",
     lambda: [filled_in(r) for r in ("1.25.13", "1.25", "1.26.8", "1.26", "1.27.5", "1.27", "1.28")]
     == [False, True, False, True, False, True, True]),
    ("book/08_recorder.ipynb", "An object that says its version only gets a reference without a kind",
     lambda: [only_a_version(release) for release in ("1.14", "1.15", "1.37")] == ["Pod", "", ""]),
    ("book/08_recorder.ipynb", "of `Event` with the reason `100%d` a test sees `100%!d(string=m) %!s(MISSING)`",
     lambda: [answer(r, "fake", "what a fake recorder hears")[1] for r in ("1.26", "1.27")]
     == ["Normal 100%d m", "Normal 100%!d(string=m) %!s(MISSING)"]),
    ("book/08_recorder.ipynb", "A combined event does not: its name is made elsewhere",
     lambda: answer("1.37", "correlator", "the combined event's name when the object's is no DNS name")[-1]["event"]
     ["name"].startswith("A_b.")),
    ("book/16_then_and_now.ipynb", "What stands at the end of the time line is on the main branch and in no release",
     lambda: [change.get("pr") for change in CHANGES if change["since"].startswith("none")] == [140448]),
]  # fmt: skip


@pytest.mark.parametrize(("page", "sentence", "holds"), SAID, ids=[f"{page}: {said[:40]}" for page, said, _ in SAID])
def test_the_page_says_it_and_it_is_so(page: str, sentence: str, holds: Callable[[], bool]) -> None:
    assert words(page).count(sentence) >= 1
    assert holds()


PAGES = ["index.md", "README.md", *(str(path.relative_to(ROOT)) for path in sorted((ROOT / "book").glob("*.*")))]
UNTRUE = {
    "a shutdown that spins": r"(hot|spin\w*|busy|round and round)[^.|]{0,60}(after|at) (a |the )?`?[Ss]hutdown",
    "one try for each, as of today": r"([Ss]ince|from) 1\.27[^.|]{0,80}(one|each) (try|one)|1\.27 and later",
    "tries ten seconds apart": r"ten seconds apart",
    "a liveness probe that fails for minutes": r"[Ll]iveness probe fails every",
    "an event that is never sent": r"twenty-sixth[^.]{0,40}never sent",
    "no trying again in a sink": r"Do not try again inside",
    "words that are not English": r"\b[Tt]he \w+ of above\b|belongs into|\bhas it still\b",
}


@pytest.mark.parametrize("what", UNTRUE)
def test_no_page_says_any_more(what: str) -> None:
    pages = [page for page in PAGES if page.endswith((".md", ".ipynb"))]
    assert len(pages) > 25
    found = [f"{page}: {match[0]}" for page in pages for match in re.finditer(UNTRUE[what], prose(page))]
    assert found == []


@pytest.mark.parametrize(
    ("what", "said"),
    [
        ("a shutdown that spins", "With it comes a loop that runs hot at shutdown, until 1.36."),
        ("a shutdown that spins", "**A core is busy after a shutdown**, from 1.29 to 1.35"),
        ("one try for each, as of today", "Since 1.27 the shutdown ends it, and each event left has one try"),
        ("one try for each, as of today", "a broadcaster of today (1.27 and later, or `kevent`)"),
        ("tries ten seconds apart", "twelve tries ten seconds apart"),
        ("words that are not English", "The race of above cost the recorder its goroutines"),
        ("words that are not English", "must not be lost belongs into a status"),
        ("words that are not English", "1.35.7 has it still"),
    ],
)
def test_what_is_no_longer_said_would_be_found(what: str, said: str) -> None:
    assert re.search(UNTRUE[what], said)


def test_the_time_line_is_in_order() -> None:
    minors = [int(change["since"].split(".")[1]) for change in CHANGES if change["since"].startswith("1.")]
    assert all(before <= after for before, after in pairwise(minors))
