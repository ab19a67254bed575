"""The checks after every test see what they are there to see."""

from __future__ import annotations

import logging
import threading
from pathlib import Path

import pytest

from kevent.channel import Channel
from kevent.runtime import go
from kevent.simulation import fiber, simulate
from tests.conftest import Complaints, Watched, leftovers
from tests.support import ROOT, python


def test_a_thread_left_behind_is_named() -> None:
    before = set(threading.enumerate())
    channel: Channel[None] = Channel()
    goroutine = go(channel.receive_ok, name="forgotten")
    assert leftovers(before, grace=0) == ["thread forgotten"]
    channel.close()
    goroutine.join()
    assert leftovers(before) == []


def test_a_simulation_left_behind_is_seen() -> None:
    found = simulate(lambda: leftovers(set(threading.enumerate()))).result
    assert found is not None
    assert "a simulation that is still entered" in found


def test_a_fiber_left_behind_is_seen() -> None:
    fibers = fiber.Fibers()
    stuck = fibers.start(lambda: fibers.hub.switch())
    stuck.switch()
    assert set(leftovers(set(threading.enumerate()))) == {"a fiber that has not ended"}
    stuck.kill()
    fibers.give_back([stuck])
    fibers.close()
    assert Watched.alive
    assert leftovers(set(threading.enumerate())) == []


def test_an_exception_in_a_goroutine_is_a_complaint(complaints: Complaints) -> None:
    def fail() -> None:
        raise ValueError("broken")

    go(fail, name="unlucky").join()
    assert complaints.records[0].exc_info is not None
    assert complaints.take() == ["goroutine unlucky ended with an exception"]


def test_a_warning_is_no_complaint(complaints: Complaints) -> None:
    logging.getLogger("kevent.test").warning("only a warning")
    assert complaints.records == []


FAULTS = {
    "logging.getLogger('kevent.x').error('unexpected')": "logged as errors, and not expected",
    "go(Channel().receive_ok, name='forgotten')": "left behind: thread forgotten",
    "Channel(name='empty').receive_ok()": "Timeout (0:00:0",
}


@pytest.mark.thorough
@pytest.mark.parametrize("fault", FAULTS)
def test_a_test_with_a_fault_fails(tmp_path: Path, fault: str) -> None:
    """The whole machinery at once: a run of pytest, over a test that should fail and one that should not."""
    conftest = (ROOT / "tests/conftest.py").read_text(encoding="utf-8")
    (tmp_path / "conftest.py").write_text(conftest.replace("GRACE = 2.0", "GRACE = 0.01"), encoding="utf-8")
    (tmp_path / "unit").mkdir()
    (tmp_path / "unit" / "test_fault.py").write_text(
        "import logging\nfrom kevent.channel import Channel\nfrom kevent.runtime import go\n"
        f"def test_good():\n    go(print).join()\n\ndef test_fault():\n    {fault}\n",
        encoding="utf-8",
    )
    run = python(
        "-m", "pytest", "-v", "-p", "no:cacheprovider", "-p", "no:nbval", "-p", "no:xdist", "-c", "/dev/null",
        "-o", "faulthandler_timeout=1", "-o", "faulthandler_exit_on_timeout=true",
        "--rootdir", tmp_path, "unit", cwd=tmp_path, status=1, PYTHONPATH=str(ROOT),
    )  # fmt: skip
    output = run.stdout + run.stderr
    assert "test_good PASSED" in output
    assert FAULTS[fault] in output
    assert "test_fault" in output


def test_the_settings_end_a_test_that_hangs(pytestconfig: pytest.Config) -> None:
    assert float(pytestconfig.getini("faulthandler_timeout")) > 0
    assert pytestconfig.getini("faulthandler_exit_on_timeout") is True
