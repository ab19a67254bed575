"""The judge of ports: it believes nobody, it hangs on nothing, and what it calls small is small."""

from __future__ import annotations

import json
import os
import shutil
import sys
from itertools import accumulate
from pathlib import Path
from textwrap import dedent

import pytest

from kevent.wire import SECOND
from oracle.asking import Oracle
from oracle.drawing import draw
from oracle.judge import port as ports
from oracle.judge.__main__ import main
from oracle.judge.faults import FAULTS
from oracle.judge.port import Broken, NoPort, Port
from oracle.judge.questions import NoAnswer, Scenario, asked, by_go, by_kevent, read, recorded
from oracle.judge.score import noticed, score
from oracle.judge.story import trap
from oracle.judge.verdict import judge, reduced
from oracle.kevent_side import Kevent
from oracle.replaying import Difference, differences
from tests.support import ROOT, in_time

JAVASCRIPT = ROOT / "oracle" / "ports" / "correlator.mjs"
EDGES = ROOT / "oracle" / "judge" / "edges.jsonl"
PYTHON = (sys.executable, "-I", "-S", "-u")
KEYS: Scenario = {"kind": "keys", "name": "one", "steps": [{"event": {"message": "m"}}]}
VECTORS = recorded(None)

ANSWERING = """
import json, sys
def answers(question):
    return {"id": question["id"], "expect": []}
for line in sys.stdin:
    question = json.loads(line)
    %s
"""


@pytest.fixture
def node() -> str:
    found = shutil.which("node")
    assert found, "the port in JavaScript needs Node"
    return found


def program(text: str) -> list[str]:
    return [*PYTHON, "-c", dedent(text)]


def answering(then: str) -> list[str]:
    """A port that does this with each question."""
    return program(ANSWERING % then)


def gone(process: int) -> None:
    """Wait until it has ended; a mere entry of one that has ended is nobody."""
    stat = Path(f"/proc/{process}/stat")
    while stat.exists() and stat.read_text(encoding="ascii").rpartition(")")[2].split()[0] != "Z":
        os.sched_yield()


# --- a port that does something else than answer ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("command", "words"),
    [
        pytest.param(answering("pass"), "no answer came within 0.3 seconds", id="says nothing"),
        pytest.param(program("while True: pass"), "no answer came within 0.3 seconds", id="does not read"),
        pytest.param(answering("sys.exit(3)"), "it ended with exit code 3 instead of answering", id="ends"),
        pytest.param(
            answering("raise LookupError('no such kind')"), "Its last words: .*LookupError: no such kind", id="raises"
        ),
        pytest.param(answering("import os; os.kill(os.getpid(), 11)"), "it was ended by signal 11", id="crashes"),
        pytest.param(answering("import os; os.close(1); sys.stdin.read()"), "it closed its output", id="closes"),
        pytest.param(answering("print('hello')"), "not JSON .*“hello”", id="garbage"),
        pytest.param(answering("print()"), "not JSON", id="an empty line"),
        pytest.param(answering('print(\'{"id": 1, "expect": NaN}\')'), "NaN is no number in JSON", id="no number"),
        pytest.param(answering("print('[' * 100000)"), "not JSON", id="too deep"),
        pytest.param(answering("print(7)"), 'no object with either "expect" or "refused"', id="no object"),
        pytest.param(answering("print(json.dumps({'id': 1}))"), 'either "expect" or "refused"', id="no answer"),
        pytest.param(
            answering("print(json.dumps({'id': 1, 'expect': [], 'refused': ''}))"), "with either", id="both at once"
        ),
        pytest.param(answering("print(json.dumps({'id': 1, 'refused': None}))"), "in words", id="refuses silently"),
        pytest.param(answering("print(json.dumps({'expect': []}))"), "has the id null and not 1", id="no id"),
        pytest.param(answering("print(json.dumps({'id': True, 'expect': []}))"), "the id true", id="an id like 1"),
        pytest.param(
            answering("print(json.dumps(answers(question)) + '\\n\\x1b[2J and more')"),
            r"more than one line for one question; after the answer came “\\x1b\[2J and more”",
            id="two lines at once",
        ),
        pytest.param(answering("sys.stdout.buffer.write(b'\\xff\\n')"), r"not UTF-8 \(byte 0\): “\\xff”", id="bytes"),
        pytest.param(answering("print('{', end='')"), "only a line without its end: “{”", id="half a line"),
        pytest.param(answering("print('x' * 5000000)"), "not JSON", id="long"),
        pytest.param(answering("print('x' * 70000000, end='')"), "longer than 32 megabytes", id="endless"),
        pytest.param(
            answering("sys.stderr.write('e' * 5000000); print('{}')"), "no object", id="much on standard error"
        ),
    ],
)
def test_a_port_that_does_something_else_is_told_so_in_words(command: list[str], words: str) -> None:
    in_vain = "no answer came" in words or "without its end" in words
    with Port(command, 0.3 if in_vain else 20) as port, pytest.raises(Broken, match="(?s)" + words):
        port.ask(KEYS)


