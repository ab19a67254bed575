"""Measure the site as a reader's browser meets it, and print one table against the targets.

    python -m tools.audit            measure and print; fails when a target is missed
    python -m tools.audit --store    also keep the numbers in book/data/audit.json, for the status page

Lighthouse loads a page of each type, of chapters the heaviest, through a server with gzip, three times each, as a phone
and as a desktop; the median counts. What a page asks of other hosts before a click, what it weighs,
and how long the book takes to build, with stored outputs and with every notebook run again, comes from here as well.
Needs node and Chromium; Lighthouse itself comes from tools/lighthouse/package-lock.json.
"""

from __future__ import annotations

import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from playwright.sync_api import sync_playwright

from tools import live
from tools.browser import needed
from tools.build import BUILT, last_built
from tools.serve import serving
from tools.weight import PAGE_BUDGET, figures, page_weight

ROOT = Path(__file__).resolve().parents[1]
SITE = ROOT / "_build" / "html"
STORE = ROOT / "book" / "data" / "audit.json"
LIGHTHOUSE = ROOT / "tools" / "lighthouse" / "node_modules" / "lighthouse" / "cli" / "index.js"
CATEGORIES = ("performance", "accessibility", "best-practices", "seo")
TARGETS = {"mobile": (95, 100, 100, 100), "desktop": (100, 100, 100, 100)}
PAGES = ("book/tour.html", "book/where_is_my_event.html", "book/api/recording.html", "book/appendix_glossary.html")
TIMES = 3
BUILD_SECONDS, AGAIN_SECONDS, RUN_SECONDS = 180.0, 20.0, 60.0


class Result(NamedTuple):
    """A line of the table."""

    what: str
    value: str
    target: str
    met: bool


def figure_page() -> str:
    """The heaviest page that has a figure: the worst case."""
    pages = [path for path in (SITE / "book").glob("*.html") if figures(path)]
    if not pages:
        raise SystemExit("No page has a figure.")
    return max(pages, key=page_weight).relative_to(SITE).as_posix()


def lighthouse(address: str, form: str, browser: str) -> dict[str, Any]:
    """One report of Lighthouse."""
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "report.json"
        command = [
            "node",
            str(LIGHTHOUSE),
            address,
            "--output=json",
            f"--output-path={target}",
            "--quiet",
            "--no-enable-error-reporting",
            f"--only-categories={','.join(CATEGORIES)}",
            "--chrome-flags=--headless=new --no-sandbox --disable-gpu --disable-background-networking",
            *(["--preset=desktop"] if form == "desktop" else []),
        ]
        subprocess.run(command, env={**os.environ, "CHROME_PATH": browser}, check=True, capture_output=True)
        report: dict[str, Any] = json.loads(target.read_text(encoding="utf-8"))
    if report.get("runtimeError"):
        raise SystemExit(f"Lighthouse on {address}: {report['runtimeError']['message']}")
    return report


def scores(report: dict[str, Any]) -> tuple[int, ...]:
    return tuple(round(100 * report["categories"][name]["score"]) for name in CATEGORIES)


def outside(report: dict[str, Any], address: str) -> list[str]:
    """What the page asked of other hosts."""
    asked = [item["url"] for item in report["audits"]["network-requests"]["details"]["items"]]
    host = urlsplit(address).netloc
    return sorted({url for url in asked if urlsplit(url).netloc not in (host, "")})


def shortcomings(report: dict[str, Any]) -> list[str]:
    """The audits that cost points, worst first."""
    lost = []
    for name in CATEGORIES:
        for reference in report["categories"][name]["auditRefs"]:
            audit = report["audits"][reference["id"]]
            if reference["weight"] and audit["score"] is not None and audit["score"] < 0.995:
                said = f"{audit['title']} {audit.get('displayValue', '')}"
                lost.append((reference["weight"] * (1 - audit["score"]), said))
    return [text for _, text in sorted(lost, reverse=True)]


def measure_page(page: str, form: str, base: str, browser: str) -> Iterator[Result]:
    address = base + page
    reports = [lighthouse(address, form, browser) for _ in range(TIMES)]
    medians = [round(statistics.median(column)) for column in zip(*map(scores, reports), strict=True)]
    wanted = TARGETS[form]
    met = all(have >= want for have, want in zip(medians, wanted, strict=True))
    yield Result(f"Lighthouse, {form}, {page}", "/".join(map(str, medians)), "/".join(map(str, wanted)), met)
    if not met:
        for line in shortcomings(reports[0])[:6]:
            print(f"    {page}, {form}: {line}", file=sys.stderr)
    asked = [url for report in reports for url in outside(report, address)]
    yield Result(f"Asked of other hosts, {form}, {page}", str(len(asked)), "0", not asked)


def measure_weights() -> Iterator[Result]:
    pages = [path for path in SITE.rglob("*.html") if "_static" not in path.parts]
    heaviest = max(pages, key=page_weight)
    size = page_weight(heaviest)
    name = heaviest.relative_to(SITE).as_posix()
    target = f"{PAGE_BUDGET // 1024} KiB"
    yield Result(f"Heaviest page, gzip: {name}", f"{size / 1024:.0f} KiB", target, size <= PAGE_BUDGET)


LIVE_BYTES, LIVE_READY, LIVE_FIRST, LIVE_HEAP = 6e6, 3.0, 4.0, 150
READY = """async () => {
    const began = performance.now(), live = await keventBring();
    await live.python.start();
    const ready = performance.now() - began;
    await live.run(live.cells[0]);
    return { ready: ready / 1000, first: (performance.now() - began) / 1000, heap: live.python.heap / 2 ** 20 };
}"""


