"""What `make audit` makes of a report. The measuring itself takes minutes and a machine at rest."""

from __future__ import annotations

import json

import pytest

from tests.support import ROOT
from tools import audit


def report(performance: float, *urls: str) -> dict:
    lacking = {"title": "Largest paint", "score": performance, "displayValue": "3 s"}
    categories = {name: {"score": 1.0, "auditRefs": []} for name in audit.CATEGORIES}
    categories["performance"] = {"score": performance, "auditRefs": [{"id": "lcp", "weight": 25}]}
    items = [{"url": url} for url in urls]
    return {"categories": categories, "audits": {"lcp": lacking, "network-requests": {"details": {"items": items}}}}


def test_the_median_counts_and_every_request_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = iter([report(0.90), report(1.0, "http://h:1/a", "https://cdn.invalid/x", "data:x"), report(0.97)])
    monkeypatch.setattr(audit, "lighthouse", lambda *_: next(answers))
    score, asked = audit.measure_page("index.html", "mobile", "http://h:1/", "chromium")
    assert (score.value, score.met) == ("97/100/100/100", True)
    assert (asked.value, asked.met) == ("1", False)


def test_a_missed_target_says_what_cost_the_points(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(audit, "lighthouse", lambda *_: report(0.97))
    score, _ = audit.measure_page("index.html", "desktop", "http://h:1/", "chromium")
    assert not score.met
    assert "Largest paint 3 s" in capsys.readouterr().err
    assert "! Lighthouse" in audit.table([score])


def test_lighthouse_is_pinned_and_its_lock_names_no_address() -> None:
    lock = json.loads((ROOT / "tools/lighthouse/package-lock.json").read_text(encoding="utf-8"))
    wanted = json.loads((ROOT / "tools/lighthouse/package.json").read_text(encoding="utf-8"))["devDependencies"]
    assert lock["packages"]["node_modules/lighthouse"]["version"] == wanted["lighthouse"]
    assert not [name for name, entry in lock["packages"].items() if "resolved" in entry]
    assert all("integrity" in entry for name, entry in lock["packages"].items() if name)
