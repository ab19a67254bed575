"""Source twins: a Go symbol and the kevent code that stands for it, side by side.

    ```{twin} Broadcaster.blockQueue
    100-101 | executed = WaitGroup .. executed.add | A wait group of its own counts to one.
    102     | self._send                           | The function goes into the queue, among the events.
    ```

The argument names Go symbols (`source_map.find`), several of one file separated by commas. What stands for them in
kevent is in `book/data/twins.json`, or in the option `:kevent:`; with `:heads:` its functions are shown without their
bodies. Each line of the body is a step: Go lines, the text of kevent's lines (`first`, or `first .. last`), a
sentence. A name, a line or a text that is not there fails the build.

The Go lines join the page when it is built (`go_source.py`). Of a source that no module of ours has the page knows
names and line numbers, and `assets/twin-load.js` fetches the lines when the reader asks for them.

Also here: the roles {go}, {kevent}, {pr} and {issue}, and `{symbol-map}`, the list of all symbols and their twins.
"""

from __future__ import annotations

import re
from html import escape
from typing import Any, NamedTuple

from docutils import nodes
from docutils.parsers.rst import directives
from docutils.statemachine import StringList
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util import logging
from sphinx.util.docutils import ReferenceRole, SphinxDirective

from book.extensions import go_source, package_source, source_map
from book.extensions.chapters import chapter_number, chapters
from book.extensions.entries import entry_of
from book.extensions.html_element import element, raw
from book.extensions.listing import Cited, cited, folded_away, go_html, listing, opened, python_html
from book.extensions.repository import files_at

logger = logging.getLogger(__name__)

KUBERNETES = "https://github.com/kubernetes/kubernetes"
MAPPED = ("event.go", "events_cache.go", "fake.go", "mux.go", "waitgroup.go")
"""The files of which every symbol has a twin, or a reason why not."""


Span = tuple[int, int] | None
"""The first and the last of some lines, or none."""


class Step(NamedTuple):
    """A sentence about lines of both sides."""

    node: nodes.Node
    go: Span
    python: Span


class Shown(NamedTuple):
    """A twin on a page."""

    docname: str
    anchor: str
    go: tuple[str, ...]  # Symbol.key
    kevent: tuple[str, ...]  # Code.name


def shown_twins(env: BuildEnvironment) -> list[Shown]:
    if not hasattr(env, "kevent_twins"):
        env.kevent_twins = []  # type: ignore[attr-defined]
    return env.kevent_twins  # type: ignore[attr-defined,no-any-return]


def source_link(env: BuildEnvironment, code: package_source.Code) -> str:
    """The address of a piece of the package in this book's own repository."""
    return f"{files_at(env.config)}/{code.path}#L{code.first}-L{code.last}"


