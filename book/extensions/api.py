"""The API reference: what autodoc reads out of the docstrings, tied to the Go source and to the chapters.

The pages in `book/api` name the modules; autodoc gives each public name an entry. Here every entry gets its facts: the
Go symbols it answers to, the chapter that shows the two side by side, its source. What a docstring says after "In Go:"
becomes a link where `book/data/symbols.json` has the symbol. `{api-exports}` lists what the package itself offers,
`{api-index}` every name of every page.

In a docstring a name between single backticks is code, and a link if it is a name that has an entry.
"""

from __future__ import annotations

import builtins
import importlib
import inspect
import re
import sys
from collections.abc import Callable
from enum import Enum
from functools import partial
from html import escape
from types import FunctionType, ModuleType
from typing import Any, get_origin

from docutils import nodes
from sphinx.addnodes import pending_xref
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.ext.autodoc import DataDocumenter, ModuleDocumenter
from sphinx.util.docutils import SphinxDirective, SphinxRole

from book.extensions import package_source, source_map
from book.extensions.chapters import chapter_number
from book.extensions.entries import PACKAGE, ROOMS, Place, code_of, entries, entry
from book.extensions.html_element import raw, text
from book.extensions.twins import breakable, code_link, shown_twins, source_link

GO = re.compile(r"In Go[^:.`]*:(?:`[^`]*`|\n(?!\n)|\.(?=\w)|[^.`\n])*")
NAME = re.compile(r"(?<![\w./:-])(?:[a-z]\w*\.)?\w*[a-z]+[A-Z]\w*(?:\.\w+)*(?![\w/]|\.go)")
"""A name that nobody takes for a word: it has a hump."""
PACKAGE_IN_GO = re.compile(r"\bpackage (\w+)")
SINCE = re.compile(r"\bsince 1\.\d")
HUMP = re.compile(r"[a-z][A-Z]")
LIBRARIES = {"kubernetes/client-go", "kubernetes/apimachinery", "kubernetes/api", "golang/go"}
"""Whose names a docstring may use alone. Kubernetes itself has other things that are called the same."""
NEW = {"events"}
"""The packages that the book reads in the newest release alone."""
PARAMETER = re.compile(r"`(\w+)`")
AFFIXED = re.compile(r"(``[^`]+``|`[^`]+`)(\w)?")  # `WatchEvent`s: for reStructuredText that is no end of code
TYPES = {"struct", "interface", "type"}
HUMPS = re.compile(r"\b[A-Z][a-z]+(?:[A-Z][a-z]+)+\b")
CODE = re.compile(r"`([^`]+)`")
SYMBOL = re.compile(r"([A-Za-z][\w.]*)(?:\(\w*(?:, \w+)*\))?")


# --- Go symbols ------------------------------------------------------------------------------------------------------


def twins_of(name: str) -> list[source_map.Symbol]:
    """The Go symbols that a piece of the package stands for: `broadcaster.Broadcaster.watch`."""
    keys = [key for key, row in source_map.twins().items() if row.get("kevent") == name]
    return [symbol for symbol in source_map.symbols() if symbol.tag in source_map.READ and symbol.key in keys]


def meant(
    word: str, sentence: str, twins: list[source_map.Symbol], types: list[source_map.Symbol], package: str = ""
) -> source_map.Symbol | None:
    """The symbol that a docstring means by `watch.Event`, `Watch` or `recordToSink`; None if nobody knows.

    `twins` are those of the entry itself, `types` those of its class, `package` the one that its module is about. What
    has come since some release, by the `sentence`, and all of package events is looked up in the newest release; the
    rest as the book reads it, and in the newest release if it is not there.
    """
    about = PACKAGE_IN_GO.search(sentence)
    package = about[1] if about else package
    owner, _, last = word.rpartition(".")
    new = package in NEW or bool(SINCE.search(sentence))
    methods = {(each.file, f"{each.name}.{last}") for each in types}
    ways: list[Callable[[source_map.Symbol], bool]] = [
        lambda symbol: (symbol.file, symbol.name) in methods,
        lambda symbol: folder(symbol) == package and word in symbol.names,
        lambda symbol: folder(symbol) == package and bool(HUMP.search(last)) and symbol.name.endswith(f".{last}"),
        lambda symbol: folder(symbol) == owner and last in symbol.names,
        lambda symbol: symbol.repo in LIBRARIES and bool(owner or HUMP.search(last)) and word in symbol.names,
    ]
    if not new:
        ways.insert(
            0, lambda symbol: symbol in twins and last in own_names(symbol) and owner in ("", *qualifiers(symbol))
        )
    for tags in ({source_map.newest()},) if new else (source_map.READ, {source_map.newest()}):
        there = [symbol for symbol in source_map.symbols() if symbol.tag in tags and known(symbol, package)]
        for way in ways:
            found = [symbol for symbol in there if way(symbol)]
            if len(found) == 1:
                return found[0]
    return None


