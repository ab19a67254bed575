"""``{where-is-my-event}``: the page that asks what somebody sees, and reads what their cluster says.

All of it stands in the page when it is built, out of `kevent.diagnosis`: symptoms, questions, causes, the releases that
have them (`kevent.versions`), the commands. So it can be read, searched and printed without a script. The script
strikes causes out, and hands a file to the same package in the page's own Python.
"""

from __future__ import annotations

import json
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError
from sphinx.util.docutils import SphinxDirective

from book.extensions import releases, source_map
from book.extensions.chapters import chapters
from book.extensions.happening import scripts
from book.extensions.html_element import element, raw, text
from book.extensions.live import BROWSERS, NEEDED, size_of
from book.extensions.made_up_events import made_up_events
from book.extensions.symptoms import drawing
from book.figures.diagnosis import SHOWN
from kevent import versions
from kevent.diagnosis import (
    CAUSES,
    DEFAULTS,
    QUESTIONS,
    RULES,
    STOPS,
    SYMPTOMS,
    Cause,
    Question,
    Symptom,
    applies,
    ranges,
)
from kevent.diagnosis.report import command
from kevent.versions import NEWEST, RELEASES

GET = "kubectl get events -A -o json > events.json"
HOME = "kevent explain events.json"
MOST_MEGABYTES = 300
"""How large a file the page takes: what is remembered of it has to fit beside Python in a browser's memory."""

SECTIONS = {
    "expired": "what-an-event-is-not",
    "elsewhere": "the-name-is-a-time",
    "counted": "equal-events-are-counted",
    "combined": "similar-events-are-combined-from-the-tenth-on",
    "filtered": "events-about-an-object-and-then-one-in-five-minutes",
    "muted": "a-warning-gets-a-bucket-of-its-own",
    "dropped": "of-5-000-arrive",
    "door": "what-is-one-too-many-queue-by-queue",
    "waited": "nobody-waits-and-nobody-stays-in-line",
    "given-up": "twelve-tries-are-a-hundred-seconds-and-a-bit",
    "refused": "a-status-is-final-silence-is-not",
    "unmade": "a-goroutine-for-each-event-line-by-line",
    "ended": "the-way-out-one-queue-after-the-other",
    "left": "a-handler-that-leaves-its-queue",
    "held": "another-way-to-count",
    "hidden-count": "events-about-an-object-and-then-one-in-five-minutes",
    "recreated": "create-or-patch",
    "late-first": "five-more-surprises",
    "retried": "twelve-tries-are-a-hundred-seconds-and-a-bit",
    "queued": "a-sink-that-is-too-slow-for-good",
    "overtaken": "nobody-waits-and-nobody-stays-in-line",
    "clocks": "the-name-is-a-time",
    "restarted": "the-leader-changes",
    "forgotten": "five-more-surprises",
    "two": "five-more-surprises",
    "field": "equal-events-are-counted",
    "rewritten": "a-resource-version-that-moves",
    "quiet": "another-way-to-count",
    "default": "the-name-is-a-time",
    "uuid": "a-name-that-is-drawn-by-lot",
    "invalid": "a-name-that-is-drawn-by-lot",
    "other-reporter": "what-makes-two-events-equal",
    "format": "two-more-traps",
    "log-unmade": "a-goroutine-for-each-event-line-by-line",
    "log-unable": "twelve-tries-are-a-hundred-seconds-and-a-bit",
    "log-rejected": "a-status-is-final-silence-is-not",
    "log-door": "what-is-one-too-many-queue-by-queue",
    "log-closed": "a-send-that-comes-too-late",
    "spins": "a-loop-that-does-not-ask",
    "nil": "a-handler-of-nil",
    "leaks": "what-goes-wrong-here",
    "stands": "with-the-other-word-everybody-waits",
}
"""Where in its chapter a cause is told of."""

