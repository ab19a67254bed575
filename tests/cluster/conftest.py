"""One API server for all of them, and a namespace for each."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest

from oracle.apiserver import Cluster, at_hand

HERE = Path(__file__).parent
NUMBERS = itertools.count(1)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.cluster)


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    if not at_hand():
        pytest.skip("no API server has been built here: `make cluster` does it, once")
    with Cluster() as cluster:
        yield cluster


@pytest.fixture
def namespace(cluster: Cluster) -> str:
    name = f"test-{next(NUMBERS)}"
    cluster.make_namespace(name)
    return name
