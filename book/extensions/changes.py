"""When a behaviour of client-go changed: out of `kevent.versions`, so that no chapter types it.

{since}`stopped_handler: ends` is the first tag that has it and the pull request, "1.36.0-beta.0 (#137398)";
{until}`stopped_handler: ends` is the last release before, "1.35". The words are a field of `Release` and which way it
went. The first tag is that of the time line (`book/data/timeline.json`), which knows alphas and betas. A way that no
release went is a warning, and warnings fail the build.
"""

from __future__ import annotations

import json
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.util.docutils import SphinxRole

from kevent.versions import CHANGES, RELEASES, Change

logger = logging.getLogger(__name__)

TIME_LINE = Path(__file__).parents[1] / "data" / "timeline.json"
PULLS = "https://github.com/kubernetes/kubernetes/pull/"


def change(text: str) -> Change:
    """The first change that goes this way: "behaviour: value". Raises LookupError."""
    behaviour, _, value = text.partition(": ")
    for each in CHANGES:
        if each.behaviour == behaviour and str(each.value) == value:
            return each
    raise LookupError(f"no release has changed {text!r}")


def first_tag(found: Change) -> str:
    """The first tag that has it, an alpha's too where the time line knows the pull request."""
    rows = json.loads(TIME_LINE.read_text(encoding="utf-8"))
    tags = [row["since"] for row in rows if row.get("pr") == found.pull]
    return tags[0] if found.pull and tags else found.since[0]


def before(found: Change) -> str:
    """The name of the last release without it."""
    names = list(RELEASES)
    first = ".".join(found.since[0].split(".")[:2])
    return names[names.index(first) - 1]


class SinceRole(SphinxRole):
    """``{since}`BEHAVIOUR: VALUE` ``"""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        try:
            found = change(" ".join(self.text.split()))
        except LookupError as missing:
            logger.warning(missing.args[0], location=self.get_location())
            return [], []
        self.env.note_dependency(str(TIME_LINE))
        if not found.pull:
            return [nodes.Text(first_tag(found))], []
        pull = nodes.reference("", f"#{found.pull}", refuri=f"{PULLS}{found.pull}")
        return [nodes.Text(f"{first_tag(found)} ("), pull, nodes.Text(")")], []


class UntilRole(SphinxRole):
    """``{until}`BEHAVIOUR: VALUE` ``"""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        try:
            return [nodes.Text(before(change(" ".join(self.text.split()))))], []
        except LookupError as missing:
            logger.warning(missing.args[0], location=self.get_location())
            return [], []


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_role("since", SinceRole())
    app.add_role("until", UntilRole())
    return {"parallel_read_safe": True, "parallel_write_safe": True}
