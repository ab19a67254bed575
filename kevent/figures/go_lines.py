"""Which line of Go does what a line of kevent does: the two meet at the same step.

Only names and numbers are here, no text of Go. A number is a line of the file at the release's tag; whoever shows the
line takes it from the Go module, and has its hash.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import NamedTuple

from kevent.figures.tracing import SCENARIO, Moment, Place

__all__ = ["RELEASES", "GoLine", "go_lines", "rows"]


class GoLine(NamedTuple):
    """A line of Go, or why there is none."""

    symbol: str
    """The file and the declaration that the line stands in: `mux.go#Broadcaster.distribute`. Empty if there is none."""
    number: int
    reason: str = ""
    """Why this release has no such line."""


class Row(NamedTuple):
    """A line of kevent, and the Go that does the same."""

    function: str
    text: str
    """How the line begins."""
    outcome: str
    """The outcome of the step that this is about; empty for every other one."""
    go: GoLine


_AT_1_14 = """
broadcaster.Broadcaster.watch | self.register(watcher) | | mux.go#Broadcaster.Watch 117
broadcaster.Broadcaster.watch_with_prefix | self.register(watcher, | | mux.go#Broadcaster.WatchWithPrefix 139
broadcaster.Broadcaster.register | self._block_queue( | | mux.go#Broadcaster.Watch 117
broadcaster.Broadcaster.register | with self._lock: | | mux.go#Broadcaster.Watch 118
broadcaster.Broadcaster._block_queue | executed.add(1) | | mux.go#Broadcaster.blockQueue 101
broadcaster.Broadcaster._block_queue | self.when_distributed( | | mux.go#Broadcaster.blockQueue 102
broadcaster.Broadcaster._block_queue | function() | | mux.go#Broadcaster.blockQueue 106
broadcaster.Broadcaster._block_queue | executed.done() | | mux.go#Broadcaster.blockQueue 105
broadcaster.Broadcaster._block_queue | executed.wait() | | mux.go#Broadcaster.blockQueue 109
broadcaster.Broadcaster.when_distributed | self._incoming.send( | | mux.go#Broadcaster.blockQueue 102
broadcaster.Broadcaster.action | self._incoming.send( | | mux.go#Broadcaster.Action 189
broadcaster.Broadcaster.action_or_drop | return self._incoming.try_send( | | mux.go#Broadcaster.Action 189
broadcaster.Broadcaster.action_or_drop | return self._incoming.try_send( | refused | - at 1.14 an event waits here in a goroutine of its own; ActionOrDrop came with 1.21
broadcaster.Broadcaster.shutdown | if self.stopped or not self._door.close( | | mux.go#Broadcaster.Shutdown 199
broadcaster.Broadcaster.shutdown | self._incoming.close() | | mux.go#Broadcaster.Shutdown 199
broadcaster.Broadcaster.shutdown | return self._distributing.wait( | | mux.go#Broadcaster.Shutdown 200
broadcaster._OneAtATime._in_turn | act() | | mux.go#Broadcaster.Shutdown 199
broadcaster._OneAtATime._in_turn | if not turn.acquire( | | - at 1.14 nobody takes turns; incomingBlock came with 1.25
broadcaster._OneAtATime._in_turn | turn.release() | | - at 1.14 nobody takes turns; incomingBlock came with 1.25
broadcaster.Broadcaster._loop | while batch := self._receive(): | | mux.go#Broadcaster.loop 207
broadcaster.Broadcaster._receive | return self._incoming.receive_many( | | mux.go#Broadcaster.loop 207
broadcaster.Broadcaster._loop | self._distribute_around_functions(batch) | | mux.go#Broadcaster.loop 208
broadcaster.Broadcaster._loop | self._distribute(batch) | | mux.go#Broadcaster.loop 212
broadcaster.Broadcaster._loop | self._close_all() | | mux.go#Broadcaster.loop 214
broadcaster.Broadcaster._loop | self._distributing.done() | | mux.go#Broadcaster.loop 215
broadcaster.Broadcaster._distribute_around_functions | item.run() | | mux.go#Broadcaster.loop 209
broadcaster.Broadcaster._distribute_around_functions | self._distribute(events) | | mux.go#Broadcaster.loop 212
broadcaster.Broadcaster._distribute | with self._lock: | | mux.go#Broadcaster.distribute 220
broadcaster.Broadcaster._distribute | self._offer(batch) | | mux.go#Broadcaster.distribute 222
broadcaster.Broadcaster._distribute | self._offer(given) | | mux.go#Broadcaster.distribute 231
broadcaster.Broadcaster._distribute | watcher._insist( | | mux.go#Broadcaster.distribute 231
broadcaster.Broadcaster._offer | watcher._offer(batch) | | mux.go#Broadcaster.distribute 223
broadcaster.Broadcaster._close_all | with self._lock: | | mux.go#Broadcaster.closeAll 177
broadcaster.Broadcaster._close_all | watcher._result.close() | | mux.go#Broadcaster.closeAll 180
broadcaster.Broadcaster._stop_watching | with self._lock | | mux.go#Broadcaster.stopWatching 164
broadcaster.Broadcaster._stop_watching | watcher._result.close() | | mux.go#Broadcaster.stopWatching 172
broadcaster.Watcher.stop | self._stopped.close() | | mux.go#broadcasterWatcher.Stop 257
broadcaster.Watcher.stop | self._broadcaster._stop_watching( | | mux.go#broadcasterWatcher.Stop 258
broadcaster.Watcher._offer | taken = self._result.try_send_many( | | mux.go#Broadcaster.distribute 225
broadcaster.Watcher._offer | taken = self._result.try_send_many( | refused | mux.go#Broadcaster.distribute 227
broadcaster.Watcher._insist | if self._result.try_send(event) or select( | | mux.go#Broadcaster.distribute 233
broadcaster.Watcher._insist | if self._result.try_send(event) or select( | blocked | mux.go#Broadcaster.distribute 232
broadcaster.Watcher._insist | if self._result.try_send(event) or select( | case 1 | mux.go#Broadcaster.distribute 234
event_broadcaster.EventBroadcaster.start_logging | return self.start_event_watcher( | | event.go#eventBroadcasterImpl.StartLogging 207
event_broadcaster.EventBroadcaster.start_recording_to_sink | return self.start_event_watcher( | | event.go#eventBroadcasterImpl.StartRecordingToSink 120
event_broadcaster.EventBroadcaster.start_event_watcher | self._broadcaster.register( | | event.go#eventBroadcasterImpl.StartEventWatcher 216
event_broadcaster.EventBroadcaster._sleep_unless_stopping | self._stopping.receive_ok( | given up | - at 1.14 a shutdown does not reach who waits for a next try; it does since 1.27
handling.Handling._handle_all | for watch_event in self.watcher: | | event.go#eventBroadcasterImpl.StartEventWatcher 219
handling.Handling._handle_all | self._handler( | | event.go#eventBroadcasterImpl.StartEventWatcher 226
recorder.BroadcastRecorder.event | self._generate_event( | | event.go#recorderImpl.Event 267
recorder.BroadcastRecorder.eventf | self._generate_event( | | event.go#recorderImpl.Eventf 271
recorder.BroadcastRecorder.past_eventf | self._generate_event( | | event.go#recorderImpl.PastEventf 275
recorder.BroadcastRecorder.annotated_eventf | self._generate_event( | | event.go#recorderImpl.AnnotatedEventf 279
recorder.BroadcastRecorder._generate_event | self._send_or_drop(event) | | event.go#recorderImpl.generateEvent 259
recorder.BroadcastRecorder._generate_event | self._send_from_a_goroutine(event) | | event.go#recorderImpl.generateEvent 259
recorder.BroadcastRecorder._send_from_a_goroutine | runtime.go( | | event.go#recorderImpl.generateEvent 259
recorder.BroadcastRecorder._send_or_drop | if not self._broadcaster.action_or_drop( | | event.go#recorderImpl.generateEvent 262
recorder.BroadcastRecorder._action | self._broadcaster.action( | | event.go#recorderImpl.generateEvent 262
writing.SinkWriter.__call__ | fate = record_to_sink( | | event.go#eventBroadcasterImpl.StartRecordingToSink 122
writing.record_to_sink | result = correlator.event_correlate( | | event.go#recordToSink 131
writing.record_to_sink | outcome = record_event( | | event.go#recordToSink 140
writing.record_to_sink | if not pause( | | event.go#recordToSink 150
writing.record_event | stored = sink.patch( | | event.go#recordEvent 166
writing.record_event | stored = sink.patch( | given up | event.go#recordToSink 144
writing.record_event | stored = sink.create( | | event.go#recordEvent 172
writing.record_event | stored = sink.create( | given up | event.go#recordToSink 144
writing.record_event | correlator.update_state( | | event.go#recordEvent 176
correlator.EventCorrelator.event_correlate | aggregate_event, key = self.aggregator.event_aggregate( | | events_cache.go#EventCorrelator.EventCorrelate 451
correlator.EventCorrelator.event_correlate | event, patch = self.logger.event_observe( | | events_cache.go#EventCorrelator.EventCorrelate 452
correlator.EventCorrelator.event_correlate | if self.spam_filter.filter( | | events_cache.go#EventCorrelator.EventCorrelate 453
correlator.EventAggregator.event_aggregate | with self._lock: | | events_cache.go#EventAggregator.EventAggregate 241
correlator.EventLogger.event_observe | with self._lock: | | events_cache.go#eventLogger.eventObserve 325
correlator.EventLogger.update_state | with self._lock: | | events_cache.go#eventLogger.updateState 365
correlator.EventSourceObjectSpamFilter.filter | with self._lock: | | events_cache.go#EventSourceObjectSpamFilter.Filter 129
waitgroup.WaitGroup.done | self.add(-1) | | waitgroup.go#WaitGroup.Done 99
waitgroup.WaitGroup.add | word = self._state.add( | | waitgroup.go#WaitGroup.Add 64
waitgroup.WaitGroup.add | if self._state.load() != word: | | waitgroup.go#WaitGroup.Add 87
waitgroup.WaitGroup.add | self._state.store(0) | | waitgroup.go#WaitGroup.Add 91
waitgroup.WaitGroup.add | self._semaphore.release( | | waitgroup.go#WaitGroup.Add 93
waitgroup.WaitGroup.wait | word = self._state.load() | | waitgroup.go#WaitGroup.Wait 110
waitgroup.WaitGroup.wait | if self._state.compare_and_swap( | | waitgroup.go#WaitGroup.Wait 122
waitgroup.WaitGroup.wait | if not self._semaphore.acquire( | | waitgroup.go#WaitGroup.Wait 130
waitgroup.WaitGroup.wait | if self._state.load() != 0: | | waitgroup.go#WaitGroup.Wait 131
channel.Channel._receive_each | while (received := self.receive_ok()) | | event.go#eventBroadcasterImpl.StartEventWatcher 219
correlator.EventSourceObjectSpamFilter.filter | with self._lock: | filtered | events_cache.go#EventSourceObjectSpamFilter.Filter 142
"""  # noqa: E501  # a table

RELEASES = {"1.14": _AT_1_14}
"""The releases whose lines are known."""

_PLAYED = {
    "receive": GoLine("event.go#eventBroadcasterImpl.StartEventWatcher", 219),
    "handle": GoLine("event.go#eventBroadcasterImpl.StartEventWatcher", 226),
}
"""What a reader of the scenario does in place of a handler of client-go, by operation."""


@cache
def rows(release: str) -> tuple[Row, ...]:
    """The table of a release. Raises KeyError for one that is not known."""
    return tuple(_rows(RELEASES[release]))


def _rows(table: str) -> Iterator[Row]:
    for line in table.strip().splitlines():
        function, text, outcome, go = (part.strip() for part in line.split("|", 3))
        symbol, _, rest = go.partition(" ")
        yield Row(function, text, outcome, GoLine("", 0, rest) if symbol == "-" else GoLine(symbol, int(rest)))


@cache
def _by_function(release: str) -> Mapping[str, tuple[Row, ...]]:
    found: dict[str, tuple[Row, ...]] = {}
    for row in rows(release):
        found[row.function] = (*found.get(row.function, ()), row)
    return found


def go_lines(moment: Moment, release: str = "1.14") -> list[GoLine]:
    """The lines of Go at a moment: the one that runs, then its callers; each once.

    The first has a reason instead if the release has none; then it stands alone. Empty where nothing is known, as at
    a goroutine's start.
    """
    found: list[GoLine] = []
    for depth, place in enumerate(moment.places):
        line = _line(place, moment if depth == 0 else CALLER, release)
        if line is not None and line not in found:
            found.append(line)
        if found and found[0].reason:
            break
    return found


CALLER = Moment((), "", "")
"""At a line that has called the one that takes the step, neither operation nor outcome is its own."""


def _line(place: Place, moment: Moment, release: str) -> GoLine | None:
    if place.function.startswith(SCENARIO):
        return next((line for begin, line in _PLAYED.items() if moment.operation.startswith(begin)), None)
    matching = [row for row in _by_function(release).get(place.function, ()) if place.text.startswith(row.text)]
    for wanted in (moment.outcome, ""):
        for row in matching:
            if row.outcome == wanted:
                return row.go
    return None
