"""References: how an event says which object it is about.

In Go: core/v1 ObjectReference, and k8s.io/client-go/tools/reference/ref.go.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import unquote

from kevent.errors import KeventError
from kevent.wire import read_mapping, read_string

__all__ = [
    "NilObjectError",
    "NoKindError",
    "NoReferenceError",
    "NoSelfLinkError",
    "NotAnObjectError",
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


class NoReferenceError(KeventError, ValueError):
    """No reference can be made to this object. `str()` is Go's text where Go has one."""


class NilObjectError(NoReferenceError):
    """The object is None. In Go: tools/reference ErrNilObject."""

    def __init__(self) -> None:
        super().__init__("can't reference a nil object")


class NoSelfLinkError(NoReferenceError):
    """Neither the object's apiVersion nor its selfLink tells the version.

    In Go: tools/reference ErrNoSelfLink.
    """

    def __init__(self) -> None:
        super().__init__("selfLink was empty, can't make reference")


class SelfLinkError(NoReferenceError):
    """The selfLink is not of the form /api/v1/… or /apis/group/version/…"""


class NoKindError(NoReferenceError):
    """A dictionary without `kind`. In Go its type would tell; a dictionary has no type to ask."""

    def __init__(self) -> None:
        super().__init__("kind was empty and a dictionary has no class to tell it, can't make reference")


class NotAnObjectError(NoReferenceError, TypeError):
    """Neither a reference, nor a manifest, nor an object with metadata. Go's type checker would not let it
    through.
    """


_ESCAPES = {
    "\a": "\\a",
    "\b": "\\b",
    "\f": "\\f",
    "\n": "\\n",
    "\r": "\\r",
    "\t": "\\t",
    "\v": "\\v",
    '"': '\\"',
    "\\": "\\\\",
}


def _quote_character(character: str) -> str:
    code = ord(character)
    if character in _ESCAPES:
        return _ESCAPES[character]
    if character.isprintable():
        return character
    if 0xD800 <= code <= 0xDFFF:
        return "\N{REPLACEMENT CHARACTER}"  # no string of Go's can hold half a surrogate pair
    if code < 0x80:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def quote(text: str) -> str:
    """The text as a Go string literal. In Go: strconv.Quote.

    Python's isprintable and Go's IsPrint draw the same line: letters, marks, numbers, punctuation, symbols,
    and of the spaces only U+0020. They may differ on characters newer than the older one's Unicode tables.
    """
    if text.isprintable() and '"' not in text and "\\" not in text:
        return f'"{text}"'
    return '"' + "".join(map(_quote_character, text)) + '"'


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
            ("apiVersion", self.api_version),
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


def get_reference(obj: Any, scheme: Scheme | None = None) -> ObjectReference:
    """A reference to `obj`, by the rules of client-go 1.14. In Go: tools/reference GetReference.

    `obj` is an ObjectReference (returned as it is), a manifest dictionary, or an object with `metadata` in
    attributes, such as the models of the `kubernetes` client (`api_version`, `metadata.self_link`) and its
    dynamic client's (`apiVersion`, `metadata.selfLink`).

    The kind is the object's own, else the one its class is named after: V1Pod, CoreV1Event and
    ExtensionsV1beta1Ingress are a Pod, an Event and an Ingress. The version is the object's own, else the one
    in its selfLink. A list, which has no name, gives a reference with kind, version and resource version
    alone.

    With a `scheme`, what the object does not say itself is looked up there by its class, or its class's name,
    before the class's name and the selfLink are asked. client-go does so since 1.16, where the scheme knows
    every type.

    Raises NilObjectError, NoKindError, NoSelfLinkError, SelfLinkError, NotAnObjectError (a TypeError as
    well): all of them are NoReferenceError.
    """
    if isinstance(obj, ObjectReference):
        return obj
    if obj is None:
        raise NilObjectError
    is_manifest = isinstance(obj, Mapping)
    if not is_manifest and (isinstance(obj, type) or not hasattr(obj, "metadata")):
        raise NotAnObjectError(
            "obj: expected an ObjectReference, a manifest dictionary or an object with metadata, "
            f"not {'the class ' + obj.__name__ if isinstance(obj, type) else type(obj).__name__}"
        )
    scheme_version, scheme_kind = ("", "") if is_manifest else _look_up(scheme or {}, type(obj))
    kind = _text(obj, "kind") or scheme_kind
    if not kind:
        if is_manifest:
            raise NoKindError
        kind = _kind_of_class(type(obj).__name__)

    metadata = _read(obj, "metadata")
    if metadata is None:
        metadata = {}
    elif isinstance(metadata, str | bytes | int | float | list | tuple):
        raise NotAnObjectError(f"obj.metadata: expected an object, not {type(metadata).__name__}")

    version = _group_version(_text(obj, "apiVersion", "api_version")) or scheme_version
    if not version:
        version = _version_in(_text(metadata, "selfLink", "self_link", path="obj.metadata"))

    resource_version = _text(metadata, "resourceVersion", "resource_version", path="obj.metadata")
    if isinstance(_read(obj, "items"), list | tuple):
        return ObjectReference(kind=kind, api_version=version, resource_version=resource_version)
    return ObjectReference(
        kind=kind,
        namespace=_text(metadata, "namespace", path="obj.metadata"),
        name=_text(metadata, "name", path="obj.metadata"),
        uid=_text(metadata, "uid", path="obj.metadata"),
        api_version=version,
        resource_version=resource_version,
    )


