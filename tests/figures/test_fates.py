"""What becomes of a returned value is read from the call itself, on every version of Python."""

from __future__ import annotations

import sys
from types import FrameType

import pytest

from kevent.figures.fates import Fate, fate_of


class Box:
    """Something to assign to."""

    value: object = None
    caught: Fate | None = None


def told(*_: object, **__: object) -> Fate:
    """The fate of its own return value; true, so that `or` ends here."""
    frame = sys._getframe(1)
    Box.caught = fate_of(frame)
    return Box.caught


def thrown_away() -> None:
    told()


def thrown_away_over_lines() -> None:
    told(
        1,
        two=2,
    )


def kept() -> None:
    box = told()
    del box


def kept_twice() -> None:
    name = Box.value = told()
    del name


def kept_with_a_type() -> None:
    name: object = told()
    del name


def kept_by_a_walrus() -> None:
    if (name := told()) is None:
        del name


def kept_out_of_a_choice() -> None:
    Box.value = told() or 3


def handed_on() -> Fate:
    return told()


def passed_on() -> None:
    str(told())


def passed_on_by_name() -> None:
    str(object=told())


def used() -> None:
    told().index("x") if Box.value is Box else told()._asdict()


def beside_another() -> None:
    [str(told(str(1))), str(2)]


@pytest.mark.parametrize(
    ("call", "fate"),
    [
        (thrown_away, Fate("thrown away")),
        (thrown_away_over_lines, Fate("thrown away")),
        (kept, Fate("kept", "box")),
        (kept_twice, Fate("kept", "name = Box.value")),
        (kept_with_a_type, Fate("kept", "name")),
        (kept_by_a_walrus, Fate("kept", "name")),
        (kept_out_of_a_choice, Fate("kept", "Box.value")),
        (handed_on, Fate("handed on")),
        (passed_on, Fate("passed on", "str(…)")),
        (passed_on_by_name, Fate("passed on", "str(…)")),
        (used, Fate("used", "._asdict")),
        (beside_another, Fate("passed on", "str(…)")),
    ],
)
def test_the_fate_is_what_stands_around_the_call(call: object, fate: Fate) -> None:
    Box.caught = None
    call()  # type: ignore[operator]
    assert Box.caught == fate


def test_without_source_nothing_is_claimed() -> None:
    space: dict[str, object] = {"told": told}
    exec("told()", space)
    assert Box.caught == Fate("unknown")


def test_of_a_frame_that_waits_for_the_profiler() -> None:
    """As the call chain asks: while the callee returns."""
    seen: list[Fate] = []

    def watch(frame: FrameType, event: str, _: object) -> None:
        if event == "return" and frame.f_code is told.__code__ and frame.f_back is not None:
            seen.append(fate_of(frame.f_back))

    before = sys.getprofile()
    sys.setprofile(watch)
    try:
        kept()
        thrown_away()
    finally:
        sys.setprofile(before)
    assert seen == [Fate("kept", "box"), Fate("thrown away")]
