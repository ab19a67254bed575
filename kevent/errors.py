"""The one class that every error of this package has above it.

In Go: nothing. There an error is a value and a panic ends the program.
"""

from __future__ import annotations

__all__ = ["KeventError"]


class KeventError(Exception):
    """What kevent raises for what it was told, or for what happened to it.

    Two things are left to Python's own classes: TypeError and ValueError that name an argument, and TimeoutError.
    """
