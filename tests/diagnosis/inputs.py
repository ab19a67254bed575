"""What people have: made-up events in every form in which lists reach a desk, with what has to be read of them."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

NAME = "db-1"
MADE = 1_772_366_400_000_000_000  # 2026-03-01T12:00:00Z


def event(number: int = 1, **changes: Any) -> dict[str, Any]:
    """An event as kubectl prints it: a container of a pod of a shop that is closed."""
    made = MADE + number * 1_000_003
    plain: dict[str, Any] = {
        "apiVersion": "v1",
        "count": 4,
        "eventTime": None,
        "firstTimestamp": "2026-03-01T12:00:00Z",
        "involvedObject": {
            "apiVersion": "v1", "fieldPath": "spec.containers{db}", "kind": "Pod", "name": NAME, "namespace": "ledger",
            "resourceVersion": "812", "uid": "6f1c",
        },
        "kind": "Event",
        "lastTimestamp": "2026-03-01T12:09:00Z",
        "message": f"probe {number} answers 503",
        "metadata": {
            "creationTimestamp": "2026-03-01T12:00:01Z", "name": f"{NAME}.{made:x}", "namespace": "ledger",
            "resourceVersion": str(9000 + number), "uid": f"e-{number}",
        },
        "reason": "Unhealthy",
        "reportingComponent": "kubelet",
        "reportingInstance": "worker-3",
        "source": {"component": "kubelet", "host": "worker-3"},
        "type": "Warning",
    }  # fmt: skip
    return {**plain, **changes}


def newer(number: int = 1, **changes: Any) -> dict[str, Any]:
    """The same kind of thing, as events.k8s.io/v1 has it."""
    made = MADE + number * 1_000_003
    return {
        "apiVersion": "events.k8s.io/v1", "kind": "Event",
        "metadata": {"name": f"{NAME}.{made:x}", "namespace": "ledger", "creationTimestamp": "2026-03-01T12:00:00Z"},
        "eventTime": "2026-03-01T12:00:00.001000Z", "reportingController": "default-scheduler",
        "reportingInstance": "default-scheduler-cp-2", "action": "Binding", "reason": "FailedScheduling",
        "regarding": {"kind": "Pod", "namespace": "ledger", "name": NAME}, "note": "no node has room", "type": "Warning",
        "series": {"count": 17, "lastObservedTime": "2026-03-01T12:44:00.000000Z"}, **changes,
    }  # fmt: skip


def listed(*items: Any, kind: str = "List", indent: int | None = 4, **around: Any) -> str:
    return json.dumps(
        {"apiVersion": "v1", "items": list(items), "kind": kind, "metadata": {"resourceVersion": ""}, **around},
        indent=indent,
    )


def watched(kind: str, item: dict[str, Any]) -> str:
    return json.dumps({"type": kind, "object": item})


def snake(item: dict[str, Any]) -> dict[str, Any]:
    """As the to_dict() of Python's client has it, dumped with default=str."""
    about, metadata = item["involvedObject"], item["metadata"]
    return {
        "api_version": "v1", "kind": "Event", "count": item["count"], "event_time": None, "reason": item["reason"],
        "first_timestamp": "2026-03-01 12:00:00+00:00", "last_timestamp": "2026-03-01 12:09:00+00:00",
        "involved_object": {"kind": about["kind"], "name": about["name"], "namespace": about["namespace"], "uid": about["uid"]},
        "message": item["message"], "metadata": {"name": metadata["name"], "namespace": "ledger", "creation_timestamp": None},
        "source": item["source"], "type": item["type"], "reporting_component": "kubelet", "reporting_instance": "worker-3",
    }  # fmt: skip


@dataclass(frozen=True)
class Input:
    """A file, and what is read of it: events and occurrences, or the words of a refusal."""

    data: bytes
    events: int = 0
    observed: int = 0
    said: str = ""
    """What the notes or the refusal have to contain."""
    refused: bool = False
    snapshot: bool | None = None
    complete: bool | None = None


def _text(
    text: str, events: int = 0, observed: int = 0, said: str = "", refused: bool = False, snapshot: bool | None = None,
    complete: bool | None = None,
) -> Input:  # fmt: skip
    return Input(text.encode(), events, observed, said, refused, snapshot, complete)


