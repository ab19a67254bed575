"""Events out of what people have: lists, watch streams, exports, dumps, in whatever form a shell has left them.

In Go: nothing. A file is read through a window, a megabyte at a time and an event at a time, so that a long list
needs no more room than what is remembered of it. Whatever stands between two JSON documents is passed over, a prompt,
a warning or a log's lines; what is no event is counted by its kind. Nothing is guessed about what cannot be read:
`Notes` says what was left out, and `Unreadable` says in words what to ask for instead.
"""

from __future__ import annotations

import codecs
import json
import re
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain
from json.decoder import WHITESPACE  # type: ignore[attr-defined]
from typing import Any

from kevent.errors import KeventError

__all__ = ["COMMAND", "Notes", "Refused", "Unreadable", "items"]

COMMAND = "kubectl get events -A -o json > events.json"
"""What gives the best list: the words for whoever has something else."""

PIECE = 1 << 20
"""How many bytes are taken in at once."""

HOPELESS = 100
"""After so many events that cannot be read, and not one that can, nobody looks any further."""

MARGIN = 40
"""How many characters of the beginning of a line are remembered."""

NESTED = "JSON, but nested deeper than anybody meant"


class Unreadable(KeventError, ValueError):
    """There are no events in it that can be read. `str()` says what it is, and what to ask for instead."""


class Refused(KeventError):
    """It is what a server said instead of a list: `str()` is the server's own words."""


@dataclass
class Notes:
    """What was met on the way."""

    documents: int = 0
    """JSON documents at the top: one for a list, many for a stream."""
    events: int = 0
    """Events, each state of a stream counted."""
    snapshot: bool = True
    """Whether it is a list as a server has it at one time; not a stream or an archive."""
    deleted: int = 0
    """Events of which a watch said that they are gone."""
    others: Counter[str] = field(default_factory=Counter)
    """What was there beside events, by kind."""
    broken: int = 0
    """Events that could not be read."""
    first_broken: str = ""
    """What was wrong with the first of them."""
    cut_off: str = ""
    """Where it stops in the middle, "" if it does not."""
    refused: str = ""
    """What a server said instead of more, "" if it did not: a watch may end so."""
    passed_over: int = 0
    """Lines between the documents that are no JSON."""
    requests: Counter[str] = field(default_factory=Counter)
    """For an audit log: requests about events, by verb and code."""
    first_line: str = ""
    """The first line that is no JSON."""

    @property
    def complete(self) -> bool:
        """Whether all that there is could be read, and no server has refused to say more."""
        return not (self.cut_off or self.broken or self.refused)

    def words(self) -> list[str]:
        """What a reader has to know before they believe what is found."""
        said = []
        if self.cut_off:
            said.append(f"It stops in the middle, {self.cut_off}. What stands before is read.")
        if self.refused:
            said.append(f"A server refused to say more: {self.refused}")
        if self.broken:
            said.append(
                f"{_count(self.broken, 'event')} could not be read and left out. The first: {self.first_broken}"
            )
        if self.passed_over:
            are = "is" if self.passed_over == 1 else "are"
            said.append(f"{_count(self.passed_over, 'line')} that {are} no JSON passed over.")
        if self.others:
            kinds = ", ".join(f"{number} {kind}" for kind, number in self.others.most_common(5))
            said.append(f"Beside events there is: {kinds}.")
        return said


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


# --- from bytes to text ---------------------------------------------------------------------------------------------


def text_of(pieces: Iterable[bytes]) -> Iterator[str]:
    """The text of a file, whatever a shell has made of it: UTF-8, or UTF-16 as PowerShell writes it; gzip is unpacked.

    Raises Unreadable for what is known to hold no text.
    """
    source = iter(pieces)
    head = b""
    for piece in source:  # a pipe may give a few bytes only
        head += piece
        if len(head) >= 16:
            break
    if head.startswith(b"\x1f\x8b"):
        yield from text_of(_unpacked(head, source))
        return
    for magic, what in _BINARY.items():
        if head.startswith(magic):
            raise Unreadable(what)
    decoder = codecs.getincrementaldecoder(_encoding(head))(errors="replace")
    some = False
    for piece in chain([head], source):
        text = decoder.decode(piece)
        some = some or bool(text)
        yield text
    if not some:  # else half a character at the end is where the text stops, and no character
        yield decoder.decode(b"", True)


