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
    "read_int32",
    "read_mapping",
    "read_string",
    "read_string_map",
    "read_time",
]

SECOND = 1_000_000_000
INT32_MIN, INT32_MAX = -(1 << 31), (1 << 31) - 1

_EPOCH = datetime(1970, 1, 1)
_ZERO_TIME = -62_135_596_800  # the first second of year 1: Go's time.Time{} on the Unix scale
_LAST_SECOND = 253_402_300_799  # the last one of year 9999, where four digits end
_RFC_3339 = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d+))?(?:Z|([+-])([01]\d|2[0-3]):([0-5]\d))", re.ASCII
)


def refuse(field: str, wanted: str, value: object) -> ValueError:
    """The error for a field that holds the wrong kind of value; long values are cut short."""
    shown = repr(value)
    return ValueError(f"{field}: expected {wanted}, got {shown if len(shown) <= 60 else shown[:57] + '...'}")


@lru_cache(maxsize=256)  # neighbouring events share their second
def _date_and_time(seconds: int) -> str:
    return (_EPOCH + timedelta(seconds=seconds)).isoformat()


def _split(nanoseconds: int, field: str) -> tuple[str, int]:
    if not isinstance(nanoseconds, int):
        raise TypeError(f"{field}: expected Unix nanoseconds or None, got {type(nanoseconds).__name__}")
    seconds, fraction = divmod(nanoseconds, SECOND)  # floors, as Go's formatting does before 1970 too
    try:
        return _date_and_time(seconds), fraction
    except OverflowError:
        raise ValueError(f"{field}: outside of the years 1 to 9999") from None


def format_time(nanoseconds: int | None, field: str = "time") -> str | None:
    """RFC 3339 in UTC, cut down to whole seconds; None for Go's zero time. In Go: metav1.Time.MarshalJSON."""
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

    Digits of a second beyond the ninth are cut off.
    """
    if value is None:
        return None
    match = _RFC_3339.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise refuse(field, "an RFC 3339 time", value)
    year, month, day, hour, minute, second, fraction, sign, offset_hours, offset_minutes = match.groups()
    try:
        since = datetime(int(year), int(month), int(day), int(hour), int(minute), int(second)) - _EPOCH
    except ValueError:
        raise refuse(field, "an RFC 3339 time", value) from None
    seconds = since.days * 86_400 + since.seconds
    if sign:
        offset = int(offset_hours) * 3600 + int(offset_minutes) * 60
        seconds -= offset if sign == "+" else -offset
    if not _ZERO_TIME <= seconds <= _LAST_SECOND:
        raise refuse(field, "an RFC 3339 time", value)
    nanoseconds = seconds * SECOND + int((fraction or "")[:9].ljust(9, "0"))
    return None if nanoseconds == _ZERO_TIME * SECOND else nanoseconds


def read_string(value: Any, field: str) -> str:
    """A string. Half of a surrogate pair becomes U+FFFD, as in Go, so that the text can be encoded again."""
    if value is None:
        return ""
    if not isinstance(value, str):
        raise refuse(field, "a string", value)
    if value.isascii():
        return value
    return value.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


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
