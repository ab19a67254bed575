"""Events, references, and their JSON."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from kevent.event import (
    EVENT_TYPE_NORMAL,
    EVENT_TYPE_WARNING,
    Event,
    EventSeries,
    EventSource,
    NilObjectError,
    NoKindError,
    NoReferenceError,
    NoSelfLinkError,
    NotAnObjectError,
    ObjectReference,
    SelfLinkError,
    get_partial_reference,
    get_reference,
    validate_event_type,
)
from kevent.reference import NotRegisteredError
from kevent.sinks import StatusError
from kevent.sinks.memory import merge_patch
from kevent.wire import format_micro_time, format_time, read_micro_time, read_time
from tests.support import SECOND, START

get_reference_1_14 = partial(get_reference, release="1.14")

FULL = Event(
    name="web-0.15804e",
    generate_name="web-0.",
    namespace="default",
    involved_object=ObjectReference("Pod", "default", "web-0", "u-1", "v1", "42", "spec.containers{app}"),
    reason="BackOff",
    message="Back-off restarting failed container",
    source=EventSource("kubelet", "node-1"),
    first_timestamp=START,
    last_timestamp=START + SECOND,
    count=2,
    type="Warning",
    annotations={"a": "b"},
    labels={"l": "m"},
    resource_version="7",
    uid="u-9",
    creation_timestamp=START,
    event_time=START + 123_456_000,
    series=EventSeries(3, START + 1000, "Ongoing"),
    action="Restart",
    related=ObjectReference(kind="Node", name="node-1"),
    reporting_controller="kubernetes.io/kubelet",
    reporting_instance="kubelet-1",
)

FULL_JSON: dict[str, Any] = {
    "metadata": {
        "name": "web-0.15804e",
        "generateName": "web-0.",
        "namespace": "default",
        "uid": "u-9",
        "resourceVersion": "7",
        "creationTimestamp": "2019-02-05T00:00:00Z",
        "labels": {"l": "m"},
        "annotations": {"a": "b"},
    },
    "involvedObject": {
        "kind": "Pod",
        "namespace": "default",
        "name": "web-0",
        "uid": "u-1",
        "apiVersion": "v1",
        "resourceVersion": "42",
        "fieldPath": "spec.containers{app}",
    },
    "reason": "BackOff",
    "message": "Back-off restarting failed container",
    "source": {"component": "kubelet", "host": "node-1"},
    "firstTimestamp": "2019-02-05T00:00:00Z",
    "lastTimestamp": "2019-02-05T00:00:01Z",
    "count": 2,
    "type": "Warning",
    "eventTime": "2019-02-05T00:00:00.123456Z",
    "series": {"count": 3, "lastObservedTime": "2019-02-05T00:00:00.000001Z", "state": "Ongoing"},
    "action": "Restart",
    "related": {"kind": "Node", "name": "node-1"},
    "reportingComponent": "kubernetes.io/kubelet",
    "reportingInstance": "kubelet-1",
}


# --- the event and its JSON --------------------------------------------------------------------------------


def test_a_full_event_as_json_and_back() -> None:
    assert FULL.to_dict(release="1.18") == FULL_JSON  # which had a state in a series
    assert list(FULL.to_dict(release="1.18")) == list(FULL_JSON), "the keys stand in the order of Go's struct"
    assert Event.from_dict(FULL_JSON) == FULL
    assert Event.from_dict(json.loads(json.dumps(FULL_JSON))).to_dict(release="1.18") == FULL_JSON


def test_an_empty_event_as_go_marshals_it() -> None:
    empty: dict[str, Any] = {
        "metadata": {},
        "involvedObject": {},
        "source": {},
        "firstTimestamp": None,
        "lastTimestamp": None,
        "eventTime": None,
        "reportingComponent": "",
        "reportingInstance": "",
    }
    assert Event().to_dict() == empty
    assert Event.from_dict(empty) == Event() == Event.from_dict({})
    assert Event(annotations={}, labels={}).to_dict() == empty, "empty maps are left out"
    assert Event(series=EventSeries()).to_dict()["series"] == {"lastObservedTime": None}
    assert Event().to_dict(release="1.33") == empty | {"metadata": {"creationTimestamp": None}}


def test_null_is_the_zero_value_everywhere() -> None:
    nulls: dict[str, Any] = dict.fromkeys(FULL_JSON)
    assert Event.from_dict(nulls) == Event()
    nulls["metadata"] = dict.fromkeys(FULL_JSON["metadata"])
    assert Event.from_dict(nulls) == Event()
    assert Event.from_dict({"metadata": {"annotations": {}}}).annotations == {}


def test_unknown_keys_are_ignored() -> None:
    data = {**FULL_JSON, "apiVersion": "v1", "kind": "Event", "managedFields": [1]}
    data["metadata"] = {**FULL_JSON["metadata"], "generation": 4}
    data["source"] = {"component": "kubelet", "host": "node-1", "rack": 7}
    assert Event.from_dict(data) == FULL


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (None, "event: expected an object, got None"),
        ([], "event: expected an object, got \\[\\]"),
        ("x", "event: expected an object"),
        ({"kind": "Pod"}, "kind: expected Event, got 'Pod'"),
        ({"apiVersion": "events.k8s.io/v1"}, "apiVersion: expected v1"),
        ({"metadata": 5}, "metadata: expected an object, got 5"),
        ({"metadata": {"name": 5}}, "metadata.name: expected a string, got 5"),
        ({"metadata": {"annotations": ["a"]}}, "metadata.annotations: expected an object"),
        ({"metadata": {"annotations": {"a": 1}}}, "metadata.annotations\\['a'\\]: expected a string, got 1"),
        ({"metadata": {"labels": {1: "a"}}}, "a key of metadata.labels: expected a string, got 1"),
        (
            {"metadata": {"creationTimestamp": 3}},
            "metadata.creationTimestamp: expected an RFC 3339 time, got 3",
        ),
        ({"involvedObject": []}, "involvedObject: expected an object"),
        ({"involvedObject": {"uid": {}}}, "involvedObject.uid: expected a string"),
        ({"related": {"kind": False}}, "related.kind: expected a string, got False"),
        ({"source": {"host": 1.5}}, "source.host: expected a string"),
        ({"series": 1}, "series: expected an object"),
        ({"series": {"count": "1"}}, "series.count: expected a 32-bit integer, got '1'"),
        ({"series": {"lastObservedTime": ""}}, "series.lastObservedTime: expected an RFC 3339 time with six digits"),
        ({"eventTime": "2019-02-05T00:00:00Z"}, "eventTime: expected an RFC 3339 time with six digits of a second"),
        ({"count": 1.0}, "count: expected a 32-bit integer, got 1.0"),
        ({"count": True}, "count: expected a 32-bit integer, got True"),
        ({"count": 1 << 31}, "count: expected a 32-bit integer"),
        ({"message": b"x"}, "message: expected a string"),
        ({"message": list(range(1000))}, "message: expected a string, got \\[0, 1, .*\\.\\.\\.$"),
        ({"firstTimestamp": "yesterday"}, "firstTimestamp: expected an RFC 3339 time, got 'yesterday'"),
    ],
)
def test_bad_json_names_the_field(data: Any, what: str) -> None:
    with pytest.raises(ValueError, match=f"^{what}"):
        Event.from_dict(data)


def test_half_a_surrogate_pair_becomes_a_replacement_character_as_in_go() -> None:
    event = Event.from_dict(json.loads(r'{"message": "a\ud83dz", "reason": "\ud83d\ude00"}'))
    assert event.message == "a\ufffdz"
    assert event.reason == "\U0001f600"


def test_copy_is_shallow_and_complete() -> None:
    copy = FULL.copy()
    assert copy == FULL
    assert copy is not FULL
    assert copy.annotations is FULL.annotations
    copy.message = "another"
    assert FULL.message != "another"


def test_event_has_slots_and_takes_keywords_only() -> None:
    with pytest.raises(TypeError):
        Event("name")  # type: ignore[call-arg]
    with pytest.raises(AttributeError):
        FULL.copy().mesage = "x"  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("part", "field"), [(ObjectReference(), "name"), (EventSource(), "host"), (EventSeries(), "count")]
)
def test_the_parts_are_immutable(part: Any, field: str) -> None:
    with pytest.raises(AttributeError):
        setattr(part, field, "x")
    assert hash(part) == hash(type(part)())


def test_event_types() -> None:
    assert validate_event_type(EVENT_TYPE_NORMAL)
    assert validate_event_type(EVENT_TYPE_WARNING)
    assert not any(map(validate_event_type, ("", "normal", "Error", "Normal ")))


# --- times -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "nanoseconds"),
    [
        ("2019-02-05T00:00:00Z", START),
        ("2019-02-05T00:00:00.5Z", START + SECOND // 2),
        ("2019-02-05T00:00:00.123456789Z", START + 123_456_789),
        ("2019-02-05T00:00:00.1234567899999Z", START + 123_456_789),
        ("2019-02-05T05:30:00+05:30", START),
        ("2019-02-04T16:00:00-08:00", START),
        ("2020-02-29T00:00:00Z", 1_582_934_400 * SECOND),
        ("1969-12-31T23:59:59.25Z", -750_000_000),
        ("0001-01-01T00:00:00Z", None),
        ("0001-01-01T05:00:00+05:00", None),
        ("0001-01-01T00:00:00.000000001Z", -62_135_596_800 * SECOND + 1),
        ("9999-12-31T23:59:59Z", 253_402_300_799 * SECOND),
        (None, None),
    ],
)
def test_reading_times(text: str | None, nanoseconds: int | None) -> None:
    assert read_time(text, "time") == nanoseconds


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2019-02-05",
        "2019-02-05T00:00:00",
        "2019-02-05 00:00:00Z",
        "2019-02-05t00:00:00z",
        "2019-02-05T00:00:00.Z",
        "2019-02-05T00:00:00Z\n",
        " 2019-02-05T00:00:00Z",
        "2019-02-29T00:00:00Z",
        "2019-13-01T00:00:00Z",
        "2019-02-05T24:00:00Z",
        "2019-02-05T00:00:60Z",
        "2019-02-05T00:00:00+5:00",
        "2019-02-05T00:00:00+24:61",
        "2019-02-05T00:00:00+25:00",
        "٢٠١٩-02-05T00:00:00Z",
        "2019-02-05T00:00:00" + "." + "9" * 10_000,
    ],
)
def test_times_that_are_none(text: str) -> None:
    with pytest.raises(ValueError, match=r"^firstTimestamp: expected an RFC 3339 time, got "):
        read_time(text, "firstTimestamp")


@pytest.mark.parametrize(
    ("nanoseconds", "text", "micro"),
    [
        (None, None, None),
        (0, "1970-01-01T00:00:00Z", "1970-01-01T00:00:00.000000Z"),
        (START + 999_999_999, "2019-02-05T00:00:00Z", "2019-02-05T00:00:00.999999Z"),
        (-1, "1969-12-31T23:59:59Z", "1969-12-31T23:59:59.999999Z"),
        (-SECOND, "1969-12-31T23:59:59Z", "1969-12-31T23:59:59.000000Z"),
        (-62_135_596_799 * SECOND, "0001-01-01T00:00:01Z", "0001-01-01T00:00:01.000000Z"),
        (253_402_300_799 * SECOND, "9999-12-31T23:59:59Z", "9999-12-31T23:59:59.000000Z"),
    ],
)
def test_writing_times_rounds_down(nanoseconds: int | None, text: str | None, micro: str | None) -> None:
    assert format_time(nanoseconds) == text
    assert format_micro_time(nanoseconds) == micro


@pytest.mark.parametrize("value", [10**30, -(10**30), (1 << 63) * SECOND, -9_223_372_028_715_321_601 * SECOND])
def test_a_time_beyond_what_go_can_print_names_its_field(value: int) -> None:
    with pytest.raises(ValueError, match=r"^lastTimestamp: a time beyond 64 bits of seconds$"):
        Event(last_timestamp=value).to_dict()


def test_a_time_of_the_wrong_type_names_its_field() -> None:
    with pytest.raises(TypeError, match=r"^eventTime: expected Unix nanoseconds or None, got str$"):
        Event(event_time="now").to_dict()  # type: ignore[arg-type]


# --- what the real one answers -----------------------------------------------------------------------------

ASKED = json.loads((Path(__file__).parent / "data/asked_of_go.json").read_text())


def or_refused(read: Callable[[str, str], int | None], text: str) -> str | None:
    try:
        nanoseconds = read(text, "time")
    except ValueError:
        return "refused"
    return None if nanoseconds is None else str(nanoseconds)


@pytest.mark.parametrize("asked", ASKED["reading times"], ids=lambda asked: asked["text"])
def test_times_are_read_as_go_reads_them(asked: dict[str, str]) -> None:
    assert or_refused(read_time, asked["text"]) == asked["Time"]
    assert or_refused(read_micro_time, asked["text"]) == asked["MicroTime"]


@pytest.mark.parametrize("asked", ASKED["writing times"], ids=lambda asked: asked["nanoseconds"])
def test_times_are_written_as_go_writes_them(asked: dict[str, str]) -> None:
    assert format_time(int(asked["nanoseconds"])) == asked["Time"]
    assert format_micro_time(int(asked["nanoseconds"])) == asked["MicroTime"]


@pytest.mark.parametrize("asked", ASKED["versions in selfLinks"], ids=lambda asked: ascii(asked["selfLink"]))
def test_the_version_in_a_self_link_is_the_one_go_finds(asked: dict[str, str]) -> None:
    pod = model("V1Pod", self_link=asked["selfLink"])
    if "error" not in asked:
        assert get_reference_1_14(pod).api_version == asked["version"]
        return
    with pytest.raises(SelfLinkError) as caught:
        get_reference_1_14(pod)
    assert caught.value.in_go == str(caught.value) == asked["error"]


@pytest.mark.parametrize("asked", ASKED["patching a count of 1"], ids=lambda asked: asked["count"])
def test_the_numbers_of_a_patch_are_read_as_go_reads_them(asked: dict[str, Any]) -> None:
    patch = json.loads(f'{{"count": {asked["count"]}}}')
    try:
        stored: Any = merge_patch(Event(name="a", count=1), patch).count
    except StatusError:
        stored = "refused"
    assert stored == asked["stored"]


def test_a_byte_that_is_no_text_is_kept_and_shown_as_go_shows_it() -> None:
    reference = get_reference_1_14(model("V1Pod", self_link="/api/%ff/pods/p"))
    assert 'APIVersion:"\\xff"' in reference.go_syntax()
    assert reference.to_dict()["apiVersion"] == "\ufffd", "as in Go's JSON"


# --- Go syntax ---------------------------------------------------------------------------------------------


def test_reference_in_go_syntax() -> None:
    assert FULL.involved_object.go_syntax() == (
        'v1.ObjectReference{Kind:"Pod", Namespace:"default", Name:"web-0", UID:"u-1", APIVersion:"v1", '
        'ResourceVersion:"42", FieldPath:"spec.containers{app}"}'
    )


@pytest.mark.parametrize(
    ("text", "quoted"),
    [
        ("", '""'),
        ('a"b\\c', r'"a\"b\\c"'),
        ("\a\b\f\n\r\t\v", r'"\a\b\f\n\r\t\v"'),
        ("\x00\x1b\x7f", r'"\x00\x1b\x7f"'),
        ("\x80\xa0\xad", r'"\u0080\u00a0\u00ad"'),
        ("\u200b\u2028\ufeff\ue000", r'"\u200b\u2028\ufeff\ue000"'),
        ("\U0001f600日本 ü", '"\U0001f600日本 ü"'),
        ("\U000e0001\U0010ffff", r'"\U000e0001\U0010ffff"'),
        ("'`", '"\'`"'),
        ("\ud800", '"\ufffd"'),
    ],
)
def test_quoting_follows_go(text: str, quoted: str) -> None:
    assert f"Name:{quoted}, " in ObjectReference(name=text).go_syntax()


# --- references --------------------------------------------------------------------------------------------

POD = {
    "apiVersion": "v1",
    "kind": "Pod",
    "metadata": {"name": "web-0", "namespace": "default", "uid": "u", "resourceVersion": "7"},
}
POD_REFERENCE = ObjectReference("Pod", "default", "web-0", "u", "v1", "7")


def model(class_name: str, *, kind: str | None = None, api_version: str | None = None, **metadata: Any) -> Any:
    """An object as the `kubernetes` client makes it."""
    metadata = {"name": None, "namespace": None, "uid": None, "resource_version": None, **metadata}
    cls: Any = type(class_name, (SimpleNamespace,), {})
    return cls(kind=kind, api_version=api_version, metadata=SimpleNamespace(**metadata))


def test_a_reference_is_its_own_reference() -> None:
    assert get_reference_1_14(POD_REFERENCE) is POD_REFERENCE
    assert get_reference_1_14(ObjectReference()) == ObjectReference()


def test_a_manifest() -> None:
    assert get_reference_1_14(POD) == POD_REFERENCE
    assert get_reference_1_14({"apiVersion": "v1", "kind": "Pod", "metadata": None}).name == "", "as in Go"


def test_objects_of_both_kubernetes_clients() -> None:
    metadata = {"name": "web-0", "namespace": "default", "uid": "u"}
    assert (
        get_reference_1_14(model("V1Pod", kind="Pod", api_version="v1", **metadata, resource_version="7"))
        == POD_REFERENCE
    )
    dynamic = SimpleNamespace(kind="Pod", apiVersion="v1", metadata=SimpleNamespace(**metadata, resourceVersion="7"))
    assert get_reference_1_14(dynamic) == POD_REFERENCE
    mixed = SimpleNamespace(kind="Pod", api_version="v1", metadata={**metadata, "resourceVersion": "7"})
    assert get_reference_1_14(mixed) == POD_REFERENCE


@pytest.mark.parametrize(
    ("class_name", "kind"),
    [
        ("V1Pod", "Pod"),
        ("V1beta1CronJob", "CronJob"),
        ("V2alpha1CronJob", "CronJob"),
        ("V2HorizontalPodAutoscaler", "HorizontalPodAutoscaler"),
        ("CoreV1Event", "Event"),
        ("ExtensionsV1beta1Ingress", "Ingress"),
        ("V1CSIDriver", "CSIDriver"),
        ("Pod", "Pod"),
        ("Volume", "Volume"),
        ("VM", "VM"),
        ("PodV2", "PodV2"),
        ("MyAppV1Thing", "MyAppV1Thing"),
    ],
)
def test_the_kind_of_a_class(class_name: str, kind: str) -> None:
    assert get_reference_1_14(model(class_name, api_version="v1")).kind == kind


@pytest.mark.parametrize(
    ("link", "version"),
    [
        ("/api/v1/namespaces/d/pods/p", "v1"),
        ("/apis/apps/v1/namespaces/d/deployments/p", "apps/v1"),
        ("/api/v1/pods", "v1"),
        ("/other/x/y", "x/y"),
        ("https://host:6443/api/v1/pods?watch=1#top", "v1"),
        ("//host/api/v1/pods", "v1"),
        ("/api/v1%2Fx/pods", "v1"),
        ("///api/v1/pods", "/api"),
    ],
)
def test_the_version_in_a_self_link(link: str, version: str) -> None:
    assert get_reference_1_14(model("V1Pod", self_link=link)).api_version == version


@pytest.mark.parametrize(
    ("link", "text"),
    [
        ("/nodes/n", "unexpected self link format: '/nodes/n'; got version ''"),
        ("x", "unexpected self link format: 'x'; got version ''"),
        ("mailto:a/b/c/d", "unexpected self link format: 'mailto:a/b/c/d'; got version ''"),
        ("/api/%zz/x#f", 'parse "/api/%zz/x": invalid URL escape "%zz"'),
        ("/api/v1/x#%", 'parse "/api/v1/x#%": invalid URL escape "%"'),
        ("/api/\n/x", 'parse "/api/\\n/x": net/url: invalid control character in URL'),
        (":/api/v1/x", 'parse ":/api/v1/x": missing protocol scheme'),
        ("//[a::b::c]/v1/x", 'parse "//[a::b::c]/v1/x": invalid host: ParseAddr("a::b::c"): unable to parse IP'),
        ("1:2/api/v1/x", 'parse "1:2/api/v1/x": first path segment in URL cannot contain colon'),
    ],
)
def test_a_self_link_without_version(link: str, text: str) -> None:
    with pytest.raises(SelfLinkError) as caught:
        get_reference_1_14(model("V1Pod", self_link=link))
    assert str(caught.value) == text


def test_no_version_at_all() -> None:
    with pytest.raises(NoSelfLinkError, match=r"^selfLink was empty, .*set apiVersion") as caught:
        get_reference_1_14(model("V1Pod", kind="Pod", name="web-0"))
    assert caught.value.in_go == "selfLink was empty, can't make reference"
    with pytest.raises(NoSelfLinkError):
        get_reference_1_14({"kind": "Pod", "apiVersion": "a/b/c", "metadata": {}})
    assert get_reference_1_14({"kind": "Pod", "apiVersion": "/v1", "metadata": {}}).api_version == "v1"
    assert get_reference_1_14({"kind": "Pod", "apiVersion": "apps/", "metadata": {}}).api_version == "apps/"


def test_a_list_has_no_name() -> None:
    pods = {
        "apiVersion": "v1",
        "kind": "PodList",
        "metadata": {"resourceVersion": "9", "name": "x"},
        "items": [],
    }
    expected = ObjectReference(kind="PodList", api_version="v1", resource_version="9")
    assert get_reference_1_14(pods) == expected
    listed = model("V1PodList", api_version="v1", resource_version="9")
    listed.items = []
    assert get_reference_1_14(listed) == expected


def test_nothing_has_no_reference() -> None:
    with pytest.raises(NilObjectError, match=r"^can't reference a nil object$"):
        get_reference_1_14(None)


@pytest.mark.parametrize("obj", [{}, {"metadata": {"name": "x"}}, {"kind": "", "apiVersion": "v1"}])
def test_a_dictionary_must_name_its_kind(obj: Any) -> None:
    with pytest.raises(NoKindError, match=r"^kind was empty"):
        get_reference_1_14(obj)


@pytest.mark.parametrize(
    ("obj", "what"),
    [
        (42, "obj: expected an object with apiVersion, kind and metadata, not int: .*ObjectReference"),
        ({"kind": "Pod", "apiVersion": "v1"}, "obj: a dictionary without metadata, name and uid .*ObjectReference"),
        ("web-0", "obj: expected .* not str"),
        (["web-0"], "obj: expected .* not list"),
        (object(), "obj: expected .* not object"),
        (Event(), "obj: expected .* not Event"),
        (ObjectReference, "obj: expected .* not the class ObjectReference"),
        (type("V1Pod", (), {"metadata": {}}), "obj: expected .* not the class V1Pod"),
        ({"kind": 5}, "obj.kind: expected a string, not int"),
        ({"kind": "Pod", "apiVersion": 1, "metadata": {}}, "obj.apiVersion: expected a string, not int"),
        ({"kind": "Pod", "apiVersion": "v1", "metadata": "x"}, "obj.metadata: expected an object, not str"),
        (
            {"kind": "Pod", "apiVersion": "v1", "metadata": {"name": 5}},
            "obj.metadata.name: expected a string",
        ),
    ],
)
def test_what_is_no_object_is_refused_by_name(obj: Any, what: str) -> None:
    with pytest.raises(NotAnObjectError, match=f"^{what}") as caught:
        get_reference_1_14(obj)
    assert isinstance(caught.value, NoReferenceError)
    assert isinstance(caught.value, TypeError)


def test_a_scheme_knows_what_the_object_does_not_say() -> None:
    widget = model("Widget", name="w")
    with pytest.raises(NoSelfLinkError):
        get_reference_1_14(widget)
    assert get_reference_1_14(model("Widget", api_version="v1"), {"Widget": ("v9", "Gadget")}).kind == "Gadget"
    by_class = get_reference(widget, {type(widget): ("example.com/v1", "Gadget")})
    by_name = get_reference(widget, {"Widget": ("example.com/v1", "Gadget")})  # as the appendix about sinks shows it
    assert by_class == by_name == ObjectReference(kind="Gadget", name="w", api_version="example.com/v1")
    own = model("Widget", name="w", kind="Own", api_version="own/v1")
    assert get_reference_1_14(own, {"Widget": ("example.com/v1", "Gadget")}).kind == "Own"
    assert get_reference_1_14(own, {"Widget": ("example.com/v1", "Gadget")}).api_version == "own/v1"
    with pytest.raises(TypeError, match=r"^scheme\[Widget\]: expected \(api_version, kind\), not 'v1'"):
        get_reference_1_14(widget, {"Widget": "v1"})  # type: ignore[dict-item]


@pytest.mark.parametrize(
    ("said", "reference"),
    [
        ({"kind": "Pod"}, ("Pod", "")),
        ({"api_version": "v1"}, ("", "v1")),
        ({"kind": "Own", "api_version": "own/v1"}, ("Own", "own/v1")),
        ({"api_version": "a/b/c"}, ("Gadget", "example.com/v1")),  # which says nothing
        ({"self_link": "/api/v1/x"}, ("Gadget", "example.com/v1")),
    ],
)
def test_kind_and_version_are_the_objects_or_both_the_schemes(said: dict[str, str], reference: tuple[str, str]) -> None:
    found = get_reference(model("Widget", name="w", **said), {"Widget": ("example.com/v1", "Gadget")})
    assert (found.kind, found.api_version) == reference


def test_a_self_link_tells_nothing_any_more() -> None:
    pod = model("V1Pod", self_link="/api/v1/namespaces/d/pods/p")
    assert get_reference(pod, release="1.14") == ObjectReference("Pod", api_version="v1")
    with pytest.raises(NotRegisteredError, match=r"^no kind is registered for the type V1Pod: .*scheme") as caught:
        get_reference(pod)
    assert caught.value.in_go == "no kind is registered for the type V1Pod"


def test_a_partial_reference_is_a_new_one() -> None:
    part = get_partial_reference(POD_REFERENCE, "spec.containers{app}")
    assert part.field_path == "spec.containers{app}"
    assert POD_REFERENCE.field_path == ""
    assert get_partial_reference(POD, "x").name == "web-0"
    with pytest.raises(NilObjectError):
        get_partial_reference(None, "x")
    with pytest.raises(TypeError, match=r"^field_path: expected a string, not NoneType"):
        get_partial_reference(POD, None)  # type: ignore[arg-type]
