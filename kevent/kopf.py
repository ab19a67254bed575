"""A recorder in an operator that is written with kopf (`kube-kevent[kopf]`).

kopf posts events of its own: one request for each, and nothing that counts them. `record` puts a broadcaster in their
place, when the operator starts, and shuts it down when it ends.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import kopf

from kevent import aio
from kevent.event import EventSource
from kevent.event_broadcaster import EventBroadcaster
from kevent.sinks import EventSink

__all__ = ["record"]


def record(
    component: str,
    sink: Callable[[], EventSink],
    *,
    posting: bool = False,
    timeout: float = 10.0,
    registry: kopf.OperatorRegistry | None = None,
) -> None:
    """Give each handler of the operator a recorder: `memo.recorder`. To be called where the handlers are defined.

    `component` is the source of its events. `sink` makes the sink, such as `kevent.sinks.kubernetes.KubernetesSink`,
    when the operator starts, in a thread: it may read files and run a plugin. What it raises ends the operator.
    `memo.broadcaster` has the statistics. Unless `posting` is true, kopf's own events are off. At its end the operator
    waits at most `timeout` seconds, without holding up its loop; what is left then is said in the log. A pod has thirty
    seconds for all of its end.
    """

    @kopf.on.startup(registry=registry, id="kevent")
    async def start(memo: Any, settings: kopf.OperatorSettings, **_: Any) -> None:
        settings.posting.enabled = posting
        memo.sink = await aio.in_thread(sink)
        memo.broadcaster = EventBroadcaster()
        memo.broadcaster.start_recording_to_sink(memo.sink, name=component)
        memo.recorder = memo.broadcaster.new_recorder(EventSource(component))

    @kopf.on.cleanup(registry=registry, id="kevent")
    async def end(memo: Any, logger: Any, **_: Any) -> None:
        if not await memo.broadcaster.ashutdown(timeout=timeout, drain=True):
            logger.error("Shut down with %d events not handled", memo.broadcaster.statistics().unhandled)
        if hasattr(memo.sink, "close"):
            await aio.in_thread(memo.sink.close)
