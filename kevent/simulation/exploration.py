"""What came of many runs: how they ended, how often, and a schedule that shows each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from kevent.errors import KeventError
from kevent.simulation.fiber import Fibers
from kevent.simulation.progress import Bar
from kevent.simulation.run import Outcome
from kevent.simulation.schedule import Schedule

__all__ = ["Exploration", "Finding", "SearchFailed", "exploring"]


class SearchFailed(KeventError, AssertionError):
    """A schedule ends as none should. The text says how, and how to see it again."""


@dataclass(slots=True)
class Finding:
    """What is known about an outcome."""

    outcome: Outcome
    count: int = 0
    """How many of the schedules that were run ended so."""
    schedule: Schedule = field(default_factory=Schedule, repr=False)
    """One that does, with the fewest switches that were seen: for `simulate(scenario, schedule=…)`."""
    switches: int = -1
    """How often another goroutine went on in it."""
    seed: str | None = None
    """The seed of the run, if it was drawn by lot: `simulate` wants it too, for what `runtime.random` said."""

    def __str__(self) -> str:
        seed = "" if self.seed is None else f", seed={self.seed!r}"
        return f"{self.outcome} (simulate(scenario, schedule={list(self.schedule)}{seed}))"


class Exploration:
    """What `explore` or `search` found. Iterating it gives the outcomes, the most frequent first."""

    def __init__(self) -> None:
        self.schedules = 0
        """How many schedules were run to their end."""
        self.abandoned = 0
        """How many were left half-way because they could only repeat what had been seen (with `reduce`)."""
        self.exhaustive = False
        """Whether nothing was left to run: no other outcome is possible in the model."""
        self.finished = False
        """Whether everything was run that the bounds on single schedules (`max_preemptions`) allow."""
        self.reduced = False
        """Whether of the schedules that differ only in independent steps one was run, and not all (`reduce`)."""
        self.bound = ""
        """What ended the exploration early or narrowed it, in words; empty if nothing did."""
        self._findings: dict[Outcome, Finding] = {}

    def __iter__(self) -> Iterator[Outcome]:
        return iter(sorted(self._findings, key=lambda outcome: -self._findings[outcome].count))

    def __len__(self) -> int:
        return len(self._findings)

    def __contains__(self, outcome: object) -> bool:
        return any(outcome in (known, str(known)) for known in self._findings)

    def __getitem__(self, outcome: Outcome | str) -> Finding:
        """The finding for an outcome or for what it is called; of several with that name the one with fewest switches.

        Raises KeyError if it did not come about.
        """
        named = [finding for known, finding in self._findings.items() if outcome in (known, str(known))]
        if not named:
            raise KeyError(f"no schedule ended in {str(outcome)!r}; there were: {', '.join(map(str, self))}")
        return min(named, key=lambda finding: finding.switches)

    @property
    def findings(self) -> list[Finding]:
        """All findings, the most frequent first."""
        return [self._findings[outcome] for outcome in self]

    def check(self, *allowed: Outcome | str) -> Exploration:
        """Raise SearchFailed, with a schedule and a seed to repeat it, if there is any other outcome than `allowed`.

        By default only those are allowed in which the scenario returned and left nobody behind. Returns itself.
        """
        for finding in self.findings:
            outcome = finding.outcome
            if outcome.ok if not allowed else (outcome in allowed or str(outcome) in allowed):
                continue
            raise SearchFailed(f"{finding.count} of {self.schedules} schedules ended otherwise: {finding}")
        return self

    def add(self, outcome: Outcome, schedule: Sequence[int], switches: int, seed: str | None = None) -> Finding:
        """Count one run."""
        self.schedules += 1
        finding = self._findings.get(outcome)
        if finding is None:
            finding = self._findings[outcome] = Finding(outcome)
        finding.count += 1
        if finding.switches < 0 or (switches, len(schedule)) < (finding.switches, len(finding.schedule)):
            finding.schedule, finding.switches, finding.seed = Schedule(schedule), switches, seed
        return finding

    def __repr__(self) -> str:
        every = "every schedule that can differ" if self.reduced else "every schedule"
        how = every if self.exhaustive else self.bound
        counts = ", ".join(f"{finding.count} {finding.outcome}" for finding in self.findings)
        return f"<Exploration of {self.schedules} schedules ({how}): {counts}>"


@contextmanager
def exploring(exploration: Exploration, bar: Bar, kind: str) -> Iterator[Fibers]:
    """Fibers for many runs; they and the bar are closed at the end. An interrupt ends it early, with what was found."""
    fibers = Fibers()
    try:
        yield fibers
    except KeyboardInterrupt:
        exploration.bound = f"interrupted after {exploration.schedules} {kind}"
    finally:
        fibers.close()
        bar(close=True)
