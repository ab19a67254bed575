"""Pack the built site for reading without a network: one zip, equal byte for byte for equal sites.

    python -m tools.offline [SITE] [ZIP]

Unpack it and open index.html. Everything works, the cells too, but what is elsewhere by nature: the buttons that fetch
Go source from GitHub, the launch buttons, and links that leave the book.
"""

from __future__ import annotations

import re
import sys
import zipfile
from pathlib import Path

from tools import live

SITE = Path("_build/html")
ZIP = Path("dist/kevent-book.zip")
FOLDER = "kevent-book"
OLDEST = (1980, 1, 1, 0, 0, 0)  # what a zip can say; the same for every file
PRELOAD = re.compile(rb'<link rel="preload"[^>]*>\n?')  # which browsers refuse from a disk, with an error
FETCHED, PACKED = b'"packed": false', b'"packed": true'  # where the pages' own Python is
LEFT_OUT = {".buildinfo", "objects.inv", "sitemap.xml", "robots.txt"}  # for servers, not for readers


def pack(site: Path, target: Path) -> list[str]:
    """Write `target`; gives the names in it."""
    if not (site / "index.html").is_file():
        raise SystemExit(f"No site in {site}. Build it first: make html")
    static = site / "_static"
    python = static / live.FOLDER
    packed = {static / live.OFFLINE: live.offline(static)} if python.is_dir() else {}
    one_by_one = [python / name for name in live.IN_THERE]
    found = [path for path in site.rglob("*") if path.is_file() and path.name not in LEFT_OUT]
    files = sorted([*packed, *(path for path in found if not {path, *path.parents} & {*one_by_one})])
    target.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for path in files:
            entry = zipfile.ZipInfo(f"{FOLDER}/{path.relative_to(site).as_posix()}", OLDEST)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            body = packed.get(path) or path.read_bytes()
            if path.suffix == ".html":
                body = PRELOAD.sub(b"", body).replace(FETCHED, PACKED)
            archive.writestr(entry, body)
        return archive.namelist()


def main() -> None:
    site = Path(sys.argv[1]) if len(sys.argv) > 1 else SITE
    target = Path(sys.argv[2]) if len(sys.argv) > 2 else ZIP
    names = pack(site, target)
    print(f"{target}: {len(names)} files, {target.stat().st_size / 2**20:.1f} MiB. Unpack it and open index.html.")


if __name__ == "__main__":
    main()
