"""The landing page: three doors, the chapters along the way of an event, and how far the book can be trusted.

    ```{doors}
    ```

    ```{rail}
    ```

    ```{trust}
    ```

Links, minutes and numbers are filled in when every page has been read; none is typed. {reading-time}`chapters` is how
many hours all chapters take, {reading-time}`tour` how many minutes the tour, {reading-time}`corrections` the eight
corrections.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from functools import partial
from html import escape
from pathlib import Path
from typing import NamedTuple

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util.docutils import SphinxDirective, SphinxRole

from book.extensions.chapter import minutes_of
from book.extensions.chapters import chapter_number, chapters
from book.extensions.contents import DOORS, TOUR, parts, titles
from book.extensions.html_element import raw
from book.extensions.pipeline_map import PARTS
from kevent.versions import NEWEST, RELEASES

PLACES = {
    "kubelet": ("decides that something happened", (1, 3)),
    "recorder": ("makes an object of it", (2, 8)),
    "incoming": ("takes it in, or refuses", (4,)),
    "loop": ("one goroutine, all events", (6, 7)),
    "watchers": ("a queue each: wait or drop", (5,)),
    "correlator": ("counts, combines, mutes", (9,)),
    "sink": ("tries twelve times, then gives up", (10, 11)),
}
"""The seven places of the way, in order, with what happens there and the chapters that stand below it."""

BESIDE = {
    "Prove": "Not one run a thousand times: every order of the steps, once.",
    "Use": "In your own code, and in code that got it wrong.",
    "Look up": "For whoever came with a name, a word or a version.",
}
"""The other parts of `_toc.yml`, with a sentence on each."""

SEEN_FIRST = 4
"""How many pages of a part without chapters are shown."""


class Door(NamedTuple):
    """A way into the book."""

    to: str
    title: str
    text: str
    goes: str
    takes: str
    picture: str


def places(taken: str, gone: str) -> str:
    return "".join(
        f'<rect class="{taken if x != 82 else gone}" x="{x}" y="20" width="22" height="22" rx="4"/>'
        for x in (1, 28, 55, 82, 109, 136)
    )


MISSING = (
    f'{places("event", "lost")}<circle class="ink" cx="93" cy="31" r="21"/><path class="ink thick" d="M108 46l11 13"/>'
)
TWIN = (
    '<path class="code" d="M4 8h46M12 16h52M20 32h44M12 40h26M4 48h12M104 8h40M112 16h44M112 32h30"/>'
    '<path class="here" d="M12 24h34M112 24h52"/><path class="join" d="M52 24h17M85 24h17"/>'
    '<circle class="join" cx="77" cy="24" r="8"/><text x="77" y="28">1</text>'
)
TICKS = (
    f'<path class="code thin" d="M2 48h164{"".join(f"M{6 + 9 * n} 48v-22" for n in range(6, 18))}"/>'
    f'<path class="here thin" d="{"".join(f"M{6 + 9 * n} 48v-22" for n in range(5))}"/>'
    '<path class="now" d="M51 48V22"/><path class="head" d="M44 8h14l-7 10z"/>'
)


def doors(count: int, tour: str) -> list[Door]:
    return [
        Door(
            DOORS["diagnosis"],
            "My event is missing",
            "Or its count jumps, or it comes late, twice or under another name. Say what you see, and learn what may "
            "be behind it.",
            "Where is my event?",
            "nothing is sent",
            MISSING,
        ),
        Door(
            TOUR,
            "The whole way",
            "Follow one pod's events through seven places: the lines on one side, what they do on the other, and for "
            "each loss its cause.",
            "Take the tour",
            f"{tour} minutes, 10 stops",
            TWIN,
        ),
        Door(
            DOORS["begin"],
            "Read the source",
            "Line by line, from kubectl describe down to the last retry, with runs to step through and exercises to "
            "write.",
            "Begin with chapter 1",
            f"{count} chapters",
            TICKS,
        ),
    ]


class Late(nodes.General, nodes.Element):
    """A part of the landing page that is written when every page is known."""


class LateText(nodes.General, nodes.Inline, nodes.Element):
    """A number of the landing page that is known when every page is."""


def remember_minutes(app: Sphinx, doctree: nodes.document) -> None:
    if chapter_number(app.env.docname) is not None or app.env.docname in (TOUR, DOORS["post"]):
        minutes(app.env)[app.env.docname] = minutes_of(doctree)


def minutes(env: BuildEnvironment) -> dict[str, int]:
    """How long each chapter takes, the tour, and the corrections. Complete when every page is read."""
    if not hasattr(env, "kevent_minutes"):
        env.kevent_minutes = {}  # type: ignore[attr-defined]
    known: dict[str, int] = env.kevent_minutes  # type: ignore[attr-defined]
    return known


def hours(env: BuildEnvironment) -> str:
    known = [minutes(env)[docname] for docname in chapters(env).values()]
    return f"about {round(sum(known) / 60)} hours"


def minutes_of_page(env: BuildEnvironment, docname: str) -> str:
    return str(minutes(env)[docname])


def draw_doors(app: Sphinx, link: Callable[[str], str]) -> str:
    made = "".join(
        f'<a class="door" href="{escape(link(door.to))}">'
        f'<svg viewBox="0 0 168 62" aria-hidden="true">{door.picture}</svg><h2>{door.title}</h2><p>{door.text}</p>'
        f'<p class="goes">{door.goes} <span>{door.takes}</span></p></a>'
        for door in doors(len(chapters(app.env)), minutes_of_page(app.env, TOUR))
    )
    return f'<section class="doors" aria-label="Three ways in">{made}</section>'


def listed(app: Sphinx, link: Callable[[str], str], docnames: Iterable[str]) -> str:
    """Links to pages: chapters with their numbers and minutes."""
    items = []
    for docname in docnames:
        number = chapter_number(docname)
        takes = f" <small>{minutes(app.env)[docname]} min</small>" if number else ""
        words = f'<span class="n">{number or "·"}</span><span>{titles(app)[docname]}{takes}</span>'
        items.append(f'<li><a href="{escape(link(docname))}">{words}</a></li>')
    return f"<ol>{''.join(items)}</ol>"


def draw_rail(app: Sphinx, link: Callable[[str], str]) -> str:
    known = chapters(app.env)
    along = []
    for part in PARTS:
        does, numbers = PLACES[part.name]
        picture = f'<svg viewBox="0 0 56 36" aria-hidden="true">{part.drawing}</svg>'
        below = listed(app, link, [known[number] for number in numbers if number in known])
        along.append(f"<section>{picture}<h3>{part.name}</h3><p>{does}</p>{below}</section>")
    beside = []
    for each in parts(app):
        if said := BESIDE.get(each["caption"]):
            docnames: list[str] = [item["file"] for item in each["chapters"]]
            numbered = [docname for docname in docnames if chapter_number(docname)]
            below = listed(app, link, numbered or docnames[:SEEN_FIRST])
            beside.append(f"<section><h3>{each['caption']}</h3><p>{said}</p>{below}</section>")
    return f'<div class="rail">{"".join(along)}</div><div class="beside">{"".join(beside)}</div>'


def trusted(root: Path) -> Iterable[tuple[str, str, str]]:
    """What was asked and proved, counted: the number, what it counts, and the door to it."""
    stored = sorted((root / "oracle/vectors").rglob("*.json"))
    asked = sum(len(json.loads(path.read_text(encoding="utf-8"))) for path in stored)
    claims = json.loads((root / "book/claims/claims.json").read_text(encoding="utf-8"))
    orders = sum(claim["schedules"] for claim in claims.values())
    twins = json.loads((root / "book/data/twins.json").read_text(encoding="utf-8"))
    oldest = next(iter(RELEASES))
    yield (
        f"{asked:,}",
        f"questions asked of the real client-go, {oldest} to {NEWEST}: kevent answers the same",
        "status",
    )
    yield f"{orders:,}", f"orders of steps in which this book’s {len(claims)} claims were run: all there are", "claims"
    yield f"{len(twins)}", "Go symbols, each with its Python twin or the reason why it has none", "symbols"
    yield "0", "requests to other servers: no account, no cookie, and it works from a disk", "status"


def draw_trust(app: Sphinx, link: Callable[[str], str]) -> str:
    made = "".join(
        f'<a href="{escape(link(DOORS[door]))}"><b>{number}</b> <span>{text}</span></a>'
        for number, text, door in trusted(Path(app.srcdir))
    )
    return f'<section class="trust" aria-label="How far to trust it">{made}</section>'


TAKEN: dict[str, Callable[[BuildEnvironment], str]] = {
    "chapters": hours,
    "tour": partial(minutes_of_page, docname=TOUR),
    "corrections": partial(minutes_of_page, docname=DOORS["post"]),
}
DRAWN = {"doors": draw_doors, "rail": draw_rail, "trust": draw_trust}


class LateDirective(SphinxDirective):
    """``{doors}``, ``{rail}``, ``{trust}``"""

    def run(self) -> list[nodes.Node]:
        return [Late(part=self.name)]


class ReadingTimeRole(SphinxRole):
    """``{reading-time}`chapters` ``, ``{reading-time}`tour` ``, ``{reading-time}`corrections` ``"""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        return [LateText(of=self.text)], []


def fill_in(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    link = partial(app.builder.get_relative_uri, docname)
    for part in list(doctree.findall(Late)):
        part.replace_self(raw(DRAWN[part["part"]](app, link)))
    for number in list(doctree.findall(LateText)):
        number.replace_self(nodes.Text(TAKEN[number["of"]](app.env)))


def setup(app: Sphinx) -> dict[str, bool]:
    app.setup_extension("book.extensions.html_element")
    app.add_css_file("landing.css")
    for node in (Late, LateText):
        app.add_node(node)
    for name in DRAWN:
        app.add_directive(name, LateDirective)
    app.add_role("reading-time", ReadingTimeRole())
    app.connect("doctree-read", remember_minutes)
    app.connect("doctree-resolved", fill_in)
    return {"parallel_read_safe": False, "parallel_write_safe": True}
