"""The storyboard of CallChain: who calls whom on the kubelet's way to its recorder, what is made, and who holds what.

Python's own profiler watches the calls while a scenario runs; the kubelet's model does not know. After each call
the objects made so far are looked at: an object holds another if it gets there through its attributes, the containers
in them, the closures of its functions, or helpers that are not drawn.

The state has calls ([depth, Python name, Go name, Go's file and line, the line that the caller stands at]), open (the
numbers of the calls that have not returned), objects ([name, class]), holds ([holder, held, field], as long as it
does), returned ([call, value, fate, where], in the step in which a call returns, else nothing) and dropped (the
watchers whose handle a caller was given and did not keep).
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import CellType, FrameType, FunctionType, MethodType
from typing import Any

from kevent import broadcaster, correlator, event_broadcaster, recorder
from kevent.figures.fates import Fate, fate_of
from kevent.figures.figure import Figure, Values
from kevent.figures.narration import CALL_CHAIN as SAY
from kevent.figures.sinks import ScriptedSink
from kevent.figures.still import BLUE, INK, MUTED, Still, key_steps
from kevent.figures.storyboard import Line, State, Storyboard
from kevent.figures.tracing import line_of
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

_TELLING = ("makeEventRecorder", "Eventf")
"""The calls that the story turns on, beside what is made and what is thrown away."""

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
    teller.tell(SAY["over"], len(teller.board.state["calls"]), len(teller.objects), key=True)
    return teller.board


class _Teller:
    def __init__(self) -> None:
        self.board = Storyboard(calls=[], open=[], objects=[], holds=[], returned=[], dropped=[])
        self.objects: list[Any] = []
        self._numbers: dict[int, int] = {}
        self._frames: list[FrameType] = []

    def watch(self, frame: FrameType, event: str, result: object) -> None:
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
                self._returned(frame, shown[1], frame.f_locals["self"] if cls else result)

    def tell(self, line: Line, *args: str | int, key: bool = False) -> None:
        """Tell a step. What returned in the one before is gone."""
        number = self.board.tell(0, line, *args)
        self.board.scenes[number].key = key
        self.board.set("returned", [])

    def _call(self, frame: FrameType, name: str, go: str, place: str) -> None:
        opened = self.board.state["open"]
        self._look()
        self.tell(SAY["call"], self._caller(), go, place, key=go in _TELLING)
        self.board.push("calls", [len(opened), name, go, place, self._stands(frame.f_back)])
        self.board.set("open", [*opened, len(self.board.state["calls"]) - 1])
        self._frames.append(frame)

    def _caller(self) -> str:
        opened = self.board.state["open"]
        return str(self.board.state["calls"][opened[-1]][2]) if opened else "main"

    def _stands(self, frame: FrameType | None) -> str:
        """The line at which the innermost call stands that is shown, or the scenario."""
        caller = self._frames[-1] if self._frames else frame
        return line_of(caller) if caller else ""

    def _returned(self, frame: FrameType, go: str, value: object) -> None:
        self._frames.pop()
        self._look()
        number = self.board.state["open"][-1]
        fate = fate_of(frame.f_back) if frame.f_back and value is not None else Fate("unknown")
        self.board.wait()
        self.board.set("open", self.board.state["open"][:-1])
        what = self._label(value)
        if fate.kind == "unknown":
            self.tell(SAY["return"], go)
        else:
            handle = fate.kind == "thrown away" and isinstance(value, broadcaster.Watcher)
            line = "handle thrown away" if handle else fate.kind
            self.tell(SAY[line], go, what, self._caller(), fate.where, key=handle)
            if handle:
                self.board.push("dropped", self._numbers[id(value)])
                self.board.opens = len(self.board.scenes) - 1
        self.board.set("returned", [number, "" if value is None else what, fate.kind, fate.where])

    def _label(self, value: object) -> str:
        name = getattr(value, "name", "") if isinstance(value, broadcaster.Watcher | ScriptedSink) else ""
        return f"{type(value).__name__} {name}".strip()

    def _made(self, thing: Any) -> None:
        if id(thing) in self._numbers or not isinstance(thing, DRAWN):
            return
        self._numbers[id(thing)] = len(self.objects)
        self.objects.append(thing)
        label = self._label(thing)
        self.tell(SAY["made"], label, key=True)
        self.board.push("objects", [label, type(thing).__name__])

    def _look(self) -> None:
        """Tell of objects that have let others go, or have come to hold some, since the last look."""
        names = self.board.state["objects"]
        now = {(holder, held): field for holder, thing in enumerate(self.objects) for held, field in self._held(thing)}
        before = {(holder, held) for holder, held, _ in self.board.state["holds"]}
        for gone in sorted(before - now.keys()):
            self.tell(SAY["lets go"], *(names[number][0] for number in gone), key=True)
            self.board.set("holds", [hold for hold in self.board.state["holds"] if tuple(hold[:2]) != gone])
        for (holder, held), field in now.items():
            if (holder, held) not in before:
                self.tell(SAY["holds"], names[holder][0], names[held][0], field)
                self.board.push("holds", [holder, held, field])

    def _held(self, thing: Any) -> Iterator[tuple[int, str]]:
        return iter(_held(thing, self._numbers).items())


def _held(thing: Any, numbers: Mapping[int, int]) -> dict[int, str]:
    """The drawn objects that this one holds, itself or through helpers that are not drawn, each with its field."""
    found: dict[int, str] = {}
    seen = {id(thing)}
    waiting = [(value, 4, field) for field, value in _parts(thing, "")]
    while waiting:
        value, depth, field = waiting.pop(0)
        if id(value) in seen:
            continue
        seen.add(id(value))
        if id(value) in numbers:
            found.setdefault(numbers[id(value)], field)
        elif depth:
            waiting.extend((part, depth - 1, inner) for inner, part in _parts(value, field))
    return found


def _parts(thing: Any, field: str) -> Iterator[tuple[str, Any]]:
    """What is held one step from here, by its field: attributes of kevent's objects, items of containers, closures."""
    if isinstance(thing, dict):
        for number, value in enumerate(thing.values()):
            yield f"{field}[{number}]", value
    elif isinstance(thing, list | tuple):
        for number, value in enumerate(thing):
            yield f"{field}[{number}]", value
    elif isinstance(thing, MethodType):
        yield field, thing.__self__
    elif isinstance(thing, FunctionType):
        yield from zip(thing.__code__.co_freevars, thing.__closure__ or (), strict=True)
    elif isinstance(thing, CellType):
        yield field, thing.cell_contents
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
        for name, value in getattr(thing, "__dict__", {}).items():
            yield name.lstrip("_"), value


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
        alt: str = "",
        labels: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(scenario, grid, title=title, alt=alt, labels=labels)

    def tell(self, values: Values) -> Storyboard:
        """Run the scenario, watched for calls, and tell each call and each object it makes."""
        return tell_call_chain(lambda: self.scenario(**values))

    def describe(self, storyboard: Storyboard) -> str:
        """What happens in the step that the picture shows."""
        return self.alt or storyboard.scenes[storyboard.poster].sentence

    def told(self, storyboard: Storyboard) -> str:
        """The sentence of the picture, and the key steps."""
        return key_steps(self.title, storyboard)

    def draw(self, storyboard: Storyboard) -> str:
        """The calls that run and the objects that there are, where a handle is thrown away."""
        return _drawn(storyboard.states()[storyboard.poster + 1])


