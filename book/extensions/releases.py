"""What the pages say about releases: which is the newest one that was read, and what a release answered.

{newest}`release`, {newest}`client-go` and {newest}`date` are filled in from `book/data/newest_release.json`;
so is the line under each heading "Today". Nobody types them.

When something changed is not typed either: `book.changes` knows it, and what a change is called.

{since}`sending` is the first release that has it, "1.21", and {until}`sending` the last that has not, "1.20".
{first}`sending` is the first tag, with those that got it back-ported.

{asked}`1.29, 1.36 shutdown: busy after Shutdown` behind a sentence names releases and a question that they were asked.
It leads to the stored answers, one link a release. Without releases they are those on either side of each change of
the answer; and {asked}`sending` are those on either side of a change, with its question. An answer that is not stored
is a warning, and warnings fail the build.
"""

from __future__ import annotations

import json
import re
from datetime import date
from itertools import pairwise
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util import logging
from sphinx.util.docutils import SphinxRole

from book import changes
from book.extensions.repository import files_at
from kevent import versions
from kevent.versions import Change
from oracle import stored, toolchain
from oracle.record import ASKED_OF

logger = logging.getLogger(__name__)

DATA = Path(__file__).parents[1] / "data" / "newest_release.json"
ROOT = Path(__file__).parents[2]
ASKED = re.compile(r"(?:(?P<releases>1\.\d+(?:\.\d+)?(?:, 1\.\d+(?:\.\d+)?)*) )?(?P<kind>\w+): (?P<name>.+)", re.S)


def newest() -> dict[str, str]:
    """The newest release that was read, and its date as a reader writes it."""
    found: dict[str, str] = json.loads(DATA.read_text(encoding="utf-8"))
    day = date.fromisoformat(found["date"])
    return {**found, "date": f"{day.day} {day:%B %Y}"}


class NewestRole(SphinxRole):
    """``{newest}`release` ``, `client-go` or `date`."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        self.env.note_dependency(str(DATA))
        known = newest()
        if self.text not in known:
            logger.warning("nothing is known of the newest %r", self.text, location=self.get_location())
            return [], []
        return [nodes.Text(known[self.text])], []


class ChangeRole(SphinxRole):
    """``{since}`sending` ``, ``{until}`sending` ``, ``{first}`sending` ``."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        self.env.note_dependency(str(changes.TIME_LINE))
        self.env.note_dependency(str(versions.__file__))
        try:
            return [nodes.Text(changes.WORDS[self.name](" ".join(self.text.split())))], []
        except LookupError as unknown:
            logger.warning(unknown.args[0], location=self.get_location())
            return [], []


# --- questions and answers ------------------------------------------------------------------------------------------


def sides(asked_about: Change) -> tuple[str, str]:
    """Of the releases that were asked the last without a change, and the first with it."""
    kind = asked_about.shown.partition(":")[0]
    names = ASKED_OF.get(kind, toolchain.releases())
    has = [getattr(versions.release(name), asked_about.behaviour) == asked_about.value for name in names]
    first = versions.numbers(asked_about.since[0])
    return [
        (before, after)
        for (before, had), (after, does) in pairwise(zip(names, has, strict=True))
        if does and not had and versions.numbers(before) < first
    ][-1]


def around(kind: str, name: str) -> list[str]:
    """Of the releases that were asked those on either side of each change of the answer; the first and the newest if
    they all gave one. Raises LookupError if nobody was asked.
    """
    answers: dict[str, object] = {}
    for release in ASKED_OF.get(kind, toolchain.releases()):
        try:
            answers[release] = stored.answer(release, kind, name)
        except stored.Refused:
            answers[release] = None
        except stored.NotStored:
            continue
    if not answers:
        raise LookupError(f"{kind} has no question {name!r}")
    names = list(answers)
    changed = [name for pair in pairwise(names) if answers[pair[0]] != answers[pair[1]] for name in pair]
    return list(dict.fromkeys(changed)) or [names[0], names[-1]]


def question(text: str) -> tuple[list[str], str, str]:
    """What the text of the role means: releases, kind and name of a question. Raises LookupError."""
    text = " ".join(text.split())
    if ":" not in text:
        about = changes.change(text)
        kind, _, name = about.shown.partition(": ")
        return list(sides(about)), kind, name
    found = ASKED.fullmatch(text)
    if found is None:
        raise LookupError(f"not a release, a kind and a question: {text!r}")
    kind, name = found["kind"], found["name"]
    return found["releases"].split(", ") if found["releases"] else around(kind, name), kind, name


def asked(text: str) -> list[tuple[str, Path, int]]:
    """The releases that the text of the role is about, each with file and line of its answer. Raises LookupError."""
    names, *about = question(text)
    return [(release, *stored.line(release, *about)) for release in names]


def mark(env: BuildEnvironment, text: str) -> nodes.Node:
    """The words "asked:" and a link for each release in the text of the role. Raises LookupError."""
    base = files_at(env.config)
    found: list[nodes.Node] = [nodes.Text("asked: ")]
    for release, path, line in asked(text):
        env.note_dependency(str(path))
        uri = f"{base}/{path.relative_to(ROOT).as_posix()}#L{line}"
        found += [nodes.reference("", release, refuri=uri), nodes.Text(", ")]
    return nodes.inline("", "", *found[:-1], classes=["asked"])


class AskedRole(SphinxRole):
    """``{asked}`RELEASES KIND: QUESTION` ``"""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        try:
            return [mark(self.env, self.text)], []
        except LookupError as missing:
            logger.warning(missing.args[0], location=self.get_location())
            return [], []


def date_today(app: Sphinx, doctree: nodes.document) -> None:
    """Say under each "Today" which day that was."""
    known = newest()
    for section in doctree.findall(nodes.section):
        if section[0].astext() == "Today":
            text = f"Read at {known['release']}, client-go {known['client-go']}, of {known['date']}."
            section.insert(1, nodes.paragraph("", text, classes=["read-at"]))
            app.env.note_dependency(str(DATA))


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_role("newest", NewestRole())
    app.add_role("asked", AskedRole())
    for name in changes.WORDS:
        app.add_role(name, ChangeRole())
    app.connect("doctree-read", date_today)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
