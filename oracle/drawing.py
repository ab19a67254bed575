"""Fresh questions, wild ones: what no author of a test would think of, and what every one forgets.

Each kind has a function that draws a scenario from a `random.Random`, so a seed and a number name a question for ever.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from random import Random
from typing import Any
from unicodedata import ucd_3_2_0

Scenario = dict[str, Any]

SECOND = 10**9

WORDS = [
    "web-0", "node-1", "Pod", "Node", "v1", "apps/v1", "default", "kube-system", "BackOff", "Pulled",
    "Normal", "Warning",
    "Back-off restarting failed container", "spec.containers{app}", "kubelet", "a", "b", "m", "A_b", "x.y", "(combined",
]  # fmt: skip
ODD = [
    "", " ", "\t", "\n", "\x00", "\x7f", '"', "\\", "'", "`", "%", "%s", "%d", "%!", "<&>", "/", "//", "{}", "[]",
    "null",
    "ünï", "日志", "😀", "👩‍👩‍👧", "e\u0301", "\u2028", "\u2029", "\ufeff", "\u200b", "\u202e", "İ", "ß", "ﬃ",
    "\U0010ffff",
]  # fmt: skip

ADVANCES = [
    0, 0, 0, 1, -1, SECOND, SECOND, 299 * SECOND, 300 * SECOND - 1, 300 * SECOND, 300 * SECOND + 1, 599 * SECOND,
    600 * SECOND - 1, 600 * SECOND, 600 * SECOND + 1, -SECOND, -300 * SECOND, -3600 * SECOND, 3600 * SECOND,
    7500 * SECOND,
    86400 * SECOND,
]  # fmt: skip
"""Around the instants at which a bucket has a token again, and at which a group is forgotten."""

STATUS_ERRORS = [
    "not-found", "already-exists", "forbidden", "too-many-requests", "internal-error", "server-timeout", "conflict",
    "bad-request", "unauthorized", "invalid", "gone", "namespace-terminating",
]  # fmt: skip
OTHER_ERRORS = ["invalid-construction", "unexpected-object", "connection-refused", "wrapped-not-found"]


def text(rng: Random) -> str:
    """A string: mostly a word, sometimes odd, seldom very long."""
    lot = rng.random()
    if lot < 0.6:
        return rng.choice(WORDS)
    if lot < 0.95:
        return "".join(rng.choice(ODD + WORDS) for _ in range(rng.randint(1, 4)))
    return rng.choice(ODD[4:] + WORDS) * rng.randint(100, 3000)


def advance(rng: Random) -> int:
    """How far the clock moves: often to an edge, sometimes back."""
    return rng.choice(ADVANCES) if rng.random() < 0.8 else rng.randint(-(10**12), 10**13)


def reference(rng: Random) -> dict[str, str]:
    """What an event is about, with more or less of its fields."""
    names = ("kind", "namespace", "name", "uid", "apiVersion", "resourceVersion", "fieldPath")
    return {name: text(rng) for name in names if rng.random() < 0.8}


def some_annotations(rng: Random) -> dict[str, str] | None:
    """None for a nil map, an empty one, or a few."""
    return rng.choice([None, None, {}, {text(rng): text(rng) for _ in range(rng.randint(1, 3))}])


def event(rng: Random, obj: dict[str, str] | None = None, message: str | None = None) -> dict[str, Any]:
    """An event, about `obj` and with `message` where they are given."""
    drawn: dict[str, Any] = {
        key: text(rng) for key in ("name", "namespace", "reason", "type", "component", "host") if rng.random() < 0.9
    }
    drawn["message"] = text(rng) if message is None else message
    drawn["obj"] = reference(rng) if obj is None else obj
    if rng.random() < 0.3:
        drawn["annotations"] = some_annotations(rng)
    return drawn


def oddities(rng: Random, drawn: dict[str, Any]) -> None:
    """Counts and times of an event's own."""
    if rng.random() < 0.5:
        drawn["count"] = rng.choice([0, 1, 2, 7, -1, -5, 2**31 - 2, 2**31 - 1, -(2**31)])
    for key in ("firstTimestamp", "lastTimestamp"):
        if rng.random() < 0.4:
            drawn[key] = rng.choice(
                [None, 0, 1, -1, 1549324800999999999, 2**62, -(2**62), rng.randint(-(10**18), 10**18)]
            )
    if rng.random() < 0.2:
        drawn["resourceVersion"] = text(rng)


