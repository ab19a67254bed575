"""A set that forgets as Go's does: which key goes first is decided by where the keys lie.

In Go: apimachinery `sets.Set[string]`, formerly `sets.String`, over a `map[string]struct{}`, and
`internal/runtime/maps` since Go 1.24, a Swiss table. Keys lie in groups of eight slots. Up to eight keys share one
group, in the order in which they came. More keys are spread over several groups by their hash, which is another one
for every map. `PopAny` deletes the first key that an iteration meets, and an iteration begins at a slot picked at
random and goes round. So a key that lies behind empty slots is met more often than others, and that is above all the
oldest.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from zlib import crc32

__all__ = ["GoSet"]

_SLOTS = 8
"""Slots of a group. In Go: `abi.MapGroupSlots`."""

_EMPTY, _FULL, _DELETED = range(3)
"""What a slot is. A search for a key goes on behind one of a full group that was emptied. In Go: the `ctrl` bytes."""


class GoSet:
    """A set of strings with Go's `PopAny`. In Go: apimachinery `sets.Set[string]`.

    `random` gives numbers from 0 (included) to 1 (excluded), for the map's hash and for where an iteration begins.
    `first` is a key to begin with: quicker than to insert it.

    Unlike Go's it is one table however large it grows; Go splits one of more than 1,024 slots. The distribution is that
    of Go 1.24 and later; maps before were laid out in another way.
    """

    __slots__ = ("_first", "_random", "_table")

    def __init__(self, random: Callable[[], float], first: str | None = None) -> None:
        self._random = random
        # Laid out only when it matters where a key lies: most sets of a correlator have one key and never forget it.
        # A tuple, as it is smaller than a list, and the garbage collector does not look at it twice.
        self._first: tuple[str, ...] = () if first is None else (first,)
        self._table: _Table | None = None

    def __len__(self) -> int:
        return len(self._first if self._table is None else self._table.keys)

    def __iter__(self) -> Iterator[str]:
        """The keys, in no order of Go's."""
        return iter(self._first if self._table is None else self._table.keys)

    def __contains__(self, key: object) -> bool:
        return key in (self._first if self._table is None else self._table.keys)

    def insert(self, key: str) -> int:
        """Put `key` in, if it is not there; how many there are now. In Go: `Insert`, and then `Len`."""
        table = self._table
        if table is not None:
            table.put(key)
            return len(table.keys)
        first = self._first
        if key not in first:
            if len(first) == _SLOTS:
                table = self._lay_out()
                table.put(key)
                return len(table.keys)
            self._first = first = (*first, key)
        return len(first)

    def pop_any(self) -> str:
        """Take out the key that an iteration meets first. In Go: `PopAny`. Raises KeyError if there is none."""
        return (self._table or self._lay_out()).pop_any()

    def _lay_out(self) -> _Table:
        self._table = _Table(self._first, self._random)
        self._first = ()
        return self._table


class _Table:
    """Where the keys lie: one group of slots or, for more than eight keys, several. In Go: `maps.Map`."""

    __slots__ = ("_controls", "_left", "_mask", "_random", "_seed", "_slots", "keys")

    def __init__(self, keys: Sequence[str], random: Callable[[], float]) -> None:
        self._random = random
        self._lay(keys, _SLOTS)

    def _lay(self, keys: Sequence[str], slots: int) -> None:
        self.keys = dict.fromkeys(keys)
        self._slots = [*keys, *[""] * (slots - len(keys))]
        self._controls = bytearray([_FULL] * len(keys) + [_EMPTY] * (slots - len(keys)))
        self._mask = slots // _SLOTS - 1  # the bits of a hash that tell the group; 0 where there is but one

    def put(self, key: str) -> None:
        """Put `key` in, if it is not there."""
        if key in self.keys:
            return
        while (slot := self._free_slot(key)) < 0:
            self._grow()
        self._slots[slot] = key
        self._controls[slot] = _FULL
        self.keys[key] = None

    def _free_slot(self, key: str) -> int:
        """The first one that the key's hash leads to; -1 if there have to be more. In Go: `PutSlot`, `putSlotSmall`."""
        controls, mask = self._controls, self._mask
        if not mask:
            return controls.find(_EMPTY)
        number = crc32(key.encode("utf-8", "surrogatepass")) * self._seed >> 32  # multiply and shift: a hash by seed
        deleted, step = -1, 0
        while True:
            start = (number & mask) * _SLOTS
            empty = controls.find(_EMPTY, start, start + _SLOTS)
            if empty >= 0:
                break
            if deleted < 0:  # a group has slots of one kind or the other: once full, none of it is empty again
                deleted = controls.find(_DELETED, start, start + _SLOTS)
            step += 1
            number += step
        if deleted >= 0:
            return deleted
        if not self._left:
            return -1
        self._left -= 1
        return empty

    def _grow(self) -> None:
        """Twice the groups, and each key to its place in them. In Go: `growToTable`, `rehash`, `grow`."""
        kept = [key for key, control in zip(self._slots, self._controls, strict=True) if control == _FULL]
        if not self._mask:
            self._seed = int(self._random() * (1 << 53)) << 11 | 1  # of the hash, which is for more than one group
        self._lay([], 2 * len(self._controls))
        self._left = len(self._controls) * 7 // 8  # empty slots that may be filled; in Go: `growthLeft`
        for key in kept:
            self.put(key)

    def pop_any(self) -> str:
        """Take out the first key at or behind a slot picked at random."""
        if not self.keys:
            raise KeyError("the set is empty")
        controls = self._controls
        slot = controls.find(_FULL, int(self._random() * len(controls)))
        if slot < 0:
            slot = controls.find(_FULL)
        key, self._slots[slot] = self._slots[slot], ""
        del self.keys[key]
        start = slot - slot % _SLOTS
        if not self._mask:
            controls[slot] = _EMPTY
        elif controls.find(_EMPTY, start, start + _SLOTS) >= 0:
            controls[slot] = _EMPTY
            self._left += 1
        else:
            controls[slot] = _DELETED
        return key
