"""Self-checks of chapter 13."""

from __future__ import annotations

from kevent import Channel, explore, go, simulate
from kevent.museum import PIECES

_MUSEUM = {piece.name: piece for piece in PIECES}


def ways_to_arrive() -> int:
    """Three events, each sent by a goroutine of its own: in how many orders they can arrive."""

    def scenario():
        incoming = Channel(25, name="incoming")
        for event in (1, 2, 3):
            go(incoming.send, event, name=f"event {event}")
        return [incoming.receive() for _ in range(3)]

    return len(set(explore(scenario, progress=False)))


def seconds_after_shutdown() -> int:
    """How long the sink's goroutine of the old recorder lives on after shutdown."""
    return round(simulate(_MUSEUM["retry-after-shutdown"].broken).time / 1e9)


def with_two_goroutines_or_one() -> str:
    """Whether the hot loop needs an unlucky order."""
    piece = _MUSEUM["hot-loop"]
    found = piece.explore(piece.broken)
    return "Every order" if len(piece.faults(found)) == len(found) else "An unlucky order"
