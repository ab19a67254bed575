"""A broadcaster in a coroutine: what has to wait does so in a thread, and the event loop goes on meanwhile.

In Go: nothing; there every goroutine may wait. To record never waits, so a recorder is called in a coroutine as
anywhere else. Here is what `aflush`, `ashutdown` and `async with` of both broadcasters stand on.
"""

from __future__ import annotations

import atexit
import logging
import sys
from abc import ABC, abstractmethod
from collections.abc import Callable
from types import TracebackType
from typing import Self, TypeVar

from kevent import runtime

__all__ = ["Leaving", "in_thread", "leave"]

logger = logging.getLogger("kevent.recorder")

R = TypeVar("R")

_COROUTINE = 0x80 | 0x200
"""The flags of the code of a coroutine and of an asynchronous generator: inspect.CO_COROUTINE, CO_ASYNC_GENERATOR."""


async def in_thread(call: Callable[[], R]) -> R:
    """What `call` returns or raises, from a thread of its own: none of the loop's executor, which may be busy.

    Whoever stops to wait for it, by cancelling, does not stop it.
    """
    from asyncio import wrap_future  # only who runs a loop pays for it
    from concurrent.futures import Future

    answer: Future[R] = Future()

    def work() -> None:
        answer.set_running_or_notify_cancel()  # from now on it cannot be cancelled
        try:
            answer.set_result(call())
        except BaseException as error:
            answer.set_exception(error)

    runtime.go(work, name="waiting for a broadcaster")
    return await wrap_future(answer)


def leave(wait: Callable[[], object]) -> None:
    """Wait at the end of a `with` block, unless that stands in a coroutine: then a thread does, and the loop goes on.

    The interpreter does not end before that. To be called by an `__exit__`.
    """
    if not sys._getframe(2).f_code.co_flags & _COROUTINE:
        wait()
        return
    logger.warning("with, in a coroutine: what is left is written in a thread; `async with` waits for it")

    def work() -> None:
        try:
            wait()
        finally:
            atexit.unregister(join)

    def join() -> None:
        goroutine.join()

    atexit.register(join)
    try:
        goroutine = runtime.go(work, name="leaving a with block")
    except RuntimeError:  # no thread can be started: the loop waits
        work()


class Leaving(ABC):
    """A broadcaster that is shut down at the end of its `with` or `async with` block."""

    @abstractmethod
    def _shutdown_and_tell(self) -> None:
        """Shut down where nobody looks at the answer: the log has to say what was left."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        leave(self._shutdown_and_tell)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await in_thread(self._shutdown_and_tell)
