"""The storyboard of CallChain: who calls whom on the kubelet's way to its recorder, what is made, and who holds what.

Python's own profiler watches the calls while a scenario runs; the kubelet's model does not know. After each call
the objects made so far are looked at: an object holds another if it gets there through its attributes, the containers
in them, the closures of its functions, or helpers that are not drawn.

The state has calls ([depth, Python name, Go name, Go's file and line]), open (the numbers of the calls that have not
returned), objects ([name, class]) and holds ([holder, held], as long as it does).
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import CellType, FrameType, FunctionType, MethodType
from typing import Any

from kevent import broadcaster, correlator, event_broadcaster, recorder
from kevent.figures.figure import Figure, Values
from kevent.figures.narration import CALL_CHAIN as SAY
from kevent.figures.sinks import ScriptedSink
from kevent.figures.still import MUTED, Still
from kevent.figures.storyboard import Storyboard
from kevent.models import kubelet
from kevent.simulation import simulate

__all__ = ["CALLS", "CallChain", "tell_call_chain"]

CALLS: Mapping[Any, tuple[str, str]] = {
    kubelet.new_kubelet_command: ("NewKubeletCommand", "cmd/kubelet/app/server.go:108"),
    kubelet.KubeletCommand.execute: ("the command's Run", "cmd/kubelet/app/server.go:261"),
    kubelet.run: ("Run", "cmd/kubelet/app/server.go:406"),
    kubelet._run: ("run", "cmd/kubelet/app/server.go:469"),
    kubelet.make_event_recorder: ("makeEventRecorder", "cmd/kubelet/app/server.go:454"),
    kubelet.run_kubelet: ("RunKubelet", "cmd/kubelet/app/server.go:943"),
    kubelet.Kubelet.birth_cry: ("BirthCry", "pkg/kubelet/kubelet.go:2193"),
    event_broadcaster.EventBroadcaster.__init__: ("NewBroadcaster", "tools/record/event.go:99"),
    event_broadcaster.EventBroadcaster.new_recorder: ("NewRecorder", "tools/record/event.go:233"),
    event_broadcaster.EventBroadcaster.start_logging: ("StartLogging", "tools/record/event.go:206"),
    event_broadcaster.EventBroadcaster.start_recording_to_sink: ("StartRecordingToSink", "tools/record/event.go:115"),
    event_broadcaster.EventBroadcaster.start_event_watcher: ("StartEventWatcher", "tools/record/event.go:215"),
    recorder.BroadcastRecorder.eventf: ("Eventf", "tools/record/event.go:270"),
}
"""The functions that are shown, with their Go names and where they begin at 1.14.0-alpha.2."""

DRAWN = (
    kubelet.KubeletServer,
    kubelet.Dependencies,
    kubelet.KubeletCommand,
    kubelet.Kubelet,
    event_broadcaster.EventBroadcaster,
    broadcaster.Broadcaster,
    recorder.BroadcastRecorder,
    broadcaster.Watcher,
    correlator.EventCorrelator,
    ScriptedSink,
)
"""The classes whose objects are shown."""

_BY_CODE = {function.__code__: (function.__qualname__, *go) for function, go in CALLS.items()}
_MADE = {cls.__init__.__code__: cls for cls in DRAWN if isinstance(cls.__init__, FunctionType)}


def tell_call_chain(scenario: Callable[[], object]) -> Storyboard:
    """What a scenario called and made, told call by call. Raises whatever ends the scenario early."""
    teller = _Teller()

    def watched() -> None:
        before = sys.getprofile()
        sys.setprofile(teller.watch)
        try:
            scenario()
        finally:
            sys.setprofile(before)

    run = simulate(watched)
    if run.error is not None:
        raise run.error
    teller.board.tell(0, SAY["over"], len(teller.board.state["calls"]), len(teller.objects))
    return teller.board


class _Teller:
    def __init__(self) -> None:
        self.board = Storyboard(calls=[], open=[], objects=[], holds=[])
        self.objects: list[Any] = []
        self._numbers: dict[int, int] = {}
        self._frames: list[FrameType] = []

    def watch(self, frame: FrameType, event: str, _: object) -> None:
        """Called by the interpreter at each call and return."""
        if event not in ("call", "return"):
            return
        shown = _BY_CODE.get(frame.f_code)
        if event == "call" and shown is not None:
            self._call(frame, *shown)
        if event == "return":
            cls = _MADE.get(frame.f_code)
            if cls is not None and type(frame.f_locals.get("self")).__mro__.count(cls):
                self._made(frame.f_locals["self"])
            if shown is not None and self._frames and self._frames[-1] is frame:
                self._returned(shown[1])

    def _call(self, frame: FrameType, name: str, go: str, place: str) -> None:
        opened = self.board.state["open"]
        self._look()
        caller = self.board.state["calls"][opened[-1]][2] if opened else "main"
        self.board.tell(0, SAY["call"], caller, go, place)
        self.board.push("calls", [len(opened), name, go, place])
        self.board.set("open", [*opened, len(self.board.state["calls"]) - 1])
        self._frames.append(frame)

    def _returned(self, go: str) -> None:
        self._frames.pop()
        self._look()
        self.board.tell(0, SAY["return"], go)
        self.board.set("open", self.board.state["open"][:-1])

    def _made(self, thing: Any) -> None:
        if id(thing) in self._numbers or not isinstance(thing, DRAWN):
            return
        self._numbers[id(thing)] = len(self.objects)
        self.objects.append(thing)
        name = getattr(thing, "name", "") if isinstance(thing, broadcaster.Watcher | ScriptedSink) else ""
        label = f"{type(thing).__name__} {name}".strip()
        self.board.tell(0, SAY["made"], label)
        self.board.push("objects", [label, type(thing).__name__])

    def _look(self) -> None:
        """Tell of objects that have let others go, or have come to hold some, since the last look."""
        names = self.board.state["objects"]
        holds = [[holder, held] for holder, thing in enumerate(self.objects) for held in _held(thing, self._numbers)]
        for gone in [pair for pair in self.board.state["holds"] if pair not in holds]:
            self.board.tell(0, SAY["lets go"], *(names[number][0] for number in gone))
            self.board.set("holds", [pair for pair in self.board.state["holds"] if pair != gone])
        for new in [pair for pair in holds if pair not in self.board.state["holds"]]:
            self.board.tell(0, SAY["holds"], *(names[number][0] for number in new))
            self.board.push("holds", new)


def _held(thing: Any, numbers: Mapping[int, int]) -> list[int]:
    """The drawn objects that this one holds, itself or through helpers that are not drawn."""
    found: dict[int, None] = {}
    seen = {id(thing)}
    waiting = [(value, 4) for value in _parts(thing)]
    while waiting:
        value, depth = waiting.pop(0)
        if id(value) in seen:
            continue
        seen.add(id(value))
        if id(value) in numbers:
            found.setdefault(numbers[id(value)])
        elif depth:
            waiting.extend((part, depth - 1) for part in _parts(value))
    return list(found)


def _parts(thing: Any) -> Iterator[Any]:
    """What one step from here is held: attributes of kevent's objects, items of containers, closures, methods."""
    if isinstance(thing, dict):
        yield from thing.values()
    elif isinstance(thing, list | tuple):
        yield from thing
    elif isinstance(thing, MethodType):
        yield thing.__self__
    elif isinstance(thing, FunctionType):
        yield from thing.__closure__ or ()
    elif isinstance(thing, CellType):
        yield thing.cell_contents
    elif type(thing).__module__.startswith(
        (
            "kevent.models.kubelet",
            "kevent.recorder",
            "kevent.event_broadcaster",
            "kevent.broadcaster",
            "kevent.handling",
            "kevent.writing",
        )
    ):
        yield from getattr(thing, "__dict__", {}).values()


