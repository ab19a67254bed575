"""Source twins and the roles beside them, in small books of their own; and chapter 4 keeps its promise."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path

import pytest

from book.extensions import listing
from oracle import toolchain
from tests.site.built import Page, pages
from tests.site.extensions import built, extension, page

package_source = extension("package_source")
source_map = extension("source_map")

LOOP = """# A chapter

```{twin} Broadcaster.loop
:kevent: Broadcaster._loop, Broadcaster._distribute_around_functions

207     | while batch             | It takes **all** there is.
208-210 | isinstance .. item.run  | A function. See {go}`Broadcaster.distribute`.
        |                         | No line.
```
"""


@pytest.fixture(autouse=True)
def no_modules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The small books of this file are built without the Go lines; test_go_source.py builds some with them."""
    monkeypatch.setattr(toolchain, "STORE", tmp_path / "nothing")
    monkeypatch.delenv("CI", raising=False)


def test_the_code_is_the_package_s_own() -> None:
    code = package_source.find("Broadcaster._loop")
    text = [line for _, line in code.lines]
    file = Path(str(package_source.__file__)).parents[2] / code.path
    lines = file.read_text().split("\n")
    assert text == [lines[number - 1] for number, _ in code.lines]
    assert text[0] == "    def _loop(self) -> None:"
    assert "self._distributing.done()" in text[-1]
    assert not [line for line in text if '"""' in line]
    plain = [unescape(re.sub("<[^>]+>", "", html)) for html in listing.python_html(code.dedented())]
    assert plain == [line.removeprefix("    ") for line in text]


def test_of_a_class_the_fields_are_shown_of_a_protocol_its_verbs() -> None:
    watcher = "\n".join(line for _, line in package_source.find("broadcaster.Watcher").lines)
    assert "class Watcher:" in watcher
    assert "self._stopped" in watcher
    assert "def stop" not in watcher
    sink = "\n".join(line for _, line in package_source.find("sinks.EventSink").lines)
    assert all(f"def {verb}" in sink for verb in ("create", "patch"))
    constant = package_source.find("INCOMING_QUEUE_LENGTH")
    assert [line for _, line in constant.lines] == ["INCOMING_QUEUE_LENGTH = 25"]


def test_a_head_is_a_function_without_its_body() -> None:
    names = "EventRecorder.event", "recorder.EventRecorder.annotated_eventf"
    short, long = (package_source.find(name).heading() for name in names)
    assert [line.strip()[:10] for _, line in short.lines] == ["def event("]
    assert [line.strip() for _, line in (long.lines[0], long.lines[-1])] == ["def annotated_eventf(", ") -> None:"]
    with pytest.raises(LookupError, match="EventSink is no function"):
        package_source.find("sinks.EventSink").heading()


def test_a_twin_of_heads_shows_no_body(tmp_path: Path) -> None:
    heads = "```{twin} Broadcaster.loop\n:kevent: Broadcaster._loop\n:heads:\n\n204 | def _loop | A head.\n```"
    with built(tmp_path, ["twins"], index=f"# A chapter\n\n{heads}\n") as app:
        html = page(app, "index")
        assert app.warning.getvalue() == ""
    assert "_loop" in html
    assert "_close_all" not in html


@pytest.mark.parametrize("name", ["Broadcaster._lop", "no_module.Broadcaster", "__init__"])
def test_code_that_is_not_there_or_in_several_places_is_refused(name: str) -> None:
    with pytest.raises(LookupError, match=r"kevent has no|ambiguous"):
        package_source.find(name)


def test_a_twin_has_both_sides_and_its_steps(tmp_path: Path) -> None:
    with built(tmp_path, ["twins"], index=LOOP) as app:
        html = page(app, "index")
        assert app.warning.getvalue() == ""
    symbol = source_map.find("Broadcaster.loop")
    assert f'data-sha256="{symbol.sha256}"' in html
    assert 'data-first="204" data-last="216"' in html
    shown = re.sub(r"<wbr>|</?span[^>]*>", "", html)
    assert "kubernetes/apimachinery at kubernetes-1.14.0-alpha.2" in shown
    assert "method Broadcaster.loop()" in shown
    assert "pkg/watch/mux.go" in shown
    assert "lines 204–216" in shown
    code = package_source.find("Broadcaster._loop")
    start = code.span("while batch")[0]
    assert f'<li data-go="207-207" data-python="{start}-{start}">' in html
    other = package_source.find("Broadcaster._distribute_around_functions")
    first, last = other.span("isinstance", "item.run")
    assert f'<li data-go="208-210" data-python="{first}-{last}">' in html
    assert "<strong>all</strong>" in html
    assert "mux.go#L219-L238" in html


def test_a_step_stands_beside_its_lines(tmp_path: Path) -> None:
    with built(tmp_path, ["twins"], index=LOOP) as app:
        html = page(app, "index")
    code = package_source.find("Broadcaster._loop")
    start = code.span("while batch")[0]
    assert f'<span class="line cited" data-line="{start}" data-step="1"' in html
    assert f'<span class="line" data-line="{code.first}"' in html
    folded = re.findall(r"<summary>… (\d+) lines</summary><pre>(.*?)</pre>", html, re.S)
    assert folded
    assert all(int(count) == lines.count('class="line"') >= listing.WORTH_FOLDING for count, lines in folded)


def test_what_no_step_speaks_of_is_folded_if_it_is_long_enough() -> None:
    numbers = range(1, 21)
    cites = listing.cited([(3, 4), None, (11, 11), (4, 4)])
    assert cites == {3: [1], 4: [1, 4], 11: [3]}
    shown = listing.opened(numbers, cites, keep=[1, 20])
    assert listing.folded_away(numbers, shown) == [(6, 9), (13, 19)]
    assert all(listing.opened(numbers, {}))
    assert listing.folded_away(range(1, 11), listing.opened(range(1, 11), {3: [1], 8: [2]})) == []


