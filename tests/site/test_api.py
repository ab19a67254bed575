"""The API reference has an entry for every public name, and each entry leads to what belongs to it."""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import kevent
from tests.site.built import SITE, Page
from tests.site.extensions import built, extension, page
from tests.support import ROOT

entries = extension("entries")
source_map = extension("source_map")
SOURCES = {path.stem: path.read_text(encoding="utf-8") for path in sorted((ROOT / "book/api").glob("*.md"))}
DOCUMENTED = {
    module: f"book/api/{name}.html"
    for name, text in SOURCES.items()
    for module in re.findall(r"automodule:: (\S+)", text)
}
CONF = """
autodoc_default_options = {"members": True, "undoc-members": True}
default_role = "api-name"
toc_object_entries = False
nitpicky = True
"""


def missing(documented: set[str]) -> list[str]:
    """The public modules without a place. What is inside a room, the room offers."""
    names = [module.name for module in pkgutil.walk_packages(kevent.__path__, "kevent.")]
    public = [name for name in names if not any(part.startswith("_") for part in name.split("."))]
    inside = tuple(f"{room}." for room in entries.ROOMS)
    return [name for name in public if not name.startswith(inside) and name not in documented]


def offered(module: str) -> set[str]:
    """What a module offers and documents: all of it in a room, elsewhere what is not made in another module."""
    loaded = importlib.import_module(module)
    names = {f"{module}.{name}" for name in getattr(loaded, "__all__", ())}
    here = {f"kevent.{name}" for name in entries.package_source.everything()}
    return names if module in entries.ROOMS else names & here


@cache
def anchors(address: str) -> set[str]:
    return Page(address).ids


def test_every_public_module_has_its_place() -> None:
    assert missing(set(DOCUMENTED)) == []
    assert missing(set(DOCUMENTED) - {"kevent.lru"}) == ["kevent.lru"]


@pytest.mark.parametrize("module", DOCUMENTED)
def test_every_public_name_has_an_entry(module: str) -> None:
    left_out = re.search(rf"automodule:: {module}\n +:exclude-members: (.*)", "".join(SOURCES.values()))
    elsewhere = {f"{module}.{name}" for name in left_out[1].split(", ")} if left_out else set()
    assert sorted(offered(module) - elsewhere - anchors(DOCUMENTED[module])) == []
    room = module.rpartition(".")[0]
    assert {name.rpartition(".")[2] for name in elsewhere} <= {name.rpartition(".")[2] for name in offered(room)}


def test_what_the_package_offers_leads_to_the_module_that_makes_it() -> None:
    [offered] = re.findall(r'<p class="api-names">(.*?)</p>', Page("book/api/index.html").html, re.DOTALL)
    for name in kevent.__all__:
        module = getattr(getattr(kevent, name), "__module__", None) or ""
        if module.startswith("kevent"):  # a constant does not say which made it
            assert f'#{module}.{name}"' in offered, name


def test_a_constant_does_not_repeat_what_python_says_of_its_type() -> None:
    for address in sorted(set(DOCUMENTED.values())):
        words = re.sub(r"<[^>]+>|\s+", " ", Page(address).html)
        for kind in (str, int, float, tuple, dict, frozenset):
            assert " ".join((kind.__doc__ or "").split())[-60:] not in " ".join(words.split()), (address, kind)


def test_an_object_in_a_signature_is_no_attribute_of_that_name() -> None:
    for address in sorted(set(DOCUMENTED.values())):
        for signature in re.findall(r'<dt class="sig.*?</dt>', Page(address).html, re.DOTALL):
            assert not re.search(r'<a class="reference[^>]*>(?:<[^>]*>)*object<', signature), signature[:200]


def test_the_first_page_leads_to_every_name() -> None:
    links = {link.rpartition("#")[2] for link in Page("book/api/index.html").links}
    for name in set(kevent.__all__) - {"__version__"}:
        assert [link for link in links if link.rpartition(".")[2] == name], name
    for module in DOCUMENTED:
        assert f"module-{module}" in links
        assert offered(module) & anchors(DOCUMENTED[module]) <= links


# --- Go -------------------------------------------------------------------------------------------------------------

