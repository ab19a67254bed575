"""Every table, measured in one run: `make bench`.

python -m benchmarks                     print
python -m benchmarks --store             also keep the numbers, for the status page and the README
python -m benchmarks fanout pipeline     only these
"""

from __future__ import annotations

import argparse
from contextlib import ExitStack

from benchmarks import correlator, fanout, pipeline
from benchmarks.client_go import GoColumns
from benchmarks.measure import Table, circumstances
from benchmarks.stored import ROOT, STORE, write

PARTS = {
    "fanout": (fanout.tables, 200_000),
    "correlator": (correlator.tables, 5_000),
    "pipeline": (pipeline.tables, 10_000),
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measure kevent beside others.")
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"of {', '.join(PARTS)}; without any, everything")
    parser.add_argument("--store", action="store_true", help=f"keep the numbers in {STORE.relative_to(ROOT)}")
    asked = parser.parse_args()
    if unknown := set(asked.parts) - PARTS.keys():
        parser.error(f"there is no {', '.join(sorted(unknown))}")
    if asked.store and asked.parts:
        parser.error("what is stored was measured in one run: --store takes no parts")
    with ExitStack() as stack:
        go = GoColumns(stack)
        around = circumstances()
        if go.version:
            around["with"] += f", Go {go.version}"
        print(f"{around['date']}, {around['with']}; load {around['load']}")
        print(f"calibration: the bare loop of a reader costs {around['calibration']} an event on this machine, now")
        if go.missing:
            print(go.missing)
        measured: list[Table] = []
        for part in asked.parts or PARTS:
            make, events = PARTS[part]
            for table in make(go, events):
                table.measure()
                measured.append(table)
    if not asked.parts or "pipeline" in asked.parts:
        print(f"\n{pipeline.queued_bytes():,.0f} bytes a queued event, its name included")
        print(f"{pipeline.growth(1_000_000):,} bytes more after a million events")
        print(f"{correlator.held_by_an_object():,.0f} bytes of a full correlator for each object")
    if asked.store:
        write(around | {"missing": go.missing, "tables": [table.stored() for table in measured]})


if __name__ == "__main__":
    main()
