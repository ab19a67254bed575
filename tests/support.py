"""What tests of every floor lean on: something to record about, a clock, a simulation, and processes of their own."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar
from unittest.mock import patch

from kevent import EventSource, ObjectReference
from kevent.simulation import simulate

T = TypeVar("T")

ROOT = Path(__file__).resolve().parents[1]
SECOND = 1_000_000_000
START = 1_549_324_800 * SECOND  # 2019-02-05T00:00:00Z
MINUTE = 60.0
"""Seconds that are given to what should take none: it has failed when they are over."""

POD = ObjectReference(kind="Pod", namespace="shop", name="web", uid="u-1", api_version="v1")
NODE = ObjectReference(kind="Node", name="node-1", uid="node-1")
SOURCE = EventSource(component="test", host="node-1")


class Clock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.time = START

    def __call__(self) -> int:
        return self.time


def simulated(scenario: Callable[[], T], **options: Any) -> T:
    """What the scenario returns in a simulation; its error is raised."""
    run = simulate(scenario, **options)
    if run.error is not None:
        raise run.error
    return run.result  # type: ignore[return-value]  # without an error there is one


def python(
    *arguments: str | Path, status: int = 0, cwd: Path = ROOT, timeout: float = 2 * MINUTE, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run Python in a process of its own, with changes to the environment, and expect it to end with this status."""
    ended = subprocess.run(
        [sys.executable, *arguments], cwd=cwd, env=os.environ | environment, timeout=timeout,
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ended.returncode == status, ended.stdout + ended.stderr
    return ended


def tracked(*under: str) -> list[str]:
    """The files of the repository, by their paths in it: those that are committed and those that could be."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", *under],
        cwd=ROOT, capture_output=True, check=True, text=True,
    )  # fmt: skip
    return [name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


def copy(names: Iterable[str], target: Path) -> None:
    """Copy files of the repository into a folder, each to the same path."""
    for name in names:
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, target / name)


def in_time(act: Callable[[], object]) -> None:
    """Call `act` on a thread that is given a minute."""
    errors: list[BaseException] = []

    def run() -> None:
        try:
            act()
        except BaseException as error:
            errors.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(MINUTE)
    assert not thread.is_alive(), "it hangs"
    if errors:
        raise errors[0]


@contextmanager
def no_more_threads() -> Iterator[None]:
    """A block in which no thread can be started, as where a system has a limit."""

    def refuse(self: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with patch.object(threading.Thread, "start", refuse):
        yield


def forked(work: Callable[[], object]) -> Callable[[], bool]:
    """Fork a child that does this work and no more; the answer waits for its end and says whether all went well.

    What the child raises, a failed assert too, is on standard error.
    """
    child = os.fork()
    if not child:
        signal.alarm(10)
        try:
            work()
        except BaseException:
            sys.excepthook(*sys.exc_info())
            os._exit(1)
        os._exit(0)
    return lambda: os.waitpid(child, 0)[1] == 0