def test_a_line_too_many_is_found_at_the_next_question_or_at_the_end() -> None:
    late = "print(json.dumps(answers(question)), flush=True); sys.stdin.readline() or print('late'); print('late')"
    with Port(answering(late), 20) as port:
        port.ask(KEYS)
        with pytest.raises(Broken, match=r"(not JSON|answers nothing).*“late”"):
            port.ask(KEYS)
    with Port(answering(late), 20) as port:
        port.ask(KEYS)
        with pytest.raises(Broken, match="after the last answer it printed more: “late"):
            port.finish()


def test_a_port_that_keeps_its_answers_in_a_buffer_is_told_what_to_do() -> None:
    buffered = [*PYTHON[:-1], "-c", dedent(ANSWERING % "print(json.dumps(answers(question)))")]
    with Port(buffered, 0.5) as port, pytest.raises(Broken, match="keeps its answers in a buffer"):
        port.ask(KEYS)


def test_a_command_that_is_none_is_told_in_a_line() -> None:
    with Port(["/no/such/port"], 1) as port, pytest.raises(NoPort, match="cannot start '/no/such/port': No such file"):
        port.ask(KEYS)
    with Port([str(ROOT)], 1) as port, pytest.raises(NoPort, match="Permission denied"):
        port.ask(KEYS)


def test_a_large_question_is_written_while_the_answer_is_read() -> None:
    much = "print(' ' * 1000000 + json.dumps(answers(question)))"
    with Port(answering(much), 20) as port:
        assert port.ask({**KEYS, "padding": "😀" * 500_000}) == {"id": 1, "expect": []}
        assert port.ask({**KEYS, "padding": "\ud800"}) == {"id": 2, "expect": []}
        port.finish()


@pytest.mark.ci
@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks a process up in /proc")
@pytest.mark.parametrize("then", ["sys.stdin.read()", "sys.exit()"])
def test_what_a_port_has_started_goes_with_it(then: str, tmp_path: Path) -> None:
    child = tmp_path / "child"
    text = f"""
        import subprocess, sys
        idle = subprocess.Popen([sys.executable, "-c", "import signal; signal.pause()"], stdout=subprocess.DEVNULL)
        open({str(child)!r}, "w").write(str(idle.pid))
        sys.stdin.readline()
        {then}
    """
    with Port(program(text), 2) as port, pytest.raises(Broken):
        port.ask(KEYS)
    in_time(lambda: gone(int(child.read_text())))


def test_after_it_broke_it_is_started_anew() -> None:
    with Port(
        answering("sys.exit() if question['name'] == 'end' else print(json.dumps(answers(question)))"), 20
    ) as port:
        port.ask(KEYS)
        with pytest.raises(Broken):
            port.ask(KEYS | {"name": "end"})
        assert port.ask(KEYS)["expect"] == []


# --- the port in JavaScript ---------------------------------------------------------------------------------------


def test_the_port_in_javascript_answers_every_vector_of_its_kinds(node: str, capsys) -> None:
    assert main(["--kinds", "correlator,keys", "--", node, str(JAVASCRIPT)]) == 0
    assert "29 green, 0 red" in capsys.readouterr().out


def within_64_bits(question: Scenario) -> bool:
    """Whether the clock stays where a time has 64 bits of nanoseconds, as the protocol promises."""
    clock = accumulate((step.get("advanceNS", 0) for step in question["steps"]), initial=1_549_324_800 * SECOND)
    return all(abs(time) < 1 << 63 for time in clock)