REFILL = 300 * SECOND
"""After so long a spent bucket has a token again."""


def budget(rng: Random) -> list[dict[str, Any]]:
    """One event until its bucket is spent, or nearly, and then around the instants at which there is a token."""
    one = event(rng)
    steps: list[dict[str, Any]] = [{"event": one, "times": rng.randint(23, 27)}]
    for _ in range(rng.randint(1, 12)):
        after = rng.choice([0, 1, 1, 1, 2, 24, 25, 26, -1]) * REFILL + rng.choice([-1, 0, 0, 1, rng.randint(-9, 9)])
        steps.append({"advanceNS": after, "event": one, "times": rng.choice([1, 1, 2, 26])})
    return steps


def crowd(rng: Random) -> list[dict[str, Any]]:
    """Around the 4,096 that a cache holds: who is forgotten, and who was met again in time."""
    first, second = event(rng), event(rng)
    fill = rng.randint(4093, 4097)
    spend: list[dict[str, Any]] = [{"event": first, "times": rng.choice([1, 9, 26])}, {"event": second}]
    again: list[dict[str, Any]] = [{"event": first}, {"event": second}, {"fill": rng.randint(1, 3)}, {"event": first}]
    return [*spend, {"fill": fill}, *rng.sample(again, rng.randint(1, 4)), {"advanceNS": advance(rng), "event": second}]


def walk(rng: Random, length: int) -> list[dict[str, Any]]:
    """Events that meet again: a few about the same objects, whose messages are few or all different. Between, a group
    that has forgotten one of its messages by lot does not meet that message.
    """
    objects = [reference(rng) for _ in range(rng.randint(1, 3))]
    kinds = [event(rng, rng.choice(objects)) for _ in range(rng.randint(1, 3))]
    few = [text(rng) for _ in range(rng.randint(1, 8))]
    ever_new = rng.random() < 0.4
    steps: list[dict[str, Any]] = []
    for number in range(length):
        drawn = dict(rng.choice(kinds))
        drawn["name"] = f"{drawn.get('name', '')}.{number:x}"
        drawn["message"] = f"{rng.choice(few)} {number}" if ever_new else rng.choice(few)
        steps.append({"advanceNS": advance(rng), "event": drawn})
    return steps


# --- one function for each kind -----------------------------------------------------------------------------------


def correlator(rng: Random) -> Scenario:
    """Walks, sometimes with counts and times of their own; the edge of the caches; thousands of events."""
    lot = rng.random()
    if lot < 0.03:
        return {"steps": crowd(rng)}
    if lot < 0.05:  # thousands
        one = {
            key: {name: text[:100] for name, text in part.items()} if key == "obj" else part[:100]
            for key, part in event(rng).items()
            if key != "annotations"
        }
        between = rng.choice([0, 1, SECOND, 30 * SECOND, REFILL])
        many = {"advanceNS": between, "event": one, "times": rng.randint(1000, 3000)}
        return {"last": 30, "steps": [many | {"numbered": rng.random() < 0.5}]}
    if lot < 0.2:
        return {"steps": budget(rng)}
    if lot < 0.22:  # into another age
        far = {"advanceNS": rng.choice([1, -1]) * rng.randint(6 * 10**18, 9 * 10**18), "event": event(rng)}
        return {"steps": [far, far | {"advanceNS": 0}, far, {"event": far["event"], "times": 12, "numbered": True}]}
    steps = walk(rng, rng.randint(1, 60))
    if rng.random() < 0.3:
        for step in steps:
            oddities(rng, step["event"])
    return {"steps": steps}


def options(rng: Random) -> Scenario:
    """Walks through correlators with options small enough to be reached."""
    drawn: dict[str, Any] = {}
    for key, choices in (
        ("cacheSize", [1, 2, 3, 5, 100]), ("burst", [1, 2, 3, 30]), ("qps", [0.1, 1 / 3, 1e-9, 2.5, 1000, 1e9]),
        ("maxEvents", [1, 2, 3, 20]), ("maxIntervalInSeconds", [1, 5, 600, 10**6]),
        ("keyFunc", ["kind", "reason"]), ("messageFunc", ["fixed", "tail"]),
    ):  # fmt: skip
        if rng.random() < 0.5:
            drawn[key] = rng.choice(choices)
    return {"options": drawn, "steps": walk(rng, rng.randint(1, 40))}