def get_partial_reference(obj: Any, field_path: str, scheme: Scheme | None = None) -> ObjectReference:
    """A reference to a part of `obj`, such as `spec.containers{app}`. In Go: tools/reference
    GetPartialReference.

    Unlike client-go, which writes the field path into the very reference it was handed, this gives a new one.
    Raises what `get_reference` raises.
    """
    if not isinstance(field_path, str):
        raise TypeError(f"field_path: expected a string, not {type(field_path).__name__}")
    return replace(get_reference(obj, scheme), field_path=field_path)


def _read(obj: Any, *names: str) -> Any:
    """The first of these keys or attributes that is there and not None."""
    for name in names:
        value = obj.get(name) if isinstance(obj, Mapping) else getattr(obj, name, None)
        if value is not None and not callable(value):
            return value
    return None


def _text(obj: Any, *names: str, path: str = "obj") -> str:
    value = _read(obj, *names)
    if value is not None and not isinstance(value, str):
        raise NotAnObjectError(f"{path}.{names[0]}: expected a string, not {type(value).__name__}")
    return read_string(value, names[0])


def _look_up(scheme: Scheme, cls: type) -> tuple[str, str]:
    found = scheme.get(cls) or scheme.get(cls.__name__) or ("", "")
    match found:
        case (str(), str()):
            return found
    raise TypeError(f"scheme[{cls.__name__}]: expected (api_version, kind), not {found!r}")


# The generated classes are named [Group]Version + Kind, where the group is one capitalised word.
_VERSION_PREFIX = re.compile(r"(?:[A-Z][a-z]*)?V\d+(?:(?:alpha|beta)\d+)?(?=[A-Z])")


def _kind_of_class(name: str) -> str:
    prefix = _VERSION_PREFIX.match(name)
    return name[prefix.end() :] if prefix else name


def _group_version(api_version: str) -> str:
    """The version as apimachinery would print it back: more than one slash is no version at all."""
    slashes = api_version.count("/")
    return "" if slashes > 1 else api_version.removeprefix("/") if slashes else api_version


def _version_in(self_link: str) -> str:
    if not self_link:
        raise NoSelfLinkError
    parts = _path_of(self_link).split("/")
    if len(parts) < 4:
        raise SelfLinkError(f"unexpected self link format: '{self_link}'; got version ''")
    return parts[2] if parts[1] == "api" else f"{parts[2]}/{parts[3]}"


_URL_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")
_BAD_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2}).{0,2}", re.DOTALL)
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


def _path_of(link: str) -> str:
    """The path of a URL, unescaped. In Go: url.Parse, for what can stand in a selfLink."""
    url, _, fragment = link.partition("#")

    def bad(why: str, where: str = url) -> SelfLinkError:
        return SelfLinkError(f"parse {quote(where)}: {why}")

    if _CONTROL.search(url):
        raise bad("net/url: invalid control character in URL")
    scheme = _URL_SCHEME.match(url)
    rest = url[scheme.end() if scheme else 0 :].partition("?")[0]
    if rest.startswith(":") and not scheme:
        raise bad("missing protocol scheme")
    if not rest.startswith("/"):
        if scheme:
            return ""  # opaque, as in mailto:
        if ":" in rest.partition("/")[0]:
            raise bad("first path segment in URL cannot contain colon")
    elif rest.startswith("//") and (scheme or not rest.startswith("///")):
        _, slash, path = rest[2:].partition("/")
        rest = slash + path
    for part, where in ((rest, url), (fragment, link)):
        escape = _BAD_ESCAPE.search(part)
        if escape:
            raise bad(f"invalid URL escape {quote(escape.group())}", where)
    return unquote(rest)