@pytest.mark.ci
def test_it_answers_the_edges_and_drawn_questions(node: str) -> None:
    numbered = ({"kind": "correlator"} | draw(14, number, "correlator")[2] for number in range(80))
    drawn = (question for question in numbered if within_64_bits(question))
    with Port([node, str(JAVASCRIPT)], 20) as port:
        answered = 0
        for question in [*read(EDGES), *drawn]:
            try:
                expected = by_kevent(question)
            except NoAnswer:
                continue
            assert next(differences(expected, port.ask(asked(question))["expect"]), None) is None, question
            answered += 1
        port.finish()
    assert answered > 50


def test_it_refuses_what_it_does_not_know(node: str, capsys) -> None:
    assert main(["--", node, str(JAVASCRIPT)]) == 0
    told = capsys.readouterr().out
    assert "mux            - of 60: refused, “only keys,correlator, without options”" in told
    assert main(["--kinds", "mux", "--", node, str(JAVASCRIPT)]) == 1
    assert "refuses this question" in capsys.readouterr().out


@pytest.mark.ci
@pytest.mark.parametrize(
    ("right", "wrong", "steps", "words"),
    [
        ("group.messages.add(event.message)", "group.messages.add({})", 10, '(combined from similar events): "'),
        pytest.param("> 600n * SECOND", ">= 600n * SECOND", 10, "+600 s", marks=pytest.mark.weekly),
        pytest.param("this.size > 4096", "this.size > 4097", 3, "4096 other objects", marks=pytest.mark.weekly),
        pytest.param("group.messages.size < 10", "group.messages.size < 11", 10, "“", marks=pytest.mark.weekly),
        pytest.param("tokens: 25, last", "tokens: 24, last", 25, "expected skip", marks=pytest.mark.weekly),
        ('typeof value === "bigint" ? `${value}`', 'typeof value === "bigint" ? `${Number(value)}`', 1, "trap: nano"),
        ('.replace(".000Z", "Z")', "", 2, "trap: in a patch a time has whole seconds"),
        ("annotations: given.annotations ?? null", "annotations: given.annotations ?? {}", 1, "trap: Go's nil map"),
    ],
)
def test_a_mistake_in_it_is_found_and_made_small(
    right: str, wrong: str, steps: int, words: str, node: str, tmp_path: Path, capsys
) -> None:
    text = JAVASCRIPT.read_text(encoding="utf-8")
    assert text.count(right) == 1
    broken = tmp_path / "broken.mjs"
    broken.write_text(text.replace(right, wrong), encoding="utf-8")
    assert main(["--kinds", "correlator", "--", node, str(broken)]) == 1
    told = capsys.readouterr().out
    assert f"\n{steps} of its " in told
    assert "There kevent says what is expected." in told
    assert words in told
    question = json.loads(told.rpartition("The question:\n")[2].splitlines()[0])
    assert len(question["steps"]) == steps
    with Port([node, str(broken)], 20) as port, Port([node, str(JAVASCRIPT)], 20) as sound:
        assert sound.ask(question)["expect"] == by_kevent(question) != port.ask(question)["expect"]


@pytest.mark.ci
def test_a_count_that_does_not_wrap_is_found_by_the_edges(node: str, tmp_path: Path, capsys) -> None:
    broken = tmp_path / "broken.mjs"
    broken.write_text(JAVASCRIPT.read_text(encoding="utf-8").replace("(last.count + 1) | 0", "last.count + 1"))
    assert main(["--kinds", "correlator", "--", node, str(broken)]) == 0  # no vector counts so far
    assert main(["--questions", str(EDGES), "--", node, str(broken)]) == 1
    assert "trap: a count has 32 bits and a sign" in capsys.readouterr().out


# --- the verdict --------------------------------------------------------------------------------------------------


def test_a_port_that_ends_is_shown_where_on_a_small_question(capsys) -> None:
    ends = """
    steps = question.get("steps", [])
    if sum(step.get("op") == "done" for step in steps) > 1:
        sys.exit(9)
    print(json.dumps({"id": question["id"], "refused": "no"}))
    """
    command = program(ANSWERING.replace("    %s\n", "") + dedent(ends).replace("\n", "\n    "))
    assert main(["--kinds", "waitgroup", "--", *command]) == 2
    told = capsys.readouterr().out
    assert "it ended with exit code 9 instead of answering" in told
    question = json.loads(told.splitlines()[-1])
    assert question["steps"] == [{"op": "done"}, {"op": "done"}]


