"""Putting questions to client-go at a release, one after another, in a process that is kept."""

from __future__ import annotations

import json
import select
import subprocess
from collections.abc import Iterable, Iterator
from tempfile import TemporaryFile
from types import TracebackType
from typing import Any

from .toolchain import program, run_environment

Scenario = dict[str, Any]

PATIENCE = 300.0
"""Seconds that one answer may take, where the question has no `patience`. What takes longer hangs: that is the answer.
"""

HANGS = {"hangs": True}


class Refused(Exception):
    """The program does not understand the question, or the release lacks what it asks for."""


class Oracle:
    """client-go at a release. Where an answer ends the program, as a panic in one of its goroutines does, that is the
    answer, and the next question starts it anew.
    """

    def __init__(self, release: str, variant: str = "", patience: float = PATIENCE) -> None:
        self.release = release
        self._patience = patience
        self._command = [str(program(release, variant))]
        self._process: subprocess.Popen[bytes] | None = None
        self._errors = TemporaryFile()  # noqa: SIM115 - kept open; a pipe would fill when many goroutines are told

    def __enter__(self) -> Oracle:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()
        self._errors.close()

    def close(self) -> None:
        """End the process, if there is one."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate()  # which closes its pipes
            self._process = None

    def ask(self, kind: str, scenario: Scenario) -> dict[str, Any]:
        """`{"expect": …}`, or `{"outcomes": …}` for a scenario with `runs`. Raises Refused."""
        question = {key: value for key, value in scenario.items() if key not in ("expect", "outcomes")} | {"kind": kind}
        try:
            patience = scenario.get("patience", self._patience)
            line = self._exchange(json.dumps(question).encode() + b"\n", patience)
        except TimeoutError:
            self.close()
            return {"expect": HANGS}
        if line is None:
            return {"expect": {"dies": self._last_words()}}
        answer: dict[str, Any] = json.loads(line)
        if "refused" in answer:
            raise Refused(answer["refused"])
        return answer

    def _exchange(self, question: bytes, patience: float) -> bytes | None:
        """The line that answers, or None if the program ended instead."""
        if self._process is None:
            self._errors.seek(0)
            self._errors.truncate()
            self._process = subprocess.Popen(
                self._command, env=run_environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._errors
            )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        try:
            self._process.stdin.write(question)
            self._process.stdin.flush()
        except BrokenPipeError:
            return None
        if not select.select([self._process.stdout], [], [], patience)[0]:
            raise TimeoutError
        return self._process.stdout.readline() or None

    def _last_words(self) -> str:
        """What the program panicked with."""
        self.close()
        self._errors.seek(0)
        words = self._errors.read().decode(errors="replace")
        panics = [line for line in words.splitlines() if line.startswith(("panic:", "fatal error:"))]
        return panics[0].partition(" [recovered")[0] if panics else words[:200]


def record(oracle: Oracle, kind: str, scenarios: Iterable[Scenario]) -> Iterator[Scenario]:
    """The scenarios with this release's answers. Those that the release cannot be asked say why instead."""
    for scenario in scenarios:
        question = {key: value for key, value in scenario.items() if key not in ("expect", "outcomes", "refused")}
        try:
            yield question | oracle.ask(kind, question)
        except Refused as error:
            yield question | {"refused": str(error)}