def sink(rng: Random) -> Scenario:
    """Walks into a sink that refuses and cannot be reached, around the twelfth try too."""
    steps = walk(rng, rng.randint(1, 25))
    for step in steps:
        step["script"] = []
        while rng.random() < 0.4:
            answers = ["connection-refused", *STATUS_ERRORS, *OTHER_ERRORS, "ok"]
            step["script"] += [rng.choice(answers)] * rng.choice([1, 1, 1, 2, 10, 11, 12, 13])
    return {"steps": steps}


def keys(rng: Random) -> Scenario:
    """Events whose keys are told."""
    return {"steps": [{"event": event(rng)} for _ in range(rng.randint(1, 10))]}


def link(rng: Random) -> str:
    """A selfLink, or what somebody took for one."""
    parts = [
        "api",
        "apis",
        "v1",
        "apps",
        "namespaces",
        "pods",
        "",
        "x",
        "%41",
        "%2f",
        "?",
        "#",
        ":",
        "a b",
        "ü",
        text(rng),
    ]
    made = "/".join(rng.choice(parts) for _ in range(rng.randint(1, 6)))
    return (
        rng.choice(
            [
                "/api/v1/",
                "/apis/apps/v1/",
                "/",
                "",
                "http://h/",
                "//h/",
                "//h:80/",
                "//h:x/",
                "//a b/",
                "//%41/",
                "//[::1]/",
                "//[/",
                "//u@h/",
            ]
        )
        + made
    )


def object_(rng: Random) -> dict[str, Any]:
    """An object of some Go type, with more or less of what GetReference looks at."""
    go_type = rng.choice(["Pod", "Pod", "Node", "Service", "PodList", "ObjectReference", "nil"])
    if go_type == "nil":
        return {"__go": go_type}
    if go_type == "ObjectReference":
        return {"__go": go_type} | reference(rng)
    metadata = {key: text(rng) for key in ("name", "namespace", "uid", "resourceVersion") if rng.random() < 0.7}
    if go_type == "PodList":
        metadata.pop("name", None), metadata.pop("namespace", None), metadata.pop("uid", None)
    if rng.random() < 0.6:
        metadata["selfLink"] = link(rng)
    made: dict[str, Any] = {"__go": go_type, "metadata": metadata}
    for key in ("kind", "apiVersion"):
        if rng.random() < 0.5:
            made[key] = text(rng)
    return made


def references(rng: Random) -> Scenario:
    """Objects for GetReference."""
    return {"refs": [object_(rng) for _ in range(rng.randint(1, 10))]}


VERBS = {"%s": str, "%v": str, "%10s": str, "%-4s|": str, "%.2s": str, "%d": int, "%v.": int, "%6d": int, "%+d": int,
         "%x": int, "%-3d|": int}  # fmt: skip
"""What Go and Python format alike, and of what."""


def template(rng: Random, call: dict[str, Any], key: str) -> None:
    """Let a text of a call be a format, and add the arguments that it takes."""
    parts: list[str] = []
    for _ in range(rng.randint(1, 4)):
        verb = rng.choice([*VERBS, "%%", "plain ", "%%d "])
        parts.append(verb)
        if verb in VERBS:
            call["args"].append(text(rng)[:50] if VERBS[verb] is str else rng.choice([0, 7, -7, 255, 2**40]))
    call[key] = "".join(parts)


def calls(rng: Random, methods: list[str]) -> list[dict[str, Any]]:
    """Calls of a recorder; most have a type that it takes."""
    drawn: list[dict[str, Any]] = []
    for _ in range(rng.randint(1, 8)):
        method = rng.choice(methods)
        call: dict[str, Any] = {"advanceNS": advance(rng), "method": method, "reason": text(rng), "message": text(rng)}
        call["type"] = rng.choice(["Normal", "Warning", text(rng)])
        call["obj"] = None if rng.random() < 0.1 else reference(rng)
        call["annotations"] = some_annotations(rng)
        call["pastNS"] = advance(rng)
        drawn.append(call)
    return drawn


def recorder(rng: Random) -> Scenario:
    """Calls of a recorder, some with a format."""
    drawn = calls(rng, ["event", "eventf", "annotated", "past"])
    for call in drawn:
        if rng.random() < 0.3:
            call["args"] = []
            template(rng, call, "format")
            if not call["args"]:  # with none, Go looks for verbs and kevent does not: see eventf there
                call |= {"format": call["format"] + "%s", "args": [text(rng)]}
    return {"source": {"component": text(rng), "host": text(rng)}, "calls": drawn}


