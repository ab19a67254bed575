"""A figure on a Markdown page: it is run when the page is built, and shows what the page says about it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from kevent.figures import CallChain, Figure
from kevent.figures.storyboard import unpack
from kevent.models.kubelet import Dependencies, KubeletServer, new_kubelet_command
from kevent.simulation import simulate
from tests.site.built import Page
from tests.site.extensions import built, extension, page, stderr_only

recording = extension("recording")


def outcome(figure: Figure, name: str) -> tuple[int, int]:
    """How many events a run of the landing page's figure wrote, and how many it lost at the sink."""
    _, _, state = unpack(figure.data, name)[-1]
    return len(state["f:sink"]), len(state["x:sink"])


def test_a_page_shows_the_figure_that_a_function_returns(tmp_path: Path) -> None:
    with built(tmp_path, ["recording"], index="# A page\n\n```{recording} landing.unanswered\n```\n") as app:
        html = page(app, "index")
    assert recording.figure_of("landing.unanswered").html().strip() in html


def test_what_is_no_figure_is_refused() -> None:
    with pytest.raises(TypeError, match=r"landing\.EventSource returned"):
        recording.figure_of("landing.EventSource")


def lonely_kubelet() -> None:
    new_kubelet_command(KubeletServer(kubeconfig=False), Dependencies()).execute()


def test_a_figure_is_recorded_without_log_lines(capfd: pytest.CaptureFixture[str]) -> None:
    with stderr_only():
        CallChain(lonely_kubelet, title="A kubelet without an API server").html()
        assert capfd.readouterr().err == ""
        simulate(lonely_kubelet)
    assert "No api server defined" in capfd.readouterr().err


def test_the_landing_page_loses_six_of_ten_and_none_with_nine_places() -> None:
    figure = recording.figure_of("landing.unanswered")
    places = figure.grid["places"]
    outcomes = {value: outcome(figure, str(number)) for number, value in enumerate(places)}
    assert outcomes == {3: (4, 6), 6: (7, 3), 9: (10, 0)}


def test_the_landing_page_carries_it() -> None:
    html = recording.figure_of("landing.unanswered").html().strip()
    page = re.sub(
        r'(<div class="kevent-figure" data-kind="event-flow") id="[^"]*" data-lines="0"', r"\1", Page("index.html").html
    )
    assert html in page