def test_a_line_is_text_and_breaks_in_no_word() -> None:
    [html] = listing.go_html(['\tsay("<img src=x>", recorder.eventBroadcaster.generateEvent(object)) // <b>'])
    line = listing.line(7, html, {})
    assert 'data-line="7" style="--indent:4"><span class="indent">\t</span>say(' in line
    assert "&lt;img" in line
    assert "<i>// &lt;b&gt;</i>" in line
    assert "recorder.<wbr>eventBroadcaster.<wbr>generateEvent(<wbr>object))" in line
    assert "short.name" in listing.go_html(["short.name"])[0]


@pytest.mark.parametrize(
    ("source", "complaint"),
    [
        ("```{twin} Broadcaster.lop\n```", "no Go symbol"),
        ("```{twin} NewBroadcaster\n```", "ambiguous"),
        ("```{twin} Broadcaster.loop\n:kevent: Broadcaster._lop\n```", "kevent has no"),
        ("```{twin} EventSinkImpl.Create\n```", "names no kevent code"),
        ("```{twin} Broadcaster.loop\n\n300 | | Beyond.\n```", "are not in Broadcaster.loop"),
        ("```{twin} Broadcaster.loop\n\n207 | whale | Not there.\n```", "contains 'whale'"),
        ("```{twin} Broadcaster.loop\n:kevent: Broadcaster._loop\n:heads:\n\n207 | while | B.\n```", "contains"),
        ("```{twin} EventSink\n:heads:\n```", "is no function"),
        ("```{twin} Broadcaster.loop\n\n207 while\n```", "a step is"),
        ("```{twin} Broadcaster.Action\n```\n\n```{twin} Broadcaster.Action\n```", "has one already"),
        ("{go}`Broadcaster.lop`", "no Go symbol"),
        ("{kevent}`Broadcaster._lop`", "kevent has no"),
        ("{pr}`many`", "is a number"),
    ],
)
def test_what_is_missing_fails_the_build(tmp_path: Path, source: str, complaint: str) -> None:
    with built(tmp_path, ["twins"], index=f"# A chapter\n\n{source}\n") as app:
        assert complaint in app.warning.getvalue()


def test_roles_lead_to_the_lines_the_twin_and_the_threads(tmp_path: Path) -> None:
    text = "# Links\n\n{go}`Broadcaster.Shutdown` {kevent}`Broadcaster._loop` {kevent}`Broadcaster.watch` "
    text += "{pr}`91602` {issue}`108518` {go}`it says <mux.go#NewBroadcaster>`\n"
    with built(tmp_path, ["twins"], index=text, book__20_two=LOOP) as app:
        html = page(app, "index")
        assert app.warning.getvalue() == ""
    assert 'title="pkg/watch/mux.go, lines 198–201, kubernetes/apimachinery' in html
    assert 'href="book/20_two.html#twin-mux-go-broadcaster-loop"' in html
    assert re.search(r'href="/blob/main/kevent/broadcaster.py#L\d+-L\d+"', html)
    assert 'href="https://github.com/kubernetes/kubernetes/pull/91602">#91602<' in html
    assert 'href="https://github.com/kubernetes/kubernetes/issues/108518">#108518<' in html
    assert re.search(r"mux.go#L198-L201[^>]*><code", html)
    assert re.search(r"mux.go#L67-L77[^>]*>it says</a>", html)


def test_a_chapter_that_shows_twins_must_show_all_that_are_promised(tmp_path: Path) -> None:
    with built(tmp_path, ["twins"], book__04_one=LOOP) as app:
        warnings = app.warning.getvalue()
    assert "no twin shows mux.go#Broadcaster.distribute" in warnings
    assert "mux.go#Broadcaster.loop," not in warnings


def test_a_chapter_that_shows_none_is_told_so(tmp_path: Path) -> None:
    with built(tmp_path, ["twins"], book__04_one="# A chapter without a twin\n") as app:
        assert "no twin shows mux.go#Broadcaster.loop," in app.warning.getvalue()


def test_the_book_has_every_chapter_that_is_to_show_a_symbol() -> None:
    promised = {row["chapter"] for row in source_map.twins().values() if "chapter" in row}
    there = {int(match[1]) for match in (re.match(r"book/(\d\d)_", name) for name in pages()) if match}
    assert promised <= there
    assert len(promised) > 5


def test_the_list_of_symbols_says_where_each_is_shown(tmp_path: Path) -> None:
    symbols = "# Symbols\n\n```{symbol-map}\n```\n"
    with built(tmp_path, ["twins"], index=symbols, book__20_two=LOOP) as app:
        html = page(app, "index")
    assert html.count("<tr><td>") == len(source_map.twins())
    assert '<a href="book/20_two.html#twin-mux-go-broadcaster-loop">chapter 20</a>' in html
    assert "It returns a field." in html


def test_chapter_four_shows_what_it_promises() -> None:
    html = Page("book/04_broadcaster.html").html
    sides = re.findall(r'<div class="twin-side twin-go".*?(?=<div class="twin-side twin-python")', html, re.S)
    names = re.findall(r'<p class="twin-name"><a [^>]*><code>(.*?)</code>', "".join(sides))
    promised = {row["go"].split("#")[1] for row in source_map.load("twins") if row.get("chapter") == 4}
    assert {unescape(name.replace("<wbr>", "")) for name in names} == promised
    assert "twin.js" in html
    assert "twin.js" not in Page("index.html").html
