"""The time line in a browser: three questions, and what each leaves in sight."""

from __future__ import annotations

from collections.abc import Callable

from tests.browser.checks import faults
from tests.browser.conftest import Visit

CHAPTER = "book/16_then_and_now.html"


def test_the_time_line_answers_for_a_version_and_a_part(visit: Callable[..., Visit]) -> None:
    seen = visit(CHAPTER)
    line = seen.page.locator(".time-line")
    answer = line.locator("output")
    assert answer.inner_text() == "6 changes."
    line.get_by_label("showing").select_option(label="what you may notice")
    assert answer.inner_text() == "32 changes."
    line.get_by_label("showing").select_option(label="all of it")
    assert answer.inner_text() == "42 changes."

    line.get_by_label("I run").select_option("29")
    assert answer.inner_text() == (
        "42 changes: 29 in 1.29, where it differs from what this book reads; 13 still ahead of it."
    )
    assert line.locator("tr[data-ahead]").count() == 13
    assert "not in 1.29" in line.locator("tr").last.inner_text()

    line.get_by_label("and ask about").select_option("kubelet")
    assert line.locator("tbody tr:visible").count() == 1
    assert answer.inner_text().startswith("1 change: 1 in 1.29")

    line.get_by_label("and ask about").select_option("")
    line.get_by_label("I run").select_option("")
    assert line.locator("tbody tr:visible").count() == 42
    assert line.locator("tr[data-ahead]").count() == 0
    assert faults(seen) == {}
