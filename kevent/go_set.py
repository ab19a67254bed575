"""A set that forgets as Go's does: which key goes first is decided by where the keys lie.

In Go: apimachinery `sets.String` over a `map[string]struct{}`, and `internal/runtime/maps` since Go 1.24, a Swiss
table. Keys lie in groups of eight slots. Up to eight keys share one group, in the order in which they came. More keys
are spread over several groups by their hash, which is another one for every map. `PopAny` deletes the first key that
an iteration meets, and an iteration begins at a slot picked at random and goes round. So a key that lies behind empty
slots is met more often than others, and that is above all the oldest.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from zlib import crc32

__all__ = ["GoSet"]

_SLOTS = 8
"""Slots of a group. In Go: `abi.MapGroupSlots`."""

_DELETED: Any = object()
"""A slot of a full group that was emptied: a search goes on behind it. In Go: `ctrlDeleted`."""

_Group = list[str | None]  # a key, None for an empty slot, or _DELETED


class GoSet:
    """A set of strings with Go's `PopAny`. In Go: apimachinery `sets.String`.

    `random` gives numbers from 0 (included) to 1 (excluded), for the map's hash and for where an iteration begins.

    Unlike Go's it is one table however large it grows; Go splits one of more than 1,024 slots. The distribution is that
    of Go 1.24 and later; maps before were laid out in another way.
    """

    __slots__ = ("_groups", "_keys", "_left", "_random", "_seed")

    def __init__(self, random: Callable[[], float]) -> None:
        self._random = random
        self._keys: dict[str, None] = {}
        # Laid out only when it matters where a key lies: most sets of a correlator have one key and never forget it.
        self._groups: list[_Group] = []

    def __len__(self) -> int:
        return len(self._keys)

    def __contains__(self, key: object) -> bool:
        return key in self._keys

    def insert(self, key: str) -> None:
        """Put `key` in, if it is not there. In Go: `Insert`."""
        keys = self._keys
        if key in keys:
            return
        if self._groups or len(keys) == _SLOTS:
            self._lay(key)
        keys[key] = None

    def pop_any(self) -> str:
        """Take out the key that an iteration meets first. In Go: `PopAny`. Raises KeyError if there is none."""
        if not self._keys:
            raise KeyError("the set is empty")
        groups = self._laid_out()
        number, slot = divmod(int(self._random() * len(groups) * _SLOTS), _SLOTS)
        group = groups[number]
        while (key := group[slot]) is None or key is _DELETED:
            slot += 1
            if slot == _SLOTS:
                number, slot = (number + 1) % len(groups), 0
                group = groups[number]
        del self._keys[key]
        if len(groups) == 1:
            group[slot] = None
        elif None in group:
            group[slot] = None
            self._left += 1
        else:
            group[slot] = _DELETED
        return key

    def _laid_out(self) -> list[_Group]:
        if not self._groups:
            self._groups = [[*self._keys, *[None] * (_SLOTS - len(self._keys))]]
        return self._groups

    def _lay(self, key: str) -> None:
        """Put a new key into a slot. In Go: `Map.putSlotSmall`, `Table.PutSlot`."""
        groups = self._laid_out()
        if len(groups) == 1:
            if None in groups[0]:
                groups[0][groups[0].index(None)] = key
                return
            self._seed = int(self._random() * (1 << 53)) << 11 | 1  # of the hash, which is for more than one group
            self._grow()
        while not self._place(key):
            self._grow()

    def _place(self, key: str) -> bool:
        """Put a key into the first place that its hash leads to; False if the table has to grow first."""
        groups = self._groups
        mask = len(groups) - 1
        number = crc32(key.encode("utf-8", "surrogatepass")) * self._seed >> 32  # multiply and shift: a hash by seed
        reused: _Group | None = None
        step = 0
        while True:
            group = groups[number & mask]
            if reused is None and _DELETED in group:
                reused = group
            if None in group:
                break
            step += 1
            number += step
        if reused is not None:
            reused[reused.index(_DELETED)] = key
            return True
        if not self._left:
            return False
        self._left -= 1
        group[group.index(None)] = key
        return True

    def _grow(self) -> None:
        """Twice the groups, and each key to its place in them. In Go: `growToTable`, `rehash`, `grow`."""
        kept = [key for group in self._groups for key in group if key is not None and key is not _DELETED]
        self._groups = [[None] * _SLOTS for _ in range(2 * len(self._groups))]
        self._left = len(self._groups) * _SLOTS * 7 // 8  # empty slots that may be filled; in Go: growthLeft
        for key in kept:
            self._place(key)