class CallChain(Figure):
    """The kubelet's way to its recorder: the calls with file and line in Kubernetes, the objects, and who holds whom.

    The scenario starts a kubelet, for instance by `new_kubelet_command(...).execute()`. See `Figure` for the arguments.
    """

    kind = "call-chain"
    opening = "Nothing has been called yet."

    def __init__(
        self,
        scenario: Callable[..., object],
        grid: Mapping[str, Sequence[Any]] | None = None,
        *,
        title: str = "From the command line to a recorder",
        alt: str = "Two columns in outline: the calls to come with file and line, and the objects that they make.",
        labels: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(scenario, grid, title=title, alt=alt, labels=labels)

    def tell(self, values: Values) -> Storyboard:
        """Run the scenario, watched for calls, and tell each call and each object it makes."""
        return tell_call_chain(lambda: self.scenario(**values))

    def draw(self, storyboard: Storyboard) -> str:
        """Every call and object to come, in outline."""
        end = storyboard.state
        still = Still(736, 40 + max(24 * len(end["calls"]), 34 * len(end["objects"]), 24))
        still.text(1, 18, "calls", size=12, fill=MUTED)
        still.text(470, 18, "objects", size=12, fill=MUTED)
        for number, (name, *_) in enumerate(end["objects"]):
            still.rect(470, 30 + 34 * number, 220, 28)
            still.text(482, 48 + 34 * number, name, size=12, fill=MUTED)
        for number, (depth, _, go, place) in enumerate(end["calls"]):
            still.text(1 + 14 * depth, 44 + 24 * number, f"{go} · {place}", size=12, fill=MUTED)
        return still.svg()