FOUND = {
    "counted": "equal-events-are-counted",
    "combined": "similar-events-are-combined-from-the-tenth-on",
    "patched": "create-or-patch",
    "recreated": "create-or-patch",
    "gone": "what-an-event-is-not",
    "twice": "five-more-surprises",
    "combined-twice": "five-more-surprises",
    "overlap": "five-more-surprises",
    "late": "twelve-tries-are-a-hundred-seconds-and-a-bit",
    "anew": "create-or-patch",
    "ahead": "the-name-is-a-time",
    "format": "two-more-traps",
    "default": "the-name-is-a-time",
    "uuid": "a-name-that-is-drawn-by-lot",
    "series": "another-way-to-count",
    "series-twice": "what-makes-two-events-equal",
    "wrapped": "equal-events-are-counted",
    "beyond": "events-about-an-object-and-then-one-in-five-minutes",
    "budget": "events-about-an-object-and-then-one-in-five-minutes",
    "told-again": "create-or-patch",
    "dry": "a-warning-gets-a-bucket-of-its-own",
    "unsigned": "the-name-is-a-time",
    "dropped": "of-5-000-arrive",
    "kept": "what-an-event-is-not",
    "restart": "the-leader-changes",
    "newer": "i-run-this-one-and-should-run-that-one",
}
"""Where in its chapter the reader learns what a finding rests on."""

# --- the page -------------------------------------------------------------------------------------------------------


def copied(words: str) -> nodes.Node:
    """A command, and the button that copies it, which a script shows."""
    code = element("code", text(words))
    button = element("button", text("Copy"), type="button", class_="wme-copy", hidden=True)
    return element("div", code, button, class_="wme-command")


def filled(template: str) -> str:
    """A command with words in capitals where the reader puts theirs."""
    return command(template, None)


