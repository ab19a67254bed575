"""What the commands print, in this process."""

from __future__ import annotations

import io
import re
import sys

import pytest

from kevent.cli import main, tables
from kevent.cli.tables import Lines, age, colourful
from tests.support import SECOND


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (-5, "0s"), (0, "0s"), (119, "119s"), (120, "2m"), (190, "3m10s"), (599, "9m59s"), (600, "10m"),
        (659, "10m"), (3 * 3600 - 1, "179m"), (3 * 3600, "3h"), (48 * 3600 - 1, "47h"), (48 * 3600, "2d"),
    ],
)  # fmt: skip
def test_an_age_has_the_units_that_matter(seconds: int, said: str) -> None:
    assert age(1_000 * SECOND, (1_000 + seconds) * SECOND) == said


def test_an_age_may_be_unknown() -> None:
    assert age(None, 5) == "<unknown>"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_without_rich_there_is_no_colour(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", Terminal())
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert colourful()
    monkeypatch.setitem(sys.modules, "rich", None)
    assert not colourful()


def test_a_line_that_follows_is_coloured_and_its_markup_is_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", terminal := Terminal())
    monkeypatch.setattr(tables, "colourful", lambda: True)
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    lines = Lines(["TYPE", "MESSAGE"])
    lines.show(["Normal", "well"])
    lines.show(["Warning", "[bold]ill[/bold]" + " again" * 40])
    header, normal, warning = terminal.getvalue().splitlines()
    assert "\x1b" not in header + normal
    assert warning.startswith("\x1b[33m")
    assert "[bold]ill[/bold]" in warning
    assert re.sub(r"\x1b\[\d*m", "", warning).index("[bold]") == header.index("MESSAGE")


def test_without_the_client_of_kubernetes_the_extra_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "kubernetes", None)
    monkeypatch.delitem(sys.modules, "kevent.sinks.kubernetes", raising=False)
    assert main(["record", "--to", "kubernetes", "Pod/web-0", "R", "m"]) == 2
    assert capsys.readouterr().err == "kevent: the sink kubernetes needs the extra kube-kevent[kubernetes]\n"
