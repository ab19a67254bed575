"""Error lines that one fault may repeat thousands of times: the first as it comes, then how many there were.

In Go: nothing; client-go writes a line for each. A caller who records into a full queue would pay for every one of
them, and whoever reads the log would see nothing else.
"""

from __future__ import annotations

import logging
import re

from kevent import forking, runtime
from kevent.atomic import AtomicReference

__all__ = ["EVERY_LINE", "SECONDS_BETWEEN_LINES", "SparingLog"]

SECONDS_BETWEEN_LINES = 10.0
"""So many seconds at least are between two lines of one kind."""

_PLACE = re.compile(r"%[rsd]")


class SparingLog:
    """Writes errors to `logger`, of each kind one line in `interval` seconds (0: all of them).

    A line that comes sooner is counted. The next one that is written says how many those were, and so does `say_rest`
    where no next one comes. A kind is a message, with what `kind` adds to tell it from others.

    Nobody waits here, except for what the handlers of `logger` do, and what is written is not kept.
    """

    def __init__(self, logger: logging.Logger, *, interval: float = SECONDS_BETWEEN_LINES) -> None:
        self._logger = logger
        self._interval = round(interval * 1e9)
        self._kinds: dict[tuple[str, object], AtomicReference[tuple[int | None, int]]] = {}
        forking.in_child(self)

    def error(self, message: str, *args: object, kind: object = None, exc_info: bool = False) -> None:
        """As `logging.Logger.error`, or one more that is counted."""
        now = runtime.monotonic()

        def one_more(state: tuple[int | None, int]) -> tuple[int | None, int]:
            said, held_back = state
            if said is None or not 0 <= now - said < self._interval:  # below zero: another world's clock
                return now, 0
            return said, held_back + 1

        key = (message, kind)
        state = self._kinds.get(key) or self._kinds.setdefault(key, AtomicReference((None, 0)))
        (said, held_back), (_, still_held_back) = state.update(one_more)
        if still_held_back:
            return
        if held_back:
            assert said is not None
            message, args = f"{message} (and %d more like it in %.0f s)", (*args, held_back, (now - said) / 1e9)
        self._logger.error(message, *args, exc_info=exc_info)

    def say_rest(self) -> None:
        """Say how many lines of each kind have not been written since the last one that was."""
        for (message, _), state in list(self._kinds.items()):
            if state.get()[1]:
                (said, held_back), _ = state.update(lambda before: (before[0], 0))
                if held_back and said is not None:
                    seconds = (runtime.monotonic() - said) / 1e9
                    self._logger.error("%d more in %.0f s: %s", held_back, seconds, _PLACE.sub("…", message))

    def _after_fork_in_child(self) -> None:
        self._kinds = {}  # what is held back there is the parent's to say


EVERY_LINE = SparingLog(logging.getLogger("kevent.recorder"), interval=0)
"""For a caller who gave no log of his own: each error as it comes."""
