"""What is remembered of one event: the fields that tell something, whichever API it was read through.

In Go: core/v1 Event and events/v1 Event, which are one object of the server's; the second calls the message a note, the
involved object what it regards, and the older fields deprecated.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

__all__ = ["PREFIX", "Seen", "see"]

PREFIX = "(combined from similar events): "
"""What stands before the message of a combined event. In Go: EventAggregatorByReasonMessageFunc."""

SECOND = 1_000_000_000
SHOWN = 240
"""How much of a message is kept to be shown; all of it decides what is equal."""

_MADE = re.compile(r"\.([0-9a-f]{14,16})$", re.ASCII)
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$", re.ASCII)
_ZERO = datetime(1, 1, 1, tzinfo=UTC)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Seen:
    """One event of the list. Times are Unix nanoseconds, None where it does not say."""

    __slots__ = (
        "about", "count", "created", "deleted", "digest", "event_time", "first", "last", "made", "message", "name",
        "namespace", "other_reporter", "path", "reason", "reporter", "series", "states", "type", "uid", "uuid",
        "version",
    )  # fmt: skip

    name: str
    namespace: str
    """Where the event itself stands."""
    uid: str
    version: str
    """Its resource version."""
    about: tuple[str, str, str, str, str]
    """Kind, namespace, name, uid and apiVersion of the object."""
    reporter: tuple[str, str]
    """Component and host of the source; else the reporting controller and instance."""
    other_reporter: tuple[str, str]
    """The reporting controller and instance, whatever the source is."""
    path: str
    """Field path and resource version of the object."""
    type: str
    reason: str
    message: str
    """As much of it as is shown."""
    first: int | None
    last: int | None
    event_time: int | None
    deleted: bool
    """Whether a watch has said that it is gone."""
    uuid: bool
    """Whether its name is a random one."""
    count: int
    """How often it happened, as it says; at least 1."""
    made: int | None
    """The time in its name."""
    created: int | None
    """When the server stored this object, to the second."""
    series: bool
    """Whether it is counted as tools/events counts: it has a series, or an event time and none of the older fields."""
    digest: int
    """Stands for the whole message."""
    states: int
    """How many states of it a stream has shown."""

    @property
    def combined(self) -> bool:
        """Whether it stands for similar events."""
        return self.message.startswith(PREFIX)

    @property
    def signed(self) -> bool:
        """Whether name and first time agree, as client-go's recorders write them."""
        made = self.made
        if made is None:
            return False
        if self.series:
            return self.event_time is not None and abs(made - self.event_time) < SECOND
        return self.first is not None and made // SECOND == self.first // SECOND


@lru_cache(maxsize=4096)  # neighbouring events share their second
def time_of(text: str) -> int | None:
    """Unix nanoseconds, from RFC 3339 and from what Python and databases make of it. Raises ValueError."""
    when = datetime.fromisoformat(text)
    if when.tzinfo is None:
        when = when.replace(tzinfo=UTC)
    if when == _ZERO:
        return None
    since = when - _EPOCH
    return (since.days * 86_400 + since.seconds) * SECOND + since.microseconds * 1000


def _time(value: Any, field: str) -> int | None:
    if value is None or value == "":
        return None
    if not isinstance(value, str):
        raise ValueError(f"{field}: expected an RFC 3339 time, got {_shown(value)}")
    try:
        return time_of(value)
    except (ValueError, OverflowError):
        raise ValueError(f"{field}: expected an RFC 3339 time, got {_shown(value)}") from None


def _text(value: Any, field: str) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        raise ValueError(f"{field}: expected a string, got {_shown(value)}")
    return value


def _whole(value: Any, field: str) -> int:
    if value is None:
        return 0
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool) or not -(1 << 31) <= value < 1 << 31:
        raise ValueError(f"{field}: expected a 32-bit integer, got {_shown(value)}")
    return value