def test_a_kind_is_refused_altogether_or_not_at_all(capsys) -> None:
    picky = "print(json.dumps({'id': question['id'], 'refused': 'no mood'}))"
    assert main(["--", *answering(picky)]) == 2
    assert "refuses everything" in capsys.readouterr().err
    half: list[Scenario] = [
        {"kind": "keys", "name": name, "steps": [], "expect": []} for name in ("answered", "refused")
    ]
    some = "print(json.dumps(answers(question) if question['name'] == 'answered' else {'id': 2, 'refused': 'no'}))"
    with Port(answering(some), 20) as port:
        found = judge(port, half, frozenset())
    assert (found.green, [scenario["name"] for scenario in found.red]) == (1, ["refused"])


def test_where_go_draws_lots_each_of_its_answers_is_right() -> None:
    lots = {"kind": "keys", "name": "lots", "outcomes": [{"answer": ["a"], "times": 3}, {"answer": ["b"], "times": 1}]}
    for answer, green in (("a", 1), ("b", 1), ("c", 0)):
        with Port(answering(f"print(json.dumps({{'id': 1, 'expect': [{answer!r}]}}))"), 20) as port:
            assert judge(port, [lots], frozenset()).green == green


def test_a_recorded_answer_counts_where_the_truth_does_not_see_the_difference() -> None:
    scenario = KEYS | {"expect": [*by_kevent(KEYS), "one more"]}
    right = json.dumps(by_kevent(KEYS))
    with Port(answering(f"print(json.dumps({{'id': question['id'], 'expect': json.loads({right!r})}}))"), 20) as port:
        small, expected, got = reduced(port, scenario, by_kevent)
    assert small is scenario
    assert len(expected) == 2
    assert got == by_kevent(KEYS)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "say a command after --"),
        (["--score", "--", "true"], "--score asks no port"),
        (["--kinds", "no-such", "--", "true"], "no questions of the kind no-such"),
        (["--only", "no such name", "--", "true"], "no scenario fits"),
        (["--release", "1.99", "--", "true"], "unknown release '1.99'"),
        (["--release", "1.37", "--score"], "--score takes no other release"),
        (["--timeout", "0", "--", "true"], "above 0"),
        (["--timeout", "nan", "--", "true"], "above 0"),
        (["--questions", "no-such-file", "--", "true"], "no-such-file: No such file"),
        (["--", "/no/such/port"], "cannot start '/no/such/port'"),
    ],
)
def test_a_command_line_that_makes_no_sense_is_told_so(arguments: list[str], words: str, capsys) -> None:
    assert main(arguments) == 2
    assert words in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (b"\xff\n", "not UTF-8"),
        (b"\n", "no questions"),
        (b"{}\n", 'line 1: a question is an object with a "kind"'),
        (b'{"kind": "keys"}\n[]\n', "line 2"),
        (b'{"kind": "keys"\n', "line 1: not JSON"),
    ],
)
def test_a_file_that_holds_no_questions_is_told_so(text: bytes, words: str, tmp_path: Path, capsys) -> None:
    file = tmp_path / "mine.jsonl"
    file.write_bytes(text)
    assert main(["--questions", str(file), "--score"]) == 2
    assert words in capsys.readouterr().err


def test_the_scenarios_are_listed(capsys) -> None:
    assert main(["--list", "--kinds", "correlator", "--only", "4096"]) == 0
    assert capsys.readouterr().out == "correlator  4096 other objects between two bursts\n"


@pytest.mark.parametrize(
    ("expected", "got", "words"),
    [
        (1549324800000000001, 1549324800000000000, "nanoseconds"),
        (1549324800000000001, 1549324800000000000.0, "nanoseconds"),
        (-(2**31), 2**31, "32 bits"),
        (1, 1.0, "no point"),
        (1, "1", "no string"),
        (5, "5n", "no string"),
        (None, {}, "nil map"),
        ("2019-02-05T00:00:00Z", "2019-02-05T00:00:00+00:00", "whole seconds"),
        ("ab", "ba", "another order"),
        (1, 2, None),
        ("a", "b", None),
        (True, False, None),
    ],
)
def test_a_trap_is_named_where_it_looks_like_one(expected: object, got: object, words: str | None) -> None:
    named = trap(Difference((0,), expected, got))
    assert named is None if words is None else words in (named or "")


