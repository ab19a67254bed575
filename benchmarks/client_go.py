"""The columns of the real client-go: the oracle's program, which measures the same as the Python beside it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack

from oracle.asking import Oracle
from oracle.toolchain import GO_VERSION, NoGo, go

__all__ = ["GoColumns"]

RELEASES = ("1.14", "1.37")


class GoColumns:
    """client-go at each of `RELEASES`, as far as there is a Go here. `missing` says why a column is not there."""

    def __init__(self, stack: ExitStack) -> None:
        self.missing = ""
        self._oracles: dict[str, Oracle] = {}
        try:
            go()
            for release in RELEASES:
                self._oracles[f"client-go {release}"] = stack.enter_context(Oracle(release))
        except NoGo as error:
            self._oracles.clear()
            self.missing = f"no columns of client-go: {error}"
        self.version = GO_VERSION if self._oracles else ""

    @property
    def names(self) -> list[str]:
        """The columns that are there."""
        return list(self._oracles)

    def cases(self, what: str, events: int, each: int = 1, **question: object) -> dict[str, Callable[[], float]]:
        """For each column, nanoseconds for one of `events` times `each`."""

        def case(oracle: Oracle) -> Callable[[], float]:
            def run() -> float:
                answer = oracle.ask("bench", {"what": what, "events": events, **question})["expect"]
                if "ns" not in answer:
                    raise SystemExit(f"client-go {oracle.release} was asked {what}, and {answer}")
                return float(answer["ns"]) / events / each

            return run

        return {name: case(oracle) for name, oracle in self._oracles.items()}
