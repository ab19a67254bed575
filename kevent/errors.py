"""The one class that every error class of this package has above it.

In Go: nothing. There an error is a value and a panic ends the program.
"""

from __future__ import annotations

__all__ = ["KeventError"]


class KeventError(Exception):
    """What kevent raises for what it was told, or for what happened to it.

    Left to Python's own classes are TypeError and ValueError that name an argument, TimeoutError, LookupError for what
    is not there, and RuntimeError where no thread can be started or a lock is released that nobody holds. A
    `NotingRecorder` that is full raises OverflowError.
    """
