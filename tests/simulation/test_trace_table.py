"""A trace as a table: every kind of value in words that can be read, and nothing that a page would obey."""

from __future__ import annotations

from kevent import DROP_IF_CHANNEL_FULL, Broadcaster, Event, ObjectReference
from kevent.broadcaster import ADDED
from kevent.channel import Channel
from kevent.runtime import go, sleep
from kevent.simulation import TraceTable, simulate
from kevent.waitgroup import AtomicUint64

MARKUP = "<b onclick=run()>"


def scenario() -> None:
    broadcaster = Broadcaster(1, DROP_IF_CHANNEL_FULL, release="1.14")
    broadcaster.watch(name="slow")
    about = ObjectReference(kind="Pod", name="web-0")
    broadcaster.action(ADDED, Event(type="Normal", reason=MARKUP, involved_object=about, count=3))
    broadcaster.shutdown()
    word = AtomicUint64(name="word")
    word.store(1 << 33)
    closed: Channel[int] = Channel(1, name="closed")
    closed.close()
    go(sleep, 1, name="sleeper").join()
    closed.send(1)


TABLE = TraceTable(simulate(scenario).trace)


def test_a_terminal_gets_columns_below_each_other() -> None:
    header, *lines = repr(TABLE).splitlines()
    assert header.split() == ["no.", "ms", "goroutine", "step", "taken", "with", "gives", "leaves"]
    assert len({line.find("main") for line in lines if " main " in line}) == 1
    assert [line.split()[0] for line in lines] == [str(number) for number in range(len(lines))]
    assert not any(line.endswith(" ") for line in lines)


def test_values_are_shown_as_a_reader_knows_them() -> None:
    lines = repr(TABLE).splitlines()
    assert any(f"ADDED Normal {MARKUP} web-0 (x3)" in line for line in lines), "an event in short"
    assert any("store word" in line and line.endswith("0x200000000") for line in lines), "two counters in hexadecimal"
    assert any("send closed" in line and "raises: send on closed channel" in line for line in lines)
    assert any("receive_many" in line and "waits" in line for line in lines)
    assert any(line.split()[1] == "1000" for line in lines), "a second of virtual time"
    ends = [line.split()[2:] for line in lines if " end" in line]
    assert ["sleeper", "end"] in ends, "whoever ends is not named twice"


def test_an_hour_has_all_its_milliseconds() -> None:
    lines = repr(TraceTable(simulate(lambda: sleep(3602)).trace)).splitlines()
    assert lines[-1].split()[1] == "3602000"


def test_a_page_gets_the_same_cells_as_text() -> None:
    page = TABLE._repr_html_()
    assert page.count("<tr>") == len(repr(TABLE).splitlines())
    assert page.count("<td>") == 7 * (page.count("<tr>") - 1)
    assert MARKUP not in page
    assert "&lt;b onclick=run()&gt;" in page
