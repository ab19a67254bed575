"""Is the site that is about to be published whole? Counts its pages and looks for what each must say.

    python tools/built.py [SITE]

A build that went wrong without an error leaves a site that looks finished: a page less, or a page without a text.
"""

from __future__ import annotations

import json
import re
import sys
from html import unescape
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[1]
SEARCH = "search.html"


def documents(entry: dict[str, object]) -> list[str]:
    """Every document that an entry of _toc.yml names."""
    own = [str(entry[key]) for key in ("root", "file") if key in entry]
    children = [child for key in ("parts", "chapters", "sections") for child in entry.get(key, ())]  # type: ignore[attr-defined]
    return own + [name for child in children for name in documents(child)]


def title(source: Path) -> str:
    """The first heading of a notebook or a Markdown file, as its page shows it."""
    text = source.read_text(encoding="utf-8")
    if source.suffix == ".ipynb":
        cells = [cell for cell in json.loads(text)["cells"] if cell["cell_type"] == "markdown"]
        text = "\n".join("".join(cell["source"]) for cell in cells)
    heading = re.search(r"^# (.+)$", text, re.M)
    return plain(re.sub(r"[`*]|\{\w+\}", "", heading[1])) if heading else ""


def plain(text: str) -> str:
    text = re.sub(r'<span class="chapter-number">.*?</span>', "", text)
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]*>", "", text))).replace("#", "").replace("’", "'").strip()


def shortcomings(root: Path, site: Path) -> list[str]:
    """What is missing, in words; empty for a site that may go out."""
    names = documents(yaml.safe_load((root / "_toc.yml").read_text(encoding="utf-8")))
    moved = json.loads((root / "book/data/addresses.json").read_text(encoding="utf-8"))
    wanted = {f"{name}.html" for name in names} | {SEARCH} | {page for page, target in moved.items() if target}
    built = {path.relative_to(site).as_posix() for path in site.rglob("*.html") if "_static" not in path.parts}
    found = [f"no page {page}" for page in sorted(wanted - built)]
    found += [f"a page that nobody named: {page}" for page in sorted(built - wanted)]
    for name in names:
        page, source = site / f"{name}.html", next(root.glob(f"{name}.*"), None)
        if not page.is_file() or source is None:
            continue
        html = page.read_text(encoding="utf-8")
        headings = re.findall(r"<h1[^>]*>(.*?)</h1>", html, re.S)
        if title(source) not in map(plain, headings):
            found.append(f"{name}.html does not say {title(source)!r}")
        if source.suffix == ".ipynb" and "cell_output" not in html:
            found.append(f"{name}.html shows no output")
    return found


if __name__ == "__main__":
    complaints = shortcomings(ROOT, Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "_build/html")
    print("\n".join(complaints) or "The site is whole.")
    sys.exit(bool(complaints))
