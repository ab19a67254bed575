"""A recorder inside a kopf operator."""

import kopf

import kevent.kopf
from kevent.sinks.kubernetes import KubernetesSink

kevent.kopf.record("web-operator", KubernetesSink)


@kopf.on.create("example.com", "v1", "webs")
def created(body, memo, **_):
    memo.recorder.event(dict(body), "Normal", "Created", "the first sync has begun")
