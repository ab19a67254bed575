"""The stage as a picture: one moment of a run, for readers without a script, and for paper."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kevent.figures.still import BLUE, CARD, DONE, EDGE, INK, LOST, MUTED, SLOT, WAIT, Still
from kevent.figures.storyboard import Scene, State

__all__ = ["draw_flow", "say_flow"]

WIDTH, ROW, SLOT_SIZE, PITCH, PILE = 736, 118, 24, 27, 18
MOST = 16
"""Tokens of a pile that are drawn; a longer one is counted."""


def draw_flow(state: State, scene: Scene | None) -> str:
    """The senders, the queues with the events in them, the readers, and what was lost and done, after this step."""
    shape = state["shape"]
    rows = max(len(shape["watchers"]), 1)
    height = ROW * rows + 16
    middle = height / 2
    still = _Drawing(WIDTH, height, state["events"])
    senders = shape["senders"]
    name = senders[0] if len(senders) == 1 else f"{len(senders)} senders"
    recorder = shape.get("recorder", 0)  # stands between the sender and the queue, here below the sender
    still.rect(1, middle - (54 if recorder else 24), 92, 36 if recorder else 48, edge=WAIT if state["door"] else EDGE)
    still.text(47, middle - (31 if recorder else -4), _short(name, 12), bold=True, anchor="middle")
    if recorder:
        still.line(f"M47 {middle - 18:g}V{middle - 13:g}")
        still.rect(8, middle - 13, 78, 26, radius=13)
        still.text(47, middle + 4, "recorder", size=12, fill=MUTED, anchor="middle")
    still.line(f"M{86 if recorder else 93} {middle:g}H112")
    still.queue(115, middle, "incoming", state["q:"], shape["incoming"], 4)
    still.pile(115, middle + 58, state["x:"], LOST)
    still.line(f"M225 {middle:g}H246")
    running = state["who"] == "" and scene is not None
    still.circle(278, middle, 31, edge=WAIT if state["at:"] else BLUE if running else EDGE)
    still.text(278, middle + 21, "loop", bold=True, anchor="middle")
    for event in state["h:"][:1]:
        still.token(278, middle - 5, event, WAIT if state["at:"] else BLUE)
    if state["lock"]:
        still.text(278, middle - 40, f"lock: {_short(state['lock'], 12)}", size=12, fill=MUTED, anchor="middle")
    for number, (watcher, capacity, sink) in enumerate(shape["watchers"]):
        y = ROW * number + 44
        lost = [*state[f"x:{watcher}"], *state[f"l:{watcher}"]]
        falls = scene is not None and scene.line.role == "lost" and running and watcher in scene.args[:2]
        still.line(f"M309 {middle:g}C350 {middle:g} 330 {y} 369 {y}")
        if falls:
            still.line(
                f"M309 {middle:g}C340 {middle:g} 330 {y} 350 {y}Q360 {y} 360 {y + 9}V{y + 50}H372", edge=LOST, width=2.5
            )
        still.queue(372, y, "queue", state[f"q:{watcher}"], capacity, 4)
        still.line(f"M482 {y}H517")
        pauses = state[f"at:{watcher}"] == "pause"
        held = state[f"h:{watcher}"][:1]
        still.rect(520, y - 24, 214, 48, edge=WAIT if pauses else BLUE if held else EDGE)
        still.text(562, y - 2, f"{watcher} · sink" if sink and watcher != "sink" else watcher, bold=True)
        still.text(
            562, y + 15, state[f"at:{watcher}"] or state[f"g:{watcher}"][1], size=12, fill=WAIT if pauses else MUTED
        )
        for event in held:
            still.token(541, y, event, WAIT if pauses else BLUE)
        still.pile(378, y + 50, lost, LOST)
        still.pile(524, y + 50, state[f"f:{watcher}"], DONE)
    return still.svg()


class _Drawing(Still):
    """Tokens, queues and piles."""

    def __init__(self, width: int, height: int, events: Sequence[Sequence[Any]]) -> None:
        super().__init__(width, height)
        self._events = events

    def token(self, x: float, y: float, event: int, edge: str = INK, size: float = 20) -> None:
        """An event around (x, y): a square, or a diamond for a warning."""
        fill, half = DONE if edge == DONE else CARD, size / 2
        if self._events[event][1]:
            reach = half * 1.27
            path = f"M{x:g} {y - reach:g}L{x + reach:g} {y:g}L{x:g} {y + reach:g}L{x - reach:g} {y:g}Z"
        else:
            path = f"M{x - half:g} {y - half:g}h{size:g}v{size:g}h{-size:g}Z"
        self.line(path, edge=edge, width=1.6, fill=fill, dashed=edge == LOST)
        self.text(x, y + 4, str(event), size=12, fill=CARD if edge == DONE else edge, bold=True, anchor="middle")

    def queue(self, x: float, y: float, name: str, inside: Sequence[int], capacity: int, most: int) -> None:
        """Places of a queue, the oldest event next to whoever takes it."""
        slots = max(1, min(capacity, most))
        full = 0 < capacity <= len(inside)
        label = f"{name} {len(inside)} of {capacity}"
        self.text(x, y - 19, label, size=12, fill=INK if full else MUTED, bold=full)
        for place in range(slots):
            self.rect(x + place * PITCH, y - SLOT_SIZE / 2, SLOT_SIZE, SLOT_SIZE, fill=SLOT, radius=5)
        for place, event in enumerate(inside[:slots]):
            self.token(x + (slots - 1 - place) * PITCH + SLOT_SIZE / 2, y, event)

    def pile(self, x: float, y: float, events: Sequence[int], role: str) -> None:
        """What is lost or done: it stays."""
        for place, event in enumerate(events[-MOST:]):
            self.token(x + 8 + place % 5 * PILE, y - place // 5 * PILE, event, role, 15)
        if events:
            what = "lost" if role == LOST else "done"
            self.text(x + 4 + min(len(events), 5) * PILE, y + 4, f"{len(events)} {what}", size=12, fill=role, bold=True)


def _short(text: str, length: int) -> str:
    return text if len(text) <= length else f"{text[: length - 1]}…"


def say_flow(state: State) -> str:
    """The same in words."""
    parts = [_inside("in the incoming queue", state["q:"]), _inside("in the loop's hands", state["h:"])]
    parts += [_inside("waiting for room", state["door"]), _inside("lost at the incoming queue", state["x:"])]
    for name, _, _ in state["shape"]["watchers"]:
        parts += [
            _inside(f"queued for {name}", state[f"q:{name}"]),
            _inside(f"in the hands of {name}", state[f"h:{name}"]),
            _inside(f"lost at {name}", [*state[f"x:{name}"], *state[f"l:{name}"]]),
            _inside(f"done by {name}", state[f"f:{name}"]),
        ]
    return "; ".join(part for part in parts if part) or "no event yet"


def _inside(where: str, events: Sequence[int]) -> str:
    return f"{where}: {', '.join(map(str, events))}" if events else ""
