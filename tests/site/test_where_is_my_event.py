"""The page that begins with what is seen: all of it comes out of `kevent.diagnosis`, and no link leads into nothing."""

from __future__ import annotations

import json
import re
from html import unescape

import pytest

from book.extensions.made_up_events import made_up_events
from kevent.diagnosis import CAUSES, QUESTIONS, RULES, STOPS, SYMPTOMS, Cause, applies, diagnose, ranges
from kevent.versions import RELEASES
from oracle import stored
from tests.site.built import SITE, Page

PAGE = SITE / "book" / "where_is_my_event.html"


@pytest.fixture(scope="module")
def html() -> str:
    return PAGE.read_text(encoding="utf-8")


def told(html: str) -> dict[str, object]:
    found = re.search(r'<script type="application/json" class="wme-data">(.*?)</script>', html, re.S)
    assert found is not None
    data: dict[str, object] = json.loads(found[1])
    return data


def test_all_that_is_known_stands_in_the_page_and_needs_no_script(html: str) -> None:
    text = " ".join(unescape(re.sub(r"<[^>]+>", "", html)).split())
    for symptom in SYMPTOMS:
        assert symptom.title in text
        assert f'id="see-{symptom.key}"' in html
        for key in symptom.causes:
            assert " ".join(CAUSES[key].why.split()) in text
        for key in symptom.questions:
            assert QUESTIONS[key].text in text
    for name in RELEASES:
        assert f">{name}</option>" in html


def test_a_cause_stands_where_its_releases_are(html: str) -> None:
    for key, cause in CAUSES.items():
        having = " ".join(name for name, release in RELEASES.items() if applies(cause, release))
        assert re.search(
            rf'<li data-cause="{key}" data-stop="{cause.stop}" data-releases="{re.escape(having)}"', html
        ), key


def test_a_cause_and_a_finding_lead_to_the_section_that_tells_of_them(html: str) -> None:
    page = Page("book/where_is_my_event.html")
    data = told(html)
    for kind, known in (("causes", CAUSES), ("rules", RULES)):
        links: dict[str, str] = data[kind]  # type: ignore[assignment]
        assert list(links) == list(known)
        for key, link in links.items():
            chapter, section = page.target(link) or pytest.fail(link)
            assert chapter.name.startswith(f"{known[key].chapter:02}_"), key
            assert section in Page(f"book/{chapter.name}").ids, link
    assert set(data["causes"].values()) <= set(page.links)  # type: ignore[attr-defined]


def test_the_symptoms_moved_and_lead_here() -> None:
    moved = (SITE / "book" / "appendix_symptoms.html").read_text(encoding="utf-8")
    assert "where_is_my_event.html" in moved


def test_what_goes_wrong_in_a_chapter_leads_here() -> None:
    for name in ("05_full_channel", "09_correlator", "10_record_to_sink"):
        assert 'href="where_is_my_event.html"' in (SITE / "book" / f"{name}.html").read_text(encoding="utf-8")


def test_the_sample_is_what_a_list_may_be_and_has_something_of_everything() -> None:
    report = diagnose([json.dumps(made_up_events()).encode()])
    found = {finding.rule.key for group in report.groups for finding in report.of(group)}
    found |= {finding.rule.key for finding in report.findings}
    assert {"budget", "combined", "twice", "late", "default", "series", "restart"} <= found
    assert any(not report.of(group) for group in report.groups), "and one of which there is nothing to say"
    assert made_up_events() == made_up_events()


def test_the_page_has_the_sample(html: str) -> None:
    assert told(html)["sample"] == made_up_events()


# --- the data itself ------------------------------------------------------------------------------------------------


def test_every_cause_has_a_symptom_and_every_answer_a_cause() -> None:
    assert {key for symptom in SYMPTOMS for key in symptom.causes} == set(CAUSES)
    assert {cause.stop for cause in CAUSES.values()} == set(STOPS)
    for question in QUESTIONS.values():
        for answer, cause, why in (*question.strikes, *question.doubts):
            assert answer in question.answers
            assert cause in CAUSES
            assert why
    assert {key for symptom in SYMPTOMS for key in symptom.questions} == set(QUESTIONS)


def test_no_answers_strike_every_cause_out_but_of_a_symptom_that_they_deny() -> None:
    """Whatever one has seen that can be so, something is left to look at."""
    from itertools import product

    for symptom in SYMPTOMS:
        asked = [QUESTIONS[key] for key in symptom.questions]
        left = [
            set(symptom.causes) - {cause for question, answer in zip(asked, answers, strict=True)
                                   for given, cause, _ in question.strikes if given == answer}
            for answers in product(*(question.answers for question in asked))
        ]  # fmt: skip
        assert sum(not each for each in left) <= 0.05 * len(left), symptom.key


def test_a_log_that_says_nothing_does_not_rule_out_a_refusal_that_is_a_detail_of_it() -> None:
    assert any(release.terminating == "a detail" for release in RELEASES.values())
    assert "refused" not in {cause for _, cause, _ in QUESTIONS["errors"].strikes}
    assert {answer for answer, cause, _ in QUESTIONS["errors"].doubts if cause == "refused"} == {"neither", "unable"}


def test_what_is_looked_for_in_a_log_is_what_client_go_logs_of_an_event_either_way() -> None:
    commands = [cause.test for cause in CAUSES.values()] + [question.how for question in QUESTIONS.values()]
    [pattern] = set(re.findall(r"'(Event occurred[^']*)'", "\n".join(commands)))
    ways = ("1.14", "StartLogging"), ("1.37", "StartLogging"), ("1.37", "StartStructuredLogging")
    lines = [line for release, way in ways for told in stored.answer(release, "logs", way) for line in told]
    assert lines
    assert [line for line in lines if not re.search(pattern, line)] == []


def test_every_rule_names_causes_that_there_are() -> None:
    for rule in RULES.values():
        assert set(rule.causes) <= set(CAUSES)


@pytest.mark.parametrize(
    ("key", "words"),
    [("muted", "until 1.31"), ("door", "since 1.21"), ("nil", "1.25 to 1.30"), ("leaks", "1.30"), ("expired", ""),
     ("spins", "1.29 to 1.35"), ("uuid", "since 1.33"), ("overtaken", "until 1.20")],
)  # fmt: skip
def test_which_releases_have_a_cause_is_read_off_the_releases(key: str, words: str) -> None:
    assert ranges(CAUSES[key]) == words


def test_a_cause_of_no_release_has_no_range() -> None:
    never = Cause(key="x", stop="sink", title="", why="", chapter=1, go="", when=(("spam_key", ("nobody's",)),))
    assert ranges(never) == ""
