"""Fresh questions, wild ones: what no author of a test would think of, and what every one forgets.

Each kind has a function that draws a scenario from a `random.Random`, so a seed and a number name a question for ever.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from random import Random
from typing import Any

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
    if lot < 0.02:  # the edge of the caches
        one = event(rng)
        return {
            "steps": [{"event": one}, {"fill": rng.randint(4094, 4097)}, {"event": one}, {"fill": 1}, {"event": one}]
        }
    if lot < 0.04:  # thousands
        many = {
            "advanceNS": rng.choice([0, 1, SECOND, 30 * SECOND]),
            "event": event(rng),
            "times": rng.randint(1000, 3000),
        }
        return {"steps": [many | {"numbered": rng.random() < 0.5}]}
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


def recorder(rng: Random) -> Scenario:
    """Calls of a recorder; most have a type that it takes."""
    calls = []
    for _ in range(rng.randint(1, 8)):
        method = rng.choice(["event", "annotated", "past"])
        call: dict[str, Any] = {"advanceNS": advance(rng), "method": method, "reason": text(rng), "message": text(rng)}
        call["type"] = rng.choice(["Normal", "Warning", text(rng)])
        call["obj"] = None if rng.random() < 0.1 else reference(rng)
        call["annotations"] = some_annotations(rng)
        call["pastNS"] = advance(rng)
        calls.append(call)
    return {"source": {"component": text(rng), "host": text(rng)}, "calls": calls}


def names(rng: Random) -> Scenario:
    """Names of objects, at times around the edges of 64 bits."""

    def one() -> dict[str, Any]:
        seconds = rng.choice([0, -1, 1549324800, 9223372036, 9223372037, -62135596800, rng.randint(-(10**11), 10**11)])
        return {"name": text(rng), "seconds": seconds, "nanos": rng.choice([0, 1, 854775807, 854775808, 999999999])}

    return {"names": [one() for _ in range(rng.randint(1, 5))]}


def logs(rng: Random) -> Scenario:
    """Events for StartLogging."""
    return {"logging": [event(rng) for _ in range(rng.randint(1, 5))]}


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
    """Where much does."""
    steps = operations(rng, 10, 3)
    return {"queueLength": rng.randint(0, 3), "wait": True, "blocking": True, "steps": steps}


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


DRAWN: dict[str, tuple[str, Callable[[Random], Scenario], int]] = {
    "correlator": ("correlator", correlator, 6),
    "options": ("correlator", options, 4),
    "sink": ("sink", sink, 5),
    "keys": ("keys", keys, 1),
    "references": ("references", references, 3),
    "recorder": ("recorder", recorder, 2),
    "names": ("names", names, 1),
    "logs": ("logs", logs, 1),
    "mux": ("mux", mux, 4),
    "blocking": ("mux", blocking, 3),
    "waitgroup": ("waitgroup", waitgroup, 2),
    "wire": ("quoting", wire, 2),
}
"""What is drawn, by name: the kind of question, who draws it, and how often beside the others."""


def draw(seed: int, number: int, only: str | None = None) -> tuple[str, str, Scenario]:
    """The question of this number: its name, kind and scenario."""
    rng = Random(f"{seed} {number}")
    what = only or rng.choices(list(DRAWN), [weight for _, _, weight in DRAWN.values()])[0]
    kind, by, _ = DRAWN[what]
    return what, kind, {"name": f"{what} {seed}/{number}"} | by(rng)
