"""Objects and references of every client library for Python, and what becomes of each as the object of an event."""

from __future__ import annotations

import pickle
from collections import UserDict
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import kr8s.asyncio.objects
import kr8s.objects
import kubernetes_asyncio.client
import lightkube.generic_resource
import lightkube.models.core_v1
import lightkube.models.meta_v1
import lightkube.resources.core_v1
import lightkube.resources.networking_v1
import pykube.objects  # type: ignore[import-untyped]
import pytest
from kopf._cogs.structs.bodies import Body
from kubernetes import client
from kubernetes.dynamic import resource as dynamic

from kevent import EventBroadcaster, EventSource, MemorySink, ObjectReference, get_reference
from kevent.objects import look_at
from kevent.reference import NilObjectError, NoKindError, NoReferenceError, NotAnObjectError, NotRegisteredError
from kevent.sinks.kubernetes import scheme
from tests.conftest import Complaints

METADATA: dict[str, Any] = {"name": "web-0", "namespace": "shop", "uid": "u-1", "resourceVersion": "7"}
POD: dict[str, Any] = {"apiVersion": "v1", "kind": "Pod", "metadata": METADATA}
REFERENCE: dict[str, Any] = {"apiVersion": "v1", "kind": "Pod", **METADATA}
EXPECTED = ObjectReference("Pod", "shop", "web-0", "u-1", "v1", "7")

SNAKE: dict[str, Any] = {"name": "web-0", "namespace": "shop", "uid": "u-1", "resource_version": "7"}
of_dynamic: Any = dynamic  # which has no types
NO_API: Any = object()  # what stands in for a connection: nothing here asks a server

Widget = kr8s.objects.new_class("Widget", "example.com/v1", asyncio=False)


class PykubeWidget(pykube.objects.NamespacedAPIObject):  # type: ignore[misc]
    version = "example.com/v1"
    endpoint = "widgets"
    kind = "Widget"


LightkubeWidget: Any = lightkube.generic_resource.create_namespaced_resource("example.com", "v1", "Widget", "widgets")


class View(Mapping[str, Any]):
    """A mapping that is no dictionary."""

    def __init__(self, data: dict[str, Any]) -> None:
        self._data = data

    def __getitem__(self, key: str) -> Any:
        return self._data[key]

    def __iter__(self) -> Any:
        return iter(self._data)

    def __len__(self) -> int:
        return len(self._data)


class Converts:
    def __init__(self, data: Any) -> None:
        self._data = data

    def to_dict(self) -> Any:
        return self._data


@pytest.mark.parametrize(
    "obj",
    [
        # whole objects that say what they are
        POD,
        View(POD),
        UserDict(POD),
        Body(POD),  # type: ignore[arg-type]
        client.V1Pod(api_version="v1", kind="Pod", metadata=client.V1ObjectMeta(**SNAKE)),
        kubernetes_asyncio.client.V1Pod(
            api_version="v1", kind="Pod", metadata=kubernetes_asyncio.client.V1ObjectMeta(**SNAKE)
        ),
        of_dynamic.ResourceInstance(None, POD),
        of_dynamic.ResourceInstance(None, POD).to_dict(),
        kr8s.objects.Pod(dict(POD), api=NO_API),
        kr8s.asyncio.objects.Pod(dict(POD), api=NO_API),
        pykube.objects.Pod(NO_API, dict(POD)),
        lightkube.resources.core_v1.Pod.from_dict(POD),
        Converts(POD),
        # that leave it to their class
        kr8s.objects.Pod({"metadata": dict(METADATA)}, api=NO_API),
        pykube.objects.Pod(NO_API, {"metadata": dict(METADATA)}),
        lightkube.resources.core_v1.Pod(metadata=lightkube.models.meta_v1.ObjectMeta(**METADATA)),
        # references
        REFERENCE,
        View(REFERENCE),
        {key: REFERENCE.get(key) for key in (*REFERENCE, "fieldPath")},
        {"api_version": "v1", "kind": "Pod", **SNAKE, "field_path": None},
        client.V1ObjectReference(api_version="v1", kind="Pod", **SNAKE),
        client.V1ObjectReference(api_version="v1", kind="Pod", **SNAKE).to_dict(),
        kubernetes_asyncio.client.V1ObjectReference(api_version="v1", kind="Pod", **SNAKE),
        lightkube.models.core_v1.ObjectReference(**REFERENCE),
        lightkube.models.core_v1.ObjectReference(**REFERENCE).to_dict(),
        of_dynamic.ResourceField(REFERENCE),
        of_dynamic.ResourceInstance(
            None, {"kind": "Event", "involvedObject": REFERENCE, "metadata": {}}
        ).involvedObject,
        Converts(REFERENCE),
    ],
    ids=lambda obj: f"{type(obj).__module__}.{type(obj).__name__}",
)
def test_a_pod_is_a_pod_whoever_hands_it_over(obj: Any) -> None:
    assert get_reference(obj) == EXPECTED


