"""``{port-arena}``: a port in JavaScript, judged in the page by what client-go answered; and the vectors as a download.

The argument is a file of `oracle/ports`. Its text stands in the page, to be read and changed. Nothing is loaded or run
before the reader presses the button: then a script with the questions and answers comes, and the port runs in a worker,
which is ended if it does not answer. ``{vectors-download}`` is a link to the vectors, packed when the site is built.
"""

from __future__ import annotations

import json
import zipfile
from html import escape
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective, SphinxRole

from book.extensions.html_element import raw
from oracle.judge.questions import Scenario, asked, recorded
from oracle.replaying import GOLDEN

ROOT = Path(__file__).parents[2]
PORTS = ROOT / "oracle" / "ports"
VECTORS, ZIP = "port-vectors.js", "kevent-vectors.zip"
KINDS = ("correlator", "keys")
OLDEST = (1980, 1, 1, 0, 0, 0)  # what a zip can say; the same for every file

TEXTS = (
    "LICENSE", "oracle/judge/README.md", "oracle/judge/edges.jsonl", "oracle/vectors/README.md",
    "oracle/ports/correlator.mjs",
)  # fmt: skip
"""What is packed beside the vectors."""


def line(scenario: Scenario, number: int) -> list[str]:
    """A question as it is put to a port, and its answer; as text, since a page's numbers have 53 bits."""
    return [
        json.dumps({**asked(scenario), "id": number}, ensure_ascii=False, separators=(",", ":")),
        json.dumps(scenario["expect"], ensure_ascii=False, separators=(",", ":")),
    ]


def script() -> str:
    """The questions and answers as a script: a page that was opened from a disk may load nothing else."""
    scenarios = [scenario for scenario in recorded(None) if scenario["kind"] in KINDS]
    lines = [line(scenario, number) for number, scenario in enumerate(scenarios, 1)]
    return f"keventVectors = {json.dumps(lines, ensure_ascii=False, separators=(',', ':'))};\n"


def pack(target: Path) -> None:
    """The vectors with what a port needs to know, byte for byte the same for the same files."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for path in sorted([*(ROOT / name for name in TEXTS), *GOLDEN]):
            entry = zipfile.ZipInfo(f"kevent-vectors/{path.relative_to(ROOT).as_posix()}", OLDEST)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, path.read_bytes())


class PortArena(SphinxDirective):
    """See the head of this module."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        path = PORTS / self.arguments[0]
        if path.parent != PORTS or not path.is_file():
            raise self.error(f"port-arena: oracle/ports has no {self.arguments[0]}")
        self.env.note_dependency(str(path))
        code = path.read_text(encoding="utf-8")
        return [
            raw(
                '<div class="port-arena" data-late="port-arena" role="group" aria-label="Judge a port in this page">'
                f'<label for="port-arena-code"><code>{escape(self.arguments[0])}</code></label>'
                '<textarea id="port-arena-code" rows="24" spellcheck="false" autocapitalize="off" autocomplete="off" '
                f'wrap="off" readonly>\n{escape(code)}</textarea>'
                '<p class="port-arena-buttons" hidden><button type="button" class="port-arena-run">Judge it</button> '
                '<button type="button" class="port-arena-reset">As it was</button></p>'
                '<div class="port-arena-verdict" role="status"></div>'
                "<noscript><p>A script judges it here. Without one: <code>python -m oracle.judge</code>.</p></noscript>"
                "</div>"
            )
        ]


class VectorsDownload(SphinxRole):
    """``{vectors-download}`the words of the link` ``"""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        up = "../" * self.env.docname.count("/")
        link = f'<a href="{up}_static/{ZIP}" download>{escape(self.text)}</a>'
        return [raw(link)], []


def write(app: Sphinx) -> None:
    if app.builder.format != "html":
        return
    static = Path(app.outdir) / "_static"
    static.mkdir(parents=True, exist_ok=True)
    (static / VECTORS).write_text(script(), encoding="utf-8")
    pack(static / ZIP)


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_directive("port-arena", PortArena)
    app.add_role("vectors-download", VectorsDownload())
    app.connect("builder-inited", write)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
