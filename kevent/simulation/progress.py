"""A progress bar for what takes long."""

from __future__ import annotations

import time
from typing import Any

__all__ = ["Bar"]


class Bar:
    """A progress bar that appears after two seconds, if tqdm is installed. Calling it counts one more."""

    def __init__(self, wanted: bool, unit: str, total: int | None) -> None:
        self._unit, self._total = unit, total
        self._count = 0
        self._start = time.monotonic() if wanted else None
        self._tqdm: Any = None

    def __call__(self, *, close: bool = False) -> None:
        """One more; or, with `close`, no more."""
        self._count += 1
        if close:
            if self._tqdm is not None:
                self._tqdm.close()
        elif self._tqdm is not None:
            self._tqdm.update()
        elif self._start is not None and not self._count % 64 and time.monotonic() - self._start > 2:
            try:
                from tqdm.auto import tqdm
            except ImportError:
                self._start = None
            else:
                # A bar that looks at the clock at every update needs no thread that watches over it.
                quiet = type("Bar", (tqdm,), {"monitor_interval": 0})
                unit = f" {self._unit}"
                self._tqdm = quiet(total=self._total, initial=self._count, unit=unit, leave=False, miniters=1)
