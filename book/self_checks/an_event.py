"""Self-checks of chapter 1."""

from __future__ import annotations

from kevent import Event, MemorySink
from kevent.figures import ScriptedSink
from kevent.models.kubelet import Dependencies, Kubelet, new_kubelet_command
from kevent.runtime import sleep

from .running import finished, result


def _stored(script) -> list[Event]:
    """What is stored when a kubelet has played a script."""

    def scenario():
        dependencies = Dependencies(event_client=MemorySink())
        script(new_kubelet_command(dependencies=dependencies).execute())
        dependencies.broadcaster.shutdown()
        return dependencies.event_client.events(reason="BackOff")

    return result(scenario)


def _pod(uid: str) -> dict[str, object]:
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "web-0", "namespace": "default", "uid": uid},
    }


def the_same_words_again() -> str:
    """A container is in back-off twice, 23 seconds apart: what the second call asks of the sink."""

    def scenario():
        dependencies = Dependencies(event_client=ScriptedSink())
        kubelet = new_kubelet_command(dependencies=dependencies).execute()
        for _ in range(2):
            kubelet.back_off(_pod("u-1"), "app")
            sleep(23)
        dependencies.broadcaster.shutdown()
        return dependencies.event_client.events()

    run = finished(scenario)
    assert run.result is not None
    asked = [step for step in run.trace if step.operation in ("create", "patch")]
    about_it = [step.operation for step in asked if "BackOff" in repr(step.value)]
    counts = [event.count for event in run.result if event.reason == "BackOff"]
    return {
        (("create", "create"), (1, 1)): "A second event",
        (("create", "create"), (2,)): "The first event again, for the server to count",
        (("create", "patch"), (2,)): "A patch of the first event, with a count of 2",
        (("create",), (1,)): "Nothing, since the words are the same",
    }[tuple(about_it), tuple(counts)]


def two_containers() -> int:
    """Two containers of one pod in back-off in turn, six calls: how many objects."""

    def script(kubelet: Kubelet) -> None:
        for _ in range(3):
            kubelet.back_off(_pod("u-1"), "app")
            sleep(5)
            kubelet.back_off(_pod("u-1"), "sidecar")
            sleep(5)

    return len(_stored(script))


def the_same_name() -> str:
    """A pod is deleted and made anew under its old name, and crashes as before: a new event, or a count."""

    def script(kubelet: Kubelet) -> None:
        for uid in ("u-1", "u-1", "u-2"):
            kubelet.back_off(_pod(uid), "app")
            sleep(10)

    return "It creates a new event." if len(_stored(script)) == 2 else "It raises the count of the old one to 3."


def after_an_hour() -> int:
    """Fourteen calls, more than an hour of silence, one call: the count of the event that is stored then."""

    def script(kubelet: Kubelet) -> None:
        for _ in range(14):
            kubelet.back_off(_pod("u-1"), "app")
            sleep(23)
        sleep(61 * 60)
        kubelet.back_off(_pod("u-1"), "app")

    (event,) = _stored(script)
    return event.count
