"""Two charts, made of nothing but Python: lines of every kind, and bars."""

from __future__ import annotations

from kevent.figures import Chart


def depth(name: str = "queue of slow") -> Chart:
    chart = Chart("The queue fills up", alt="It fills up, and one event is lost.", x="milliseconds", y="events")
    chart.steps(name, [0, 20, 40], [0, 1, 2])
    chart.line("mean", [0, 40], [0, 1.23456789], dots=True)
    chart.marks("lost", [30], [2], role="lost")
    chart.level("room", 2)
    return chart


def shares() -> Chart:
    chart = Chart("Who speaks", alt="The kubelet itself has most.", x="calls")
    chart.bars("Warning", {"kubelet": 3, "volumes": 0})
    chart.bars("Normal", {"volumes": 2})
    return chart
