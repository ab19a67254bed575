"""What people call the kinds of Kubernetes."""

from __future__ import annotations

import pytest

from kevent.cli.kinds import KINDS, find, kind_called


def test_no_two_kinds_are_called_the_same() -> None:
    called = [name.lower() for kind in KINDS for name in {kind.kind.lower(), kind.plural, *kind.short}]
    assert len(called) == len(set(called)) > 80


@pytest.mark.parametrize(
    "called", ["sts", "StatefulSet", "statefulsets", "STATEFULSET", "statefulset.apps", "sts.v1.apps"]
)
def test_a_kind_has_many_names(called: str) -> None:
    kind = find(called)
    assert kind is not None
    assert (kind.kind, kind.api_version, kind.group) == ("StatefulSet", "apps/v1", "apps")


@pytest.mark.parametrize("called", ["", "web", "statefulset.batch", "sts.v2.apps", "pod.apps", "deploys"])
def test_what_is_no_kind_of_kubernetes_is_none(called: str) -> None:
    assert find(called) is None


def test_where_a_server_has_it() -> None:
    paths = [kind.path("shop", "x") for kind in map(find, ("po", "no", "deploy", "pv")) if kind]
    assert paths == [
        "/api/v1/namespaces/shop/pods/x", "/api/v1/nodes/x", "/apis/apps/v1/namespaces/shop/deployments/x",
        "/api/v1/persistentvolumes/x",
    ]  # fmt: skip


def test_of_a_kind_that_is_not_known_the_group_is_left_out() -> None:
    assert kind_called("database.example.com") == "database"
    assert kind_called("po") == "Pod"


def test_the_official_client_knows_these_kinds_by_the_same_version() -> None:
    client = pytest.importorskip("kevent.sinks.kubernetes")
    known = {(version, kind) for version, kind in client.scheme().values()}
    assert {(kind.api_version, kind.kind) for kind in KINDS if kind.kind != "PodTemplate"} <= known
