"""What the tests of the figures need to be measured."""

from __future__ import annotations

import sys
from types import FrameType

import pytest

from kevent.figures.call_chain import _Teller


@pytest.fixture(autouse=True)
def seen_by_coverage(monkeypatch: pytest.MonkeyPatch) -> None:
    """The interpreter traces nothing in a profile hook, which tells the call chain. While it is measured, it does."""
    if sys.gettrace() is None:
        return
    plain = _Teller.watch

    def traced(*arguments: object) -> None:
        sys.settrace(sys.gettrace())  # asked anew, Python 3.11 does it
        plain(*arguments)  # type: ignore[arg-type]

    def watch(self: _Teller, frame: FrameType, event: str, argument: object) -> None:
        sys.setprofile(None)
        try:
            sys.call_tracing(traced, (self, frame, event, argument))
        finally:
            sys.setprofile(self.watch)

    monkeypatch.setattr(_Teller, "watch", watch)