# --- what is true of a question that nobody has recorded ----------------------------------------------------------


def test_kevent_says_what_is_true_only_where_go_draws_no_lots() -> None:
    messages = [{"event": {"message": f"m{number}"}} for number in range(10)]
    again: Scenario = {"kind": "correlator", "name": "again", "steps": [*messages, messages[3]]}
    with pytest.raises(NoAnswer, match="by lot"):
        by_kevent(again)
    assert len(by_kevent(again | {"steps": [*messages, {"event": {"message": "new"}}]})) == 11
    with pytest.raises(NoAnswer, match="no question"):
        by_kevent({"kind": "correlator", "name": "none", "steps": [{"event": 7}]})


def test_client_go_says_the_same_of_the_edges(oracle: Oracle) -> None:
    truth = by_go(oracle)
    for question in read(EDGES):
        assert truth(question) == by_kevent(question)


def test_every_vector_is_what_the_truth_says() -> None:
    for scenario in VECTORS:
        assert next(differences(scenario["expect"], by_kevent(scenario)), None) is None


def test_a_name_says_what_is_tested() -> None:
    names = [(scenario["kind"], scenario["name"]) for scenario in VECTORS]
    assert len(set(names)) == len(names)
    for _, name in names:
        assert not name.rpartition(" ")[2].isdigit() or any(word in name for word in ("ends at", "not-found", "refuse"))


# --- faults, and who misses them ----------------------------------------------------------------------------------

EVERYTHING = [*VECTORS, *read(EDGES)]


@pytest.fixture(scope="module")
def answered() -> list[tuple[Scenario, object]]:
    return [(question, question.get("expect", None) or by_kevent(question)) for question in EVERYTHING]


@pytest.mark.ci
@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_every_fault_is_one_that_questions_can_notice(fault, answered) -> None:
    assert noticed(fault, [(question, expected) for question, expected in answered if question["kind"] in fault.kinds])


def test_kevent_is_whole_again_afterwards() -> None:
    for scenario in VECTORS:
        for _, answer in Kevent("1.14").ask(scenario["kind"], asked(scenario)):
            assert next(differences(scenario["expect"], answer), None) is None


@pytest.mark.weekly
def test_the_vectors_miss_what_the_edges_catch() -> None:
    found = score(VECTORS, by_kevent)
    assert len(found.caught) == len(FAULTS) - 6
    assert "a count does not end at 32 bits" in found.missed
    assert found.other_kinds == []
    edges = [(question, by_kevent(question)) for question in read(EDGES)]
    assert all(noticed(fault, edges) for fault in FAULTS if fault.name in found.missed)


def test_questions_are_scored_and_the_missed_faults_named(tmp_path: Path, capsys) -> None:
    mine = tmp_path / "mine.jsonl"
    ten = [{"event": {"message": "m"}}] * 10
    lots = [{"event": {"message": f"{number % 10}"}} for number in range(11)]
    asking = [{"kind": "correlator", "name": f"{len(steps)}", "steps": steps} for steps in (ten, lots)]
    mine.write_text("".join(json.dumps(question) + "\n" for question in asking))
    assert main(["--questions", str(mine), "--score"]) == 1
    told = capsys.readouterr().out
    assert "not counted: “11”: Go draws by lot" in told
    assert "Your tests would miss:" in told
    assert "  - a budget of 26" in told
    assert "a group keeps its messages in a list" not in told


def test_nothing_is_left_when_a_reader_interrupts(monkeypatch) -> None:
    with Port(answering("pass"), 20) as port:
        port_process: list[int] = []

        def interrupted(self: Port, line: bytes) -> bytes:
            assert self._process is not None
            port_process.append(self._process.pid)
            raise KeyboardInterrupt

        monkeypatch.setattr(ports.Port, "_exchange", interrupted)
        with pytest.raises(KeyboardInterrupt):
            port.ask(KEYS)
    with pytest.raises(ProcessLookupError):
        os.kill(port_process[0], 0)