class WhereIsMyEvent(SphinxDirective):
    """See the head of this module."""

    def run(self) -> list[nodes.Node]:
        data = {
            "most": MOST_MEGABYTES, "home": HOME, "get": GET, "newest": NEWEST,
            "go": {rule.go: self.go_address(rule.go) for rule in RULES.values()},
            "rules": {key: self.section_link(rule.chapter, FOUND[key]) for key, rule in RULES.items()},
            "causes": {key: self.cause_link(cause) for key, cause in CAUSES.items()},
            "sample": made_up_events(),
        }  # fmt: skip
        told = json.dumps(data, separators=(",", ":"), ensure_ascii=False).replace("<", "\\u003c")
        page = element(
            "div", self.head(), self.two(),
            raw('<section class="wme-result" aria-label="What the data tells" hidden></section>'),
            *map(self.symptom, SYMPTOMS),
            raw(f'<script type="application/json" class="wme-data">{told}</script>'),
            class_="wme", id="where-is-my-event-page", data_late="diagnosis",
        )  # fmt: skip
        return [page, raw(NEEDED)]

    def head(self) -> nodes.Node:
        options = "".join(f"<option{' selected' if name == NEWEST else ''}>{name}</option>" for name in RELEASES)
        return raw(
            '<div class="wme-head"><label>release of the component that records '
            f'<select class="wme-release">{options}</select></label>'
            '<details class="wme-limits"><summary>its limits, if set</summary>'
            f'<label>at once <input type="number" min="1" name="burst" value="{DEFAULTS.burst}"></label>'
            '<label>then one in <input type="number" min="0.001" step="any" name="pause" '
            f'value="{1 / DEFAULTS.qps:g}"> s</label>'
            '<label>combined from the <input type="number" min="1" name="most" '
            f'value="{DEFAULTS.max_events}">th</label></details></div>'
        )

    def two(self) -> nodes.Node:
        see = [
            element(
                "a",
                raw(drawing(symptom.key)),
                element("b", text(symptom.title)),
                element("small", text(symptom.more)),
                href=f"#see-{symptom.key}",
                data_see=symptom.key,
            )
            for symptom in SYMPTOMS
        ]
        left = element(
            "section",
            raw('<h2 id="what-do-you-see">What do you see?</h2>'),
            element("nav", *see, class_="wme-see", aria_label="What do you see?"),
        )
        built: dict[str, Any] = self.env.app.kevent_live  # type: ignore[attr-defined]
        if built["built"]:
            size = size_of(built)
            note = (
                '<p class="wme-python"><span class="live-here">Python reads it in this page. It comes with the first '
                f"look: {size}, once. After that you can turn the network off. Nothing of "
                "yours leaves this browser, and nothing is kept.</span>"
                f'<span class="live-elsewhere">The page reads it in {BROWSERS}; this browser cannot. On your machine:'
                "</span></p>"
            )
        else:
            note = '<p class="wme-python">This copy of the site has no Python for the page. On your machine:</p>'
        right = element(
            "section", raw('<h2 id="or-let-the-data-speak">Or let the data speak</h2>'), copied(GET),
            raw(
                '<div class="wme-drop"><textarea class="wme-text" spellcheck="false" autocapitalize="off" rows="7" '
                'autocomplete="off" aria-label="Events as JSON" placeholder="Paste here, or drop events.json on it">'
                "</textarea>"
                '<div class="wme-buttons"><button type="button" class="wme-look">Look</button>'
                '<label class="wme-open">Open a file<input type="file" class="wme-file"></label>'
                '<button type="button" class="wme-sample">A made-up sample</button>'
                '<button type="button" class="wme-stop" hidden>Stop</button></div></div>'
            ),
            raw(note), element("div", copied(HOME), class_="wme-home"),
            raw('<div class="wme-said" role="status"></div>'), class_="wme-data-side",
        )  # fmt: skip
        return element("div", left, right, class_="wme-two")

    def symptom(self, symptom: Symptom) -> nodes.Node:
        causes = [CAUSES[key] for key in symptom.causes]
        stops = [
            element("li", element("span", text(stop)), element("small"), data_stop=stop)
            for stop in STOPS
        ]  # fmt: skip
        parts: list[nodes.Node] = [
            element("h2", text(symptom.title), element("span", class_="wme-left", role="status")),
        ]
        if len(causes) > 1:
            parts.append(element("ol", *stops, class_="wme-map", aria_label="Where it can be"))
        body: list[nodes.Node] = []
        if symptom.questions:
            asked = [self.question(symptom, QUESTIONS[key]) for key in symptom.questions]
            body.append(element("form", *asked, class_="wme-questions", hidden=True))
        body.append(element("ul", *(self.cause(each, not symptom.questions) for each in causes), class_="wme-causes"))
        parts.append(element("p", text("In a command, replace the words in CAPITALS."), class_="wme-capitals"))
        parts.append(element("div", *body, class_="wme-tree"))
        return element("section", *parts, class_="wme-symptom", id=f"see-{symptom.key}", data_see=symptom.key)

    def question(self, symptom: Symptom, question: Question) -> nodes.Node:
        answers = [
            element(
                "label",
                element(
                    "input",
                    type="radio",
                    name=f"{symptom.key}-{question.key}",
                    value=answer,
                    data_question=question.key,
                ),
                element("span", text(answer)),
            )
            for answer in question.answers
        ]
        effects = [
            {"answer": answer, "cause": cause, "why": why, "out": out}
            for out, rows in ((True, question.strikes), (False, question.doubts))
            for answer, cause, why in rows if cause in symptom.causes
        ]  # fmt: skip
        how = [copied(filled(question.how))] if question.how else []
        return element(
            "fieldset", element("legend", text(question.text)), *how, element("div", *answers, class_="wme-answers"),
            data_effects=json.dumps(effects),
        )  # fmt: skip

    def cause(self, cause: Cause, unfolded: bool) -> nodes.Node:
        having = [name for name, release in RELEASES.items() if applies(cause, release)]
        when, links = (
            ranges(cause),
            [element("a", text(f"Chapter {cause.chapter}"), href=self.cause_link(cause))],
        )
        address = self.go_address(cause.go)
        if address:
            links.append(element("a", text(f"{cause.go.partition(',')[0].rpartition('.')[2]} in Go"), href=address))
        spaced = [node for number, link in enumerate(links) for node in (text(" · " if number else " "), link)]
        head = element(
            "summary",
            element("b", text(cause.title)),
            *([text(" "), element("span", text(when), class_="wme-when")] if when else []),
            text(" "),
            element("span", class_="wme-why"),
        )
        why = element(
            "p",
            text(cause.why),
            *([text(f" In the data: {cause.signature}")] if cause.signature else []),
            *spaced,
            *self.evidence(cause),
        )
        test = [copied(filled(cause.test))] if cause.test and " " in cause.test and not cause.test.endswith("?") else []
        if cause.test.endswith("?"):
            why.append(text(f" {cause.test}"))
        button, *stage = self.happens(cause)
        return element(
            "li", element("span", text(cause.stop), class_="wme-stop"),
            element("details", head, why, *test, button, open=unfolded), *stage,
            data_cause=cause.key, data_stop=cause.stop, data_releases=" ".join(having), class_="wme-cause",
        )  # fmt: skip

    def happens(self, cause: Cause) -> list[nodes.Node]:
        """A button, and the place of the stage that it brings, opened where it happens; or why there is none."""
        shown = SHOWN[cause.key]
        if isinstance(shown, str):
            return [element("p", text(shown), class_="wme-unseen")]
        button = element(
            "button", text("See it happen"), type="button", hidden=True, aria_expanded="false",
            class_="wme-happens", data_run=shown.run, data_pressed=scripts(shown),
        )  # fmt: skip
        says = [element("p", text(shown.says))] if shown.says else []
        return [button, element("div", *says, class_="wme-stage", hidden=True)]

    def evidence(self, cause: Cause) -> list[nodes.Node]:
        """What releases answered, on both sides of each change that a cause begins or ends with."""
        found: list[nodes.Node] = []
        names = list(RELEASES)
        for behaviour, ways in cause.when:
            for change in versions.CHANGES:
                if change.behaviour != behaviour:
                    continue
                first = next((name for name in names if versions.has(change.since[:1], versions.numbers(name))), None)
                if first is None or names.index(first) == 0:
                    continue
                before = names[names.index(first) - 1]
                changed = [getattr(RELEASES[name], behaviour) in ways for name in (before, first)]
                if changed[0] == changed[1]:
                    continue
                try:
                    found += [text(" "), releases.mark(self.env, f"{before}, {first} {change.shown}")]
                except LookupError:  # asked at other patch releases only
                    continue
        return found

    def cause_link(self, cause: Cause) -> str:
        return self.section_link(cause.chapter, SECTIONS[cause.key])

    def section_link(self, number: int, section: str) -> str:
        known = chapters(self.env)
        if number not in known:
            raise ExtensionError(f"where-is-my-event: there is no chapter {number}")
        return f"{known[number].rpartition('/')[2]}.html#{section}"

    def go_address(self, name: str) -> str:
        """Where the lines are on GitHub; "" for what the book has no row of."""
        if not name:
            return ""
        for tag in ("", "@newest"):
            try:
                return source_map.find(name.partition(",")[0] + tag).link()
            except LookupError:
                continue
        found = [symbol for symbol in source_map.symbols() if symbol.name == name]
        if not found:
            raise self.error(f"where-is-my-event: no Go symbol {name!r} in book/data")
        return found[0].link()


def lead_here(app: Sphinx, doctree: nodes.document) -> None:
    """Lead from what goes wrong in a chapter to the page that begins with what is seen."""
    for section in doctree.findall(nodes.section):
        if section[0].astext() == "What goes wrong here":
            link = nodes.reference("", "Where is my event?", refuri="where_is_my_event.html")
            words = "Do you see this in a cluster? ", " starts from what you see."
            section.append(nodes.paragraph("", "", text(words[0]), link, text(words[1]), classes=["lead-here"]))


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("doctree-read", lead_here)
    app.add_directive("where-is-my-event", WhereIsMyEvent)
    app.add_css_file("diagnosis.css")
    return {"parallel_read_safe": True, "parallel_write_safe": True}