GO_LINK = re.compile(
    r'href="(?P<link>https://github\.com/(?:kubernetes|golang)/[^"]+#L[^"]+)" title="(?P<title>[^"]+)"[^>]*>'
    r"(?P<shown><code.*?</code>)",
    re.DOTALL,
)
BY_LINK: dict[str, list[Any]] = {}
for symbol in source_map.symbols():
    BY_LINK.setdefault(symbol.link(), []).append(symbol)


def go_links(html: str) -> Iterator[tuple[str, str, str]]:
    """The links to Go of a page: the address, what is shown, and the sentence around it, from "In Go" on."""
    for found in GO_LINK.finditer(html):
        shown = re.sub(r"<[^>]+>|\u200b", "", found["shown"])
        around = re.sub(
            r"<[^>]+>|\u200b", "", html[html.rfind("<p>", 0, found.start()) : html.find("</p>", found.end())]
        )
        yield found["link"], shown, around[around.rfind("In Go", 0, around.find(shown) + 1) :]


def wrong_links(html: str) -> list[str]:
    """The links to Go that do not lead to what they name, or not to the release that the sentence is about."""
    wrong = []
    for link, shown, sentence in go_links(html):
        name = shown.partition("(")[0]
        symbols = [symbol for symbol in BY_LINK.get(link, ()) if name.rpartition(".")[2] in names_of(symbol)]
        since = re.search(r"since 1\.\d", sentence.partition(". ")[0])
        if not symbols or (since and not any(symbol.tag == source_map.newest() for symbol in symbols)):
            wrong.append(f"{shown} -> {link}")
    return wrong


def names_of(symbol: Any) -> set[str]:
    return {symbol.name, *(name.rpartition(".")[2] for name in symbol.names)}


@pytest.mark.parametrize("address", sorted(set(DOCUMENTED.values())))
def test_links_behind_in_go_lead_to_what_they_name(address: str) -> None:
    html = (SITE / address).read_text(encoding="utf-8")
    assert wrong_links(html) == []


def test_a_link_to_something_else_is_noticed() -> None:
    html = (SITE / "book/api/recording.html").read_text(encoding="utf-8")
    link = source_map.find("recordToSink").link()
    assert len(list(go_links(html))) > 30
    assert wrong_links(html.replace(source_map.find("eventBroadcasterImpl.NewRecorder").link(), link))
    newest = source_map.find("event.go#eventBroadcasterImpl.StartStructuredLogging@newest").link()
    assert wrong_links(html.replace(newest, newest.replace(source_map.newest(), "kubernetes-1.14.0-alpha.2")))


def linked() -> set[Any]:
    """The symbols that any page of the reference links to."""
    pages = {(SITE / address).read_text(encoding="utf-8") for address in set(DOCUMENTED.values())}
    return {symbol for html in pages for link, _, _ in go_links(html) for symbol in BY_LINK[link]}


def test_what_is_linked_stands_in_the_modules() -> None:
    """As far as they are here: an excerpt has the hash of its row, or `Changed` is raised."""
    go_source = extension("go_source")
    here = [symbol for symbol in linked() if (place := go_source.folder(symbol)) and place.is_dir()]
    assert all(go_source.excerpt(symbol) for symbol in here)
    assert {symbol.tag for symbol in linked()} >= {"kubernetes-1.14.0-alpha.2", source_map.newest()}


MEANT = [
    ("kevent.recorder", "In Go: `Shutdown`.", {}),  # whose?
    ("kevent.models.scheduler", "In Go: `FitError.Error`, package framework.", {}),  # not watch.Error
    ("kevent.event", "In Go: core/v1 EventSeries.", {"EventSeries": "kubernetes-1.14.0-alpha.2"}),
    ("kevent.correlator", "In Go: getSpamKey, until 1.31.", {"getSpamKey": "kubernetes-1.14.0-alpha.2"}),
    ("kevent.correlator", "In Go: getSpamKey, since 1.32.", {"getSpamKey": "newest"}),
    ("kevent.recorder", "In Go: makeEvent, `util.GenerateEventName`.",
     {"makeEvent": "kubernetes-1.14.0-alpha.2", "util.GenerateEventName": "newest"}),
    ("kevent.versions", "In Go: makeEvent.", {"makeEvent": "kubernetes-1.14.0-alpha.2"}),  # not the kubelet's
    ("kevent.go_set", "In Go: makeEvent.", {}),
    ("kevent.events", "In Go: makeEvent.", {"makeEvent": "newest"}),
    ("kevent.events", "In Go: package record, makeEvent.", {"makeEvent": "kubernetes-1.14.0-alpha.2"}),
    ("kevent.series", "Says EventSeries. In Go: nothing like EventSeries.", {}),
]  # fmt: skip


