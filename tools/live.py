"""Build what a page loads when a reader presses Run: Python, the book's code, the scripts around them.

`tools/live.sh` brings the parts, and `live/README.md` says what they are. Where they are not, nothing can be built.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import io
import json
import shutil
import subprocess
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from itertools import chain
from pathlib import Path
from typing import Any

import IPython.lib.pretty

from kevent.figures import build as figures

ROOT = Path(__file__).resolve().parents[1]
LIVE = ROOT / "live"
MODULES = LIVE / "node_modules"
PYODIDE = MODULES / "pyodide"
LOCKED = MODULES / ".kevent-lock"
WASM = "pyodide.asm.wasm"
LIBRARY = "python_stdlib.zip"
NOT_FOR_A_PAGE = (
    "_pyrepl/", "xmlrpc/", "wsgiref/", "ensurepip/", "pickletools.py", "pdb.py",
    "ftplib.py", "imaplib.py", "mailbox.py", "poplib.py", "smtplib.py", "telnetlib.py",  # a page has no sockets
)  # fmt: skip
FOLDER = "live"  # in the site's _static
OFFLINE = "live-offline.js"
IN_THERE = ("pyodide", "book.packed", "worker.js")  # what that script has: nothing else asks for them
SHIPPED = ("pyodide", "@codemirror", "@lezer", "@marijn", "crelt", "style-mod", "w3c-keyname")

CODE = (
    "kevent/**/*.py", "kevent/**/*.json", "book/__init__.py", "book/changes.py", "book/exercises/*.py",
    "book/data/*.json",
    "oracle/*.py", "oracle/requirements.txt", "oracle/go/releases/*.mod", "oracle/judge/*.py", "oracle/judge/*.jsonl",
    "oracle/ports/*",
    "oracle/replay/*.py", "oracle/questions/**/*.json*", "oracle/vectors/**/*.json",
)  # fmt: skip
"""What the cells of the chapters import and read, and what that imports."""

NOT_READ = ("symbols.json", "newest.json", "files.json", "twins.json", "addresses.json", "audit.json")
"""Data that only the site's build reads."""


def present() -> bool:
    """Whether the parts are here, as the lock file wants them."""
    return LOCKED.is_file() and LOCKED.read_bytes() == (LIVE / "package-lock.json").read_bytes()


def build(static: Path) -> dict[str, Any]:
    """Write everything into `live` below the site's `_static`. What its pages have to know, ready for JSON."""
    target = static / FOLDER
    python = target / "pyodide"
    python.mkdir(parents=True, exist_ok=True)
    for name in ("pyodide.js", "pyodide.asm.js"):
        (python / name).write_bytes((PYODIDE / name).read_bytes().partition(b"\n//# sourceMappingURL")[0])
    shutil.copyfile(made_once(f"{WASM}.packed", packed_wasm), python / f"{WASM}.packed")
    shutil.copyfile(made_once(LIBRARY, library), python / LIBRARY)
    lock = json.loads((PYODIDE / "pyodide-lock.json").read_text(encoding="utf-8"))
    (python / "pyodide-lock.json").write_text(json.dumps({"info": lock["info"], "packages": {}}), encoding="utf-8")
    pack(target / "book.packed")
    (target / "licences.txt").write_text(licences(), encoding="utf-8")
    script(LIVE / "page" / "main.js", target / "live.js", "--bundle")
    script(LIVE / "editor.js", target / "editor.js", "--bundle")
    script(LIVE / "worker.js", target / "worker.js")
    fetched = [
        python / f"{WASM}.packed",
        python / LIBRARY,
        python / "pyodide-lock.json",
        target / "book.packed",
    ]
    files = sorted(path for path in target.rglob("*") if path.is_file())
    version = hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()[:10]
    named = {name: f"{FOLDER}/{name}.js?v={version}" for name in ("live", "editor", "worker")}
    return {
        "built": True,
        "packed": False,  # `make offline` makes it true: there one script has all files
        "script": named["live"], "editor": named["editor"], "worker": named["worker"],
        "pyodide": f"{FOLDER}/pyodide/", "book": f"{FOLDER}/book.packed?v={version}", "offline": OFFLINE,
        "unpacked": sum(path.stat().st_size for path in fetched),
        "bytes": sum(map(travelling, fetched)) + travelling(python / "pyodide.asm.js") + travelling(target / "live.js"),
        "figures": {kind: list(figures.bundles_of(kind)) for kind in KINDS},
    }  # fmt: skip


KINDS = ("event-flow", *(each for each in figures.BUNDLES if each not in (figures.PARTS, "stage", *figures.SHARED)))
"""The kinds of figures there are."""


