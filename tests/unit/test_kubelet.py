"""The kubelet's call chain, and a pod's life that ends as the correlator's rules predict."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from kevent import Event, EventBroadcaster, EventSource, FakeRecorder, MemorySink, ObjectReference
from kevent.models.kubelet import (
    Dependencies,
    Kubelet,
    KubeletServer,
    make_event_recorder,
    new_kubelet_command,
    pod_life,
    run,
)
from kevent.runtime import sleep
from kevent.simulation import Run, simulate

POD: dict[str, Any] = {
    "apiVersion": "v1",
    "kind": "Pod",
    "metadata": {"name": "web", "namespace": "shop", "uid": "u-1"},
}


def lived(seed: int | None = None, **options: Any) -> tuple[list[Event], list[Event], Run[list[Event]]]:
    """A pod's life: what was stored in the end, and everything that was recorded on the way."""
    recorded: list[Event] = []

    def scenario() -> list[Event]:
        sink = MemorySink()
        dependencies = Dependencies(event_client=sink)
        make_event_recorder(dependencies, "node-1")
        assert dependencies.broadcaster is not None
        dependencies.broadcaster.start_event_watcher(recorded.append, name="all")
        kubelet = new_kubelet_command(dependencies=dependencies).execute()
        pod_life(kubelet, POD, **options)
        dependencies.broadcaster.shutdown()
        return sink.events()  # here, while the sink's clock is the simulation's

    run = simulate(scenario, seed=seed)
    assert run.error is None
    assert run.result is not None
    return run.result, recorded, run


def predicted(recorded: list[Event]) -> tuple[dict[tuple[str, str, str], int], Counter[str]]:
    """What the correlator's rules make of these events: stored counts, and how many were filtered, by reason.

    The rules, once more and plainly: equal events are counted whether or not they get through; a source has 25 events
    for an object and one more every 300 seconds; what gets through is stored with its count. (The tenth distinct
    message of a reason would be folded; nobody says that much here.)
    """
    times: Counter[tuple[str, str, str]] = Counter()
    stored: dict[tuple[str, str, str], int] = {}
    filtered: Counter[str] = Counter()
    tokens: dict[str, float] = {}
    last: dict[str, int] = {}
    for event in recorded:
        about, time = event.involved_object, event.first_timestamp
        assert time is not None
        key = (about.name, event.reason, event.message)
        times[key] += 1
        budget = min(25.0, tokens.get(about.name, 25.0) + (time - last.get(about.name, time)) / 300e9)
        last[about.name] = time
        assert abs(budget - 1) > 1e-3, "too close to call: choose another number of events"
        if budget < 1:
            tokens[about.name] = budget
            filtered[event.reason] += 1
            continue
        tokens[about.name] = budget - 1
        stored[key] = times[key]
    return stored, filtered


def counts(stored: list[Event]) -> dict[tuple[str, str, str], int]:
    return {(event.involved_object.name, event.reason, event.message): event.count for event in stored}


# --- the call chain -----------------------------------------------------------------------------------------


def test_the_command_starts_a_kubelet_that_says_so() -> None:
    def scenario() -> list[Event]:
        sink = MemorySink()
        dependencies = Dependencies(event_client=sink)
        kubelet = new_kubelet_command(KubeletServer(node_name="node-7"), dependencies).execute()
        assert dependencies.broadcaster is not None
        dependencies.broadcaster.shutdown()
        assert dependencies.recorder is kubelet.recorder
        return sink.events()

    (event,) = simulate(scenario).result or []
    assert (event.type, event.reason, event.message) == ("Normal", "Starting", "Starting kubelet.")
    assert event.source == EventSource(component="kubelet", host="node-7")


def test_the_recorder_is_made_once() -> None:
    dependencies = Dependencies()
    make_event_recorder(dependencies, "node-1")
    first = (dependencies.recorder, dependencies.broadcaster)
    make_event_recorder(dependencies, "node-2")
    assert (dependencies.recorder, dependencies.broadcaster) == first
    assert dependencies.broadcaster is not None
    dependencies.broadcaster.shutdown()


def test_a_recorder_that_is_there_already_stays() -> None:
    with EventBroadcaster() as broadcaster:
        mine = broadcaster.new_recorder(EventSource("mine"))
        dependencies = Dependencies(recorder=mine)
        kubelet = run(KubeletServer(), dependencies)
        assert kubelet.recorder is mine
        assert dependencies.broadcaster is None


def test_without_a_kubeconfig_nothing_is_written(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING, logger="kevent.models.kubelet")
    sink = MemorySink()
    dependencies = Dependencies(event_client=sink)
    run(KubeletServer(kubeconfig=False), dependencies)
    assert dependencies.broadcaster is not None
    dependencies.broadcaster.shutdown()
    assert len(sink) == 0
    assert dependencies.event_client is None
    assert [record.getMessage() for record in caplog.records] == [
        "standalone mode, no API client",
        "No api server defined - no events will be sent to API server.",
    ]


