"""A recorder inside a kopf operator."""

import kopf

from kevent import EventBroadcaster, EventSource
from kevent.sinks.kubernetes import KubernetesSink


@kopf.on.startup()
def start(memo, settings, **_):
    settings.posting.enabled = False  # kopf's own events, one request for each
    memo.broadcaster = EventBroadcaster()
    memo.broadcaster.start_recording_to_sink(KubernetesSink())
    memo.recorder = memo.broadcaster.new_recorder(EventSource("web-operator"))


@kopf.on.cleanup()
def end(memo, **_):
    memo.broadcaster.shutdown(timeout=10, drain=True)


@kopf.on.create("example.com", "v1", "webs")
def created(body, memo, **_):
    memo.recorder.event(dict(body), "Normal", "Created", "the first sync has begun")