@pytest.mark.parametrize(("module", "docstring", "found"), MEANT)
def test_which_release_a_docstring_means(module: str, docstring: str, found: dict[str, str]) -> None:
    api = extension("api")
    importlib.import_module(module)
    _, links = api.link_go(docstring, [], [], api.go_package(module))
    newest = source_map.newest()
    assert {word: symbol.tag.replace(newest, "newest") for word, symbol in links.items()} == found
    if "makeEvent" in found:
        assert links["makeEvent"].name == "recorderImpl.makeEvent"
        assert ("/events/" in links["makeEvent"].path) == (module == "kevent.events" and "record" not in docstring)


TWINS = {
    name: (address, row)
    for row in source_map.twins().values()
    for name in [f"kevent.{row.get('kevent', '_')}"]
    for address in sorted(set(DOCUMENTED.values()))
    if name in anchors(address)
}


@pytest.mark.parametrize("name", TWINS)
def test_an_entry_leads_to_its_go_twin_to_the_chapter_and_to_the_source(name: str) -> None:
    address, row = TWINS[name]
    html = (SITE / address).read_text(encoding="utf-8")
    begun = html.index(f'id="{name}"')
    entry = html[begun : html.index("</p>", html.index('class="api-facts"', begun))]
    assert source_map.find(row["go"]).link() in entry
    assert re.search(r"/blob/main/kevent/\S+\.py#L\d+", entry)
    if "chapter" in row:
        assert re.search(
            r'href="\.\./\d\d_\w+\.html#twin-[^"]+">beside the Go in <span class="unbroken">chapter \d+', entry
        )


def test_most_twins_are_public() -> None:
    assert len(TWINS) > 25


def test_a_role_leads_to_the_twin_else_to_the_entry_and_for_what_is_private_to_the_source(
    tmp_path: Path,
) -> None:
    chapter = "# C\n\n```{twin} Broadcaster.loop\n:kevent: Broadcaster._loop\n```\n"
    text = "# D\n\n{kevent}`Broadcaster._loop`, {kevent}`Channel.try_send`, {kevent}`Channel._take`\n"
    reference = "# A\n\n```{eval-rst}\n.. automodule:: kevent.channel\n```\n"
    with built(tmp_path, ["twins", "api"], conf=CONF, book__04_c=chapter, d=text, api=reference) as app:
        html = page(app, "d")
    assert re.search(r'href="book/04_c\.html#twin-[^"]+"', html)
    assert 'href="api.html#kevent.channel.Channel.try_send"' in html
    assert re.search(r'href="\S*/blob/main/kevent/channel\.py#L', html)


MODULE = '''"""A module. In Go: `recordToSink`, and `select`."""

class LateError(Exception):
    """Too late, says GitHub."""

def select(late):
    """Raises LateError for `late`, like `LateError`s. See `kevent.channel.gone`."""
'''


def test_a_docstring_links_what_it_names_and_a_name_that_is_gone_is_a_warning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "small.py").write_text(MODULE)
    monkeypatch.syspath_prepend(tmp_path)
    made = {
        f"small.{name}": entries.package_source.Code(f"small.{name}", "kevent/small.py", 1, 2, ())
        for name in ("LateError", "select")
    }
    monkeypatch.setattr(entries.package_source, "everything", lambda: made)
    reference = "# A\n\n```{eval-rst}\n.. automodule:: small\n```\n"
    with built(tmp_path, ["api"], conf=CONF, a=reference) as app:
        html, warnings = page(app, "a"), app.warning.getvalue()
    assert f'href="{source_map.find("recordToSink").link()}"' in html
    assert '<span class="pre">select</span></code>.</p>' in html, "Go's, not the function beside it"
    assert html.count('reference internal" href="#small.LateError"') == 2
    assert '<span class="pre">late</span></code>' in html
    assert "GitHub." in html
    assert warnings.count("kevent.channel.gone") == 1
    assert warnings.count("WARNING") == 1, warnings
