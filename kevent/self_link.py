"""The version in a selfLink, the path under which a server once said that it has an object.

In Go: half of tools/reference GetReference, over net/url Parse. The rules of a URL's
authority are those of Go 1.26 under `GODEBUG=urlstrictcolons=0`, in which colons in a host are as free as they were
when client-go 1.14 was new.
"""

from __future__ import annotations

import re
from ipaddress import ip_address
from string import ascii_letters, digits
from urllib.parse import unquote

from kevent.quoting import quote

__all__ = ["version_in"]


def version_in(self_link: str) -> str:
    """The API version that the path names: `v1` in /api/v1/…, `apps/v1` in /apis/apps/v1/….

    A byte that is no UTF-8 is kept, as Python's surrogateescape keeps it. Raises ValueError with Go's text.

    Unlike client-go, which says of a bad address in brackets what is bad about it, this has one text for all of them.
    """
    parts = _path_of(self_link).split("/")
    if len(parts) < 4:
        raise ValueError(f"unexpected self link format: '{self_link}'; got version ''")
    return parts[2] if parts[1] == "api" else f"{parts[2]}/{parts[3]}"


_URL_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_BAD_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
_ESCAPE_OR_ASCII = re.compile(r"%([0-9A-Fa-f]{2})|[\x00-\x7f]")
_PORT = re.compile(r"(?::[0-9]*)?")
_NOT_IN_USER = re.compile(r"[^A-Za-z0-9\-._:~!$&'()*+,;=%@]")
_IN_HOST = frozenset(ascii_letters + digits + "!$&'()*+,;=:[]<>\"-_.~")


def _path_of(link: str) -> str:
    """The path of a URL, unescaped. In Go: url.Parse."""
    url, _, fragment = link.partition("#")
    try:
        path = _unescape(_after_authority(url))
    except ValueError as error:
        raise ValueError(f"parse {quote(url)}: {error}") from None
    try:
        _check_escapes(fragment)
    except ValueError as error:
        raise ValueError(f"parse {quote(link)}: {error}") from None
    return path


def _after_authority(url: str) -> str:
    if _CONTROL.search(url):
        raise ValueError("net/url: invalid control character in URL")
    scheme = _URL_SCHEME.match(url)
    rest = url[scheme.end() if scheme else 0 :].partition("?")[0]
    if rest.startswith(":") and not scheme:
        raise ValueError("missing protocol scheme")
    if not rest.startswith("/"):
        if scheme:
            return ""  # opaque, as in mailto:
        if ":" in rest.partition("/")[0]:
            raise ValueError("first path segment in URL cannot contain colon")
    elif rest.startswith("//") and (scheme or not rest.startswith("///")):
        authority, slash, path = rest[2:].partition("/")
        _check_authority(authority)
        return slash + path
    return rest


def _check_authority(authority: str) -> None:
    user, _, host = authority.rpartition("@")
    _check_host(host)
    if _NOT_IN_USER.search(user):
        raise ValueError("net/url: invalid userinfo")
    for part in user.split(":", 1):
        _check_escapes(part)


def _check_host(host: str) -> None:
    bracket = host.rfind("[")
    if bracket > 0:
        raise ValueError("invalid IP-literal")
    if bracket == 0:
        address, closing, port = host[1:].rpartition("]")
        if not closing:
            raise ValueError("missing ']' in host")
        _check_port(port)
        name, percent, zone = address.partition("%25")
        _check_name(name)
        _check_name(percent + zone, zone=True)
        address = _unescape(address)
        try:
            version = ip_address(address).version
        except ValueError:
            raise ValueError(f"invalid host: ParseAddr({quote(address)}): unable to parse IP") from None
        if version == 4:
            raise ValueError("invalid IP-literal")
        return
    if ":" in host:
        _check_port(host[host.rindex(":") :])
    _check_name(host)


def _check_port(port: str) -> None:
    if not _PORT.fullmatch(port):
        raise ValueError(f"invalid port {quote(port)} after host")


def _check_name(text: str, *, zone: bool = False) -> None:
    """An escape in a host is a byte beyond ASCII or a percent sign; one in its zone, what a host may hold."""
    for found in _ESCAPE_OR_ASCII.finditer(text):
        piece = found.group()
        if found[1] and piece != "%25":
            byte = chr(int(found[1], 16))
            if not (byte in _IN_HOST or byte == " " if zone else byte >= "\x80"):
                raise _bad_escape(piece)
        elif piece == "%":
            raise _bad_escape(text[found.start() :])
        elif not found[1] and piece not in _IN_HOST:
            raise ValueError(f"invalid character {quote(piece)} in host name")


def _check_escapes(text: str) -> None:
    bad = _BAD_ESCAPE.search(text)
    if bad:
        raise _bad_escape(text[bad.start() :])


def _bad_escape(text: str) -> ValueError:
    """Go shows three bytes, which need not be whole characters."""
    shown = text.encode("utf-8", "surrogatepass")[:3].decode("utf-8", "surrogateescape")
    return ValueError(f"invalid URL escape {quote(shown)}")


def _unescape(text: str) -> str:
    _check_escapes(text)
    return unquote(text, errors="surrogateescape")