def measure_live(base: str, browser: str) -> Iterator[Result]:
    """What a reader waits for who presses Run on chapter 4, and what it weighs."""
    files = [path for path in (SITE / "_static" / live.FOLDER).rglob("*") if path.is_file() and path.suffix != ".txt"]
    size = sum(map(live.travelling, files))
    target = f"{LIVE_BYTES / 1e6:.1f} MB"
    yield Result("The pages' own Python, with its editor", f"{size / 1e6:.2f} MB", target, size <= LIVE_BYTES)
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=browser, args=["--no-sandbox", "--disable-gpu"])
        runs = []
        for _ in range(TIMES):
            page = opened.new_context().new_page()
            page.goto(f"{base}book/04_broadcaster.html")
            runs.append(page.evaluate(READY))
        opened.close()
    for name, what, unit, most in (
        ("ready", "Python in the page is ready after", "s", LIVE_READY),
        ("first", "The first cell has run after", "s", LIVE_FIRST),
        ("heap", "Its memory", "MiB", LIVE_HEAP),
    ):
        value = statistics.median(run[name] for run in runs)
        yield Result(what, f"{value:.1f} {unit}", f"{most:.0f} {unit}", value <= most)


STAGE = "book/04_broadcaster.html"
FIRST_FRAME_MS, FRAMES_A_SECOND = 100, 60
FIRST_FRAME = """async () => {
    const element = document.createElement("script");
    element.textContent = await (await fetch("../_static/stage.js")).text();
    const figure = document.querySelector(".kevent-figure[data-kind='event-flow']");
    figure.querySelector(".ks").remove();
    delete figure.dataset.alive;
    const start = performance.now();
    document.body.append(element);
    return new Promise(done => requestAnimationFrame(() => done(performance.now() - start)));
}"""
FRAMES = """count => new Promise(done => {
    document.querySelector(".kp-play").click();
    const times = [];
    const frame = time => {
        times.push(time);
        if (times.length <= count) requestAnimationFrame(frame);
        else done(1000 * count / (times.at(-1) - times[0]));
    };
    requestAnimationFrame(frame);
})"""


def measure_stage(base: str, browser: str) -> Iterator[Result]:
    """How long a stage takes to its first frame, and how smoothly it plays."""
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=browser, args=["--no-sandbox", "--disable-gpu"])
        page = opened.new_context().new_page()
        page.goto(f"{base}{STAGE}")
        page.wait_for_selector(".kevent-figure .ks")
        first = min(page.evaluate(FIRST_FRAME) for _ in range(5))
        frames = page.evaluate(FRAMES, 120)
        opened.close()
    yield Result("A stage's first frame", f"{first:.0f} ms", f"{FIRST_FRAME_MS} ms", first <= FIRST_FRAME_MS)
    met = round(frames) >= FRAMES_A_SECOND
    yield Result("Frames a second while a stage plays", f"{frames:.0f}", str(FRAMES_A_SECOND), met)


def seconds(*command: str) -> float:
    begun = time.perf_counter()
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    return time.perf_counter() - begun


def measure_builds() -> Iterator[Result]:
    shutil.rmtree(SITE.parent, ignore_errors=True)
    build = seconds("make", "-s", "html")
    yield Result("make html, stored outputs", f"{build:.1f} s", f"{BUILD_SECONDS:.0f} s", build <= BUILD_SECONDS)
    pages, rest = last_built(ROOT) or ({}, {})
    (ROOT / BUILT).write_text(json.dumps([pages | {"commit": ""}, rest]), encoding="utf-8")
    again = seconds("make", "-s", "html")
    yield Result("make html again, pages changed", f"{again:.1f} s", f"{AGAIN_SECONDS:.0f} s", again <= AGAIN_SECONDS)
    run = seconds(sys.executable, "-m", "tools.notebooks", "--check")
    everything = build + run
    met = everything <= RUN_SECONDS
    yield Result("every notebook run again, and built", f"{everything:.1f} s", f"{RUN_SECONDS:.0f} s", met)


def table(results: list[Result]) -> str:
    width = max(len(result.what) for result in results)
    lines = [f"{'':2}{'what':{width}}  {'measured':>16}  {'target':>16}"]
    lines += [f"{'  ' if r.met else '! '}{r.what:{width}}  {r.value:>16}  {r.target:>16}" for r in results]
    return "\n".join(lines)


def versions(browser: str) -> str:
    package = json.loads((ROOT / "tools/lighthouse/node_modules/lighthouse/package.json").read_text(encoding="utf-8"))
    said = subprocess.run([browser, "--version"], capture_output=True, text=True, check=True).stdout
    name = " ".join(said.split()[:2])
    return f"Lighthouse {package['version']}, {name}, Python {platform.python_version()}, {os.cpu_count()} processors"


def main() -> int:
    if not LIGHTHOUSE.is_file():
        raise SystemExit("Lighthouse is not installed: use make audit, which does it.")
    browser = needed()
    results = list(measure_builds())
    results += measure_weights()
    with serving(SITE) as base:
        results += measure_live(base, browser)
        results += measure_stage(base, browser)
        for page in ("index.html", figure_page(), *PAGES):
            for form in TARGETS:
                results += measure_page(page, form, base, browser)
    print(table(results))
    if "--store" in sys.argv[1:]:
        rows = [{"what": r.what, "value": r.value, "target": r.target} for r in results]
        stored = {"date": f"{datetime.now(UTC):%Y-%m-%d}", "with": versions(browser), "rows": rows}
        STORE.write_text(json.dumps(stored, indent=1) + "\n", encoding="utf-8")
    return 0 if all(result.met for result in results) else 1


if __name__ == "__main__":
    sys.exit(main())
