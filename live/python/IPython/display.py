"""What the cells of this book import of IPython.display."""

from __future__ import annotations

import builtins
from typing import Any

__all__ = ["HTML", "Markdown", "display"]


def display(*values: Any) -> None:
    """Show values, as the last line of a cell does."""
    builtins.display(*values)  # type: ignore[attr-defined]


class _Written:
    def __init__(self, data: str) -> None:
        self.data = data


class Markdown(_Written):
    """Text with Markdown in it."""

    def _repr_markdown_(self) -> str:
        return self.data


class HTML(_Written):
    """Text with HTML in it. The page takes elements of text alone, and no script."""

    def _repr_html_(self) -> str:
        return self.data