@pytest.mark.parametrize(("verbosity", "logged"), [(2, 0), (3, 1), (5, 1)])
def test_events_are_logged_at_verbosity_three(verbosity: int, logged: int, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, logger="kevent.models.kubelet")
    server = KubeletServer(verbosity=verbosity)
    dependencies = Dependencies(event_client=MemorySink())
    run(server, dependencies)
    server.verbosity = 5 - verbosity  # too late: it was decided when the watcher was started
    assert dependencies.recorder is not None
    assert dependencies.broadcaster is not None
    dependencies.recorder.event(ObjectReference(kind="Node", name="n"), "Normal", "Ready", "yes")
    dependencies.broadcaster.shutdown()
    texts = [record.getMessage() for record in caplog.records]
    assert sum("reason: 'Ready'" in text for text in texts) == logged


# --- a pod's life -------------------------------------------------------------------------------------------


def test_a_life_in_order_with_the_kubelets_own_words() -> None:
    _, recorded, _ = lived(back_offs=1)
    started = "Normal Created Created container", "Normal Started Started container"
    killed = "Container failed liveness probe.. Container will be killed and recreated."
    low = "The node was low on resource: memory."
    liveness = "Warning Unhealthy Liveness probe failed: HTTP probe failed with statuscode: 500"
    assert [f"{event.type} {event.reason} {event.message}" for event in recorded] == [
        "Normal Starting Starting kubelet.",
        'Normal Pulling pulling image "nginx:1.15"',
        'Normal Pulled Successfully pulled image "nginx:1.15"',
        *started,
        *[liveness] * 3,
        f"Normal Killing Killing container docker://app:{killed}",
        'Normal Pulled Container image "nginx:1.15" already present on machine',
        *started,
        "Warning BackOff Back-off restarting failed container",
        "Warning EvictionThresholdMet Attempting to reclaim memory",
        f"Warning Evicted {low} Container app was using 700Mi, which exceeds its request of 256Mi. ",
        "Normal Killing Killing container docker://app:Need to kill Pod",
    ]


def test_events_are_about_the_container_the_pod_or_the_node() -> None:
    _, recorded, _ = lived()
    about = {event.reason: event.involved_object for event in recorded}
    assert about["Started"].field_path == "spec.containers{app}"
    assert about["Evicted"].field_path == ""
    assert (about["EvictionThresholdMet"].kind, about["EvictionThresholdMet"].name) == ("Node", "node-1")
    assert (about["EvictionThresholdMet"].uid, about["EvictionThresholdMet"].namespace) == ("node-1", "")


def test_a_life_may_end_without_an_eviction() -> None:
    _, recorded, _ = lived(evicted=False)
    assert recorded[-1].reason == "BackOff"


def test_an_eviction_says_why_in_its_annotations() -> None:
    stored, _, _ = lived()
    (evicted,) = [event for event in stored if event.reason == "Evicted"]
    assert evicted.annotations == {
        "offending_containers": "app",
        "offending_containers_usage": "700Mi",
        "starved_resource": "memory",
    }


@pytest.mark.parametrize("back_offs", [0, 1, 5, 12, 20, 40, 61])
def test_a_life_is_stored_as_the_rules_predict(back_offs: int) -> None:
    stored, recorded, run = lived(back_offs=back_offs)
    expected, filtered = predicted(recorded)
    assert counts(stored) == expected
    assert run.alive == []
    assert len(recorded) == 15 + back_offs
    assert bool(filtered) is (back_offs > 12)


def test_a_short_life_counts_every_event() -> None:
    stored, _, run = lived()
    by_reason: Counter[str] = Counter()
    for event in stored:
        by_reason[event.reason] += event.count
    assert by_reason == {
        "Starting": 1, "Pulling": 1, "Pulled": 2, "Created": 2, "Started": 2, "Unhealthy": 3, "Killing": 2,
        "BackOff": 5, "EvictionThresholdMet": 1, "Evicted": 1,
    }  # fmt: skip
    assert run.time == (2 + 3 * 10 + 5 * 15) * 1_000_000_000


def test_where_the_budget_runs_dry_filtered_events_still_count() -> None:
    stored, recorded, _ = lived(back_offs=40)
    _, filtered = predicted(recorded)
    (back_off,) = [event for event in stored if event.reason == "BackOff"]
    written = 40 - filtered["BackOff"]
    assert filtered["BackOff"] > 20
    assert back_off.count > written  # it knows of those that nobody was told about


@pytest.mark.parametrize("seed", range(8))
def test_the_order_of_goroutines_changes_nothing_that_is_stored(seed: int) -> None:
    stored, recorded, _ = lived(seed=seed, back_offs=20)
    assert counts(stored) == predicted(recorded)[0] == counts(lived(back_offs=20)[0])


@pytest.mark.parametrize(
    ("act", "text"),
    [
        (lambda k: k.ensure_image_exists(POD, "app", "i", present=True), "already present on machine"),
        (lambda k: k.probe_failed(POD, "app", "100% gone"), "Liveness probe failed: 100% gone"),
        (lambda k: k.kill_container(POD, "app", "abc", "Why"), "docker://app:Why"),
    ],
)
def test_what_a_kubelet_says_can_be_heard_by_a_fake_recorder(act: Callable[[Kubelet], object], text: str) -> None:
    fake = FakeRecorder(3)
    act(Kubelet("node-1", fake))
    assert fake.events is not None
    assert text in fake.events.receive()


def test_the_kubelet_takes_its_time_on_the_clock_of_the_runtime() -> None:
    def scenario() -> None:
        sleep(0)
        fake: Any = FakeRecorder()
        Kubelet("n", fake).ensure_image_exists(POD, "app", "i", present=False)

    assert simulate(scenario).time == 2_000_000_000
