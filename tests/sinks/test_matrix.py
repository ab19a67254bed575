"""What `python -m tools.clients` tests: the releases that the extras begin with, and the pinned ones."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tools import clients

NAMES = {"kubernetes", "kubernetes_asyncio", "kr8s", "lightkube", "kopf"}


def test_every_client_has_both_ends() -> None:
    assert clients.oldest().keys() == clients.pinned().keys() == NAMES
    assert {name: set(releases) for name, releases in clients.sets().items()} == dict.fromkeys(
        ("oldest", "between", "newest"), NAMES
    )


def test_a_set_that_fails_is_named(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def environment(name: str, releases: dict[str, str]) -> Path:
        return Path(name)

    class Ended:
        def __init__(self, command: list[Any], **_: Any) -> None:
            self.returncode = command[0] == Path("between")

    monkeypatch.setattr(clients, "environment", environment)
    monkeypatch.setattr("tools.clients.subprocess.run", Ended)
    assert clients.main() == 1
    assert capsys.readouterr().out.splitlines()[-1] == "failed: between"
