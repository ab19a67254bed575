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
from contextlib import suppress
from enum import Enum
from functools import partial
from html import escape
from types import FunctionType, ModuleType
from typing import Any

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

GO = re.compile(r"In Go[^:.`]*:(?:`[^`]*`|\n(?!\n)|[^.`\n])*")
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


def meant(word: str, twins: list[source_map.Symbol], types: list[source_map.Symbol]) -> source_map.Symbol | None:
    """The symbol that a docstring means by `watch.Event`, `Watch` or `recordToSink`; None if nobody knows.

    `twins` are those of the entry itself, `types` those of its class.
    """
    last = word.rpartition(".")[2]
    for symbol in twins:
        if last == symbol.name.rpartition(".")[2]:
            return symbol
    for name in (*(f"{each.file}#{each.name}.{last}" for each in types), word, word.partition(".")[2]):
        with suppress(LookupError):
            return source_map.find(name or "?")
    return None


def link_go(docstring: str, twins: list[source_map.Symbol], types: list[source_map.Symbol]) -> tuple[str, set[str]]:
    """The docstring with links behind "In Go:", and the keys of the symbols that are linked there."""
    linked = set()

    def link(code: re.Match[str]) -> str:
        word = SYMBOL.fullmatch(code[1])
        symbol = meant(word[1], twins, types) if word else None
        if symbol is None:
            return f"`{code[0]}`"  # Go, whatever it is called in Python
        linked.add(symbol.key)
        return f":go:`{code[1]} <{symbol.key}>`"

    return GO.sub(lambda sentence: CODE.sub(link, sentence[0]), docstring), linked


def link_classes(docstring: str) -> str:
    """The docstring with names of classes as code, so that an error that is raised leads to its entry."""
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
    code = code_of(fullname)
    twins = twins_of(code.name) if code else []
    types = [each for each in twins_of(code.name.rpartition(".")[0]) if each.kind in TYPES] if code else []
    written = PARAMETER.sub(partial(literally, names=parameters(thing)), "\n".join(lines))
    docstring, linked = link_go(link_classes(written), twins, types)
    lines[:] = AFFIXED.sub(lambda code: f"{code[1]}\\ {code[2]}" if code[2] else code[1], docstring).split("\n")
    if code is not None and (lines != [""] or twins):  # a field without a word has no facts
        others = ", ".join(symbol.key for symbol in twins if symbol.key not in linked)
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
        for name in importlib.import_module(PACKAGE).__all__:
            names += [self.link(name), text(" ")]
        return [names]

    def link(self, name: str) -> nodes.Node:
        content = nodes.literal(name, name)
        return pending_xref("", content, refdomain="py", reftype="obj", reftarget=name, refdoc=self.env.docname)


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
        said = (importlib.import_module(module).__doc__ or "").partition("\n")[0]
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