def fake(rng: Random) -> Scenario:
    """Calls of a fake recorder, whose type and reason are formats too, and take what arguments there are."""
    drawn = calls(rng, ["event", "eventf", "annotated", "past"])
    for call in drawn:
        if call["method"] in ("event", "annotated"):  # one argument, to one verb: which it is, differs by release
            call |= {key: call[key].replace("%", "%%") for key in ("type", "reason")}
            call |= {"format": "%s", "args": [text(rng)]} if call["method"] == "annotated" else {}
        else:
            call["args"] = []
            for key in ("type", "reason", "format"):
                template(rng, call, key)
            if not call["args"]:
                call |= {"format": "%s", "args": [text(rng)]}
    return {"calls": drawn}


def names(rng: Random) -> Scenario:
    """Names of objects, at times around the edges of 64 bits."""

    def one() -> dict[str, Any]:
        seconds = rng.choice([0, -1, 1549324800, 9223372036, 9223372037, -62135596800, rng.randint(-(10**11), 10**11)])
        return {"name": text(rng), "seconds": seconds, "nanos": rng.choice([0, 1, 854775807, 854775808, 999999999])}

    return {"names": [one() for _ in range(rng.randint(1, 5))]}


def logs(rng: Random) -> Scenario:
    """Events for StartLogging."""
    return {"logging": [event(rng) for _ in range(rng.randint(1, 5))]}


def quoted(rng: Random) -> Scenario:
    """Texts as Go writes them between quotation marks, of characters that have long been in Unicode."""

    def character() -> str:
        while True:
            one = chr(rng.choice([rng.randrange(0x300), rng.randrange(0xD800), rng.randrange(0xE000, 0x110000)]))
            if ucd_3_2_0.category(one) != "Cn":
                return one

    return {"texts": ["".join(character() for _ in range(rng.randint(0, 30))) + text(rng) for _ in range(5)]}


def time_text(rng: Random) -> str:
    """A time as a document may write it, with at most two parts as it may not."""
    parts = {
        "year": ("2019", ["0001", "0000", "9999", "1969", "19", "10000"]),
        "day": ("-02-05", ["-02-29", "-02-30", "-12-31", "-01-01", "-13-01", "-2-5"]),
        "t": ("T", ["t", " "]),
        "hour": ("00:00:00", ["23:59:59", "24:00:00", "1:00:00", "23:59:60", "00:60:00", "00:00"]),
        "fraction": (rng.choice(["", ".000000"]), [".5", ".123456", ".123456789", ".1234567891", ",5", ",123456", "."]),
        "zone": ("Z", ["+00:00", "-01:00", "+23:59", "+24:00", "+24:01", "z", "", "+0100"]),
    }
    odd = rng.sample(list(parts), rng.choice([0, 1, 1, 2]))
    return "".join(rng.choice(choices) if part in odd else usual for part, (usual, choices) in parts.items())


def nested(rng: Random) -> dict[str, Any]:
    """Parts of an event's document as they should be."""
    return {
        "metadata": {
            "name": text(rng), "generateName": text(rng), "namespace": text(rng), "uid": text(rng),
            "labels": some_annotations(rng), "annotations": some_annotations(rng), "resourceVersion": text(rng),
            "creationTimestamp": rng.choice([None, time_text(rng)]),
        },
        "involvedObject": reference(rng),
        "source": {"component": text(rng), "host": text(rng)},
        "series": {"count": rng.choice([0, 1, -1, 2**31 - 1]), "lastObservedTime": time_text(rng), "state": text(rng)},
        "related": rng.choice([None, {}, reference(rng)]),
        "reason": text(rng), "message": text(rng), "action": text(rng), "type": text(rng),
        "reportingComponent": text(rng), "reportingInstance": text(rng),
    }  # fmt: skip


def wire(rng: Random) -> Scenario:
    """Events as JSON: numbers, times and types that a field may have, and that it may not."""

    def value() -> Any:
        return rng.choice(
            [text(rng), None, 1, 1.0, 1.5, -1, 2**31, 1000.0, True, [], {}, {"a": text(rng)}, time_text(rng)]
        )

    def document() -> str:
        made: dict[str, Any] = {"metadata": {"name": "x"}}
        for key in ("firstTimestamp", "lastTimestamp", "eventTime"):
            if rng.random() < 0.3:
                made[key] = time_text(rng)
        if rng.random() < 0.3:
            made["count"] = rng.choice([0, 1, -1, 2**31 - 1, 2**31, 1.0, 1e3, 1.5, "1", None])
        if rng.random() < 0.4:
            made |= rng.sample(list(nested(rng).items()), rng.randint(1, 3))
        for key in ("reason", "message", "source", "involvedObject", "metadata", "type", "series", "related", "action"):
            if rng.random() < 0.05:
                made[key] = value()
        return json.dumps(made, ensure_ascii=False)

    return {"documents": [document() for _ in range(rng.randint(1, 5))]}


