"""How much a process holds, and what many do to one API server: python -m benchmarks.limits [part of a name | --store]

Each row is a run of processes that record different events into the real API server that `make cluster` builds. What
was recorded has to be in the store or in a count: a row that loses one says so, and the program ends with an error.
With --store the rows become the table of README.md.
"""

from __future__ import annotations

import dataclasses
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import date
from typing import Any

from benchmarks.stored import README
from kevent import DROP_IF_CHANNEL_FULL, WAIT_IF_CHANNEL_FULL, EventBroadcaster, EventSource, ObjectReference
from kevent.sinks.kubernetes import KubernetesSink
from oracle.apiserver import VERSION, Cluster

NAMESPACE = "limits"


@dataclasses.dataclass(frozen=True)
class Run:
    """So many processes record so many events in all."""

    name: str
    processes: int
    events: int
    pace: float | None = None
    """Requests a second that each sink may make; None for as many as go."""
    waits: bool = True
    """Whether the recorder waits for a place in the queue. By default it does not, and what finds none is dropped."""
    seconds_between: float = 0.0
    timeout: float = 30.0
    forbidden_grace: float = 30.0
    patience: float = 600.0
    """Seconds for what is left when all is recorded."""
    flags: tuple[str, ...] = ()
    trouble: Callable[[Cluster], None] | None = None


def restarted(cluster: Cluster) -> None:
    time.sleep(5)
    cluster.kill("kube-apiserver", signal.SIGKILL)
    time.sleep(5)
    cluster.start_server()


def stopped(cluster: Cluster) -> None:
    time.sleep(3)
    cluster.send("etcd", signal.SIGSTOP)
    time.sleep(40)
    cluster.send("etcd", signal.SIGCONT)


NARROW = ("--enable-priority-and-fairness=false", "--max-mutating-requests-inflight=1", "--max-requests-inflight=100")

RUNS = (
    Run("1 process", 1, 50_000),
    Run("4 processes", 4, 50_000),
    Run("16 processes", 16, 50_000),
    Run("a burst, as it comes", 1, 50_000, pace=5.0, waits=False, patience=20),
    Run("429 for all but one", 16, 4_000, flags=NARROW),
    Run("a restart in mid-stream", 4, 4_000, seconds_between=0.015, trouble=restarted),
    Run("etcd stands still, timeout 30", 4, 200, seconds_between=0.5, trouble=stopped),
    Run("etcd stands still, timeout 60", 4, 200, seconds_between=0.5, timeout=60.0, trouble=stopped),
)


def work(number: int, count: int, settings: dict[str, Any]) -> None:
    """One process: record, wait, and print what has been counted."""
    sink = KubernetesSink(qps=settings["pace"], timeout=settings["timeout"],
                          forbidden_grace=settings["forbidden_grace"])  # fmt: skip
    behavior = WAIT_IF_CHANNEL_FULL if settings["waits"] else DROP_IF_CHANNEL_FULL
    broadcaster = EventBroadcaster(full_channel_behavior=behavior)
    broadcaster.start_recording_to_sink(sink)
    recorder = broadcaster.new_recorder(EventSource("limits"))
    left = count
    while left:
        about = ObjectReference("Pod", NAMESPACE, f"pod-{number}-{left}", f"u-{number}-{left}", "v1")
        full = broadcaster.statistics().queued > 900 and settings["waits"]  # in front the recorder never waits
        if not full:
            recorder.event(about, "Normal", "Measured", "an event like any other")
            left -= 1
        time.sleep(0.01 if full else settings["seconds_between"])
    handled = broadcaster.flush(timeout=settings["patience"])
    print(json.dumps({"handled": handled, **dataclasses.asdict(broadcaster.statistics())}))
    with suppress(BrokenPipeError):
        sys.stdout.flush()


