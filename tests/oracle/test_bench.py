"""The oracle measures. How long anything takes is no matter here; that everything arrives, it checks itself."""

from __future__ import annotations

from typing import Any

import pytest

from oracle.asking import Oracle, Refused

QUESTIONS: list[dict[str, Any]] = [
    {"what": "fanout", "watchers": 3, "queue": 10},
    {"what": "handover", "lot": 25},
    *({"what": "correlator", "about": about} for about in ("new", "repeated", "combined")),
    {"what": "pipeline", "lot": 40},
]
REFUSED: list[dict[str, Any]] = [
    {"what": "nothing"},
    {"what": "correlator", "about": "odd"},
    {"what": "fanout", "watchers": 1, "long": True},  # 1.14 has no such queue
]


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: " ".join(map(str, question.values())))
def test_a_measurement_takes_time(question: dict[str, Any], oracle: Oracle) -> None:
    assert oracle.ask("bench", question | {"events": 100})["expect"]["ns"] > 0


@pytest.mark.parametrize("question", REFUSED, ids=lambda question: " ".join(map(str, question.values())))
def test_what_cannot_be_measured_is_refused(question: dict[str, Any], oracle: Oracle) -> None:
    with pytest.raises(Refused):
        oracle.ask("bench", question | {"events": 10})