_BINARY = {
    b"SQLite format 3\0": "a SQLite file: only a kevent's can be read, and from a disk",
    b"k8s\0": f"Kubernetes' protobuf, not JSON; ask for: {COMMAND}",
    b"PK\x03\x04": "a zip file: unpack it, and give the events.json in it",
    b"\x28\xb5\x2f\xfd": "a zstd file: unpack it first",
    b"BZh": "a bzip2 file: unpack it first",
    b"\xfd7zXZ": "an xz file: unpack it first",
    b"\x89PNG": f"a picture; ask for: {COMMAND}",
    b"\xff\xd8\xff": f"a picture; ask for: {COMMAND}",
    b"%PDF": f"a PDF; ask for: {COMMAND}",
}


def _encoding(head: bytes) -> str:
    if head.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        return "utf-32"
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if head[:1] in b"{[ \r\n\t" and head[1:2] == b"\0":  # without a mark, as some tools cut it off
        return "utf-16-le"
    if head[:1] == b"\0" and head[1:2] in (b"{", b"[", b" "):
        return "utf-16-be"
    return "utf-8-sig"


def _unpacked(head: bytes, source: Iterator[bytes]) -> Iterator[bytes]:
    """What gzip has packed, a piece at a time, however much comes out of a few bytes."""
    unpacker = zlib.decompressobj(31)
    some = False
    try:
        for piece in chain([head], source):
            while piece:
                if unpacker.eof:  # one more, as `cat` and a rotation of logs put them one behind the other
                    piece = piece.lstrip(b"\0")
                    if not piece:
                        break
                    unpacker = zlib.decompressobj(31)
                out = unpacker.decompress(piece, PIECE)
                some = some or bool(out)
                yield out
                piece = unpacker.unused_data if unpacker.eof else unpacker.unconsumed_tail
                if not out and not unpacker.eof:
                    break
        yield unpacker.flush()
    except zlib.error as error:
        raise Unreadable(f"a gzip file that is damaged: {error}") from None
    if not some:
        raise Unreadable("a gzip file that is damaged: nothing comes out of it")
    if not unpacker.eof:
        raise Unreadable("a gzip file that stops in the middle")


# --- from text to documents -----------------------------------------------------------------------------------------


def _number(digits: str) -> int | float:
    """No count has twenty digits, and Python refuses to read thousands of them."""
    return int(digits) if len(digits) < 20 else float(digits)


_DECODER = json.JSONDecoder(parse_int=_number)
_COLOURS = re.compile(r"\x1b\[[0-9;]*m")
_BEGUN = re.compile(r"\x1b(?:\[[0-9;]*)?$")
_WORDS = ("true", "false", "null", "NaN", "Infinity", "-Infinity")


def _uncoloured(pieces: Iterator[str]) -> Iterator[str]:
    """Without what a terminal is told of colours."""
    held = ""
    for piece in pieces:
        if "\x1b" in piece or held:
            piece = _COLOURS.sub("", held + piece)
            begun = _BEGUN.search(piece)
            held = begun[0] if begun and len(begun[0]) < 20 else ""
            piece = piece[: len(piece) - len(held)]
        yield piece
    yield held


class _Incomplete(Exception):
    """The text ends inside a document."""


