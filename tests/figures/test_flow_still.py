"""The stage without a script: a picture of the step that shows the point, and the same in words."""

from __future__ import annotations

import re
from functools import partial
from xml.etree import ElementTree

import pytest

from kevent import WAIT_IF_CHANNEL_FULL
from kevent.figures import EventFlow
from kevent.figures.flow_still import draw_flow, say_flow
from kevent.figures.still import DONE, LOST, WAIT
from kevent.figures.storyboard import State
from tests.figures.scenarios import HOSTILE, crowd, slow_watcher, unreachable_sink

SCENARIOS = [slow_watcher, partial(slow_watcher, when_full=WAIT_IF_CHANNEL_FULL), unreachable_sink]
INSIDE = "qhxlf"


def texts(picture: str) -> list[str]:
    return [element.text or "" for element in ElementTree.fromstring(picture).iter() if element.tag.endswith("text")]


def tokens(picture: str) -> list[tuple[int, str]]:
    """Each event drawn, with the colour of its edge."""
    return [
        (int(number), edge)
        for edge, number in re.findall(r'stroke="(#\w+)" stroke-width="1.6"[^>]*/><text[^>]*>(\d+)</text>', picture)
    ]


def everywhere(state: State) -> list[int]:
    keys = ["q:", "h:", "x:", *(f"{key}:{name}" for name, _, _ in state["shape"]["watchers"] for key in INSIDE)]
    return sorted(event for key in keys for event in state[key])


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_every_event_of_every_step_is_in_the_picture(scenario: object) -> None:
    figure = EventFlow(scenario)  # type: ignore[arg-type]
    board = figure.storyboards["0"]
    for scene, state in zip(board.scenes, board.states()[1:], strict=True):
        assert sorted(event for event, _ in tokens(draw_flow(state, scene))) == everywhere(state)


def test_the_picture_is_of_the_poster_and_its_words_say_so() -> None:
    figure = EventFlow(slow_watcher, alt="Two watchers.")
    board = figure.storyboards["0"]
    scene, state = board.scenes[board.poster], board.states()[board.poster + 1]
    picture = figure.draw(board)
    assert picture == draw_flow(state, scene)
    assert {edge for event, edge in tokens(picture) if event in state["x:slow"]} >= {LOST}
    assert {edge for event, edge in tokens(picture) if event in state["f:fast"]} >= {DONE}
    assert "1 lost" in texts(picture)
    said = figure.describe(board)
    assert said.startswith(f"Two watchers. Step {board.poster + 1} of {len(board.scenes)}. {scene.sentence}")
    assert "lost at slow: 3" in said
    assert "queued for slow: 1, 2" in said


def test_who_waits_is_amber_and_a_full_queue_is_bold() -> None:
    figure = EventFlow(partial(slow_watcher, when_full=WAIT_IF_CHANNEL_FULL))
    board = figure.storyboards["0"]
    picture = figure.draw(board)
    assert (board.states()[board.poster + 1]["h:"][0], WAIT) in tokens(picture)
    assert re.search(r'font-weight="600">queue 2 of 2<', picture)


def test_a_crowd_is_drawn_and_a_long_pile_is_counted() -> None:
    board = EventFlow(crowd).storyboards["0"]
    end = board.states()[-1]
    assert "200 done" in texts(draw_flow(end, None)) or any(
        text.endswith(" lost") for text in texts(draw_flow(end, None))
    )
    assert say_flow(end).count("done by") == 8


def test_below_the_picture_stand_the_causes_the_lines_and_the_key_steps() -> None:
    figure = EventFlow(slow_watcher)
    board = figure.storyboards["0"]
    told = figure.told(board)
    assert re.findall(r"<li>Step \d+: ([^<]*)</li>", told)[-2:] == [
        "event 2 → slow 2 of 2",
        "slow 2 of 2: event 3 lost",
    ]
    assert "<code>mux.go:227</code>" in told
    keys = [int(number) for number in re.findall(r'<li value="(\d+)">', told)]
    assert keys == [number for number, scene in enumerate(board.scenes, 1) if scene.key]


def test_a_hostile_name_is_text() -> None:
    figure = EventFlow(slow_watcher, title=HOSTILE, alt=HOSTILE)
    assert HOSTILE not in figure.html()


def test_a_figure_opens_where_it_is_told() -> None:
    figure = EventFlow(slow_watcher, {"events": [8, 2]}, title="Told", opens="shuts down")
    first, second = figure.storyboards.values()
    assert "shuts down" in first.scenes[first.poster].sentence
    assert "shuts down" in second.scenes[second.poster].sentence
    with pytest.raises(LookupError, match="Told: no step says 'flies'"):
        _ = EventFlow(slow_watcher, title="Told", opens="flies").storyboards