def _object(value: Any, field: str) -> Mapping[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise ValueError(f"{field}: expected an object, got {_shown(value)}")
    return value


def _shown(value: object) -> str:
    shown = repr(value)
    return shown if len(shown) <= 60 else shown[:57] + "..."


def see(data: Mapping[str, Any], kept: dict[Any, Any]) -> Seen:
    """Read an event as JSON has it, of core/v1 or events.k8s.io/v1, in camelCase or as Python's client writes it.

    `kept` holds strings and references that were seen before, so that equal ones are kept once. Raises ValueError that
    names the field.
    """
    get = data.get
    if "involved_object" in data:  # to_dict() of Python's client
        return see(_camel(data), kept)
    keep = kept.setdefault
    seen = Seen()
    metadata = _object(get("metadata"), "metadata")
    seen.name = _text(metadata.get("name"), "metadata.name")
    namespace = _text(metadata.get("namespace"), "metadata.namespace")
    seen.namespace = keep(namespace, namespace)
    seen.uid = _text(metadata.get("uid"), "metadata.uid")
    seen.version = _text(metadata.get("resourceVersion"), "metadata.resourceVersion")
    seen.created = _time(metadata.get("creationTimestamp"), "metadata.creationTimestamp")
    newer = "involvedObject" not in data
    about = _object(get("regarding") if newer else get("involvedObject"), "regarding" if newer else "involvedObject")
    if not about.get("name") and not about.get("uid"):
        raise ValueError(f"{'regarding' if newer else 'involvedObject'}: it names no object")
    reference = (
        _text(about.get("kind"), "kind"), _text(about.get("namespace"), "namespace"), _text(about.get("name"), "name"),
        _text(about.get("uid"), "uid"), _text(about.get("apiVersion"), "apiVersion"),
    )  # fmt: skip
    seen.about = keep(reference, reference)
    path = _text(about.get("fieldPath"), "fieldPath") + "\0" + _text(about.get("resourceVersion"), "resourceVersion")
    seen.path = keep(path, path)
    source = _object(get("deprecatedSource") if newer else get("source"), "source")
    own = _text(source.get("component"), "component"), _text(source.get("host"), "host")
    other = (
        _text(get("reportingController") or get("reportingComponent"), "reportingComponent"),
        _text(get("reportingInstance"), "reportingInstance"),
    )
    reporter = own if any(own) else other
    seen.reporter = keep(reporter, reporter)
    seen.other_reporter = keep(other, other)
    message = _text(get("note") if newer else get("message"), "message")
    seen.digest = hash(message)
    message = message[:SHOWN]
    seen.message = keep(message, message)
    for name in ("reason", "type"):
        word = _text(get(name), name)
        setattr(seen, name, keep(word, word))
    deprecated = "deprecated" if newer else ""
    seen.first = _time(get(_named(deprecated, "firstTimestamp")), "firstTimestamp")
    seen.last = _time(get(_named(deprecated, "lastTimestamp")), "lastTimestamp")
    seen.event_time = _time(get("eventTime"), "eventTime")
    series = _object(get("series"), "series")
    count = _whole(get(_named(deprecated, "count")), "count")
    older = seen.first is not None or count or own[0]
    seen.series = bool(series) or (seen.event_time is not None and not older)
    if series:
        count = max(count, _whole(series.get("count"), "series.count"))
        seen.last = _time(series.get("lastObservedTime"), "series.lastObservedTime") or seen.last
    if count < 0:
        count += 1 << 32  # it has wrapped around, as Go's int32 does
    seen.count = max(count, 1)
    if seen.first is None:
        seen.first = seen.event_time
    if seen.last is None:
        seen.last = seen.first
    made = _MADE.search(seen.name)
    seen.made = None
    if made is not None and seen.name[: made.start()] == reference[2]:
        seen.made = int(made[1], 16)
    seen.uuid = made is None and _UUID.match(seen.name) is not None
    seen.deleted = bool(get("deleted"))
    seen.states = 1
    return seen


def _named(prefix: str, name: str) -> str:
    return prefix + name[0].upper() + name[1:] if prefix else name


def _camel(data: Mapping[str, Any]) -> dict[str, Any]:
    def spelled(name: str) -> str:
        head, *rest = name.split("_")
        return head + "".join(part.capitalize() for part in rest)

    return {
        spelled(name): _camel(value) if isinstance(value, Mapping) and name not in ("labels", "annotations") else value
        for name, value in data.items()
    }
