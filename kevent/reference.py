"""References: how an event says which object it is about.

In Go: core/v1 ObjectReference, and k8s.io/client-go/tools/reference/ref.go.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from kevent import self_link, versions
from kevent.objects import REMEDY, NilObjectError, NoKindError, NoReferenceError, NotAnObjectError, Seen, look_at
from kevent.quoting import quote
from kevent.versions import NEWEST, Reference, Release
from kevent.wire import read_mapping, read_string

__all__ = [
    "NilObjectError",
    "NoKindError",
    "NoReferenceError",
    "NoSelfLinkError",
    "NotAnObjectError",
    "NotRegisteredError",
    "ObjectReference",
    "Scheme",
    "SelfLinkError",
    "get_partial_reference",
    "get_reference",
]

Scheme = Mapping[type | str, tuple[str, str]]
"""From a class, or a class's name, to the (api_version, kind) of its objects.

In Go: runtime.Scheme, read backwards.
"""


_NO_SELF_LINK = "selfLink was empty, can't make reference"


class NoSelfLinkError(NoReferenceError):
    """Neither the object, nor its class, nor its selfLink tells the version.

    In Go: tools/reference ErrNoSelfLink, until 1.15.3.
    """

    def __init__(self, message: str = "") -> None:
        super().__init__(message or f"{_NO_SELF_LINK} (nor was there an apiVersion: {REMEDY})", _NO_SELF_LINK)


class SelfLinkError(NoReferenceError):
    """The selfLink is not of the form /api/v1/… or /apis/group/version/…"""

    def __init__(self, message: str) -> None:
        super().__init__(message, message)


class NotRegisteredError(NoReferenceError):
    """The object tells neither kind nor version, and neither its class nor the scheme knows both.

    In Go: apimachinery's notRegisteredErr, which has the Go names of the type and of the scheme. It is what
    GetReference returns since 1.15.4, whose scheme knows every type.
    """

    def __init__(self, message: str) -> None:
        super().__init__(message, message.partition(":")[0])


@dataclass(frozen=True, slots=True)
class ObjectReference:
    """Which object an event is about. In Go: core/v1 ObjectReference. Immutable, so events may share one."""

    kind: str = ""
    namespace: str = ""
    name: str = ""
    uid: str = ""
    api_version: str = ""
    resource_version: str = ""
    field_path: str = ""

    def to_dict(self) -> dict[str, Any]:
        """As Kubernetes JSON; empty fields are left out, as Go's omitempty does."""
        values = (
            ("kind", self.kind),
            ("namespace", self.namespace),
            ("name", self.name),
            ("uid", self.uid),
            ("apiVersion", read_string(self.api_version, "apiVersion")),  # the byte of a selfLink may be no text
            ("resourceVersion", self.resource_version),
            ("fieldPath", self.field_path),
        )
        return {key: value for key, value in values if value}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any], path: str = "reference") -> ObjectReference:
        """From Kubernetes JSON. Unknown keys are ignored; ValueError names the field (under `path`) that is
        wrong.
        """
        data = read_mapping(data, path)
        return cls(
            kind=read_string(data.get("kind"), f"{path}.kind"),
            namespace=read_string(data.get("namespace"), f"{path}.namespace"),
            name=read_string(data.get("name"), f"{path}.name"),
            uid=read_string(data.get("uid"), f"{path}.uid"),
            api_version=read_string(data.get("apiVersion"), f"{path}.apiVersion"),
            resource_version=read_string(data.get("resourceVersion"), f"{path}.resourceVersion"),
            field_path=read_string(data.get("fieldPath"), f"{path}.fieldPath"),
        )

    def go_syntax(self) -> str:
        """The reference as Go source, which is how client-go logs it. In Go: fmt's %#v of the value."""
        return (
            f"v1.ObjectReference{{Kind:{quote(self.kind)}, Namespace:{quote(self.namespace)}, "
            f"Name:{quote(self.name)}, UID:{quote(self.uid)}, APIVersion:{quote(self.api_version)}, "
            f"ResourceVersion:{quote(self.resource_version)}, FieldPath:{quote(self.field_path)}}}"
        )