def _drawn(state: State) -> str:
    frames = [(call[2], call[3].split("/")[-1], True) for call in (state["calls"][number] for number in state["open"])]
    if state["returned"]:
        number, what, fate, _ = state["returned"]
        frames += [(f"{state['calls'][number][2]} returns", "", False), (f"{what}: {fate}", "", False)]
    still = Still(736, 44 + max(30 * (len(frames) + 1), 26 * len(state["objects"])))
    still.text(1, 16, "who calls whom", size=12.5, fill=MUTED)
    still.text(330, 16, "what is made, and who holds it", size=12.5, fill=MUTED)
    for number, (name, place, runs) in enumerate([("main", "", True), *frames]):
        y = 26 + 30 * number
        if runs:
            still.rect(1, y, 310, 26, edge=BLUE if number == len(state["open"]) else MUTED)
        still.text(12, y + 17, name, fill=INK if runs else MUTED)
        still.text(302, y + 17, place, size=12, fill=MUTED, anchor="end")
    for number, (name, _) in enumerate(state["objects"]):
        held = [f"{state['objects'][to][0]}" for holder, to, _ in state["holds"] if holder == number]
        words = f"holds {', '.join(held)}" if held else ""
        words = "its handle is thrown away" if number in state["dropped"] else words
        still.text(330, 44 + 26 * number, name, bold=True)
        still.text(480, 44 + 26 * number, f"{words[:35]}…" if len(words) > 36 else words, size=12.5, fill=MUTED)
    return still.svg()
