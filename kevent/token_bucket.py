"""A bucket that fills with time and pays one token an event.

In Go: client-go util/flowcontrol/throttle.go over golang.org/x/time/rate, in the revision that a release of client-go
asks for. The arithmetic is Go's to the last bit, in 64-bit floats and whole nanoseconds: where a token is due at
exactly this nanosecond, another order of the same operations would answer differently.
"""

from __future__ import annotations

import struct
from functools import lru_cache
from typing import ClassVar

from kevent import versions
from kevent.versions import NEWEST, Bucket, Release

__all__ = ["TokenBucket", "bucket_of", "float32"]

SECOND = 1_000_000_000
INT64_MIN, INT64_MAX = -(1 << 63), (1 << 63) - 1


@lru_cache(maxsize=16)  # few rates, a bucket for every object
def float32(value: float) -> float:
    """The nearest 32-bit float. In Go: float32(value), which is how the rate is configured."""
    return float(struct.unpack("f", struct.pack("f", value))[0])


class TokenBucket:
    """At most `burst` tokens, refilled by `qps` tokens a second.

    In Go: flowcontrol's tokenBucketRateLimiter; since 1.23 the part of it that never waits,
    tokenBucketPassiveRateLimiter.

    It is made empty, with a last look at Go's zero time; the centuries since then fill it at the first event. This is
    the one of 1.14; `bucket_of` gives those of other releases, which differ at the edges.
    """

    __slots__ = ("burst", "last", "limit", "tokens")

    _made_full: ClassVar[bool] = False

    def __init__(self, qps: float, burst: int) -> None:
        self.limit = float32(qps)
        self.burst = burst
        self.tokens = float(burst) if self._made_full else 0.0
        self.last: int | None = None  # Unix nanoseconds, None for the zero time

    def try_accept(self, now: int) -> bool:
        """Take one token at this time (Unix nanoseconds) if there is one.

        In Go: TryAccept, rate.Limiter.AllowN.
        """
        last = self.last
        tokens = self._at_first() if last is None else self._refilled(now - last if now > last else 0)
        tokens -= 1.0
        # A wait that rounds to no nanosecond at all is none, so a bucket may end a hair below zero.
        if self.burst >= 1 and (tokens >= 0 or self._duration(-tokens) <= 0):
            self.last = now
            self.tokens = tokens
            return True
        self._refuse(now)
        return False

    def level(self, now: int) -> float:
        """How many tokens there are at this time (Unix nanoseconds); none is taken.

        In Go: TokensAt of rate.Limiter, in later versions.
        """
        if self.last is None:
            return float(self.burst)
        return min(self.tokens + _seconds(max(now - self.last, 0)) * self.limit, float(self.burst))

    def _refuse(self, now: int) -> None:
        """A refusal leaves the tokens as they are, but a clock that was set back stays set back."""
        if self.last is None or now < self.last:
            self.last = now

    def _at_first(self) -> float:
        """How many tokens there are when nobody has taken one yet."""
        return self._refilled(INT64_MAX)

    def _refilled(self, elapsed: int) -> float:
        """How many tokens there are when so many nanoseconds have passed, or so many as fill the bucket."""
        return self._filled(min(elapsed, self._duration(self.burst - self.tokens)))

    def _filled(self, elapsed: int) -> float:
        tokens = self.tokens + self._tokens(elapsed)
        return tokens if tokens < self.burst else float(self.burst)

    def _tokens(self, elapsed: int) -> float:
        """How many tokens so many nanoseconds bring."""
        return _seconds(elapsed) * self.limit

    def _duration(self, tokens: float) -> int:
        """How many nanoseconds this many tokens take. Go cuts off the fraction; what no int64 can hold is its least
        one.
        """
        nanoseconds = 1e9 * (tokens / self.limit)
        return int(nanoseconds) if -(2.0**63) <= nanoseconds < 2.0**63 else INT64_MIN


class _InTwoParts(TokenBucket):
    """What whole seconds bring and what the rest brings are added up. In Go: October 2019 to July 2021."""

    __slots__ = ()

    def _tokens(self, elapsed: int) -> float:
        seconds, rest = divmod(abs(elapsed), SECOND)
        tokens = seconds * self.limit + rest * self.limit / 1e9
        return tokens if elapsed >= 0 else -tokens


class _AnyTime(TokenBucket):
    """The time that has passed counts as it is, however long. In Go: since July 2021."""

    __slots__ = ()

    def _refilled(self, elapsed: int) -> float:
        return self._filled(min(elapsed, INT64_MAX))


class _Unmoved(_AnyTime):
    """A refusal changes nothing. In Go: since v0.3.0."""

    __slots__ = ()

    def _refuse(self, now: int) -> None:
        pass


class _FullAtFirst(_Unmoved):
    """It is made full. In Go: since v0.7.0."""

    __slots__ = ()

    _made_full = True

    def _at_first(self) -> float:
        return self.tokens  # which no time can make more


class _Capped(_FullAtFirst):
    """What takes longer than an int64 can hold takes so long. In Go: since v0.14.0."""

    __slots__ = ()

    def _duration(self, tokens: float) -> int:
        nanoseconds = tokens / self.limit * 1e9
        return int(nanoseconds) if nanoseconds < 2.0**63 else INT64_MAX


_BUCKETS: dict[Bucket, type[TokenBucket]] = {
    "x/time of 2016": TokenBucket,
    "x/time of October 2019": _InTwoParts,
    "x/time of July 2021": _AnyTime,
    "x/time 0.3": _Unmoved,
    "x/time 0.7": _FullAtFirst,
    "x/time 0.14": _Capped,
}


def bucket_of(release: str | Release = NEWEST) -> type[TokenBucket]:
    """The class of bucket that a release has. Raises as `versions.release` does."""
    return _BUCKETS[versions.release(release).bucket]


def _seconds(duration: int) -> float:
    """In Go: Duration.Seconds, whole seconds and the rest added as floats."""
    if duration < 0:
        return -_seconds(-duration)
    return duration // SECOND + duration % SECOND / 1e9
