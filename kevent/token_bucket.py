"""A bucket that fills with time and pays one token an event.

In Go: client-go util/flowcontrol/throttle.go over golang.org/x/time/rate (revision f51c12702a4d, which
Kubernetes 1.14 builds with). The arithmetic is Go's to the last bit, in 64-bit floats and whole nanoseconds:
where a token is due at exactly this nanosecond, another order of the same operations would answer
differently.
"""

from __future__ import annotations

import struct
from functools import lru_cache

__all__ = ["TokenBucket", "float32"]

SECOND = 1_000_000_000
INT64_MIN, INT64_MAX = -(1 << 63), (1 << 63) - 1


@lru_cache(maxsize=16)  # few rates, a bucket for every object
def float32(value: float) -> float:
    """The nearest 32-bit float. In Go: float32(value), which is how the rate is configured."""
    return float(struct.unpack("f", struct.pack("f", value))[0])


class TokenBucket:
    """At most `burst` tokens, refilled by `qps` tokens a second. In Go: flowcontrol's tokenBucketRateLimiter.

    It is made empty, with a last look at Go's zero time; the centuries since then fill it at the first event.
    """

    __slots__ = ("burst", "last", "limit", "tokens")

    def __init__(self, qps: float, burst: int) -> None:
        self.limit = float32(qps)
        self.burst = burst
        self.tokens = 0.0
        self.last: int | None = None  # Unix nanoseconds, None for the zero time

    def try_accept(self, now: int) -> bool:
        """Take one token at this time (Unix nanoseconds) if there is one.

        In Go: TryAccept, rate.Limiter.AllowN.
        """
        last, limit, burst = self.last, self.limit, self.burst
        if last is None:
            tokens = _tokens_at_first(limit, burst)
        else:
            if now < last:
                last = now
            tokens = _refilled(self.tokens, now - last, limit, burst)
        tokens -= 1.0
        # A wait that rounds to no nanosecond at all is none, so a bucket may end a hair below zero.
        if burst >= 1 and (tokens >= 0 or _duration(-tokens, limit) <= 0):
            self.last = now
            self.tokens = tokens
            return True
        self.last = last
        return False

    def level(self, now: int) -> float:
        """How many tokens there are at this time (Unix nanoseconds); none is taken.

        In Go: TokensAt of later versions of rate.Limiter.
        """
        if self.last is None:
            return float(self.burst)
        return min(self.tokens + _seconds(max(now - self.last, 0)) * self.limit, float(self.burst))


def _refilled(tokens: float, elapsed: int, limit: float, burst: int) -> float:
    """How many tokens there are when this many nanoseconds have passed."""
    longest = _duration(burst - tokens, limit)
    tokens += _seconds(elapsed if elapsed < longest else longest) * limit
    return tokens if tokens < burst else float(burst)


@lru_cache(maxsize=16)
def _tokens_at_first(limit: float, burst: int) -> float:
    """How many the centuries since Go's zero time have brought."""
    return _refilled(0.0, INT64_MAX, limit, burst)


def _duration(tokens: float, limit: float) -> int:
    """How many nanoseconds this many tokens take. Go cuts off the fraction; what no int64 can hold is its
    least one.
    """
    nanoseconds = 1e9 * (tokens / limit)
    return int(nanoseconds) if -(2.0**63) <= nanoseconds < 2.0**63 else INT64_MIN


def _seconds(duration: int) -> float:
    """In Go: Duration.Seconds, whole seconds and the rest added as floats."""
    if duration < 0:
        return -_seconds(-duration)
    return duration // SECOND + duration % SECOND / 1e9