def folder(symbol: source_map.Symbol) -> str:
    """The last part of the path of a symbol's package: as a rule its name."""
    return symbol.path.split("/")[-2]


def own_names(symbol: source_map.Symbol) -> list[str]:
    """A symbol's names without its type."""
    return [name.rpartition(".")[2] for name in symbol.names]


def qualifiers(symbol: source_map.Symbol) -> tuple[str, str]:
    """What may stand before a symbol's own name: its package, its type."""
    return folder(symbol), symbol.name.rpartition(".")[0]


def known(symbol: source_map.Symbol, package: str) -> bool:
    """Whether a docstring about a package may mean a symbol without naming another package."""
    return folder(symbol) == package if package in NEW else folder(symbol) not in NEW


def go_package(name: str) -> str:
    """The package of Go that the module of an entry is about, as its docstring has it."""
    while name and name not in sys.modules:
        name = name.rpartition(".")[0]
    about = PACKAGE_IN_GO.search(sys.modules[name].__doc__ or "") if name else None
    return about[1] if about else ""


def link_go(
    docstring: str,
    twins: list[source_map.Symbol],
    types: list[source_map.Symbol],
    package: str = "",
    prose: Callable[[str], str] = str,
) -> tuple[str, dict[str, source_map.Symbol]]:
    """The docstring with links behind "In Go:", and what is linked there. The rest of it goes through `prose`.

    What stands between backticks is code; of other words those become links that are surely names.
    """
    linked = {}

    def link(shown: str, word: str, sentence: str) -> str | None:
        symbol = meant(word, sentence, twins, types, package)
        if symbol is None:
            return None
        linked[word] = symbol
        at = "" if symbol.tag in source_map.READ else f"@{symbol.tag}"
        return f":go:`{shown} <{symbol.key}{at}>`"

    def within(sentence: re.Match[str]) -> str:
        pieces = CODE.split(sentence[0])
        for number, piece in enumerate(pieces):
            if number % 2:
                word = SYMBOL.fullmatch(piece)
                found = link(piece, word[1], sentence[0]) if word else None
                pieces[number] = found or f"``{piece}``"  # Go, whatever it is called in Python
            else:
                pieces[number] = NAME.sub(lambda name: link(name[0], name[0], sentence[0]) or name[0], piece)
        return "".join(pieces)

    pieces, end = [], 0
    for sentence in GO.finditer(docstring):
        pieces += [prose(docstring[end : sentence.start()]), within(sentence)]
        end = sentence.end()
    return "".join([*pieces, prose(docstring[end:])]), linked


def link_classes(docstring: str) -> str:
    """Prose with names of classes as code, so that an error that is raised leads to its entry."""
    ours = {code.short for code in package_source.everything().values()}

    def link(word: re.Match[str]) -> str:
        return f":api-name:`{word[0]}`" if word[0] in ours or hasattr(builtins, word[0]) else word[0]

    pieces = docstring.split("`")
    pieces[::2] = [HUMPS.sub(link, prose) for prose in pieces[::2]]
    return "`".join(pieces)


def parameters(thing: Any) -> set[str]:
    """The names of what a function takes: in its docstring they mean that, and no entry."""
    try:
        return set(inspect.signature(thing).parameters)
    except (TypeError, ValueError):  # no function
        return set()


def literally(word: re.Match[str], names: set[str]) -> str:
    return f"`{word[0]}`" if word[1] in names else word[0]


