"""The numbers of the last run that was kept: for the status page, and as tables in the README."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

__all__ = ["README", "ROOT", "STORE", "markdown", "write"]

ROOT = Path(__file__).resolve().parents[1]
STORE = ROOT / "book" / "data" / "bench.json"
README = Path(__file__).with_name("README.md")
BEGIN, END = "<!-- measured -->\n", "<!-- end of what was measured -->"


def markdown(run: dict[str, Any]) -> str:
    """The tables, with what was around them."""
    load = " / ".join(map(str, run["load"]))
    lines = [f"{run['date']}, {run['with']}, load {load} as it began, calibration {run['calibration']}."]
    for table in run["tables"]:
        columns = ["", *table["columns"], "target"]
        lines += ["", f"**{table['title']}**", "", f"| {' | '.join(columns)} |", "| --- " * len(columns) + "|"]
        lines += [f"| {' | '.join([row['what'], *row['cells'], row['target']])} |" for row in table["rows"]]
    return "\n".join(lines) + "\n"


def write(run: dict[str, Any]) -> None:
    """Keep a run, and put it into the README."""
    STORE.write_text(json.dumps(run, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    before, _, rest = README.read_text(encoding="utf-8").partition(BEGIN)
    after = rest.partition(END)[2]
    README.write_text(f"{before}{BEGIN}\n{markdown(run)}\n{END}{after}", encoding="utf-8")
