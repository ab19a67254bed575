"""What an object says of itself: which of the many things that stand for a Kubernetes object in Python are understood.

In Go every object is a runtime.Object, and meta.Accessor reads it. In Python each client library has its own. None of
them is imported here: an object is known by its shape, and each shape has a function below. The first that fits wins::

    a mapping that has `metadata`                     manifests; kopf's `body`; what clients give with `to_dict()`;
                                                      lightkube's generic resources
    a mapping that has `kind`, and `name` or `uid`    an `involvedObject`, an `ownerReference`, a `targetRef`
    `raw` or `obj`, a mapping that has `metadata`     kr8s, pykube-ng
    `kind`, and `name` or `uid`, and no `metadata`    `V1ObjectReference`, `V1OwnerReference`; lightkube's of that name
    `metadata`                                        models of kubernetes, of its dynamic client, of kubernetes_asyncio
                                                      and of lightkube
    `to_dict()`, which gives one of the mappings      whatever else

An object says its kind and version in keys or attributes of that name. Where it does not, its class may: kr8s and
pykube-ng write `kind` and `version` there, lightkube what the server serves it under, and the generated models are
named after their kind.

Keys and attributes are read as JSON has them (`apiVersion`, `resourceVersion`) and as Python writes them
(`api_version`, `resource_version`), in `metadata` too, which may be a mapping or have attributes.

An owner reference names no namespace, since it is meant for objects beside it: an event about it goes to `default`
unless a namespace is added.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from kevent.errors import KeventError
from kevent.wire import read_string

__all__ = ["REMEDY", "NilObjectError", "NoKindError", "NoReferenceError", "NotAnObjectError", "Seen", "look_at"]

REMEDY = "set apiVersion and kind, give the recorder a scheme that knows the class, or record about an ObjectReference"


class NoReferenceError(KeventError, ValueError):
    """No reference can be made to this object.

    `in_go` is what client-go's error says in this case, "" where Go has none. `str()` begins with it; what may follow
    is the remedy.
    """

    def __init__(self, message: str, in_go: str = "") -> None:
        super().__init__(message)
        self.in_go = in_go


class NilObjectError(NoReferenceError):
    """The object is None. In Go: tools/reference ErrNilObject."""

    def __init__(self, message: str = "can't reference a nil object") -> None:
        super().__init__(message, message)


class NoKindError(NoReferenceError):
    """Neither the object nor its class tells the kind. In Go its type would; a dictionary has none to ask."""

    def __init__(self, message: str = "") -> None:
        super().__init__(message or f"kind was empty, can't make reference: {REMEDY}")


class NotAnObjectError(NoReferenceError, TypeError):
    """Of no shape that is understood (`kevent.objects` has the table). Go's type checker would not let it through."""


@dataclass(slots=True)
class Seen:
    """What was found. Empty strings stand for what the object does not say."""

    kind: str = ""
    api_version: str = ""
    namespace: str = ""
    name: str = ""
    uid: str = ""
    resource_version: str = ""
    field_path: str = ""
    self_link: str = ""
    class_kind: str = ""
    class_version: str = ""
    is_reference: bool = False
    is_list: bool = False


def look_at(obj: Any) -> Seen:
    """What `obj` says of itself. In Go: meta.Accessor and GetObjectKind.

    Raises NotAnObjectError where no shape fits, or what is read is no string; NoKindError for a mapping that has
    neither `metadata` nor a kind.
    """
    if not isinstance(obj, type):
        for shape in (_mapping, _wrapped, _reference, _model, _convertible):
            seen = shape(obj)
            if seen is not None:
                return seen
    what = f"the class {obj.__name__}" if isinstance(obj, type) else type(obj).__name__
    raise NotAnObjectError(f"obj: expected an object with apiVersion, kind and metadata, not {what}: {REMEDY}")


# --- the shapes ---------------------------------------------------------------------------------------------


def _mapping(obj: Any) -> Seen | None:
    if not isinstance(obj, Mapping):
        return None
    if "metadata" in obj:
        return _whole(obj, *_known_to_lightkube(type(obj)))
    seen = _named(obj)
    if seen is not None:
        return seen
    if not _text(obj, "kind"):
        raise NoKindError
    raise NotAnObjectError(f"obj: a dictionary without metadata, name and uid names nothing to refer to: {REMEDY}")


