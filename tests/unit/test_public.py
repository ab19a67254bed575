"""What the package shows, and what it may lean on."""

from __future__ import annotations

import ast
import sys
from pathlib import Path
from types import FunctionType

import pytest

import kevent
from tests.support import python

PACKAGE = Path(kevent.__file__).parent
CORE = [
    "__init__", "runtime", "exclusive", "waiting", "_buffer", "channel", "select", "waitgroup", "event", "reference",
    "objects", "self_link", "quoting", "wire",
    "lru", "token_bucket", "go_set", "atomic", "sparing", "counters", "errors", "versions", "forking", "broadcaster",
    "correlator",
    "recorder", "event_broadcaster", "handling", "writing", "fake",
    "simulation/schedule", "sinks/__init__",
    "sinks/errors", "sinks/memory", "sinks/registry", "sinks/validation", "sinks/events_v1", "series",
    "events", "conversion", "goroutines",
    "models/__init__", "models/kubelet", "models/eviction", "models/cloud",
    "models/scheduler",
    "diagnosis/__init__", "diagnosis/absence", "diagnosis/budget", "diagnosis/causes", "diagnosis/groups",
    "diagnosis/judging", "diagnosis/reading", "diagnosis/report", "diagnosis/rules", "diagnosis/seen",
    "diagnosis/words",
]  # fmt: skip


@pytest.mark.parametrize("name", kevent.__all__)
def test_every_public_name_can_be_imported_from_the_package(name: str) -> None:
    assert getattr(kevent, name) is not None


def test_no_name_is_public_twice() -> None:
    assert len(set(kevent.__all__)) == len(kevent.__all__)


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="module 'kevent' has no attribute 'brodcaster'"):
        kevent.brodcaster  # type: ignore[attr-defined]  # noqa: B018


@pytest.mark.parametrize(
    "name", [name for name in kevent.__all__ if isinstance(getattr(kevent, name), type | FunctionType)]
)
def test_every_public_class_and_function_says_what_it_is(name: str) -> None:
    assert (getattr(kevent, name).__doc__ or "").strip()


def imports(path: Path) -> set[str]:
    """The top-level packages that a module imports when it is itself imported."""
    found: set[str] = set()
    later: set[ast.AST] = set()
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.Lambda):
            later.update(ast.walk(node))
    for node in ast.walk(tree):
        if node in later:
            continue
        if isinstance(node, ast.Import):
            found.update(alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            found.add((node.module or "").partition(".")[0])
    return found


@pytest.mark.parametrize("module", CORE)
def test_the_core_imports_no_third_party_package(module: str) -> None:
    assert imports(PACKAGE / f"{module}.py") <= {"kevent"} | set(sys.stdlib_module_names)


@pytest.mark.parametrize(
    "module", [module for module in CORE if module not in ("runtime", "exclusive", "simulation/schedule")]
)
def test_the_core_takes_time_and_randomness_from_the_runtime_only(module: str) -> None:
    found = imports(PACKAGE / f"{module}.py")
    if module in ("wire", "diagnosis/seen"):
        found.discard("datetime")  # to format and to read times, not to ask for one
    assert not found & {"time", "random", "datetime", "threading", "asyncio", "queue", "secrets"}


def test_the_import_check_sees_a_third_party_package() -> None:
    assert "greenlet" in imports(PACKAGE / "simulation" / "greenlets.py")
    assert "time" in imports(PACKAGE / "runtime.py")


def test_recording_events_needs_no_greenlet() -> None:
    program = (
        "import sys; sys.modules['greenlet'] = None\n"
        "import kevent\n"
        "sink = kevent.MemorySink()\n"
        "with kevent.EventBroadcaster() as broadcaster:\n"
        "    broadcaster.start_recording_to_sink(sink)\n"
        "    recorder = broadcaster.new_recorder(kevent.EventSource('test'))\n"
        "    recorder.event(kevent.ObjectReference(kind='Pod', name='p'), 'Normal', 'R', 'm')\n"
        "print(len(sink))\n"
    )
    assert python("-c", program).stdout == "1\n"


def test_the_package_is_typed() -> None:
    assert (PACKAGE / "py.typed").exists()
