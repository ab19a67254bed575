"""Where the API reference has an entry for a name of the package, and which source belongs to an entry.

An entry is called by the name that is imported: `kevent.simulation.explore`, whichever inner module makes it.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from sphinx.domains.python import ObjectEntry
from sphinx.environment import BuildEnvironment

from book.extensions import package_source

PACKAGE = "kevent"
ROOMS = ("kevent.cli", "kevent.figures", "kevent.models.museum", "kevent.simulation")
"""Packages whose names are documented where they are imported from, not in the inner modules that make them."""


class Place(NamedTuple):
    """Where an entry stands."""

    docname: str
    anchor: str
    kind: str  # module, class, method, …


def entries(env: BuildEnvironment) -> Mapping[str, Place]:
    """Every entry by its full name. Complete when every page is read."""
    return _Entries(env.get_domain("py").objects)  # type: ignore[attr-defined]


class _Entries(Mapping[str, Place]):
    """What Sphinx knows, in our words; thousands of links ask, and each means one of them."""

    def __init__(self, known: Mapping[str, ObjectEntry]) -> None:
        self._known = known

    def __getitem__(self, name: str) -> Place:
        described = self._known[name]
        return Place(described.docname, described.node_id, described.objtype)

    def __iter__(self) -> Iterator[str]:
        return iter(self._known)

    def __len__(self) -> int:
        return len(self._known)


def entry(env: BuildEnvironment, name: str, inside: tuple[str, ...] = ()) -> Place | None:
    """The entry that is meant by a name, in one of these classes or modules, or by the only name that ends so."""
    known = entries(env)
    for full in (*(f"{where}.{name}" for where in inside), name):
        if full in known:
            return known[full]
    room, _, last = name.rpartition(".")
    if room == PACKAGE and last in importlib.import_module(PACKAGE).__all__:
        name = last
    found = [full for full in known if full.endswith(f".{name}")]
    return known[found[0]] if len(found) == 1 else None


def entry_of(env: BuildEnvironment, code: package_source.Code) -> Place | None:
    """The entry of a piece of the package's source; None for what is not public."""
    known = entries(env)
    full = f"{PACKAGE}.{code.name}"
    room = next((room for room in ROOMS if full.startswith(f"{room}.")), PACKAGE)
    return known.get(full) or known.get(f"{room}.{code.short}")


def code_of(name: str) -> package_source.Code | None:
    """The source of an entry; None for a module."""
    known = package_source.everything()
    inner = name.removeprefix(f"{PACKAGE}.")
    if inner in known:
        return known[inner]
    room = next((room for room in ROOMS if name.startswith(f"{room}.")), None)
    if room is None:
        return None
    inside, rest = f"{room.removeprefix(f'{PACKAGE}.')}.", name.removeprefix(f"{room}.")
    found = [code for full, code in known.items() if full.startswith(inside) and code.short == rest]
    return found[0] if len(found) == 1 else None
