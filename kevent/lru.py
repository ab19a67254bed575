"""A map that forgets what was not used for longest.

In Go: k8s.io/utils/lru; until client-go 1.31 github.com/golang/groupcache/lru, of which that has a copy inside.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, TypeVar

__all__ = ["LRU"]

K = TypeVar("K")
V = TypeVar("V")


class LRU(Generic[K, V]):
    """Holds at most `size` entries; both reading and adding an entry make it the youngest. In Go: lru.Cache.

    Nothing expires by time. It is not thread-safe: each owner has a lock of its own, as in Go until 1.31. Since 1.32
    Go's has one, too. Raises ValueError for a `size` that is no whole number of at least 1.
    """

    __slots__ = ("_entries", "peek", "size")

    peek: Callable[[K], V | None]
    """The value, which stays as old as it is; None if the key is not there. In Go: nothing."""

    def __init__(self, size: int) -> None:
        if not isinstance(size, int) or isinstance(size, bool) or size < 1:
            raise ValueError(f"size must be a whole number of at least 1, not {size!r}")
        self.size = size
        # Not a plain dict: its first key is found by walking over the holes that the removed ones left.
        self._entries: OrderedDict[K, V] = OrderedDict()
        self.peek = self._entries.get  # no method around it, which would take as long again

    def get(self, key: K) -> V | None:
        """The value, which becomes the youngest; None if the key is not there."""
        value = self._entries.get(key)
        if value is not None:
            self._entries.move_to_end(key)
        return value

    def add(self, key: K, value: V) -> None:
        """Set the value, which becomes the youngest; where that is one too many, the oldest is forgotten."""
        entries = self._entries
        entries[key] = value
        if len(entries) > self.size:  # it is a new one, and at the end
            entries.popitem(False)  # the oldest
        else:
            entries.move_to_end(key)

    def __len__(self) -> int:
        return len(self._entries)

    def __contains__(self, key: K) -> bool:
        return key in self._entries
