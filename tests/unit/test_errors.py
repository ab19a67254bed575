"""One class above every error that a caller may see."""

from __future__ import annotations

import importlib
import pkgutil

import pytest

import kevent
from kevent import KeventError


def errors() -> dict[str, type[BaseException]]:
    """Every public exception class of the package, by its full name."""
    found: dict[str, type[BaseException]] = {}
    for module in pkgutil.walk_packages(kevent.__path__, "kevent."):
        if module.name.endswith(("__main__", ".stacks")):  # a program; and what only Python in a web page can import
            continue
        home = importlib.import_module(module.name)
        for name in getattr(home, "__all__", ()):
            thing = getattr(home, name)
            if isinstance(thing, type) and issubclass(thing, BaseException):
                found[f"{thing.__module__}.{thing.__qualname__}"] = thing
    return found


@pytest.mark.parametrize("name", errors())
def test_every_public_error_is_a_kevent_error(name: str) -> None:
    if name != "greenlet.GreenletExit":  # how a fiber is ended; nobody is to catch it
        assert issubclass(errors()[name], KeventError)


def test_the_search_finds_the_errors() -> None:
    assert {"kevent.sinks.errors.StatusError", "kevent.waitgroup.WaitGroupReused"} <= errors().keys()
