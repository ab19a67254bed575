"""`python -m oracle.judge [options] -- COMMAND…`: is this a port of client-go? README.md has the protocol."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from oracle.asking import Oracle
from oracle.record import TAUGHT
from oracle.toolchain import NoGo, releases

from . import score, verdict
from .port import NoPort, Port
from .questions import NoAnswer, Scenario, Truth, Unreadable, by_go, by_kevent, read, recorded


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(
        prog="python -m oracle.judge",
        usage="%(prog)s [options] -- COMMAND…",
        description="Ask a port what client-go was asked, and compare. See oracle/judge/README.md.",
        epilog="0: every answer is client-go's. 1: one is not, or with --score a fault is missed. "
        "2: the port broke, or there is nothing to judge.",
    )
    made.add_argument("--kinds", metavar="KIND,…", help="only questions of these kinds, which the port may not refuse")
    made.add_argument("--only", metavar="TEXT", help="only scenarios whose name contains this")
    made.add_argument("--questions", metavar="FILE", type=Path, help="your own questions, a JSON object a line")
    made.add_argument("--release", metavar="1.N", help="client-go's release; by default the vectors of 1.14 that teach")
    made.add_argument("--truth", choices=("kevent", "go"), help="who answers what nobody has recorded (kevent)")
    made.add_argument("--timeout", metavar="SECONDS", type=float, default=10.0, help="for one answer (10)")
    made.add_argument("--list", action="store_true", help="list the scenarios instead of asking them")
    made.add_argument("--score", action="store_true", help="which named faults would these questions miss?")
    made.add_argument("command", nargs="*", metavar="COMMAND…", help=argparse.SUPPRESS)
    return made


class Misused(Exception):
    """The options do not fit together. `str()` is one line."""


def chosen(given: argparse.Namespace) -> list[Scenario]:
    """The scenarios that the options name."""
    if given.questions is not None:
        scenarios = read(given.questions)
    elif given.release is not None and given.release not in releases():
        raise Misused(f"unknown release {given.release!r}: there are {', '.join(releases())}")
    else:
        scenarios = recorded(given.release)
    kinds = wanted(given)
    unknown = kinds - {scenario["kind"] for scenario in scenarios}
    if unknown:
        raise Misused(f"no questions of the kind {', '.join(sorted(unknown))}")
    return [
        scenario
        for scenario in scenarios
        if (not kinds or scenario["kind"] in kinds) and (given.only or "") in scenario["name"]
    ]


def wanted(given: argparse.Namespace) -> frozenset[str]:
    """The kinds that were named."""
    return frozenset(filter(None, (given.kinds or "").split(",")))


@contextmanager
def truth_of(given: argparse.Namespace) -> Iterator[tuple[Truth, str | None]]:
    """Who answers what nobody has recorded, and its name; None if nobody does."""
    release = given.release or TAUGHT
    if given.truth == "go":
        with Oracle(release, patience=20) as oracle:
            oracle.ask("names", {"names": []})  # so that a Go that cannot be had is told first
            yield by_go(oracle), f"client-go {release}"
    elif release == TAUGHT:
        yield by_kevent, "kevent"
    else:
        yield _nobody, None  # here kevent is asked as 1.14 alone


def _nobody(scenario: Scenario) -> object:
    raise NoAnswer("only client-go itself could say")


def run(given: argparse.Namespace) -> int:
    scenarios = chosen(given)
    if not scenarios:
        raise Misused("no scenario fits these options")
    if given.list:
        for scenario in scenarios:
            print(f"{scenario['kind']:11} {scenario['name']}")
        return 0
    if given.score == bool(given.command):
        raise Misused("say a command after --, or --score" if not given.score else "--score asks no port: leave it out")
    if not 0 < given.timeout < 10**6:
        raise Misused("--timeout must be a number of seconds above 0")
    with truth_of(given) as (truth, by):
        if given.score:
            if given.release not in (None, TAUGHT):
                raise Misused("the faults are faults of 1.14: --score takes no other release")
            found = score.score([scenario for scenario in scenarios if "outcomes" not in scenario], truth)
            print(*score.told(found), sep="\n")
            if not found.caught and not found.missed:
                return 2
            return 1 if found.missed else 0
        return judged(given, scenarios, truth, by)


def judged(given: argparse.Namespace, scenarios: list[Scenario], truth: Truth, by: str | None) -> int:
    if given.questions is not None:
        scenarios = [known for scenario in scenarios if (known := answered(scenario, truth, by))]
        if not scenarios:
            return 2
    with Port(given.command, given.timeout) as port:
        found = verdict.judge(port, scenarios, wanted(given))
        print(*verdict.told(found, given.release or TAUGHT), sep="\n", flush=True)
        if found.broken is not None:
            print(*verdict.told_broken(port, *found.broken), sep="\n")
            return 2
        if found.red:
            first = found.soonest[1] if found.soonest else found.red[0]
            print(*verdict.told_difference(port, first, truth, by), sep="\n")
        print(f"{found.green} green, {len(found.red)} red")
        if not found.green and not found.red:
            print("error: the port refuses everything; nothing was judged", file=sys.stderr)
            return 2
    return 1 if found.red else 0


def answered(scenario: Scenario, truth: Truth, by: str | None) -> Scenario | None:
    """The reader's question with its answer."""
    try:
        return scenario | {"expect": truth(scenario)}
    except NoAnswer as error:
        print(f"not asked: “{scenario['name']}”: {error}" + (f" ({by})" if by else ""))
        return None


def main(arguments: list[str]) -> int:
    """The command line; the codes it gives are in the help."""
    given = parser().parse_args(arguments)
    try:
        return run(given)
    except (Misused, Unreadable, NoPort, NoGo) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
