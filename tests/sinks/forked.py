"""A child of this process."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable


def forked(work: Callable[[], object]) -> Callable[[], bool]:
    """Fork a child that does this work and no more; the answer waits for its end and says whether all went well."""
    child = os.fork()
    if not child:
        signal.alarm(10)
        try:
            work()
        except BaseException:
            os._exit(1)
        os._exit(0)
    return lambda: os.waitpid(child, 0)[1] == 0
