"""The book's Sphinx extensions as the tests import them, and small books built with them."""

from __future__ import annotations

import importlib
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

from sphinx.testing.util import SphinxTestApp


def extension(name: str) -> ModuleType:
    """A module of book/extensions."""
    return importlib.import_module(f"book.extensions.{name}")


@contextmanager
def built(folder: Path, extensions: list[str], *, conf: str = "", **documents: str) -> Iterator[SphinxTestApp]:
    """Build documents given as name=text; `__` in a name is a slash. Warnings are in `app.warning`. `conf` is added."""
    names = ["myst_parser", *(f"book.extensions.{name}" for name in extensions)]
    (folder / "conf.py").write_text(
        f"extensions = {names!r}\nhtml_theme = 'basic'\nhtml_theme_options = {{}}\n"
        f"myst_enable_extensions = ['colon_fence']\n{conf}"
    )
    for name, text in {"index": "# Home\n", **documents}.items():
        path = folder / f"{name.replace('__', '/')}.md"
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"---\norphan: true\n---\n\n{text}")
    app = SphinxTestApp("html", srcdir=folder)
    try:
        app.build()
        yield app
    finally:
        app.cleanup()


def page(app: SphinxTestApp, name: str) -> str:
    return (app.outdir / f"{name.replace('__', '/')}.html").read_text()


@contextmanager
def stderr_only() -> Iterator[None]:
    """Log to stderr what reaches the root logger, and nowhere else."""
    root = logging.getLogger()
    handlers, root.handlers = root.handlers, [logging.StreamHandler()]
    try:
        yield
    finally:
        root.handlers = handlers