def measure(run: Run) -> dict[str, Any]:
    """The sums of what the processes counted, what is stored, and the seconds it took."""
    with Cluster(flags=run.flags) as cluster:
        cluster.make_namespace(NAMESPACE)
        names = "pace", "waits", "seconds_between", "timeout", "forbidden_grace", "patience"
        settings = json.dumps({name: getattr(run, name) for name in names})
        each, start = run.events // run.processes, time.monotonic()
        processes = [
            subprocess.Popen(
                [sys.executable, "-m", "benchmarks.limits", "work", str(number), str(each), settings],
                stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
                env={"KUBECONFIG": str(cluster.recorders_kubeconfig), "PATH": ""},
            )
            for number in range(run.processes)
        ]  # fmt: skip
        if run.trouble is not None:
            run.trouble(cluster)
        told = [json.loads(process.communicate()[0]) for process in processes]
        seconds = time.monotonic() - start
        stored = len(cluster.events(NAMESPACE))
        refused = re.findall(r'^apiserver_request_total\{code="429".*resource="events".* (\d+)$',
                             cluster.ask("GET", "/metrics"), re.M)  # fmt: skip
    sums = {"recorded": each * run.processes, "stored": stored, "seconds": round(seconds)}
    sums["429s"] = sum(map(int, refused))
    sums["dropped"] = sum(one["dropped"] for one in told)
    for name in "delivered", "handled":
        sums[name] = sum(watcher[name] for one in told for watcher in one["watchers"])
    sums["dropped"] += sum(watcher["dropped"] for one in told for watcher in one["watchers"])
    for name in "created", "retried", "rejected", "given_up":
        sums[name] = sum(sink[name] for one in told for sink in one["sinks"])
    sums["waiting"] = sums["delivered"] - sums["handled"]
    return sums


def lost(sums: dict[str, Any]) -> list[str]:
    """What was recorded and is nowhere, in words."""
    found = []
    counted = sum(sums[name] for name in ("created", "rejected", "given_up", "dropped", "waiting"))
    if counted != sums["recorded"]:
        found.append(f"{sums['recorded'] - counted} events are in no count")
    if not sums["created"] <= sums["stored"] <= sums["created"] + sums["rejected"] + sums["given_up"] + 1:
        found.append(f"{sums['created']} count as created, {sums['stored']} are stored")
    return found


COLUMNS = ("recorded", "stored", "created", "retried", "rejected", "given_up", "dropped", "waiting", "seconds")
BEGIN, END = "<!-- limits -->\n", "<!-- end of limits -->"


def store(rows: dict[str, dict[str, Any]], machine: str) -> None:
    """Put the rows into the README."""
    before, _, rest = README.read_text(encoding="utf-8").partition(BEGIN)
    lines = [machine, "", f"| | {' | '.join(COLUMNS).replace('_', ' ')} |", "| --- " + "| ---: " * len(COLUMNS) + "|"]
    lines += [f"| {name} | {' | '.join(f'{sums[each]:,}' for each in COLUMNS)} |" for name, sums in rows.items()]
    README.write_text(
        before + BEGIN + "\n" + "\n".join(lines) + "\n\n" + END + rest.partition(END)[2], encoding="utf-8"
    )


def main(part: str = "") -> int:
    print(f"{'':30} {' '.join(f'{name:>9}' for name in COLUMNS)}")
    rows, failed = {}, False
    for run in RUNS:
        if part == "--store" or part in run.name:
            sums = rows[run.name] = measure(run)
            print(f"{run.name:30} {' '.join(f'{sums[name]:9,}' for name in COLUMNS)}", flush=True)
            if sums["429s"]:
                print(f"  {sums['429s']} answers of 429 were waited out")
            for words in lost(sums):
                print(f"  LOST: {words}", flush=True)
                failed = True
    if part == "--store":
        load = " / ".join(f"{each:.1f}" for each in os.getloadavg())
        store(rows, f"kube-apiserver {VERSION}, {date.today()}, {os.cpu_count()} processors, load {load} at the end.")
    return failed


if __name__ == "__main__":
    if sys.argv[1:2] == ["work"]:
        work(int(sys.argv[2]), int(sys.argv[3]), json.loads(sys.argv[4]))
    else:
        sys.exit(main(*sys.argv[1:]))