def add_facts(app: Sphinx, what: str, fullname: str, thing: Any, options: Any, lines: list[str]) -> None:
    """Link what stands behind "In Go:" and the names of classes, and put the facts below the docstring."""
    kind = get_origin(thing) or type(thing)
    if what == "data" and kind.__module__ == "builtins" and lines[:1] == (kind.__doc__ or "").splitlines()[:1]:
        lines[:] = [""]  # what Python says of every text and every number
    code = code_of(fullname)
    twins = twins_of(code.name) if code else []
    types = [each for each in twins_of(code.name.rpartition(".")[0]) if each.kind in TYPES] if code else []
    names = parameters(thing)

    def prose(text: str) -> str:
        return link_classes(PARAMETER.sub(partial(literally, names=names), text))

    docstring, linked = link_go("\n".join(lines), twins, types, go_package(fullname), prose)
    lines[:] = AFFIXED.sub(lambda code: f"{code[1]}\\ {code[2]}" if code[2] else code[1], docstring).split("\n")
    if code is not None and (lines != [""] or twins):  # a field without a word has no facts
        others = ", ".join(symbol.key for symbol in twins if symbol not in linked.values())
        lines += ["", f".. api-facts:: {code.name}", *([f"   :go: {others}"] if others else []), ""]


def leave_out(app: Sphinx, what: str, name: str, thing: Any, skip: bool, options: Any) -> bool | None:
    """Leave out what a module shows and another one documents; None leaves it to autodoc."""
    module = app.env.temp_data.get("autodoc:module") or PACKAGE
    elsewhere = f"{module}.{name}".removeprefix(f"{PACKAGE}.") not in package_source.everything()
    return True if what == "module" and module not in ROOMS and elsewhere else None


class ConstantDocumenter(DataDocumenter):
    """autodoc's own takes constants of a module only where a docstring stands below them."""

    priority = DataDocumenter.priority + 1

    @classmethod
    def can_document_member(cls, member: Any, membername: str, isattr: bool, parent: Any) -> bool:
        exported = getattr(getattr(parent, "object", None), "__all__", ())
        made = isinstance(member, type | FunctionType | ModuleType)
        return isinstance(parent, ModuleDocumenter) and membername in exported and not made


def plain_signature(
    app: Sphinx, what: str, name: str, thing: Any, options: Any, signature: str | None, returns: str | None
) -> tuple[str, None] | None:
    """Leave out how an enumeration is made, and defaults that are functions: the fields stand below."""
    enumeration = isinstance(thing, type) and issubclass(thing, Enum)
    return ("", None) if enumeration or "<function" in (signature or "") else None


class Facts(nodes.General, nodes.Element):
    """Go symbols, chapter and source of an entry; complete when every page is read."""


class FactsDirective(SphinxDirective):
    """``.. api-facts:: broadcaster.Broadcaster.watch``, which the entries are given."""

    required_arguments = 1
    final_argument_whitespace = True
    option_spec = {"go": str}  # noqa: RUF012

    def run(self) -> list[nodes.Node]:
        return [Facts(code=self.arguments[0], go=[key for key in self.options.get("go", "").split(", ") if key])]


def facts(app: Sphinx, docname: str, node: Facts) -> nodes.Node:
    code = package_source.find(node["code"])
    line = nodes.paragraph(classes=["api-facts"])
    for key in node["go"]:
        symbol = source_map.find(key)
        line += [text("Go: "), code_link(symbol.name, symbol.link(), f"{symbol.path}, {symbol.lines}"), text(" · ")]
    keys = {symbol.key for symbol in twins_of(code.name)}
    twin = next((t for t in shown_twins(app.env) if code.name in t.kevent or not keys.isdisjoint(t.go)), None)
    if twin is not None:
        uri = f"{app.builder.get_relative_uri(docname, twin.docname)}#{twin.anchor}"
        words = f"beside the Go in chapter {chapter_number(twin.docname)}"
        line += [nodes.reference("", words, refuri=uri), text(" · ")]
    line += nodes.reference("", "source", refuri=source_link(app.env, code), reftitle=f"{code.path}, from {code.first}")
    return line


# --- names in docstrings and signatures ------------------------------------------------------------------------------


