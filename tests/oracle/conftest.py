"""Go is not everywhere. What needs it is skipped where it is not, and where a program would have to be built first.

In CI nothing is skipped for want of Go.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import cache

import pytest

from oracle.asking import Oracle
from oracle.toolchain import STORE, NoGo, go, program

ALWAYS = "1.14"
"""Built if it is not there. The other programs are `make oracle`'s, which takes its time; the week runs it."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Who needs Go's program waits a minute until it is built: `.ci/run` does, whose fresh questions need it anyway."""
    for item in items:
        if "oracle" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.ci)


@cache
def why_not(release: str, variant: str = "") -> str | None:
    """Why a release cannot be asked here and now; None if it can. In CI a missing Go is no reason, but a failure."""
    in_ci = bool(os.environ.get("CI"))
    build = release == ALWAYS and not variant
    try:
        go()
        if not build and not list((STORE / "programs").glob(f"oracle-{release}{variant and '-' + variant}-*")):
            return f"the oracle for {release} is not built: `make oracle`"
        program(release, variant)
    except NoGo as error:
        if in_ci:
            raise
        return str(error)
    return None


@pytest.fixture(scope="session")
def oracle() -> Iterator[Oracle]:
    if (reason := why_not(ALWAYS)) is not None:
        pytest.skip(reason)
    with Oracle(ALWAYS) as asked:
        yield asked
