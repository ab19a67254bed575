"""A figure in a notebook with a kernel: any point of its grid can be run, not only the recorded ones."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import anywidget
import traitlets

from kevent.figures import build

__all__ = ["FigureWidget"]


def _nothing(_: object) -> dict[str, Any]:
    """What a figure answers that has neither parameters nor lines of code."""
    return {}


class FigureWidget(anywidget.AnyWidget):
    """Shows a figure's recordings, and answers requests: for the lines of code, and for runs at other values."""

    _esm = build.module()
    _css = build.style()
    figure = traitlets.Dict().tag(sync=True)

    def __init__(
        self,
        figure: dict[str, Any],
        run: Callable[[list[Any]], dict[str, Any]] = _nothing,
        lines: Callable[[Any], dict[str, Any]] = _nothing,
    ) -> None:
        super().__init__(figure=figure)
        self._run, self._lines = run, lines
        self.on_msg(self._answer)

    def _answer(self, _: object, message: dict[str, Any], buffers: object) -> None:
        answer: dict[str, Any] = {"request": message.get("request")}
        try:
            packed = self._run(message["values"]) if "values" in message else self.figure
            if "moments" in packed:
                answer["lines"] = self._lines(packed)  # in an answer, for a trait would be stored with the notebook
            if "values" in message:
                answer["packed"] = packed
        except Exception as error:  # whatever the scenario makes of such values: the reader sees why
            answer["error"] = f"{type(error).__name__}: {error}"
        self.send(answer)
