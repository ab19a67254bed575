"""What the pages say about releases: which is the newest one that was read, and what a release answered.

{newest}`release`, {newest}`client-go` and {newest}`date` are filled in from `book/data/newest_release.json`;
so is the line under each heading "Today". Nobody types them.

{asked}`1.29, 1.36 shutdown: busy after Shutdown` behind a sentence names releases and a question that they were asked.
It leads to the stored answers, one link a release. An answer that is not stored is a warning, and warnings fail the
build.
"""

from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util import logging
from sphinx.util.docutils import SphinxRole

from oracle import stored

logger = logging.getLogger(__name__)

DATA = Path(__file__).parents[1] / "data" / "newest_release.json"
ROOT = Path(__file__).parents[2]
ASKED = re.compile(r"(?P<releases>1\.\d+(?:\.\d+)?(?:, 1\.\d+(?:\.\d+)?)*) (?P<kind>\w+): (?P<name>.+)", re.S)


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


def asked(text: str) -> list[tuple[str, Path, int]]:
    """The releases in the text of the role, each with file and line of its answer. Raises LookupError."""
    found = ASKED.fullmatch(text)
    if found is None:
        raise LookupError(f"not a release, a kind and a question: {text!r}")
    question = found["kind"], " ".join(found["name"].split())
    return [(release, *stored.line(release, *question)) for release in found["releases"].split(", ")]


def mark(env: BuildEnvironment, text: str) -> nodes.Node:
    """The words "asked:" and a link for each release in the text of the role. Raises LookupError."""
    options: dict[str, Any] = env.config.html_theme_options
    base = f"{options.get('repository_url', '')}/blob/{options.get('repository_branch') or 'main'}"
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
    app.connect("doctree-read", date_today)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
