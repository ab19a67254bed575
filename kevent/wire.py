"""Values in Kubernetes JSON: how a string, a number and a time look on the wire, and what is refused.

In Go the struct tags of core/v1 and the methods of metav1.Time do this work. Every reader here takes a value
out of parsed JSON and the path of its field. JSON's null reads as Go's zero value. Anything else of the wrong
type is a ValueError that names the field.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

__all__ = [
    "format_micro_time",
    "format_time",
    "plain",
    "read_int32",
    "read_mapping",
    "read_micro_time",
    "read_string",
    "read_string_map",
    "read_time",
]

SECOND = 1_000_000_000
INT32_MIN, INT32_MAX = -(1 << 31), (1 << 31) - 1

_EPOCH = datetime(1970, 1, 1)
_ZERO_TIME = -62_135_596_800  # the first second of year 1: Go's time.Time{} on the Unix scale
_FIRST_SECOND = -9_223_372_028_715_321_600  # of the earliest year that Go's time can print
_LAST_SECOND = (1 << 63) - 1  # the last one that Go's time.Unix can be told
_CALENDAR = timedelta(days=146_097)  # 400 years, after which the calendar repeats itself

_DATE = r"(\d{4})-(\d\d)-(\d\d)T(\d\d?):(\d\d):(\d\d)"
_ZONE = r"(?:Z|([+-])(\d\d):(\d\d))"
_TIME = re.compile(rf"{_DATE}(?:[.,](\d+))?{_ZONE}", re.ASCII)
_USUAL = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", re.ASCII)  # what everybody writes, and what is read fastest
_MICRO_TIME = re.compile(rf"{_DATE}[.,](\d{{6}}|\+\d{{5}}|-0{{5}}){_ZONE}", re.ASCII)  # Go's atoi takes a sign


def refuse(field: str, wanted: str, value: object) -> ValueError:
    """The error for a field that holds the wrong kind of value; long values are cut short."""
    shown = repr(value)
    return ValueError(f"{field}: expected {wanted}, got {shown if len(shown) <= 60 else shown[:57] + '...'}")


@lru_cache(maxsize=256)  # neighbouring events share their second
def _date_and_time(seconds: int) -> str:
    days, second = divmod(seconds, 86_400)
    return "%sT%02d:%02d:%02d" % (_date(days), second // 3600, second // 60 % 60, second % 60)  # noqa: UP031  quicker


@lru_cache(maxsize=16)  # and those of a quiet hour their day: with it a new second takes 0.4 µs, without it 0.75
def _date(days: int) -> str:
    calendars, within = divmod(days, _CALENDAR.days)
    when = _EPOCH + timedelta(within)
    year = when.year + 400 * calendars
    return f"{'-' if year < 0 else ''}{abs(year):04d}-{when:%m-%d}"


def _split(nanoseconds: int, field: str) -> tuple[str, int]:
    if not isinstance(nanoseconds, int):
        raise TypeError(f"{field}: expected Unix nanoseconds or None, got {type(nanoseconds).__name__}")
    seconds, fraction = divmod(nanoseconds, SECOND)  # floors, as Go's formatting does before 1970 too
    if not _FIRST_SECOND <= seconds <= _LAST_SECOND:
        raise ValueError(f"{field}: a time beyond 64 bits of seconds")
    return _date_and_time(seconds), fraction


def format_time(nanoseconds: int | None, field: str = "time") -> str | None:
    """RFC 3339 in UTC, cut down to whole seconds; None for Go's zero time. In Go: metav1.Time.MarshalJSON.

    As in Go a year has four digits or more, and a sign before year 0. No server takes one beyond 0 to 9999.
    """
    return None if nanoseconds is None else _split(nanoseconds, field)[0] + "Z"


def format_micro_time(nanoseconds: int | None, field: str = "time") -> str | None:
    """RFC 3339 in UTC with six digits of a second; None for Go's zero time.

    In Go: metav1.MicroTime.MarshalJSON.
    """
    if nanoseconds is None:
        return None
    text, fraction = _split(nanoseconds, field)
    return f"{text}.{fraction // 1000:06d}Z"


def read_time(value: Any, field: str) -> int | None:
    """Unix nanoseconds from RFC 3339 with `Z` or an offset; None for null and for Go's zero time.

    In Go: metav1.Time.UnmarshalJSON. It takes what time.Parse takes: also a comma before the digits of a second, one
    digit for the hour, offsets up to 24:60. Digits beyond the ninth are cut off.
    """
    return _read_time(value, field, _TIME, "an RFC 3339 time")


def read_micro_time(value: Any, field: str) -> int | None:
    """As `read_time`, where exactly six digits of a second are wanted. In Go: metav1.MicroTime.UnmarshalJSON."""
    return _read_time(value, field, _MICRO_TIME, "an RFC 3339 time with six digits of a second")


def _read_time(value: Any, field: str, form: re.Pattern[str], wanted: str) -> int | None:
    if value is None:
        return None
    nanoseconds = _nanoseconds(value, form) if isinstance(value, str) else None
    if nanoseconds is None:
        raise refuse(field, wanted, value)
    return None if nanoseconds == _ZERO_TIME * SECOND else nanoseconds


@lru_cache(maxsize=256)  # neighbouring events share their second
def _nanoseconds(text: str, form: re.Pattern[str]) -> int | None:
    """Unix nanoseconds; None for what is no time of this form."""
    if form is _TIME and _USUAL.fullmatch(text):
        try:
            since = datetime.fromisoformat(text[:-1]) - _EPOCH
        except ValueError:
            pass  # the year 0, or no such day
        else:
            return (since.days * 86_400 + since.seconds) * SECOND
    match = form.fullmatch(text)
    if match is None:
        return None
    date_and_time, (fraction, sign, *offset) = match.groups()[:6], match.groups()[6:]
    year, month, day, hour, minute, second = map(int, date_and_time)
    try:
        since = datetime(year or 400, month, day, hour, minute, second) - _EPOCH
    except ValueError:
        return None
    if not year:
        since -= _CALENDAR
    seconds = since.days * 86_400 + since.seconds
    if sign:
        hours, minutes = map(int, offset)
        if hours > 24 or minutes > 60:
            return None
        seconds -= (hours * 3600 + minutes * 60) * (1 if sign == "+" else -1)
    digits = (fraction or "").lstrip("+-").rjust(6 if form is _MICRO_TIME else 0, "0")
    return seconds * SECOND + int(digits[:9].ljust(9, "0"))


def plain(text: str) -> str:
    """The text itself. A subclass may print another one: a member of an Enum that is a string prints its own name."""
    return text if type(text) is str else str.__str__(text)


def read_string(value: Any, field: str) -> str:
    """A string. Half of a surrogate pair becomes U+FFFD, as in Go, so that the text can be encoded again."""
    if value is None:
        return ""
    if not isinstance(value, str):
        raise refuse(field, "a string", value)
    text = plain(value)
    if text.isascii():
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def read_int32(value: Any, field: str) -> int:
    """A whole number that fits 32 bits with a sign."""
    if value is None:
        return 0
    if not isinstance(value, int) or isinstance(value, bool) or not INT32_MIN <= value <= INT32_MAX:
        raise refuse(field, "a 32-bit integer", value)
    return value


def read_mapping(value: Any, field: str) -> Mapping[str, Any]:
    """A JSON object, with whatever it holds."""
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise refuse(field, "an object", value)
    return value


def read_string_map(value: Any, field: str) -> dict[str, str] | None:
    """A new dictionary of strings, such as labels; None (Go's nil map) for null."""
    if value is None:
        return None
    return {
        read_string(key, f"a key of {field}"): read_string(item, f"{field}[{key!r}]")
        for key, item in read_mapping(value, field).items()
    }
