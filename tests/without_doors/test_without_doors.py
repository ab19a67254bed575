"""Everything that a channel promises, once more in its form for a Python without a global lock: by the mutex alone."""

from __future__ import annotations

import pytest

from kevent._buffer import DOORS
from tests.site.built import some_weekly
from tests.support import python

UNIT = ("broadcaster", "buffer", "channel", "finalisers", "interrupts", "stress", "threads", "waitgroup")
FILES = ("tests/conformance", *(f"tests/unit/test_{name}.py" for name in UNIT))
ALWAYS = ("tests/unit/test_buffer.py", "tests/unit/test_channel.py")


@pytest.mark.ci
@pytest.mark.skipif(not DOORS, reason="they are shut already")
@pytest.mark.parametrize("tests", some_weekly(FILES, ALWAYS))
def test_everything_holds_without_doors(tests: str) -> None:
    python(
        "-m",
        "pytest",
        "-q",
        "-x",
        "-n0",
        "-p",
        "no:cacheprovider",
        "-p",
        "no:nbval",
        tests,
        timeout=600,
        KEVENT_MUTEX_ONLY="1",
    )