class _Window:
    """The text that is looked at: from `at` on, and more when it is asked for."""

    def __init__(self, pieces: Iterator[str], progress: Callable[[int], object] | None) -> None:
        self._pieces = pieces
        self._progress = progress
        self.text = ""
        self.at = 0
        self.gone = 0  # characters before the window
        self.lines = 0  # and lines
        self.over = False
        self.broken_off: Unreadable | None = None  # why there is no more
        self._column = 0  # characters of the first line that are before the window
        self._margin = ""  # and how they begin

    def more(self) -> bool:
        """Take in as much again as there is, so that no document is read more often than its length allows."""
        if self.over:
            return False
        rest = [self.text[self.at :]]
        self.gone += self.at
        self.lines += self.text.count("\n", 0, self.at)
        self._column, self._margin = self._column_of(self.at), self._margin_of(self.at)
        wanted = max(len(rest[0]), 1)
        while wanted > 0:
            try:
                piece = next(self._pieces, None)
            except Unreadable as error:
                self.broken_off, piece = error, None
            if piece is None:
                self.over = True
                break
            rest.append(piece)
            wanted -= len(piece)
        self.text, self.at = "".join(rest), 0
        if self._progress is not None:
            self._progress(self.gone + len(self.text))
        return len(rest) > 1 or not self.over

    def peek(self) -> str:
        """The next character that is no space, "" at the end."""
        while True:
            self.at = WHITESPACE.match(self.text, self.at).end()
            if self.at < len(self.text):
                return self.text[self.at]
            if not self.more():
                return ""

    def value(self) -> Any:
        """The JSON value that begins here. Raises ValueError, and _Incomplete where the text ends inside it."""
        self.peek()
        while True:
            try:
                value, end = _DECODER.raw_decode(self.text, self.at)
            except json.JSONDecodeError as error:
                unfinished = error.msg.startswith("Unterminated")
                if (unfinished or error.pos >= len(self.text) - 12) and self.more():
                    continue
                rest = self.text[error.pos :].strip()
                if unfinished or any(word.startswith(rest) for word in _WORDS):
                    raise _Incomplete from None
                raise
            if end >= len(self.text) - 1 and isinstance(value, int | float) and self.more():
                continue  # there may be more digits
            self.at = end
            return value

    def line(self) -> str:
        """The rest of this line, passed over."""
        while (end := self.text.find("\n", self.at)) < 0 and self.more():
            pass
        end = len(self.text) if end < 0 else end + 1
        line, self.at = self.text[self.at : min(end, self.at + 400)].strip(), end
        return line

    def place(self, at: int | None = None) -> str:
        """Where that is, as a person counts: a line and a column."""
        at = self.at if at is None else at
        line = self.lines + self.text.count("\n", 0, at) + 1
        return f"line {line}, column {self._column_of(at) + 1}"

    @property
    def indentation(self) -> int:
        """By how many spaces the line is indented on which it stands."""
        margin = self._margin_of(self.at)
        return len(margin) - len(margin.lstrip())

    def _column_of(self, at: int) -> int:
        begin = self.text.rfind("\n", 0, at) + 1
        return at - begin if begin else self._column + at

    def _margin_of(self, at: int) -> str:
        begin = self.text.rfind("\n", 0, at) + 1
        return ("" if begin else self._margin) + self.text[begin : min(at, begin + MARGIN)]

    @property
    def seen(self) -> int:
        """How many characters were taken in."""
        return self.gone + len(self.text)


_BETWEEN = ']}":,'
"""What a line of a list begins with that is neither an object nor a list itself."""

_EVENT_LIST = ("List", "EventList", "", None)