def mux(rng: Random) -> Scenario:
    """Where nothing blocks: a broadcaster that drops, or one whose queues are long enough."""
    wait = rng.random() < 0.3
    return {"queueLength": 200 if wait else rng.randint(0, 4), "wait": wait, "steps": operations(rng, 20, 1)}


def blocking(rng: Random) -> Scenario:
    """Where much does; sometimes the broadcaster is shut down in the middle. Once: kevent does not mind a second time,
    see Broadcaster.shutdown.
    """
    steps = operations(rng, 10, 3)
    if steps[-1]["op"] != "shutdown" and rng.random() < 0.2:
        steps.insert(rng.randrange(len(steps)), {"op": "shutdown"})
    return {"queueLength": rng.randint(0, 3), "wait": rng.random() < 0.9, "blocking": True, "steps": steps}


def operations(rng: Random, length: int, objects: int) -> list[dict[str, Any]]:
    """Steps for a broadcaster, of which a shutdown is the last if it is there."""
    steps: list[dict[str, Any]] = []
    watchers: list[str] = []
    for number in range(rng.randint(1, length)):
        op = rng.choice(["watch", "watch_with_prefix", "action", "action", "action", "receive", "receive", "stop"])
        if op in ("receive", "stop") and not watchers:
            op = "watch"
        if op in ("watch", "watch_with_prefix"):
            watchers.append(f"w{len(watchers)}")
            steps.append({"op": op, "id": watchers[-1]})
            if op == "watch_with_prefix":
                steps[-1]["objs"] = [f"p{number}-{i}" for i in range(rng.randint(0, 5))]
        elif op == "action":
            many = rng.randint(1, 30 if rng.random() < 0.2 else objects)
            kind = rng.choice(["ADDED", "MODIFIED", "DELETED"])
            steps.append({"op": op, "id": kind, "objs": [f"o{number}-{i}" for i in range(many)]})
        elif op == "receive":
            steps.append({"op": op, "id": rng.choice(watchers), "n": rng.randint(1, 6)})
        else:
            steps.append({"op": op, "id": rng.choice(watchers)})
    if rng.random() < 0.3:
        steps.append({"op": "shutdown"})
    return steps


MILLISECOND = 10**6


def recording(rng: Random) -> Scenario:
    """A whole pipeline: a sink that is slow, refuses and cannot be reached, until a shutdown in the midst of it."""
    objects = [reference(rng) for _ in range(rng.randint(1, 3))]
    steps: list[dict[str, Any]] = []
    for _ in range(rng.randint(1, 6)):
        (call,) = calls(rng, ["event", "eventf", "annotated", "past"])[:1]
        call |= {
            "op": "record", "type": rng.choice(["Normal", "Warning"]), "obj": rng.choice(objects),
            "afterNS": rng.choice([1, rng.randint(1, 10**5), rng.randint(1, 10**6)]) * MILLISECOND,
            "times": rng.choice([1, 1, 2, 12, 30]), "eachNS": rng.randint(1, 2000) * MILLISECOND,
            "apart": rng.random() < 0.3,
        }  # fmt: skip
        steps.append(call)
    if rng.random() < 0.5:
        steps.append({"op": "shutdown", "afterNS": rng.randint(1, 10**5) * MILLISECOND})
    answers = ["connection-refused"] * 4 + [*STATUS_ERRORS, *OTHER_ERRORS, "ok", "ok", "ok"]
    sink = {
        "script": [rng.choice(answers) for _ in range(rng.choice([0, 1, 5, 20]))],
        "then": rng.choice(["ok", "ok", "ok", "connection-refused", "not-found"]),
        "takesNS": [rng.randint(0, 10**5) * MILLISECOND for _ in range(rng.choice([0, 0, 1, 10]))],
    }
    # No pause between tries: its first part is drawn by lot, and all that follows would depend on it.
    return {"sleepNS": 0, "sink": sink, "steps": steps, "endNS": rng.randint(1, 10**7) * MILLISECOND}