class NameRole(SphinxRole):
    """What stands between single backticks: code, and a link if it is the name of an entry."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        content = nodes.literal(self.rawtext, self.text, classes=["code"])
        if not re.fullmatch(r"[A-Za-z_][\w.]*(\(\))?", self.text):
            return [content], []
        target = self.text.removesuffix("()")
        inside = (self.env.ref_context.get("py:module"), self.env.ref_context.get("py:class"))
        where = [".".join(filter(None, inside)), inside[0] or PACKAGE]
        return [pending_xref("", content, refdomain="py", reftype="obj", reftarget=target, inside=where)], []


def resolve(app: Sphinx, env: BuildEnvironment, node: pending_xref, content: nodes.Node) -> nodes.Node | None:
    """Find names of kevent by their last part. Names without an entry, Python's and libraries' stay words."""
    if node.get("refdomain") != "py":
        return None
    name = node["reftarget"]
    if node.get("reftype") == "class" and hasattr(builtins, name):
        return content  # in a signature `object` is Python's own, whatever attribute is called so
    there = entry(env, name, tuple(node.get("inside", ())))
    if there is not None:
        uri = app.builder.get_relative_uri(node.get("refdoc", env.docname), there.docname)
        return nodes.reference("", "", content, refuri=f"{uri}#{there.anchor}", internal=True)
    unknown = name.startswith(f"{PACKAGE}.") and name.removeprefix(f"{PACKAGE}.") not in package_source.everything()
    return None if unknown else content


# --- lists ------------------------------------------------------------------------------------------------------------


class ExportsDirective(SphinxDirective):
    """``{api-exports}``: what ``from kevent import *`` gives, with links."""

    def run(self) -> list[nodes.Node]:
        names = nodes.paragraph(classes=["api-names"])
        package = importlib.import_module(PACKAGE)
        for name in package.__all__:
            names += [self.link(name, getattr(getattr(package, name), "__module__", PACKAGE)), text(" ")]
        return [names]

    def link(self, name: str, module: str) -> nodes.Node:
        """To the name in the module that makes it: another one may have a class that is called the same."""
        content = nodes.literal(name, name)
        refers = {"refdomain": "py", "reftype": "obj", "reftarget": name, "refdoc": self.env.docname}
        return pending_xref("", content, inside=[module], **refers)


class Index(nodes.General, nodes.Element):
    """The list of every entry in a document; written when every page is read."""


class IndexDirective(SphinxDirective):
    """``{api-index}``: every module with its first sentence, and its names."""

    def run(self) -> list[nodes.Node]:
        return [Index()]


def index(app: Sphinx, docname: str) -> str:
    known = entries(app.env)
    sections = []
    for module in sorted(name for name, place in known.items() if place.kind == "module"):
        inside = [name for name in known if name.rpartition(".")[0] == module]
        names = sorted((name for name in inside if known[name].kind != "module"), key=str.lower)
        links = " ".join(link_to(app, docname, known[name], name.rpartition(".")[2]) for name in names)
        first = re.match(r"(?:.+\n)*?.*\.(?=\n|$)|.*", importlib.import_module(module).__doc__ or "")
        said = " ".join(first[0].split()) if first else ""  # a sentence may go on in the next line
        shown = re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(said))
        sections.append(
            f"<section><h2 id='index-{module.replace('.', '-')}'>{link_to(app, docname, known[module], module)}</h2>"
            f"<p>{shown}</p><p class='api-names'>{links}</p></section>"
        )
    return "".join(sections)


def link_to(app: Sphinx, docname: str, place: Place, shown: str) -> str:
    uri = f"{app.builder.get_relative_uri(docname, place.docname)}#{place.anchor}"
    return f'<a href="{escape(uri)}"><code>{breakable(shown)}</code></a>'


def fill_in(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    for found in list(doctree.findall(Facts)):
        found.replace_self(facts(app, docname, found))
    for listed in list(doctree.findall(Index)):
        listed.replace_self(raw(index(app, docname)))


def setup(app: Sphinx) -> dict[str, bool]:
    app.setup_extension("sphinx.ext.autodoc")
    app.setup_extension("book.extensions.twins")
    app.add_css_file("api.css")
    app.add_node(Facts)
    app.add_node(Index)
    app.add_directive("api-facts", FactsDirective)
    app.add_directive("api-exports", ExportsDirective)
    app.add_directive("api-index", IndexDirective)
    app.add_role("api-name", NameRole())
    app.connect("autodoc-process-docstring", add_facts)
    app.add_autodocumenter(ConstantDocumenter, override=True)
    app.connect("autodoc-skip-member", leave_out)
    app.connect("autodoc-process-signature", plain_signature)
    app.connect("missing-reference", resolve)
    app.connect("doctree-resolved", fill_in)
    return {"parallel_read_safe": False, "parallel_write_safe": True}