def travelling(path: Path) -> int:
    """Bytes of a file on its way to a reader."""
    body = path.read_bytes()
    return len(body) if path.suffix in (".zip", ".packed") else len(gzip.compress(body, 6))


def made_once(name: str, make: Callable[[], bytes]) -> Path:
    """A file made of the parts, kept beside them: to pack takes a second or two."""
    kept = MODULES / f".kevent-{name}"
    made_of = max(LOCKED.stat().st_mtime, Path(__file__).stat().st_mtime)
    if not kept.is_file() or kept.stat().st_mtime < made_of:
        kept.write_bytes(make())
    return kept


def packed_wasm() -> bytes:
    """Python's program, packed by us: not every server packs this type."""
    return gzip.compress((PYODIDE / WASM).read_bytes(), 9, mtime=0)


def library() -> bytes:
    """Python's standard library without what a page has no use for."""
    written = io.BytesIO()
    with zipfile.ZipFile(PYODIDE / LIBRARY) as whole, zipfile.ZipFile(written, "w") as lean:
        for entry in whole.infolist():
            if not entry.filename.startswith(NOT_FOR_A_PAGE):
                lean.writestr(entry, whole.read(entry), zipfile.ZIP_DEFLATED, 9)
    return written.getvalue()


SMALL = ("--minify", "--charset=utf8", "--log-level=warning", "--target=es2022")


def esbuild() -> Path | None:
    """The program that makes scripts small, if the parts are here."""
    return next(chain(MODULES.glob("@esbuild/*/bin/esbuild"), MODULES.glob("@esbuild/*/esbuild.exe")), None)


def script(source: Path, target: Path, *options: str) -> None:
    """One script of the site, small; with `--bundle` it has all that it imports, in a scope of its own."""
    scope = ["--format=iife"] if options else []
    command = [str(esbuild()), str(source), f"--outfile={target}", *SMALL, *scope, *options]
    subprocess.run(command, check=True, cwd=LIVE)


def small(text: str) -> str:
    """A classic script that does the same in fewer letters."""
    return subprocess.run(
        [str(esbuild()), *SMALL], input=text, check=True, cwd=LIVE, capture_output=True, text=True
    ).stdout


def contents() -> Iterator[tuple[str, bytes]]:
    """Every file of the archive that the page's Python gets."""
    for path in sorted((LIVE / "python").rglob("*.py")):
        yield path.relative_to(LIVE / "python").as_posix(), path.read_bytes()
    yield "IPython/lib/pretty.py", Path(IPython.lib.pretty.__file__).read_bytes()
    for pattern in CODE:
        for path in sorted(path for path in ROOT.glob(pattern) if path.name not in NOT_READ):
            yield path.relative_to(ROOT).as_posix(), path.read_bytes()


def pack(target: Path) -> None:
    """The archive, byte for byte the same for the same files."""
    written = io.BytesIO()
    with tarfile.open(fileobj=written, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name, body in contents():
            entry = tarfile.TarInfo(name)
            entry.size = len(body)
            archive.addfile(entry, io.BytesIO(body))
    target.write_bytes(gzip.compress(written.getvalue(), 9, mtime=0))


def licences() -> str:
    """Whose work it is, and on what terms: every package that a reader's browser gets, with its text if it has one."""
    parts = ["IPython: BSD-3-Clause (lib/pretty.py alone)\n"]
    for manifest in sorted(MODULES.glob("**/package.json")):
        folder = manifest.parent
        name = folder.relative_to(MODULES).as_posix()
        if not name.startswith(SHIPPED) or name.count("/") > name.startswith("@"):
            continue
        said = json.loads(manifest.read_text(encoding="utf-8"))
        text = "".join(path.read_text(encoding="utf-8") for path in sorted(folder.glob("LICEN[CS]E*")))
        parts.append(f"{said['name']} {said['version']}: {said['license']}\n\n{text}".rstrip() + "\n")
    return f"\n{'-' * 72}\n\n".join(parts)


def offline(static: Path) -> bytes:
    """One classic script with everything in it, for a page that was opened from a disk and may fetch nothing."""
    target = static / FOLDER
    python = target / "pyodide"
    files = {
        WASM: python / f"{WASM}.packed",
        LIBRARY: python / LIBRARY,
        "pyodide-lock.json": python / "pyodide-lock.json",
        "book.packed": target / "book.packed",
    }
    texts = {name: base64.b64encode(path.read_bytes()).decode() for name, path in files.items()}
    scripts = [
        path.read_text(encoding="utf-8")
        for path in (python / "pyodide.js", python / "pyodide.asm.js", target / "worker.js")
    ]
    said = json.dumps({"files": texts, "scripts": [f"{text};\n" for text in scripts]}, ensure_ascii=False)
    return f"globalThis.keventFiles = {said};\n".encode()
