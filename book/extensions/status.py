"""The status page: what this copy of the book was built from and what was checked, all of it counted or measured.

``{status} counted`` counts in the sources and in the finished site; ``{status} measured`` shows what `make audit`
stored in ``book/data/audit.json``, ``{status} beside`` what `make bench` stored in ``book/data/bench.json``. Bytes are
known when the site is finished, so the tables are written last, in place of a mark.
"""

from __future__ import annotations

import json
import os
import platform
import re
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from html import escape
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from tools.weight import FIGURE_BUDGET, PAGE_BUDGET, figures, page_weight

MARK = "<!-- status: {} -->"
AUDIT = Path("book/data/audit.json")
BENCH = Path("book/data/bench.json")
CLAIMS = Path("book/claims/claims.json")
VECTORS = Path("oracle/vectors")


OF_A_PAGE = re.compile(r"(?P<what>Lighthouse|Asked of other hosts), (?P<form>\w+), (?P<page>\S+)$")
COLUMNS = {"Lighthouse": "Lighthouse", "Asked of other hosts": "requests"}


class Row(NamedTuple):
    """A line of the table: what, how much, and the place that says so."""

    what: str
    value: str
    source: str


def number(count: int, one: str, many: str = "") -> str:
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def load(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def build_date() -> datetime:
    """Now, or the time that SOURCE_DATE_EPOCH names, for builds that have to be equal byte for byte."""
    epoch = os.environ.get("SOURCE_DATE_EPOCH")
    return datetime.fromtimestamp(int(epoch), UTC) if epoch else datetime.now(UTC)


def commit(root: Path) -> str:
    said = subprocess.run(
        ["git", "describe", "--always", "--dirty=, with changes"], cwd=root, capture_output=True, text=True, check=False
    )
    return said.stdout.strip() or "unknown: not built from a git checkout"


def kib(size: int) -> str:
    return f"{size / 1024:.0f} KiB"


def of_sources(root: Path) -> Iterator[Row]:
    """What the repository says."""
    tags = {row["tag"] for row in load(root / "book/data/files.json") if row["tag"].startswith("kubernetes-1.14")}
    yield Row("Go source read", ", ".join(sorted(tags)), "book/data/files.json")
    yield Row("kevent", version("kube-kevent"), "the installed package")
    yield Row("Python", platform.python_version(), "the Python that built the book")
    tools = ", ".join(f"{name} {version(name)}" for name in ("jupyter-book", "sphinx", "anywidget"))
    yield Row("Built with", tools, "the installed packages")

    notebooks = [load(path) for path in sorted((root / "book").glob("*.ipynb"))]
    code = [cell for notebook in notebooks for cell in notebook["cells"] if cell["cell_type"] == "code"]
    shown = sum(bool(cell["outputs"]) for cell in code)
    cells = f"{number(len(notebooks), 'notebook')}, {number(len(code), 'code cell')}, {shown:,} with an output"
    yield Row("Run and compared", cells, "book/*.ipynb")
    markdown = [cell for notebook in notebooks for cell in notebook["cells"] if cell["cell_type"] == "markdown"]
    prose = "\n".join("".join(cell["source"]) for cell in markdown)
    marks = [tag for cell in code for tag in cell["metadata"].get("tags", ())]
    exercises = sum(tag.startswith("exercise:") for tag in marks)
    checks = len(re.findall(r"^```\{self-check\}", prose, re.M))
    twins = len(re.findall(r"^```\{twin\}", prose, re.M))
    to_do = f"{number(exercises, 'exercise')}, {number(checks, 'self-check')}"
    yield Row("For the reader to do", to_do, "book/*.ipynb")
    yield Row("Go beside Python", number(twins, "twin"), "book/*.ipynb")

    cases = [case for path in sorted((root / VECTORS).glob("*.json")) for case in load(path)]
    answers = sum(len(case.get(key, ())) for case in cases for key in ("steps", "calls", "refs"))
    vectors = f"{number(len(cases), 'scenario')}, {number(answers, 'step or call', 'steps or calls')}"
    yield Row("Answers of the real client-go", vectors, f"{VECTORS}/*.json")
    claims = load(root / CLAIMS)
    schedules = sum(claim["schedules"] for claim in claims.values())
    yield Row("Claims", f"{len(claims)}, over {schedules:,} schedules", str(CLAIMS))
    kept = len(list((root / "kevent/models/museum/schedules").glob("*.json")))
    yield Row("Faults kept as schedules", f"{kept}", "kevent/models/museum/schedules")


def of_site(site: Path, names: list[str]) -> Iterator[Row]:
    """What the finished pages weigh."""
    pages = {name: site / f"{name}.html" for name in names}
    weights = {name: page_weight(path) for name, path in pages.items()}
    heaviest = max(weights, key=weights.__getitem__)
    shown = [size for path in pages.values() for size in figures(path)]
    yield Row("Pages", f"{len(pages)}", "the finished site")
    budget = f"{kib(weights[heaviest])} ({heaviest}), of {kib(PAGE_BUDGET)} allowed"
    yield Row("Heaviest page, gzip", budget, "the finished site")
    if shown:
        most = f"{len(shown)}; the largest recording {kib(max(shown))}, of {kib(FIGURE_BUDGET)} allowed"
        yield Row("Figures", most, "the finished site")


def counted(root: Path, site: Path, names: list[str]) -> list[Row]:
    date = build_date()
    return [
        Row("Built", f"{date:%Y-%m-%d, %H:%M} UTC", "the clock of the build"),
        Row("From commit", commit(root), "git describe"),
        *of_sources(root),
        *of_site(site, names),
    ]


def measured(root: Path) -> list[Row]:
    if not (root / AUDIT).is_file():
        return [Row("Nothing yet", "run make audit", str(AUDIT))]
    audit = load(root / AUDIT)
    rows = [Row("Measured", audit["date"], str(AUDIT)), Row("With", audit["with"], str(AUDIT))]
    whole = [row for row in audit["rows"] if not OF_A_PAGE.match(row["what"])]
    return rows + [Row(row["what"], f"{row['value']} (target {row['target']})", str(AUDIT)) for row in whole]


def of_pages(root: Path) -> str:
    """What was measured of single pages, a row for each."""
    if not (root / AUDIT).is_file():
        return ""
    found: dict[str, dict[str, str]] = {}
    for row in load(root / AUDIT)["rows"]:
        if said := OF_A_PAGE.match(row["what"]):
            column = f"{COLUMNS[said['what']]}, {said['form']}"
            found.setdefault(said["page"].removesuffix(".html"), {})[column] = row["value"]
            found.setdefault("target", {})[column] = row["target"]
    if not found:
        return ""
    target = found.pop("target")
    rows = [(page, [values.get(column, "–") for column in target]) for page, values in found.items()]
    title = "Lighthouse (performance, accessibility, best practices, search engines), and requests to other hosts"
    return grid(title, ["Page", *target], [*rows, ("target", list(target.values()))])


def table(rows: list[Row]) -> str:
    body = "".join(
        f"<tr><th scope='row'>{escape(row.what)}</th><td>{escape(row.value)}</td>"
        f"<td class='status-source'>{escape(row.source)}</td></tr>"
        for row in rows
    )
    return (
        "<table class='status'><thead><tr><th scope='col'>What</th><th scope='col'>How much</th>"
        f"<th scope='col'>Source</th></tr></thead><tbody>{body}</tbody></table>"
    )


def beside(root: Path) -> str:
    """The tables of the last benchmark that was stored."""
    if not (root / BENCH).is_file():
        return table([Row("Nothing yet", "run make bench BENCH=--store", str(BENCH))])
    run = load(root / BENCH)
    around = [Row("Measured", run["date"], str(BENCH)), Row("With", run["with"], str(BENCH))]
    busy = f"{' / '.join(map(str, run['load']))} as it began, over 1, 5 and 15 minutes"
    around.append(Row("Load", busy, str(BENCH)))
    if run["missing"]:
        around.append(Row("Missing", run["missing"], str(BENCH)))
    return table(around) + "".join(map(compared, run["tables"]))


def compared(measured: dict[str, Any]) -> str:
    """One table of a benchmark."""
    rows = [(row["what"], [*row["cells"], row["target"]]) for row in measured["rows"]]
    return grid(measured["title"], ["What", *measured["columns"], "Target"], rows)


def grid(title: str, columns: list[str], rows: list[tuple[str, list[str]]]) -> str:
    """A table of values; on a phone each row stands as a block (tables.py)."""
    head = "".join(f"<th scope='col'>{escape(column)}</th>" for column in columns)

    def cell(tag: str, column: str, value: str) -> str:
        return f"<{tag} data-label='{escape(column)}'>{escape(value)}</{tag.split()[0]}>"

    body = "".join(
        f"<tr>{cell('th scope=row', columns[0], what)}"
        + "".join(cell("td", column, value) for column, value in zip(columns[1:], values, strict=True))
        + "</tr>"
        for what, values in rows
    )
    title = escape(title)
    return (
        f"<div class='status-beside' role='region' aria-label='{title}' tabindex='0'><table class='labelled'>"
        f"<caption>{title}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


class StatusDirective(SphinxDirective):
    """``{status} counted``, ``{status} measured`` or ``{status} beside``"""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        if self.arguments[0] not in ("counted", "measured", "beside"):
            raise self.error("status is counted, measured or beside")
        self.env.status_page = self.env.docname  # type: ignore[attr-defined]
        return [nodes.raw("", MARK.format(self.arguments[0]), format="html")]


def fill_in(app: Sphinx, error: Exception | None) -> None:
    page = getattr(app.env, "status_page", None)
    if error or not page or app.builder.name != "html":
        return
    root, site = Path(app.srcdir), Path(app.outdir)
    path = site / f"{page}.html"
    html = path.read_text(encoding="utf-8")
    html = html.replace(MARK.format("counted"), table(counted(root, site, sorted(app.env.found_docs))))
    html = html.replace(MARK.format("measured"), table(measured(root)) + of_pages(root))
    path.write_text(html.replace(MARK.format("beside"), beside(root)), encoding="utf-8")


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_directive("status", StatusDirective)
    app.connect("build-finished", fill_in, priority=900)  # when the theme has been trimmed
    return {"parallel_read_safe": True, "parallel_write_safe": True}