def get_reference(obj: Any, scheme: Scheme | None = None, *, release: str | Release = NEWEST) -> ObjectReference:
    """A reference to `obj`, by the rules of a release. In Go: tools/reference GetReference.

    `obj` is an ObjectReference (returned as it is), a manifest or a reference as a dictionary, or an object of one of
    the client libraries: kubernetes and its dynamic client, kubernetes_asyncio, kopf, kr8s, lightkube, pykube-ng.
    `kevent.objects` has the table of what is understood.

    Kind and version are the object's own if it says either: one without the other stays alone. Else both come from
    the `scheme`, where the object's class is looked up, or its class's name, and what that does not know from the class
    itself: V1Pod, CoreV1Event and ExtensionsV1beta1Ingress are a Pod, an Event and an Ingress.

    Until 1.15.3 the two are found one by one: the kind is the object's own, the scheme's or the class's; the version is
    the object's own, the class's, or the one in its selfLink.

    A list, which has no name, gives a reference with kind, version and resource version alone.

    Unlike client-go, whose compiler sees to it, this refuses a dictionary that names nothing: one without `metadata`,
    or else a kind and a name or uid. An ObjectReference and an object with metadata may be without a name, as in Go.

    Raises NilObjectError, NoKindError, NotRegisteredError, NotAnObjectError (a TypeError as well), and until 1.15.3
    NoSelfLinkError, SelfLinkError: all of them are NoReferenceError. TypeError for a `scheme` that has something else
    than an (api_version, kind) for the object's class.
    """
    return REFERENCES[versions.release(release).reference](obj, scheme)


def _all_from_one(obj: Any, scheme: Scheme | None) -> ObjectReference:
    """In Go: GetReference, since 1.15.4."""
    if isinstance(obj, ObjectReference):
        return obj
    if obj is None:
        raise NilObjectError
    seen = look_at(obj)
    kind, version = seen.kind, seen.api_version
    if seen.is_reference:
        return _refer(seen, kind, version)
    version = _group_version(version)
    if not kind and not version:
        version, kind = _look_up(scheme or {}, type(obj))
        if not kind:
            version, kind = seen.class_version, seen.class_kind
        if not kind:
            raise NoKindError
        if not version:
            raise NotRegisteredError(f"no kind is registered for the type {type(obj).__name__}: {REMEDY}")
    return _refer_by_kind(seen, kind, version)


def _one_by_one(obj: Any, scheme: Scheme | None) -> ObjectReference:
    """In Go: GetReference, until 1.15.3."""
    if isinstance(obj, ObjectReference):
        return obj
    if obj is None:
        raise NilObjectError
    seen = look_at(obj)
    if seen.is_reference:
        return _refer(seen, seen.kind, seen.api_version)
    kind = seen.kind or _look_up(scheme or {}, type(obj))[1] or seen.class_kind
    if not kind:
        raise NoKindError
    version = _group_version(seen.api_version) or seen.class_version
    if not version:
        version = _version_in(seen.self_link)
    return _refer_by_kind(seen, kind, version)


REFERENCES: dict[Reference, Callable[[Any, Scheme | None], ObjectReference]] = {
    "self link": _one_by_one,
    "object or scheme": _all_from_one,
}
"""`get_reference`, each way that a release has it."""


def _refer_by_kind(seen: Seen, kind: str, version: str) -> ObjectReference:
    if seen.is_list:
        return ObjectReference(kind=kind, api_version=version, resource_version=seen.resource_version)
    return _refer(seen, kind, version)


def _refer(seen: Seen, kind: str, version: str) -> ObjectReference:
    return ObjectReference(
        kind=kind,
        namespace=seen.namespace,
        name=seen.name,
        uid=seen.uid,
        api_version=version,
        resource_version=seen.resource_version,
        field_path=seen.field_path,
    )


def get_partial_reference(
    obj: Any, field_path: str, scheme: Scheme | None = None, *, release: str | Release = NEWEST
) -> ObjectReference:
    """A reference to a part of `obj`, such as `spec.containers{app}`. In Go: tools/reference
    GetPartialReference.

    Unlike client-go, which writes the field path into the very reference it was handed, this gives a new one.
    Raises what `get_reference` raises, and TypeError for a `field_path` that is no string.
    """
    if not isinstance(field_path, str):
        raise TypeError(f"field_path: expected a string, not {type(field_path).__name__}")
    return replace(get_reference(obj, scheme, release=release), field_path=field_path)


def _look_up(scheme: Scheme, cls: type) -> tuple[str, str]:
    """What the scheme knows of a class, or of what the class is derived from."""
    for base in cls.__mro__ if scheme else ():
        found = scheme.get(base) or scheme.get(base.__name__)
        match found:
            case (str(), str()):
                return found
            case None:
                continue
        raise TypeError(f"scheme[{base.__name__}]: expected (api_version, kind), not {found!r}")
    return "", ""


def _group_version(api_version: str) -> str:
    """The version as apimachinery would print it back: more than one slash is no version at all."""
    slashes = api_version.count("/")
    return "" if slashes > 1 else api_version.removeprefix("/") if slashes else api_version


def _version_in(link: str) -> str:
    if not link:
        raise NoSelfLinkError
    try:
        return self_link.version_in(link)
    except ValueError as error:
        raise SelfLinkError(str(error)) from None