def _wrapped(obj: Any) -> Seen | None:
    manifest = _read(obj, "raw", "obj")
    if not isinstance(manifest, Mapping) or "metadata" not in manifest:
        return None
    return _whole(manifest, _text(obj, "version"), _text(obj, "kind"))


def _reference(obj: Any) -> Seen | None:
    return _named(obj) if _read(obj, "metadata") is None else None


def _model(obj: Any) -> Seen | None:
    if not _has(obj, "metadata"):
        return None
    version, kind = _known_to_lightkube(type(obj))
    return _whole(obj, version, kind or _kind_of_class(type(obj).__name__))


def _convertible(obj: Any) -> Seen | None:
    try:
        data = obj.to_dict()
    except Exception:  # there is none, or it is somebody else's code that raises whatever it likes
        return None
    return _mapping(data) if isinstance(data, Mapping) and data.get("kind") else None


def _named(obj: Any) -> Seen | None:
    """A reference, if `obj` says a kind, and a name or a uid."""
    kind = _read(obj, "kind")
    if not isinstance(kind, str) or not isinstance(_read(obj, "name", "uid"), str):
        return None
    return Seen(
        kind=kind,
        api_version=_text(obj, "apiVersion", "api_version"),
        namespace=_text(obj, "namespace"),
        name=_text(obj, "name"),
        uid=_text(obj, "uid"),
        resource_version=_text(obj, "resourceVersion", "resource_version"),
        field_path=_text(obj, "fieldPath", "field_path"),
        is_reference=True,
    )


def _whole(obj: Any, class_version: str, class_kind: str) -> Seen:
    """An object with metadata."""
    kind, api_version = _text(obj, "kind"), _text(obj, "apiVersion", "api_version")
    metadata = _read(obj, "metadata")
    if isinstance(metadata, str | bytes | int | float | list | tuple):
        raise NotAnObjectError(f"obj.metadata: expected an object, not {type(metadata).__name__}")
    return Seen(
        kind=kind,
        api_version=api_version,
        namespace=_text(metadata, "namespace", path="obj.metadata"),
        name=_text(metadata, "name", path="obj.metadata"),
        uid=_text(metadata, "uid", path="obj.metadata"),
        resource_version=_text(metadata, "resourceVersion", "resource_version", path="obj.metadata"),
        self_link=_text(metadata, "selfLink", "self_link", path="obj.metadata"),
        class_kind=class_kind,
        class_version=class_version,
        is_list=isinstance(_read(obj, "items"), list | tuple),
    )


# --- what a class tells -------------------------------------------------------------------------------------

# The classes that Kubernetes' OpenAPI generates are named [Group]Version + Kind; the group is one capitalised word.
_VERSION_PREFIX = re.compile(r"(?:[A-Z][a-z]*)?V\d+(?:(?:alpha|beta)\d+)?(?=[A-Z])")


def _kind_of_class(name: str) -> str:
    prefix = _VERSION_PREFIX.match(name)
    return name[prefix.end() :] if prefix else name


def _known_to_lightkube(cls: type) -> tuple[str, str]:
    """The version and kind in what lightkube knows of its resource classes."""
    resource = None if cls is dict else getattr(getattr(cls, "_api_info", None), "resource", None)
    if resource is None:
        return "", ""
    group, version = _text(resource, "group"), _text(resource, "version")
    return f"{group}/{version}" if group else version, _text(resource, "kind")


# --- reading ------------------------------------------------------------------------------------------------


def _has(obj: Any, name: str) -> bool:
    try:
        return hasattr(obj, name)
    except Exception:  # a property that fails, as pykube-ng's `metadata` does where there is none
        return False


def _read(obj: Any, *names: str) -> Any:
    """The first of these keys or attributes that is there and not None."""
    if isinstance(obj, dict):  # nearly always, and much quicker
        for name in names:
            if (value := obj.get(name)) is not None:
                return value
        return None
    for name in names:
        try:
            value = obj.get(name) if isinstance(obj, Mapping) else getattr(obj, name, None)
        except Exception:
            continue
        if value is not None and not callable(value):
            return value
    return None


def _text(obj: Any, *names: str, path: str = "obj") -> str:
    value = _read(obj, *names)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise NotAnObjectError(f"{path}.{names[0]}: expected a string, not {type(value).__name__}")
    return read_string(value, names[0])