def slug(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")


def separated(argument: str) -> list[str]:
    return [name.strip() for name in argument.split(",")]


def counted(first: int, last: int) -> str:
    return str(first) if first == last else f"{first}–{last}"


# --- the directive ---------------------------------------------------------------------------------------------------


class TwinDirective(SphinxDirective):
    """``{twin}``: see the head of this module."""

    required_arguments = 1
    final_argument_whitespace = True
    has_content = True
    option_spec = {"kevent": directives.unchanged_required, "heads": directives.flag}  # noqa: RUF012

    def run(self) -> list[nodes.Node]:
        try:
            first, *others = separated(self.arguments[0])
            symbols = [source_map.find(first)]
            symbols += [source_map.find(f"{symbols[0].file}#{name}") for name in others]
            codes = [package_source.find(name) for name in self.kevent_names(symbols)]
            if "heads" in self.options:
                codes = [code.heading() for code in codes]
            rows = [row for row in range(len(self.content)) if self.content[row].strip()]
            steps = [self.step(number, row, symbols, codes) for number, row in enumerate(rows, start=1)]
            go = self.go_side(symbols, cited(step.go for step in steps))
        except (LookupError, go_source.Changed) as wrong:
            raise self.error(f"twin {self.arguments[0]}: {wrong.args[0]}") from None
        anchor = f"twin-{slug(symbols[0].key)}{'-newest' if symbols[0].tag == source_map.newest() else ''}"
        if any((twin.docname, twin.anchor) == (self.env.docname, anchor) for twin in shown_twins(self.env)):
            raise self.error(f"twin {self.arguments[0]}: this page has one already that begins with this symbol")
        shown_twins(self.env).append(
            Shown(
                self.env.docname,
                anchor,
                tuple(symbol.key for symbol in symbols if symbol.tag != source_map.newest()),
                tuple(code.name for code in codes),
            )
        )
        names = f"{', '.join(symbol.name for symbol in symbols)}: Go and Python"
        python = python_side([(code, source_link(self.env, code)) for code in codes], cited(s.python for s in steps))
        panes = element("div", go, python, class_="twin-panes")
        # The theme takes its own list of contents away while something of this class is in sight.
        late = "twin-load" if 'class="twin-load"' in go.astext() else None
        twin = element(
            "div", panes, class_="twin full-width", id=anchor, data_late=late, role="group", aria_label=names
        )
        if steps:
            twin += element("ol", *(step.node for step in steps), class_="twin-steps", aria_label="Step by step")
        return [twin]

    def go_side(self, symbols: list[source_map.Symbol], cites: Cited) -> nodes.Node:
        excerpts = [go_source.show(self.env, self.env.docname, symbol) for symbol in symbols]
        lines = [excerpt.lines for excerpt in excerpts if excerpt]
        if len(lines) == len(symbols):
            return go_lines_side(symbols, lines, cites)
        return go_names_side(symbols, cites)

    def kevent_names(self, symbols: list[source_map.Symbol]) -> list[str]:
        if "kevent" in self.options:
            return separated(self.options["kevent"])
        names: list[str] = [source_map.twins().get(symbol.key, {}).get("kevent", "") for symbol in symbols]
        if not all(names):
            raise LookupError("book/data/twins.json names no kevent code for it: say it with :kevent:")
        return list(dict.fromkeys(names))

    def step(self, number: int, row: int, symbols: list[source_map.Symbol], codes: list[package_source.Code]) -> Step:
        line = self.content[row]
        parts = [part.strip() for part in line.split("|", 2)]
        if len(parts) != 3:
            raise LookupError(f"a step is `Go lines | kevent text | sentence`, not {line!r}")
        go = go_lines(parts[0], symbols)
        python = python_lines(parts[1], codes)
        sentence = nodes.paragraph()
        holder = nodes.Element()
        self.state.nested_parse(StringList([parts[2]], self.content.source(row)), self.content_offset + row, holder)
        for child in list(holder.children):
            sentence += child.children if isinstance(child, nodes.paragraph) else [child]
        where = []
        if go:
            link = escape(symbols[0].link(*go))
            where.append(f'<a href="{link}" rel="noreferrer">Go {counted(*go)}</a>')
        if python:
            where.append(f"Python {counted(*python)}")
        sentence += raw(f' <span class="twin-lines">{", ".join(where)}</span>')
        mark = raw(
            f'<button type="button" aria-pressed="false" hidden>{number}'
            '<span class="twin-only-heard">: mark these lines</span></button>'
        )
        spans = {
            name: f"{span[0]}-{span[1]}" if span else None for name, span in (("data_go", go), ("data_python", python))
        }
        return Step(element("li", mark, sentence, **spans), go, python)


def go_lines(part: str, symbols: list[source_map.Symbol]) -> Span:
    if not part:
        return None
    match = re.fullmatch(r"(\d+)(?:-(\d+))?", part)
    if not match:
        raise LookupError(f"Go lines are `104` or `104-107`, not {part!r}")
    first, last = int(match[1]), int(match[2] or match[1])
    if not any(symbol.first <= first <= last <= symbol.last for symbol in symbols):
        raise LookupError(f"Go lines {part} are not in {', '.join(f'{s.name} ({s.lines})' for s in symbols)}")
    return first, last


def python_lines(part: str, codes: list[package_source.Code]) -> Span:
    if not part:
        return None
    start, _, end = (piece.strip() for piece in part.partition(" .. "))
    for code in codes:
        try:
            return code.span(start, end)
        except LookupError as missing:
            reason = missing
    raise reason


def side(language: str, head: str, *content: str, **attributes: str) -> nodes.Node:
    """One side: it scrolls by itself if it is longer than the window leaves room for."""
    more = "".join(f' {name.replace("_", "-")}="{escape(value)}"' for name, value in attributes.items())
    return raw(
        f'<div class="twin-side twin-{language.lower()}" role="group" tabindex="0" aria-label="{language}"{more}>'
        f'<p class="twin-file"><span>{language}</span> {head}</p>{"".join(content)}</div>'
    )


def symbol_head(name: str, link: str, where: str) -> str:
    return (
        f'<p class="twin-name"><a href="{escape(link)}" rel="noreferrer"><code>{breakable(name)}</code></a>'
        f' <span class="twin-where">{where}</span></p>'
    )


def go_head(symbol: source_map.Symbol) -> str:
    tag = f'<span class="twin-tag">{escape(symbol.tag)}</span>'
    repository = symbol.repo.removeprefix("kubernetes/")  # the head stays on one line, as the Python side's does
    return f"{breakable(symbol.path)} <span class='twin-where'>{breakable(repository)} at {tag}</span>"


def shown_name(symbol: source_map.Symbol) -> str:
    return symbol.name.replace(",", ", ")


def go_opened(symbol: source_map.Symbol, cites: Cited) -> list[bool]:
    numbers = range(symbol.first, symbol.last + 1)
    return opened(numbers, cites, keep=(symbol.first, symbol.last))


def go_lines_side(symbols: list[source_map.Symbol], excerpts: list[tuple[str, ...]], cites: Cited) -> nodes.Node:
    """The Go lines, which this page says below whose they are."""
    cards = []
    for symbol, lines in zip(symbols, excerpts, strict=True):
        numbers, name = range(symbol.first, symbol.last + 1), shown_name(symbol)
        code = listing(numbers, go_html(lines), cites, go_opened(symbol, cites), f"{name} in Go")
        cards.append(f'<div class="twin-symbol">{symbol_head(name, symbol.link(), symbol.lines)}{code}</div>')
    return side("Go", go_head(symbols[0]), *cards)


def go_names_side(symbols: list[source_map.Symbol], cites: Cited) -> nodes.Node:
    """Where the symbols stand, each with the hash of its lines. All are in one file, which is fetched once."""
    file = symbols[0]
    cards = []
    for symbol in symbols:
        numbers, name = range(symbol.first, symbol.last + 1), shown_name(symbol)
        folded = " ".join(f"{first}-{last}" for first, last in folded_away(numbers, go_opened(symbol, cites)))
        cards.append(
            f'<div class="twin-symbol" data-sha256="{symbol.sha256}" data-first="{symbol.first}"'
            f' data-last="{symbol.last}" data-name="{escape(name)}" data-folded="{folded}">'
            f"{symbol_head(name, symbol.link(), symbol.lines)}"
            f'<p class="twin-signature">{breakable(symbol.signature)}</p></div>'
        )
    absent = "" if go_source.folder(file) is None else (
        '<p class="twin-absent">The Go lines were not at hand when this page was built.</p>'
    )  # fmt: skip
    return side(
        "Go", go_head(file), *cards, absent,
        '<p class="twin-ask"><button type="button" class="twin-load" hidden>Load the Go lines from GitHub</button>'
        ' <label class="twin-always" hidden><input type="checkbox"> always, as I scroll</label></p>'
        '<p class="twin-status" role="status"></p>',
        data_raw=" ".join(file.raw),
    )  # fmt: skip


def python_side(codes: list[tuple[package_source.Code, str]], cites: Cited) -> nodes.Node:
    cards = []
    for code, link in codes:
        numbers = [number for number, _ in code.lines]
        keep = (number for number in numbers if number <= (code.head or code.first))
        lines = listing(
            numbers, python_html(code.dedented()), cites, opened(numbers, cites, keep), f"{code.short} in Python"
        )
        where = f"{'line' if code.first == code.last else 'lines'} {counted(code.first, code.last)}"
        if len({other.path for other, _ in codes}) > 1:
            where = f"{breakable(code.path)}, {where}"
        cards.append(f'<div class="twin-symbol">{symbol_head(code.short, link, where)}{lines}</div>')
    paths = {code.path for code, _ in codes}
    return side("Python", breakable(paths.pop()) if len(paths) == 1 else "kevent", *cards)


# --- roles -----------------------------------------------------------------------------------------------------------


class LinkRole(ReferenceRole):
    """A role that is a link, or a warning when what it names does not exist."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        try:
            return [self.link()], []
        except LookupError as missing:
            logger.warning(missing.args[0], location=self.get_location())
            return [nodes.literal(self.title, self.title)], []

    def link(self) -> nodes.Node:
        raise NotImplementedError


def code_link(title: str, uri: str, hint: str) -> nodes.reference:
    """A name is set as code, and a call; several words are words."""
    shown = nodes.Text(title) if " " in title.partition("(")[0] else nodes.literal(title, title)
    return nodes.reference("", "", shown, refuri=uri, reftitle=hint, classes=["source"])


class GoRole(LinkRole):
    """{go}`Broadcaster.loop`: a link to the lines at the tag."""

    def link(self) -> nodes.Node:
        symbol = source_map.find(self.target)
        title = self.title if self.has_explicit_title else self.target.partition("@")[0].rpartition("#")[2]
        return code_link(title, symbol.link(), f"{symbol.path}, {symbol.lines}, {symbol.repo} at {symbol.tag}")


class KeventLink(nodes.General, nodes.Inline, nodes.Element):
    """A name of the package; becomes a link when every page is read and all twins are known."""


class KeventRole(LinkRole):
    """{kevent}`Broadcaster.watch`: a link to the chapter's twin of that code, else to its entry in the API reference,
    else, for what is not public, to the code in the repository."""

    def link(self) -> nodes.Node:
        return KeventLink(title=self.title, code=package_source.find(self.target).name)


class ThreadRole(LinkRole):
    """{pr}`108080` and {issue}`108518`: a link to kubernetes/kubernetes."""

    def __init__(self, kind: str) -> None:
        super().__init__()
        self.kind = kind

    def link(self) -> nodes.Node:
        number = self.target.lstrip("#")
        if not number.isdigit():
            raise LookupError(f"a pull request or an issue is a number, not {self.target!r}")
        title = self.title if self.has_explicit_title else f"#{number}"
        return nodes.reference("", title, refuri=f"{KUBERNETES}/{self.kind}/{number}")


# --- the list of all symbols -----------------------------------------------------------------------------------------


class SymbolMap(nodes.General, nodes.Element):
    """The list in a document; written when every page is read."""


class SymbolMapDirective(SphinxDirective):
    """``{symbol-map}``: every Go symbol of the files read, its twin, and where it is shown or why it is not."""

    def run(self) -> list[nodes.Node]:
        return [SymbolMap()]


def where_shown(app: Sphinx, docname: str, symbol: source_map.Symbol, row: dict[str, Any]) -> str:
    for twin in shown_twins(app.env):
        if symbol.key in twin.go:
            uri = app.builder.get_relative_uri(docname, twin.docname)
            number = chapter_number(twin.docname)
            return f'<a href="{escape(uri)}#{twin.anchor}">chapter {number}</a>'
    return escape(row.get("reason") or f"chapter {row['chapter']}")


def breakable(name: str) -> str:
    """A name as HTML that may be broken after its dots, underscores, commas, slashes and brackets."""
    return re.sub(r"([.,/(]|(?<=\w)_(?=[a-z]))", r"\1<wbr>", escape(name))


def symbol_map(app: Sphinx, docname: str) -> str:
    sections = []
    mapped = [symbol for symbol in source_map.symbols() if symbol.tag in source_map.READ]
    for file in MAPPED:
        rows = []
        for symbol in (symbol for symbol in mapped if symbol.key in source_map.twins() and symbol.file == file):
            row = source_map.twins()[symbol.key]
            go = f'<a href="{escape(symbol.link())}"><code>{breakable(symbol.name).replace(",<wbr>", ", ")}</code></a>'
            python = "–"
            if "kevent" in row:
                code = package_source.find(row["kevent"])
                python = f'<a href="{escape(source_link(app.env, code))}"><code>{breakable(code.short)}</code></a>'
            shown = where_shown(app, docname, symbol, row)
            rows.append(f"<tr><td>{go}</td><td>{python}</td><td>{shown}</td></tr>")
        some = next(symbol for symbol in mapped if symbol.file == file)
        head = "<tr><th scope='col'>Go</th><th scope='col'>Python</th><th scope='col'>Shown in, or why not</th></tr>"
        sections.append(
            f"<h2 id='{slug(file)}'>{escape(file)}</h2><p>{some.repo} at {some.tag}, {some.path}</p>"
            f"<div class='pst-scrollable-table-container' tabindex='0' role='group' aria-label='{escape(file)}'>"
            f"<table class='symbol-map'><thead>{head}</thead><tbody>{''.join(rows)}</tbody></table></div>"
        )
    return "".join(sections)


def fill_in(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    for node in list(doctree.findall(SymbolMap)):
        node.replace_self(raw(symbol_map(app, docname)))
    for link in list(doctree.findall(KeventLink)):
        code = package_source.find(link["code"])
        twin = next((twin for twin in shown_twins(app.env) if code.name in twin.kevent), None)
        place = twin or entry_of(app.env, code)
        if place is None:
            uri = source_link(app.env, code)
        elif place.docname == docname:
            uri = f"#{place.anchor}"
        else:
            uri = f"{app.builder.get_relative_uri(docname, place.docname)}#{place.anchor}"
        link.replace_self(code_link(link["title"], uri, f"{code.path}, from line {code.first}"))


def check_chapters(app: Sphinx, env: BuildEnvironment) -> None:
    """A symbol that a chapter is to show must be shown there, if the book has that chapter."""
    known = chapters(env)
    shown = {(twin.docname, key) for twin in shown_twins(env) for key in twin.go}
    for key, row in source_map.twins().items():
        docname = known.get(row.get("chapter", 0))
        if docname is not None and (docname, key) not in shown:
            logger.warning("no twin shows %s, which book/data/twins.json promises", key, location=docname)


def forget(app: Sphinx, env: BuildEnvironment, docname: str) -> None:
    twins = shown_twins(env)
    twins[:] = [twin for twin in twins if twin.docname != docname]


def add_script(app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: Any) -> None:
    if any(twin.docname == page for twin in shown_twins(app.env)):
        app.add_js_file("twin.js", loading_method="defer")


def setup(app: Sphinx) -> dict[str, bool]:
    app.setup_extension("book.extensions.html_element")
    app.setup_extension("book.extensions.go_source")
    app.add_node(SymbolMap)
    app.add_node(KeventLink)
    app.add_directive("twin", TwinDirective)
    app.add_directive("symbol-map", SymbolMapDirective)
    app.add_role("go", GoRole())
    app.add_role("kevent", KeventRole())
    app.add_role("pr", ThreadRole("pull"))
    app.add_role("issue", ThreadRole("issues"))
    app.connect("env-purge-doc", forget)
    app.connect("env-check-consistency", check_chapters)
    app.connect("doctree-resolved", fill_in)
    app.connect("html-page-context", add_script)
    return {"parallel_read_safe": False, "parallel_write_safe": True}
