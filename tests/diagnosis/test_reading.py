"""What is read of everything that people have, however it is cut into pieces."""

from __future__ import annotations

import json

import pytest

from kevent.diagnosis import Refused, Report, Unreadable, diagnose, reading
from tests.diagnosis.inputs import INPUTS, TWO, Input, event, in_pieces, listed, newer, watched


def read(data: bytes, size: int) -> Report:
    return diagnose(in_pieces(data, size)())


@pytest.mark.parametrize("size", [1 << 20, 7, 1])
@pytest.mark.parametrize("name", [name for name in INPUTS if not INPUTS[name].refused])
def test_what_is_read(name: str, size: int) -> None:
    given = INPUTS[name]
    report = read(given.data, size)
    assert (report.objects, report.observed) == (given.events, given.observed)
    if given.said:
        assert given.said in " ".join(report.notes.words())
    if given.snapshot is not None:
        assert report.notes.snapshot == given.snapshot
    if given.complete is not None:
        assert report.notes.complete == given.complete
    for group in report.groups:
        report.of(group)


@pytest.mark.parametrize("size", [1 << 20, 5])
@pytest.mark.parametrize("name", [name for name in INPUTS if INPUTS[name].refused])
def test_what_is_refused_in_words_that_help(name: str, size: int) -> None:
    given = INPUTS[name]
    if len(given.data) > 10_000:
        size = 1 << 16
    with pytest.raises((Unreadable, Refused)) as caught:
        read(given.data, size)
    assert given.said in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("indent", [None, 2])
def test_a_long_list_is_read_an_event_at_a_time(indent: int | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "PIECE", 1)  # so that nothing counts as short
    data = listed(*[event(number) for number in range(400)], indent=indent).encode()
    told: list[int] = []
    report = diagnose(in_pieces(data, 1000)(), progress=told.append)
    assert (report.objects, report.notes.documents, report.notes.snapshot) == (400, 1, True)
    assert told == sorted(told)
    assert told[-1] == len(data)
    assert len(told) > 50, "piece by piece"


@pytest.mark.parametrize("cut", range(0, 4000, 61))
def test_wherever_a_list_is_cut_off_what_stands_before_is_read(cut: int) -> None:
    data = listed(*[event(number) for number in range(3)]).encode()
    data = data[: min(cut, len(data) - 3)]
    try:
        report = read(data, 64)
    except Unreadable as error:
        assert "nothing there" in str(error) or "stops in the middle" in str(error)  # noqa: PT017
        return
    whole = data.count(b'"type": "Warning"\n        }')
    assert report.objects in (whole, whole + data.endswith(b"}"))
    assert "stops in the middle" in " ".join(report.notes.words())


def test_a_long_file_without_an_event_is_given_up_soon() -> None:
    lines = iter([b"{'kind': 'Event', 'involvedObject': {'name': 'db-1'}}\n"] * 100_000)
    with pytest.raises(Unreadable, match="not quite JSON: line 1, column 2"):
        diagnose(lines)
    assert len(list(lines)) > 50_000


@pytest.mark.parametrize("size", [1 << 20, 100])
def test_a_place_is_a_line_and_a_column_however_long_the_line_is(size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "PIECE", 1)
    data = listed(*[event(number) for number in range(9)], indent=None)[:4000]
    assert f"line 1, column {len(data) + 1}, after" in read(data.encode(), size).notes.cut_off
    assert f"line 2, column {len(data) + 1}, after" in read(f"\n{data}".encode(), size).notes.cut_off


def test_the_newest_state_counts_whatever_the_order() -> None:
    states = [
        {**event(), "count": count, "metadata": {**event()["metadata"], "resourceVersion": str(count)}}
        for count in (3, 9, 5)
    ]
    report = read("\n".join(map(json.dumps, states)).encode(), 99)
    assert (report.objects, report.observed) == (1, 9)


def test_both_apis_tell_the_same_of_an_event() -> None:
    older = {**event(), "eventTime": newer()["eventTime"], "series": newer()["series"], "message": newer()["note"],
             "count": 0, "source": {}, "reportingComponent": "default-scheduler",
             "reportingInstance": "default-scheduler-cp-2",
             "reason": "FailedScheduling", "firstTimestamp": None, "lastTimestamp": None,
             "involvedObject": newer()["regarding"]}  # fmt: skip
    one, other = (read(listed(each).encode(), 1000).to_dict()["groups"] for each in (older, newer()))
    assert one == other


def test_only_what_counts_in_series_is_said_to_count_in_series() -> None:
    def keys(*items: object) -> set[str]:
        report = read(listed(*items).encode(), 999)
        return {finding.rule.key for group in report.groups for finding in report.of(group)}

    both = {**event(), "eventTime": "2026-03-01T12:00:00.000001Z"}
    assert "series" not in keys(both)
    assert "series" in keys({**newer(), "series": None})
    assert "series" in keys(newer())


def test_a_gzip_bomb_is_read_in_pieces() -> None:
    import gzip

    packed = gzip.compress(b" " * 50_000_000 + listed(*TWO).encode())
    assert len(packed) < 100_000
    assert max(len(piece) for piece in reading.text_of([packed])) <= reading.PIECE
    assert read(packed, 1000).objects == 2


def test_a_stream_is_no_snapshot_and_nothing_is_said_of_how_long_events_are_kept() -> None:
    old = {**event(1), "count": 1, "metadata": {**event(1)["metadata"], "creationTimestamp": "2026-02-01T12:00:00Z"}}
    new = {**event(2), "count": 1}
    keys = lambda data: [finding.rule.key for finding in read(data.encode(), 999).findings]  # noqa: E731
    assert keys(listed(old, new)) == ["kept"]
    assert keys("\n".join(map(json.dumps, [old, new]))) == []
    assert keys("\n".join([watched("ADDED", old), watched("ADDED", new)])) == []


def test_there_are_more_than_forty_kinds() -> None:
    assert len(INPUTS) > 60
    assert all(isinstance(given, Input) for given in INPUTS.values())
