"""The Go lines that pages show: read out of the modules that the oracle compiles, checked against the source map.

No line of Kubernetes' Go stands in this repository. `make html` brings the modules of three releases
(`tools/go_lines.sh`; the same `.mod` and `.sum` files and the same Go as the oracle's), and the lines go from there
into the built pages. Each excerpt has to have the SHA-256 of its row in the source map: what differs fails the build.
A module may have a symbol at other line numbers than the tag that the book reads. It is found by its hash, and keeps
the tag's numbers.

    excerpt(source_map.find("Broadcaster.distribute"))           # its lines, or None where there are none here
    excerpts(["mux.go#Broadcaster.loop", "Broadcaster.loop@newest"])    # the same as plain data, by the names given

Both only read files, and start no `go`: JupyterLab may call them. Three things can be:

- the lines: the module is here, and has them;
- None from `excerpt`, `"missing": "absent"` in place of the lines from `excerpts`: the module is not here. In CI the
  build fails then, elsewhere the page says so;
- None and `"missing": "elsewhere"`: no module of ours has that source (the kubelet, Go itself). A twin has a button
  for these, a figure a link.

**A figure** names the symbols that it wants lines of in an attribute of any element that it puts on the page, separated
by spaces: `data-go-symbols="mux.go#Broadcaster.loop mux.go#Broadcaster.loop@newest"`. Every page that has such elements
gets one `<script type="application/json" id="go-lines">` at its end, with what `excerpts` answers for all of them: by
name, `first` (the number of the first line at the tag), `lines` (their text, tabs and all), `repo`, `tag`, `path`,
`symbol`, `link` (the lines on GitHub). The text is text: put it into a page with `textContent`. A name that does not
exist fails the build. So stored outputs name symbols, and the lines join them when the site is built. In a widget, send
the lines in a message; a trait would be stored with the notebook.

A page that shows lines says below whose they are (`book/templates/go-notice.html`), and links to the licence.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from book.extensions import source_map
from book.extensions.source_map import Symbol
from oracle import toolchain

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment

RELEASES = {
    "kubernetes-1.14.0-alpha.2": "1.14",
    "kubernetes-1.29.0": "1.29",
    source_map.newest(): f"1.{source_map.newest().split('.')[1]}",  # client-go's v0.37.2 is of Kubernetes 1.37
}
"""The release of the oracle whose modules have the lines of a tag."""

MODULES = {f"kubernetes/{name}": f"k8s.io/{name}" for name in ("client-go", "apimachinery", "api")}
LICENCE = "apache-license-2.0.txt"
ROOT = Path(__file__).resolve().parents[2]


class Changed(Exception):
    """A module has other lines than the ones the book read."""


@dataclass(frozen=True)
class Excerpt:
    """The lines of a symbol, numbered as at its tag."""

    symbol: Symbol
    lines: tuple[str, ...]

    def data(self) -> dict[str, Any]:
        return {**place(self.symbol), "first": self.symbol.first, "lines": list(self.lines)}


def place(symbol: Symbol) -> dict[str, Any]:
    """Where a symbol stands, as plain data."""
    return {
        "symbol": symbol.name, "repo": symbol.repo, "tag": symbol.tag, "path": symbol.path, "link": symbol.link(),
    }  # fmt: skip


def digest(lines: Iterable[str]) -> str:
    """The SHA-256 of lines, as the source map counts it."""
    return hashlib.sha256("".join(f"{line}\n" for line in lines).encode()).hexdigest()


def folder(symbol: Symbol) -> Path | None:
    """Where the module with the symbol is, or would be; None for what stands elsewhere."""
    release, module = RELEASES.get(symbol.tag), MODULES.get(symbol.repo)
    return toolchain.module(release, module) if release and module else None


def excerpt(symbol: Symbol) -> Excerpt | None:
    """The lines of a symbol; None if its source is elsewhere or its module not here.

    Raises Changed if the module has other lines.
    """
    place = folder(symbol)
    if place is None or not place.is_dir():
        return None
    file = place / symbol.path
    text = file.read_text(encoding="utf-8").split("\n") if file.is_file() else []
    length = symbol.last - symbol.first + 1
    for start in [symbol.first - 1, *range(len(text) - length + 1)]:
        lines = text[start : start + length]
        if digest(lines) == symbol.sha256:
            return Excerpt(symbol, tuple(lines))
    where = "newest.json (python -m book.newest)" if symbol.tag == source_map.newest() else "symbols.json"
    raise Changed(f"{file} has no lines of {symbol.name} with the SHA-256 {symbol.sha256} of book/data/{where}")


def excerpts(names: Iterable[str]) -> dict[str, dict[str, Any]]:
    """What a page or a widget needs of the symbols with these names: see the head of this module.

    Raises LookupError for a name that means nothing or several things, Changed as `excerpt`.
    """
    found: dict[str, dict[str, Any]] = {}
    for name in dict.fromkeys(names):
        symbol = source_map.find(name)
        lines = excerpt(symbol)
        missing = {"missing": "absent" if folder(symbol) else "elsewhere"}
        found[name] = lines.data() if lines else place(symbol) | missing
    return found


def missing() -> list[tuple[str, str]]:
    """The modules that the source map has symbols of and that are not here, as (release, module)."""
    wanted = {(symbol.tag, symbol.repo): symbol for symbol in source_map.symbols()}
    absent = ((symbol, place) for symbol in wanted.values() if (place := folder(symbol)) and not place.is_dir())
    return sorted((RELEASES[symbol.tag], MODULES[symbol.repo]) for symbol, _ in absent)


def bring() -> None:
    """Download the modules that are not here. Raises NoGo."""
    names: dict[str, list[str]] = {}
    for release, module in missing():
        names.setdefault(release, []).append(module)
    for release, modules in names.items():
        toolchain.download(release, *modules)


def main() -> None:
    """Say what is missing, and bring it with `--bring`. The exit status is 1 if something is still missing."""
    if "--bring" in sys.argv[1:]:
        try:
            bring()
        except toolchain.NoGo as error:
            sys.exit(str(error))
    sys.exit(1 if missing() else 0)


# --- the build -------------------------------------------------------------------------------------------------------


def shown(env: BuildEnvironment) -> dict[str, set[tuple[str, str]]]:
    """Whose lines a document shows, as (repository, tag)."""
    if not hasattr(env, "kevent_go_shown"):
        env.kevent_go_shown = {}  # type: ignore[attr-defined]
    return env.kevent_go_shown  # type: ignore[attr-defined,no-any-return]


def show(env: BuildEnvironment, docname: str, symbol: Symbol) -> Excerpt | None:
    """The lines of a symbol for a document, which will say whose they are. Raises Changed."""
    found = excerpt(symbol)
    if found:
        shown(env).setdefault(docname, set()).add((symbol.repo, symbol.tag))
    return found


def require(app: Sphinx) -> None:
    """In CI a site without the Go lines is no site."""
    absent = missing()
    if absent and os.environ.get("CI") == "true":
        from sphinx.errors import ExtensionError

        names = ", ".join(f"{module} of {release}" for release, module in absent)
        raise ExtensionError(f"no Go lines for the pages: {names} did not come (tools/go_lines.sh)")


def forget(app: Sphinx, env: BuildEnvironment, docname: str) -> None:
    shown(env).pop(docname, None)


def asked_for(html: str) -> list[str]:
    """The names of the symbols that elements of a page want lines of."""
    return sorted(
        {name for names in re.findall(r'data-go-symbols="([^"]*)"', html) for name in unescape(names).split()}
    )


def join(app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: Any) -> None:
    """Put the lines that figures ask for on their page, and what the notice below has to name."""
    sources = set(shown(app.env).get(page, ()))
    if names := asked_for(context.get("body", "")):
        found = excerpts(names)
        sources |= {(each["repo"], each["tag"]) for each in found.values() if "lines" in each}
        data = json.dumps(found, sort_keys=True, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
        context["body"] += f'<script type="application/json" id="go-lines">{data}</script>'
    context["go_shown"] = sorted(sources)
    context["go_licence"] = f"_static/{LICENCE}"


def copy_licence(app: Sphinx, error: Exception | None) -> None:
    if error is None and any(shown(app.env).values()) and app.builder.format == "html":
        shutil.copyfile(ROOT / "LICENSE", Path(app.outdir) / "_static" / LICENCE)


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("builder-inited", require)
    app.connect("env-purge-doc", forget)
    app.connect("html-page-context", join)
    app.connect("build-finished", copy_licence)
    return {"parallel_read_safe": False, "parallel_write_safe": True}


if __name__ == "__main__":
    main()