class _Reader:
    def __init__(self, window: _Window, notes: Notes) -> None:
        self.window = window
        self.notes = notes
        self.lists = 0
        self.singles = 0
        self.torn: int | None = None  # how far something was indented that is not quite JSON

    def items(self) -> Iterator[dict[str, Any]]:
        """Every event, as JSON has it."""
        window, notes = self.window, self.notes
        try:
            while True:
                start = window.peek()
                if not start:
                    break
                if notes.broken >= HOPELESS and not notes.events:
                    break
                if self.torn is not None and (start in _BETWEEN or (start in "{[" and window.indentation > self.torn)):
                    window.line()  # of what is not quite JSON, or of a list around it
                    continue
                if start == "," and notes.documents:
                    window.at += 1
                    continue
                if start not in "{[":
                    self.pass_over()
                    continue
                notes.documents += 1
                try:
                    yield from self.document(start)
                except _Incomplete:
                    if not self.cut_off():
                        break
                except json.JSONDecodeError as error:
                    if notes.passed_over or _looks_like_a_log(window.text[window.at : window.at + 80]):
                        notes.documents -= 1
                        self.pass_over()
                        continue
                    # Where something else was expected than what begins here, that has not been looked at yet.
                    self.tear(self.wrong(error), over=error.pos > window.at or window.peek() not in "{[")
        except RecursionError:
            self.broken(NESTED)
        if window.broken_off is not None and not notes.events:
            raise window.broken_off
        if window.broken_off is not None:
            notes.cut_off = f"at {window.place()}, after {_count(notes.events, 'event')}: {window.broken_off}"
        notes.snapshot = self.lists == 1 and not self.singles and self.torn is None

    def cut_off(self) -> bool:
        """It stops inside a document. Say where, and whether there is something to be read behind its first line."""
        window, notes = self.window, self.notes
        if notes.passed_over and window.text.find("\n", window.at) >= 0:  # a line of a log that begins like JSON
            self.pass_over()
            return True
        again = bool(notes.cut_off)
        notes.cut_off = f"at {window.place(len(window.text))}, after {_count(notes.events, 'event')}"
        if not again:
            self.tear("")
        return not again

    def tear(self, why: str, *, over: bool = True) -> None:
        """What begins here is not quite JSON. It goes on with what stands on a line of its own, no further inside."""
        if why:
            self.broken(why)
        self.torn = self.window.indentation
        if over:
            self.window.line()

    def pass_over(self) -> None:
        line = self.window.line()
        self.notes.passed_over += 1
        self.notes.first_line = self.notes.first_line or line

    def wrong(self, error: json.JSONDecodeError) -> str:
        window = self.window
        around = " ".join(window.text[max(error.pos - 30, 0) : error.pos + 20].split())
        return f"not quite JSON: {window.place(error.pos)}: {error.msg}, near {around!r}"

    def document(self, start: str) -> Iterator[dict[str, Any]]:
        """The events of one document: at once if it is short, and else a member at a time."""
        window = self.window
        try:
            value, end = _DECODER.raw_decode(window.text, window.at)
        except json.JSONDecodeError:
            if window.seen < PIECE // 2 and window.more():  # it may be short, and not all here
                yield from self.document(window.peek())
                return
            yield from self.array(None) if start == "[" else self.members()
            return
        window.at = end
        yield from self.found(value)

    def members(self) -> Iterator[dict[str, Any]]:
        """A long object. Its items are read one after the other, and the rest of it whole."""
        window = self.window
        window.at += 1
        rest: dict[str, Any] = {}
        listed = False
        while True:
            mark = window.peek()
            if mark == "}":
                window.at += 1
                break
            if mark == ",":
                window.at += 1
                window.peek()
            key = window.value()
            if not isinstance(key, str):
                raise json.JSONDecodeError("Expecting property name enclosed in double quotes", window.text, window.at)
            if window.peek() != ":":
                self.missing("Expecting ':' delimiter")
            window.at += 1
            if key == "items" and window.peek() == "[":
                listed = True
                self.lists += 1
                yield from self.array(rest)
            else:
                rest[key] = window.value()
        if not listed:
            yield from self.found(rest)
        elif rest.get("kind") not in _EVENT_LIST and not self.notes.events:
            self.notes.others[str(rest["kind"])] += 1

    def array(self, around: dict[str, Any] | None) -> Iterator[dict[str, Any]]:
        window = self.window
        if around is None:
            self.lists += 1
        window.at += 1
        while True:
            mark = window.peek()
            if mark == "]":
                window.at += 1
                return
            if mark == ",":
                window.at += 1
                window.peek()
            elif not mark:
                raise _Incomplete
            yield from self.found(window.value(), within=True, kind=_kind_of_items(around))
            if window.peek() not in ("]", ","):
                self.missing("Expecting ',' delimiter")

    def missing(self, what: str) -> None:
        if not self.window.peek():
            raise _Incomplete
        raise json.JSONDecodeError(what, self.window.text, self.window.at)

    def found(self, value: Any, within: bool = False, kind: str = "") -> Iterator[dict[str, Any]]:
        """The events in a value, whatever is wrapped around them."""
        if isinstance(value, list):
            self.lists += not within
            for each in value:
                yield from self.found(each, within=True)
            return
        if not isinstance(value, dict):
            self.notes.others["a value that is no object"] += 1
            return
        own = value.get("kind") or kind
        own = own if isinstance(own, str) else ""
        if own == "Status" and "involvedObject" not in value:
            self.status(value)
        elif "items" in value and (value["items"] is None or isinstance(value["items"], list)):
            self.lists += not within
            if not value["items"] and own not in _EVENT_LIST:
                self.notes.others[own] += 1
            for each in value["items"] or ():
                yield from self.found(each, within=True, kind=own.removesuffix("List") if own != "List" else "")
        elif str(value.get("apiVersion", "")).startswith("audit.k8s.io/"):
            self.request(value)
        elif any(name in value for name in _ABOUT):
            self.singles += not within
            self.notes.events += 1
            yield value
        elif (inner := _unwrapped(value)) is not None:
            if value.get("type") == "DELETED" and isinstance(inner, dict):
                self.notes.deleted += 1
                inner = {**inner, "deleted": True}
            self.lists += 2  # whatever it is, it is no list of a server's
            yield from self.found(inner, within=True)
        elif own == "Event":
            self.broken(f"event {self.notes.events + self.notes.broken + 1}: it has no involvedObject")
        else:
            self.notes.others[own or "object without a kind"] += 1

    def broken(self, why: str) -> None:
        self.notes.broken += 1
        self.notes.first_broken = self.notes.first_broken or why

    def status(self, value: dict[str, Any]) -> None:
        if value.get("status") == "Success":
            self.notes.others["Status"] += 1
            return
        words = str(value.get("message") or value.get("reason") or "a failure without a word")
        self.notes.refused = self.notes.refused or words

    def request(self, value: dict[str, Any]) -> None:
        """A line of an audit log: who asked what, and what the server answered."""
        about = value.get("objectRef")
        if isinstance(about, dict) and about.get("resource") == "events" and value.get("stage") != "RequestReceived":
            answer = value.get("responseStatus")
            code = answer.get("code", "?") if isinstance(answer, dict) else "?"
            self.notes.requests[f"{value.get('verb', '?')} {code}"] += 1
        else:
            self.notes.requests["about other things"] += 1