def waitgroup(rng: Random) -> Scenario:
    """Operations on a wait group, with deltas beyond 32 bits."""
    steps: list[dict[str, Any]] = []
    for _ in range(rng.randint(1, 12)):
        op = rng.choice(["add", "add", "done", "wait"])
        if op == "add":
            small, large = (
                rng.randint(-3, 6),
                rng.choice([2**31 - 1, 2**31, 2**32, 2**32 + 5, -(2**31), 2**33, -(2**32)]),
            )
            steps.append({"op": op, "delta": small if rng.random() < 0.9 else large})
        else:
            steps.append({"op": op} | ({"n": rng.randint(1, 4)} if op == "wait" else {}))
    return {"steps": steps}


ERRORS_OF_SERIES = ["ok", "ok", "ok", *STATUS_ERRORS, *OTHER_ERRORS]


def series(rng: Random) -> Scenario:
    """The other recorder, for hours: a few kinds of events, at half past a second, so that what goes by
    whole seconds does not meet them; a sink that refuses, is away, or takes its time.
    """
    about = [reference(rng) for _ in range(2)]
    kinds: list[dict[str, Any]] = [
        {
            "regarding": rng.choice(about), "type": rng.choice(["Normal", "Normal", "Warning", text(rng)]),
            "reason": rng.choice(WORDS), "action": rng.choice(WORDS), "note": text(rng),
        } | ({} if rng.random() < 0.6 else {"related": rng.choice([{}, *about])})
        for _ in range(rng.randint(1, 3))
    ]  # fmt: skip
    steps: list[dict[str, Any]] = [{"afterNS": SECOND // 2} | rng.choice(kinds)]
    for _ in range(rng.randint(0, 8)):
        step = {"afterNS": rng.choice([1, 2, 7, 30, 359, 361, 719, 1799, rng.randint(1, 4000)]) * SECOND}
        step |= rng.choice(kinds)
        if rng.random() < 0.3:
            step |= {"times": rng.randint(2, 30), "eachNS": rng.choice([1, 20, 60, 359, 361]) * SECOND}
        steps.append(step)
    if rng.random() < 0.2:
        steps.append({"afterNS": rng.randint(0, 30) * SECOND, "op": rng.choice(["stop", "shutdown"])})
    sink: dict[str, Any] = {}
    if rng.random() < 0.7:
        sink["script"] = [rng.choice(ERRORS_OF_SERIES) for _ in range(rng.randint(1, 12))]
    if rng.random() < 0.1:
        sink["then"] = rng.choice(STATUS_ERRORS + OTHER_ERRORS)
    if rng.random() < 0.2:
        sink["takesNS"] = [rng.choice([0, 1, 20, 100]) * SECOND for _ in range(rng.randint(1, 3))]
    controller = rng.choice(["scheduler", "example.com/a-b", ""])
    return {"controller": controller, "sink": sink, "steps": steps, "endNS": rng.randint(0, 2000) * SECOND}


DRAWN: dict[str, tuple[str, Callable[[Random], Scenario], int]] = {
    "correlator": ("correlator", correlator, 6),
    "options": ("correlator", options, 4),
    "sink": ("sink", sink, 5),
    "keys": ("keys", keys, 1),
    "references": ("references", references, 3),
    "recorder": ("recorder", recorder, 2),
    "fake": ("fake", fake, 1),
    "quoted": ("quoting", quoted, 1),
    "names": ("names", names, 1),
    "logs": ("logs", logs, 1),
    "mux": ("mux", mux, 4),
    "blocking": ("mux", blocking, 3),
    "recording": ("recording", recording, 2),
    "waitgroup": ("waitgroup", waitgroup, 2),
    "wire": ("quoting", wire, 2),
    "series": ("series", series, 0),
}
"""What is drawn, by name: the kind of question, who draws it, and how often beside the others. Series only where they
are asked for: 1.14 has none."""


def draw(seed: int, number: int, only: str | None = None) -> tuple[str, str, Scenario]:
    """The question of this number: its name, kind and scenario."""
    rng = Random(f"{seed} {number}")
    what = only or rng.choices(list(DRAWN), [weight for _, _, weight in DRAWN.values()])[0]
    kind, by, _ = DRAWN[what]
    return what, kind, {"name": f"{what} {seed}/{number}"} | by(rng)