TWO = [event(1), event(2)]
COUNTED = {**event(1), "count": 6, "metadata": {**event(1)["metadata"], "resourceVersion": "9100"}}
AUDITED = {
    "kind": "Event", "apiVersion": "audit.k8s.io/v1", "level": "Metadata", "stage": "ResponseComplete", "verb": "patch",
    "objectRef": {"resource": "events", "namespace": "ledger", "name": "x"}, "responseStatus": {"code": 200},
}  # fmt: skip
POD = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": NAME}}
DENIED = {
    "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "reason": "Forbidden", "code": 403,
    "message": 'events is forbidden: User "eve" cannot list resource "events" in the namespace "ledger"',
}  # fmt: skip

INPUTS: dict[str, Input] = {
    # --- as kubectl and the API give it ---
    "a list of kubectl's": _text(listed(*TWO), 2, 8, snapshot=True),
    "an EventList of the API's, whose items have no kind": _text(
        listed(*({k: v for k, v in each.items() if k not in ("kind", "apiVersion")} for each in TWO), kind="EventList"), 2, 8, snapshot=True),
    "one event": _text(json.dumps(event()), 1, 4, snapshot=False),
    "items: null": _text('{"kind":"EventList","apiVersion":"v1","metadata":{},"items":null}', 0, 0, snapshot=True),
    "no items": _text(listed(), 0, 0),
    "events.k8s.io of kubectl": _text(listed(newer()), 1, 17),
    "events.k8s.io of the API": _text(json.dumps({"items": [newer()], "kind": "EventList", "apiVersion": "events.k8s.io/v1"}), 1, 17),
    "events.k8s.io about one that was counted the older way": _text(listed({
        **newer(), "eventTime": None, "series": None, "deprecatedCount": 9, "deprecatedSource": {"component": "kubelet", "host": "a"},
        "deprecatedFirstTimestamp": "2026-03-01T12:00:00Z", "deprecatedLastTimestamp": "2026-03-01T12:30:00Z"}), 1, 9),
    "a watch of kubectl's: documents one after the other": _text("\n".join(json.dumps(e, indent=4) for e in [*TWO, COUNTED]), 2, 10, snapshot=False),
    "--output-watch-events": _text("\n".join([watched("ADDED", event(1)), watched("MODIFIED", COUNTED)]), 1, 6, snapshot=False),
    "a watch that ends with a DELETED": _text("\n".join([watched("ADDED", event(1)), watched("DELETED", event(1))]), 1, 4),
    "a watch with bookmarks": _text("\n".join([watched("ADDED", event(1)), watched("BOOKMARK", {"kind": "Event", "metadata": {"resourceVersion": "9"}})]), 1, 4),
    "two lists, of two namespaces, one file": _text(listed(event(1)) + listed(event(2)), 2, 8, snapshot=False),
    "kubectl get pods,events": _text(listed(POD, *TWO), 2, 8, said="1 Pod"),
    "cluster-info dump, with its logs": _text(
        listed(kind="NodeList") + "\n" + listed(*TWO, kind="EventList") + "\n==== START logs for container db of pod ledger/db-1 ====\n"
        "{starting} up\n[1] ready\n{\"level\":\"info\",\"msg\":\"hello\"}\n==== END logs ====\n" + listed(POD, kind="PodList"), 2, 8, said="no JSON"),
    # --- as exporters, collectors and scripts write it ---
    "an event a line": _text("\n".join(map(json.dumps, TWO)), 2, 8, snapshot=False),
    "an event a line, with a last line cut off": _text("\n".join(map(json.dumps, TWO)) + "\n" + json.dumps(event(3))[:200], 2, 8, said="stops in the middle"),
    "jq -s: an array": _text(json.dumps(TWO), 2, 8),
    "wrapped, as a router of events writes": _text("\n".join(json.dumps({"verb": "ADDED", "event": each, "old_event": None}) for each in TWO), 2, 8),
    "documents of Elasticsearch": _text(json.dumps([{"_index": "events", "_source": each} for each in TWO]), 2, 8),
    "a line of a container's log with JSON in it": _text("\n".join(json.dumps({"log": json.dumps(each) + "\n", "stream": "stdout"}) for each in TWO), 2, 8),
    "entries of a cloud's log": _text(json.dumps([{"insertId": "1", "logName": "events", "jsonPayload": each} for each in TWO]), 2, 8),
    "to_dict() of Python's client": _text(json.dumps({"items": [snake(each) for each in TWO]}), 2, 8),
    "count as a float": _text(listed({**event(), "count": 4.0}), 1, 4),
    "times with an offset and a fraction": _text(listed({**event(), "lastTimestamp": "2026-03-01T13:09:00.25+01:00"}), 1, 4),
    "Go's zero time": _text(listed({**event(), "firstTimestamp": "0001-01-01T00:00:00Z", "lastTimestamp": "0001-01-01T00:00:00Z"}), 1, 4),
    "null in place of objects": _text(listed({**event(), "source": None, "series": None, "related": None}), 1, 4),
    "an operator's own names, with an event time beside the older ones": _text(listed({**event(), "eventTime": "2026-03-01T12:00:00.123456Z",
        "metadata": {"name": "operator-event-x7k2p", "namespace": "ledger"}}), 1, 4),
    "a number of five thousand digits in an annotation": _text(listed(event())[:-2] + ', "x": ' + "9" * 5000 + "}", 1, 4),
    # --- as shells, editors and chats leave it ---
    "PowerShell's >": Input(listed(*TWO).encode("utf-16"), 2, 8),
    "UTF-16 without a mark, big end first": Input(listed(*TWO).encode("utf-16-be"), 2, 8),
    "UTF-8 with a mark": Input(b"\xef\xbb\xbf" + listed(*TWO).encode(), 2, 8),
    "Windows' ends of lines": _text(listed(*TWO).replace("\n", "\r\n"), 2, 8),
    "a gzip file": Input(gzip.compress(listed(*TWO).encode()), 2, 8),
    "colours of jq -C": _text("\x1b[1;39m" + listed(*TWO).replace('"kind"', '\x1b[34;1m"kind"\x1b[0m'), 2, 8),
    "a prompt and the command before it": _text("$ kubectl get events -n ledger -o json\n" + listed(*TWO), 2, 8, said="1 line"),
    "a warning of kubectl's before it": _text("W0301 12:00:00.000000   1 loader.go:223] Config not found: /etc/kubernetes/x\n" + listed(*TWO), 2, 8),
    "a fence of Markdown around it": _text("```json\n" + listed(*TWO) + "\n```\n", 2, 8),
    "half of a surrogate pair": _text(listed({**event(), "message": "\ud83d went wrong"}), 1, 4),
    "bytes that are no UTF-8": Input(listed(*TWO).encode().replace(b"probe 1", b"probe \xff"), 2, 8),
    "a terminal cut it": _text(listed(*[event(n) for n in range(9)])[:4200], 3, 12, said="stops in the middle, at line"),
    "one of them is broken": _text(listed(event(1), {**event(2), "count": "many"}, event(3)), 2, 8, said="count: expected a 32-bit integer, got 'many'"),
    "one of them has no object": _text(listed(event(1), {"kind": "Event", "metadata": {}}), 1, 4, said="it has no involvedObject"),
    "two gzip files, one behind the other": Input(b"".join(gzip.compress(json.dumps(each).encode()) for each in TWO), 2, 8),
    "a gzip file with zeros behind it, as a tape has them": Input(gzip.compress(listed(*TWO).encode()) + bytes(99), 2, 8, complete=True),
    "a gzip file that stops between two lines": Input(
        gzip.compress(json.dumps(event()).encode() + b"\n") + gzip.compress(b" " * 99)[:12], 1, 4, said="a gzip file that stops in the middle"),
    "a gzip file that is damaged behind an event": Input(
        gzip.compress(json.dumps(event()).encode() + b"\n") + b"\x1f\x8b\x08\xff" + bytes(99), 1, 4, said="a gzip file that is damaged"),
    "UTF-16 that stops inside a character": Input(listed(*TWO).encode("utf-16")[: -2 * len(listed(*TWO)) // 5 * 2 + 1], 1, 4, said="stops in the middle"),
    "a line that an exporter did not write to its end, among others": _text(
        "\n".join([json.dumps(event(1)), json.dumps(event(2))[:200], json.dumps(event(3))]), 2, 8, said="left out. The first: not quite JSON: line 3, column 1: Expecting"),
    "two lines of two writers in one": _text(
        "\n".join([json.dumps(event(1)), json.dumps(event(2))[:200] + json.dumps(event(3)), json.dumps(event(4))]), 2, 8, said="not quite JSON: line 2"),
    "a line that opens what the next ones do not close": _text('{"items": [\n' + "\n".join(map(json.dumps, TWO)), 2, 8, said="not quite JSON: line 3"),
    "a list in which somebody has edited an event": _text(
        listed(event(1), event(2), event(3)).replace('"probe 2 answers', '"probe "2" answers'), 2, 8, said="1 event could not be read", snapshot=False),
    "a comma behind the last event": _text(listed(*TWO).replace("}\n    ],", "},\n    ],"), 2, 8, said="not quite JSON"),
    "commas between the lines": _text(",\n".join(map(json.dumps, TWO)) + ",", 2, 8, complete=True),
    "a watch that a server ends": _text(
        "\n".join([*(watched("ADDED", each) for each in TWO), watched("ERROR", {**DENIED, "message": "too old resource version: 5 (90)"})]), 2, 8,
        said="A server refused to say more: too old resource version: 5 (90)"),
    "a refusal of one namespace before the events of another": _text(json.dumps(DENIED) + "\n" + listed(*TWO), 2, 8, said='User "eve" cannot list'),
    "many of them and no time": _text(listed({**event(), "count": 90, "firstTimestamp": None, "lastTimestamp": None}), 1, 90),
    "versions that are no numbers": _text("\n".join(
        json.dumps({**event(), "metadata": {**event()["metadata"], "resourceVersion": version}}) for version in ("\u00b2", "\u0663", "9" * 5000)), 1, 4,
        complete=True),
    # --- what is something else ---
    "nothing": _text("\n", refused=True, said="nothing there"),
    "a table": _text("LAST SEEN   TYPE      REASON   OBJECT   MESSAGE\n3s   Warning   BackOff   pod/db-1   no\n", refused=True, said="the table for people"),
    "a table of all namespaces": _text("NAMESPACE   LAST SEEN   TYPE\nledger   3s   Warning\n", refused=True, said="the table for people"),
    "No resources found": _text("No resources found in ledger namespace.\n", refused=True, said="another namespace (-A)"),
    "YAML": _text("apiVersion: v1\nitems:\n- count: 1\n", refused=True, said="YAML"),
    "a describe": _text("Name:         db-1\nNamespace:    ledger\n", refused=True, said="kubectl describe"),
    "a page of a login": _text("<!DOCTYPE html><html><body>sign in</body></html>", refused=True, said="a web page"),
    "an error of kubectl's": _text("Error from server (Forbidden): events is forbidden\n", refused=True, said="an error of kubectl's"),
    "a kubelet's log": _text("I0301 12:00:00.000001 1 event.go:389] \"Event occurred\" object=\"ledger/db-1\"\n", refused=True, said="a log"),
    "a server's refusal": _text(json.dumps(DENIED), refused=True, said='User "eve" cannot list'),
    "a refusal at the end of a stream": _text(watched("ERROR", {**DENIED, "message": "too old resource version: 5 (90)"}), refused=True, said="too old resource version: 5 (90)"),
    "an audit log": _text("\n".join([json.dumps(AUDITED)] * 3), refused=True, said="3 patch 200"),
    "pods": _text(listed(POD, kind="PodList"), refused=True, said="no events in it: Pod"),
    "a table as the API gives it": _text(json.dumps({"kind": "Table", "apiVersion": "meta.k8s.io/v1", "rows": []}), refused=True, said="no events in it: Table"),
    "single quotes, as Python prints": _text("{'kind': 'List', 'items': []}", refused=True, said="line 1, column 2"),
    "cut by hand, with three dots": _text('{"kind": "List", "items": [{"kind": "Event", ...}]}', refused=True, said="not quite JSON: line 1"),
    "protobuf": Input(b"k8s\x00\x0a\x0f\x0a\x02v1", refused=True, said="protobuf"),
    "a zip file": Input(b"PK\x03\x04rest", refused=True, said="unpack it"),
    "a damaged gzip file": Input(gzip.compress(listed(*TWO).encode())[:20] + b"\xff" * 40, refused=True, said="damaged"),
    "a kevent's database": Input(b"SQLite format 3\0" + bytes(100), refused=True, said="SQLite"),
    "brackets without an end": Input(b"[" * 200_000, refused=True, said="nested deeper"),
    "a number": _text("42\n", refused=True, said="not JSON: it begins with '42'"),
    "cut off inside its first event": _text(listed(event())[:150], refused=True, said="it stops in the middle"),
    "events about nothing": _text(listed({**event(), "involvedObject": {}}), refused=True, said="involvedObject: it names no object"),
    "a count beyond 32 bits": _text(listed({**event(), "count": 1 << 31}), refused=True, said="count: expected a 32-bit integer, got 2147483648"),
    "a time that is none": _text(listed({**event(), "lastTimestamp": "yesterday"}), refused=True, said="lastTimestamp: expected an RFC 3339 time"),
}  # fmt: skip


def in_pieces(data: bytes, size: int) -> Callable[[], list[bytes]]:
    """The data, as a pipe may give it."""
    return lambda: [data[at : at + size] for at in range(0, len(data), size)] or [b""]
