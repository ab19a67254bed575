"""What a figure puts into a notebook: stable, small, safe, and of use without a script."""

from __future__ import annotations

import base64
import builtins
import gzip
import json
import os
import re
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import pytest

from book.extensions.figure_script import bundles, with_lines
from kevent.figures import CorrelatorTimeline, EventFlow, build
from kevent.figures.figure import _meant
from kevent.figures.sources import lines_of
from kevent.versions import RELEASES, sides
from tests.figures.scenarios import HOSTILE, crowd, figures, probes, slow_watcher
from tests.support import ROOT, python

KINDS = ["event-flow", "waitgroup-word", "call-chain", "correlator-timeline", "pick-the-schedule", "prune-the-tree"]
BY_KEY_STEPS = {"event-flow", "waitgroup-word", "correlator-timeline", "call-chain"}
"""Without a script these show the key steps alone."""
BUDGET = 60 * 1000


def html_of(kind: str) -> str:
    return figures()[kind].html()


class Reader(HTMLParser):
    """The elements of a page, with their attributes, and what stands in scripts."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.lines: list[str] = []
        self.script = ""
        self._inside = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self._inside = tag
        if tag == "li":
            self.lines.append("")

    def handle_data(self, data: str) -> None:
        if self._inside == "script":
            self.script += data
        elif self._inside == "li":
            self.lines[-1] += data

    def handle_endtag(self, tag: str) -> None:
        self._inside = ""


@pytest.mark.parametrize("kind", KINDS)
def test_the_html_is_whole_without_a_script(kind: str) -> None:
    figure = figures()[kind]
    page = Reader(html_of(kind))
    image = next(attributes for tag, attributes in page.elements if tag == "img")
    first = next(iter(figure.storyboards.values()))
    assert image["alt"] == figure.describe(first)
    assert len(image["alt"]) >= 20 or image["alt"] == figure.title
    picture = base64.b64decode((image["src"] or "").removeprefix("data:image/svg+xml;base64,"))
    assert ElementTree.fromstring(picture).tag.endswith("svg")
    logged = [scene.sentence for scene in first.scenes if scene.key or kind not in BY_KEY_STEPS]
    assert [line for line in page.lines if line in set(logged)] == logged
    assert json.loads(page.script) == json.loads(json.dumps(figure.data))


@pytest.mark.parametrize("kind", KINDS)
def test_a_message_is_never_markup(kind: str) -> None:
    text = html_of(kind)
    tags = [tag for tag, _ in Reader(text).elements]
    assert tags.count("img") == tags.count("script") == 1
    assert text.count("<script") == text.count("</script") == 1


def test_the_hostile_message_is_there_as_text() -> None:
    page = Reader(html_of("event-flow"))
    assert HOSTILE in json.loads(page.script)["runs"]["0,0,0"]["start"]["events"][0][0]


@pytest.mark.weekly
@pytest.mark.parametrize("kind", KINDS)
def test_the_same_figure_has_the_same_bytes_in_every_process(kind: str) -> None:
    code = f"from tests.figures.scenarios import figures; print(figures()[{kind!r}].html(), end='')"
    assert python("-c", code, PYTHONHASHSEED="1").stdout == html_of(kind)  # here it is any


@pytest.mark.parametrize("kind", KINDS)
def test_a_figures_data_is_small(kind: str) -> None:
    assert len(gzip.compress(json.dumps(figures()[kind].data).encode())) < BUDGET


def test_a_crowds_data_is_small() -> None:
    assert len(gzip.compress(json.dumps(EventFlow(crowd).data).encode())) < BUDGET


def packed(text: str) -> int:
    return len(gzip.compress(text.encode()))


def test_scripts_and_style_are_small() -> None:
    """What a page with any figure loads, and what one with a stage or another figure loads; the book's other scripts
    come on top."""
    parts = packed(build.page_script(build.PARTS))
    assert parts < 12 * 1000
    assert parts + packed(build.page_script("stage")) < 28 * 1000
    for kind in KINDS[1:]:
        assert sum(packed(build.page_script(bundle)) for bundle in build.bundles_of(kind)) < 23 * 1000
    assert packed(build.style()) < 11 * 1000


def test_no_figure_styles_what_is_another_ones() -> None:
    """All style sheets are one file: a class that two figures use would be drawn as the later says."""
    common = {"figures", "parts", "plate", "stage"}
    classes = {path.stem: set(re.findall(r"\.(k\w-[\w-]+)", path.read_text())) for path in build.SOURCES.glob("*.css")}
    shared = set[str]().union(*(classes[name] for name in common))
    own = {name: found - shared for name, found in classes.items() if name not in common}
    assert sum(map(len, own.values())) == len(set[str]().union(*own.values())) > 0


def test_a_page_loads_the_scripts_of_its_first_figure_and_the_others_when_the_reader_is_near() -> None:
    assert bundles("<p>no figure</p>") == []
    for kind in KINDS:
        assert bundles(html_of(kind)) == list(build.bundles_of(kind))
    page = html_of("waitgroup-word") + html_of("correlator-timeline") + html_of("event-flow")
    assert bundles(page) == [build.PARTS, "plate", "waitgroup-word"]
    late = re.findall(r'data-kind="([\w-]+)"[^>]* data-late="([^"]*)"', with_lines(page))
    assert late == [("correlator-timeline", "correlator-timeline"), ("event-flow", "stage")]


def test_each_figure_of_a_page_has_a_name_of_its_own() -> None:
    page = with_lines(html_of("event-flow") * 2 + html_of("call-chain"))
    ids = re.findall(r'class="kevent-figure" data-kind="[\w-]+" id="([\w-]+)"', page)
    assert ids[:2] == ["figure-one-slow-watcher", "figure-one-slow-watcher-2"]
    assert len(set(ids)) == 3


def test_every_source_is_part_of_one_script_and_nothing_reads_text_as_markup() -> None:
    sources = [name for names in build.BUNDLES.values() for name in names]
    assert sorted(path.stem for path in build.SOURCES.glob("*.js")) == sorted(sources)
    script = "".join(build.page_script(bundle) for bundle in build.BUNDLES)
    assert not re.search(r"^(import|export)\b", script, re.MULTILINE)
    assert not re.search(
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|https?://(?!www\.w3\.org/2000/svg)", script
    )


def test_the_bundle_holds_html_text_and_a_widget() -> None:
    bundle = figures()["waitgroup-word"]._repr_mimebundle_()
    assert set(bundle) == {"text/plain", "text/html", "application/vnd.jupyter.widget-view+json"}
    assert bundle["text/plain"] == "<WaitGroupWord 'One word, two counters', 2 recorded>"


def test_without_anywidget_the_html_remains(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(name: str, *args: object, **kwargs: object) -> object:
        if name.startswith(("anywidget", "kevent.figures.widget")):
            raise ImportError(name)
        return real(name, *args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(builtins, "__import__", without)
    assert set(EventFlow(slow_watcher)._repr_mimebundle_()) == {"text/plain", "text/html"}


def test_the_kernel_runs_any_other_value_and_answers_what_went_wrong() -> None:
    figure = EventFlow(slow_watcher, {"queue_length": [2, 1]})
    sent: list[dict] = []
    figure.widget.send = sent.append
    figure.widget._answer(None, {"request": 1, "values": [3]}, [])
    figure.widget._answer(None, {"request": 2, "values": [-1]}, [])
    figure.widget._answer(None, {"request": 3, "values": ["three"]}, [])
    assert sent[0]["request"] == 1
    assert sent[0]["packed"]["runs"]["0"]["start"]["shape"]["watchers"] == [["fast", 3, 0], ["slow", 3, 0]]
    assert sent[1]["error"] == "ValueError: queue_length must not be negative: -1"
    assert sent[2]["error"] == "ValueError: no such value: 'three'"


def test_the_kernel_runs_any_release_and_says_which() -> None:
    figure = EventFlow(slow_watcher, {"queue_length": [2], "release": ["1.14"]})
    assert figure.data["releases"] == list(RELEASES)
    assert figure.data["parameters"][1]["label"] == "client-go"
    assert figure.data["runs"]["0,0"]["release"] == "1.14"
    assert figure.run([2, "1.25.13"])["runs"]["0"]["release"] == "1.25.13"
    with pytest.raises(ValueError, match=r"release must be one from 1\.14 to"):
        figure.run([2, "1.13"])
    assert "releases" not in EventFlow(slow_watcher).data


def test_the_correlator_is_of_the_release_that_its_run_says() -> None:
    figure = CorrelatorTimeline(probes, {"release": list(sides("spam_key"))}, release="1.14")
    assert [run["release"] for run in figure.data["runs"].values()] == list(sides("spam_key"))
    assert [run["release"] for run in CorrelatorTimeline(probes, release="1.14").data["runs"].values()] == ["1.14"]


def test_a_grid_without_values_and_a_scenario_that_is_none_are_refused() -> None:
    with pytest.raises(ValueError, match="no values for queue_length"):
        EventFlow(slow_watcher, {"queue_length": []})
    with pytest.raises(TypeError, match="scenario must be callable"):
        EventFlow("scenario")  # type: ignore[arg-type]


def test_numbers_keep_their_kind() -> None:
    assert (_meant(3, [1, 2]), type(_meant(3.0, [1, 2]))) == (3, int)
    assert type(_meant(3, [0.1])) is int
    assert _meant(0.5, [1, 2]) == 0.5


@pytest.fixture
def node() -> str:
    found = shutil.which("node")
    if found is None:
        message = "no node found: the figures' model is tested by it (Debian, Ubuntu: apt-get install nodejs)"
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)
    return found


@pytest.mark.parametrize(
    ("line", "thin"),
    [
        ("const made = (x, y) => ({ x, y: y ?? 0 });", "const made=(x,y)=>({x,y:y??0});"),
        ('say("a = b, c", x, `p ${ q ? 1 : 2 }`, y);', 'say("a = b, c", x, `p ${ q ? 1 : 2 }`,y);'),
        ("if (a < b && c > d) return a + +b - -c;", "if(a<b&&c>d)return a + +b - -c;"),
        (r"const parts = text.split(/ \? | : /) , [a] = parts;", r"const parts=text.split(/ \? | : /),[a]=parts;"),
    ],
)
def test_spaces_around_signs_go_and_texts_stay(line: str, thin: str) -> None:
    assert build._thin_line(line) == thin


def test_what_is_joined_shares_no_name_by_accident(node: str, tmp_path: Path) -> None:
    """In the widget's module the parts, and what others stand on, are in one scope."""
    (tmp_path / "module.mjs").write_text(build.module(), encoding="utf-8")
    for bundle in build.BUNDLES:
        (tmp_path / f"{bundle}.js").write_text(build.page_script(bundle), encoding="utf-8")
    for path in sorted(tmp_path.glob("*js")):
        result = subprocess.run([node, "--check", str(path)], capture_output=True, text=True, check=False)
        assert result.returncode == 0, result.stderr


def test_the_model_passes_its_own_tests(node: str, tmp_path: Path) -> None:
    told = {
        kind: {
            name: [[scene.sentence, state] for scene, state in zip(board.scenes, board.states()[1:], strict=True)]
            for name, board in figure.storyboards.items()
        }
        for kind, figure in figures().items()
    }
    data = {kind: figure.data for kind, figure in figures().items()}
    lines = lines_of([data["event-flow"]])
    (tmp_path / "figures.json").write_text(json.dumps([data, told, lines]), encoding="utf-8")
    files = sorted(str(path) for path in Path(__file__).parent.glob("*.test.mjs"))
    result = subprocess.run(
        [node, "--test", *files], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False,
        env={**os.environ, "KEVENT_FIGURES": str(tmp_path / "figures.json")},
    )  # fmt: skip
    assert files
    assert result.returncode == 0, result.stdout + result.stderr