def _looks_like_a_log(text: str) -> bool:
    return re.match(r"\{[^\s\"}]|\[[^\s\"\[{\]]", text) is not None


def _kind_of_items(around: dict[str, Any] | None) -> str:
    kind = (around or {}).get("kind")
    return kind.removesuffix("List") if isinstance(kind, str) and kind != "List" else ""


_ABOUT = ("involvedObject", "regarding", "involved_object")

_WRAPPERS = ("object", "event", "_source", "jsonPayload", "data", "body", "log", "message", "textPayload", "@message")


def _unwrapped(value: dict[str, Any]) -> Any:
    """What an exporter, a collector of logs or a watch has put an event into; None if nothing."""
    for name in _WRAPPERS:
        inner = value.get(name)
        if isinstance(inner, dict) and ("kind" in inner or any(about in inner for about in _ABOUT)):
            return inner
        if isinstance(inner, str) and inner.lstrip().startswith("{"):
            try:
                read = json.loads(inner, parse_int=_number)
            except (ValueError, RecursionError):
                continue
            if isinstance(read, dict) and (any(about in read for about in _ABOUT) or _unwrapped(read) is not None):
                return read
    return None


def items(
    pieces: Iterable[bytes], notes: Notes, *, progress: Callable[[int], object] | None = None
) -> Iterator[dict[str, Any]]:
    """The events in a file, given piece by piece, each as the JSON object that it is; `notes` is filled on the way.

    `progress` is told now and then how many characters have been taken in. Raises Unreadable if there is no event in it
    that can be read and Refused if a server says why there is none.
    """
    window = _Window(_uncoloured(text_of(pieces)), progress)
    yield from _Reader(window, notes).items()
    if notes.refused and not notes.events:
        raise Refused(notes.refused)
    if not notes.events and not notes.broken:
        nothing(notes, window)


def nothing(notes: Notes, window: _Window) -> None:
    """Raise Unreadable with what it is that has no events; say nothing for an empty list."""
    if notes.requests:
        said = ", ".join(f"{number} {request}" for request, number in notes.requests.most_common(8))
        raise Unreadable(
            f"an audit log, not events. What it says of requests (verb, answer): {said}. A create is a new event, a "
            f"patch a count that went up. For the events themselves: {COMMAND}"
        )
    if notes.cut_off:
        raise Unreadable(f"it stops in the middle, {notes.cut_off}. Write it to a file: {COMMAND}")
    if notes.others:
        kinds = ", ".join(kind for kind, _ in notes.others.most_common(3))
        raise Unreadable(f"JSON, but no events in it: {kinds}. Expected a List of events; ask for: {COMMAND}")
    if notes.documents:
        return
    line = notes.first_line
    if not line:
        raise Unreadable(f"nothing there; expected a List of events, as this gives it: {COMMAND}")
    for pattern, what in _TEXTS:
        if re.search(pattern, line):
            raise Unreadable(f"{what}; ask for JSON: {COMMAND}")
    raise Unreadable(f"not JSON: it begins with {line[:60]!r}; expected a List of events: {COMMAND}")


_TEXTS = (
    (r"^(NAMESPACE\s+)?LAST SEEN\s", "the table for people, which leaves out names, counts and times"),
    (
        r"^No resources found",
        "kubectl found no events there: another namespace (-A), or they are older than --event-ttl",
    ),
    (r"^(apiVersion|items|kind|metadata):|^---|^- apiVersion:", "YAML"),
    (r"^(Name|Namespace|Labels|Events):\s", "what kubectl describe prints, which leaves out names and counts"),
    (r"^<(!DOCTYPE|html|\?xml)", "a web page; a proxy or a login may have answered in the server's place"),
    (r"^(Error from server|error:|Unable to connect|The connection to the server)", "an error of kubectl's"),
    (r"^(&?v1\.Event|&Event|map\[)", "Go's way to print a value"),
    (r"^[IWEF]\d{4} |^\w{3} +\d+ \d\d:\d\d:\d\d |\bEvent occurred\b", "a log"),
)
