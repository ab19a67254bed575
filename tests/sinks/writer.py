"""Forks one writer after the other, each to be killed; what a writer has stored it says on its standard output.

Reads lines "PATH ROUND" and answers each with the writer's process id. One process that forks is ten times as fast as
a fresh interpreter for each writer, and a fork of a process without threads starts as clean.
"""

from __future__ import annotations

import os
import sys

from kevent.event import Event, ObjectReference
from kevent.sinks.sqlite import SqliteSink


def say(text: str) -> None:
    os.write(1, text.encode())  # one system call: said as a whole, or not at all


def write(path: str, round_: str) -> None:
    sink = SqliteSink(path, ttl=None)
    number = 0
    while True:
        number += 1
        name = f"e-{round_}-{number}"
        about = ObjectReference(kind="Pod", namespace="default", name=f"web-{number}")
        event = sink.create(Event(name=name, namespace="default", involved_object=about, message="x" * 500, count=1))
        say(f"{name} 1\n")
        sink.patch(event, {"count": 2})
        say(f"{name} 2\n")


def main() -> None:
    for line in sys.stdin:
        path, round_ = line.split()
        child = os.fork()
        if not child:
            write(path, round_)
        say(f"pid {child}\n")
        os.waitpid(child, 0)
        say("dead\n")


if __name__ == "__main__":
    main()