@pytest.mark.parametrize(
    "obj",
    [
        Widget({"metadata": dict(METADATA)}, api=NO_API),
        PykubeWidget(NO_API, {"metadata": dict(METADATA)}),
        LightkubeWidget(metadata=dict(METADATA)),
    ],
    ids=lambda obj: type(obj).__module__,
)
def test_a_class_for_a_custom_resource_knows_its_kind(obj: Any) -> None:
    assert get_reference(obj) == ObjectReference("Widget", "shop", "web-0", "u-1", "example.com/v1", "7")


def test_a_group_is_part_of_lightkubes_version() -> None:
    web = lightkube.resources.networking_v1.Ingress(metadata=lightkube.models.meta_v1.ObjectMeta(name="web"))
    assert (get_reference(web).api_version, get_reference(web).kind) == ("networking.k8s.io/v1", "Ingress")
    untyped = LightkubeWidget(metadata={"name": "w"})
    assert untyped.kind is None
    assert get_reference(untyped).kind == "Widget"


OWNER: dict[str, Any] = {"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "web-5d", "uid": "u-2"}
OWNER_FLAGS: dict[str, Any] = {"controller": True, "blockOwnerDeletion": True}


@pytest.mark.parametrize(
    "owner",
    [
        {**OWNER, **OWNER_FLAGS},
        client.V1OwnerReference(
            api_version="apps/v1", kind="ReplicaSet", name="web-5d", uid="u-2", controller=True,
            block_owner_deletion=True,
        ),
        lightkube.models.meta_v1.OwnerReference(**OWNER, **OWNER_FLAGS),
        of_dynamic.ResourceField({**OWNER, **OWNER_FLAGS}),
    ],
    ids=lambda obj: f"{type(obj).__module__}.{type(obj).__name__}",
)  # fmt: skip
def test_an_owner_reference_is_a_reference_without_a_namespace(owner: Any) -> None:
    assert get_reference(owner) == ObjectReference("ReplicaSet", "", "web-5d", "u-2", "apps/v1")


def test_the_field_path_of_a_reference_is_kept() -> None:
    path = "spec.containers{app}"
    assert get_reference({**REFERENCE, "fieldPath": path}).field_path == path
    assert get_reference(client.V1ObjectReference(kind="Pod", name="p", field_path=path)).field_path == path


def test_a_uid_or_a_name_is_enough_and_the_version_may_be_missing() -> None:
    assert get_reference({"kind": "Pod", "uid": "u"}) == ObjectReference("Pod", uid="u")
    assert get_reference({"kind": "Pod", "name": "p"}) == ObjectReference("Pod", name="p")


# --- with the scheme ----------------------------------------------------------------------------------------


@pytest.mark.thorough
def test_the_scheme_knows_the_models_of_both_clients() -> None:
    known = scheme()
    for library in (client, kubernetes_asyncio.client):
        web = library.V1Ingress(metadata=library.V1ObjectMeta(name="web"))
        assert get_reference(web, known) == ObjectReference("Ingress", name="web", api_version="networking.k8s.io/v1")
        about = library.V1ObjectReference(kind="Pod", name="p")
        event = library.CoreV1Event(metadata=library.V1ObjectMeta(name="e"), involved_object=about)
        assert get_reference(event, known) == ObjectReference("Event", name="e", api_version="v1")


def test_the_scheme_holds_for_a_class_derived_from_the_one_it_knows() -> None:
    class MyPod(client.V1Pod):
        pass

    pod = MyPod(metadata=client.V1ObjectMeta(name="web-0"))
    assert get_reference(pod, scheme()) == ObjectReference("Pod", name="web-0", api_version="v1")


# --- what is refused ----------------------------------------------------------------------------------------


class Raises:
    """Whatever is asked of it, it raises: a property over a missing key, a lazy connection."""

    def __getattr__(self, name: str) -> Any:
        raise RuntimeError(name)


of_asyncio = kubernetes_asyncio.client


class RaisesInToDict:
    def to_dict(self) -> Any:
        raise RuntimeError("no")


@pytest.mark.parametrize(
    ("obj", "error"),
    [
        ({"apiVersion": "v1", "kind": "Pod"}, NotAnObjectError),
        ({"name": "web-0", "namespace": "shop"}, NoKindError),
        ({"metadata": METADATA}, NoKindError),
        ({**POD, "metadata": "web-0"}, NotAnObjectError),
        ({**REFERENCE, "uid": 5}, NotAnObjectError),
        (client.V1Pod(metadata=client.V1ObjectMeta(name="out of a list")), NotRegisteredError),
        (of_asyncio.V1Pod(metadata=of_asyncio.V1ObjectMeta(name="p")), NotRegisteredError),
        (client.V1SecretReference(name="s"), NotAnObjectError),
        (pykube.objects.Pod(NO_API, {}), NotAnObjectError),
        (SimpleNamespace(kind="Pod"), NotAnObjectError),
        (Raises(), NotAnObjectError),
        (RaisesInToDict(), NotAnObjectError),
        (Converts({"spec": {}}), NotAnObjectError),
        (Converts(None), NotAnObjectError),
        (EventSource("component"), NotAnObjectError),
        (client.V1Pod, NotAnObjectError),
    ],
    ids=lambda case: case.__name__ if isinstance(case, type) else type(case).__name__,
)
def test_what_cannot_be_understood_is_told_the_remedy(obj: Any, error: type[NoReferenceError]) -> None:
    with pytest.raises(error) as caught:
        get_reference(obj)
    assert type(caught.value) is error
    wrong_type = "expected a string" in str(caught.value) or "expected an object, not str" in str(caught.value)
    for word in ("obj.", "expected") if wrong_type else ("apiVersion", "kind", "scheme", "ObjectReference"):
        assert word in str(caught.value)


@pytest.mark.parametrize(
    "error", [NilObjectError(), NoKindError(), NotRegisteredError("no kind: none"), NotAnObjectError("obj: no")]
)
def test_the_errors_survive_a_trip_to_another_process(error: NoReferenceError) -> None:
    copy = pickle.loads(pickle.dumps(error))
    assert (type(copy), str(copy), copy.in_go) == (type(error), str(error), error.in_go)
    assert str(error).startswith(error.in_go)


def test_a_mapping_is_looked_at_only_once_for_what_it_is() -> None:
    assert look_at(POD).is_reference is False
    assert look_at(REFERENCE).is_reference is True
    assert look_at({**REFERENCE, "metadata": METADATA}).is_reference is False
    assert look_at({"kind": "PodList", "metadata": {}, "items": []}).is_list is True


def test_no_event_about_nobody(complaints: Complaints) -> None:
    """What was an event without a name in `default` is one about the pod, or none and counted as such."""
    sink = MemorySink()
    with EventBroadcaster() as broadcaster:
        broadcaster.start_recording_to_sink(sink)
        recorder = broadcaster.new_recorder(EventSource("test"))
        recorder.event(REFERENCE, "Normal", "Seen", "a reference")
        recorder.event({"apiVersion": "v1", "kind": "Pod"}, "Normal", "Seen", "nobody")
    (complaint,) = complaints.take()
    assert "Will not report event: 'Normal' 'Seen' 'nobody'" in complaint
    (stored,) = sink.events()
    assert stored.involved_object == EXPECTED
    assert stored.namespace == "shop"
