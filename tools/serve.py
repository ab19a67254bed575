"""Serve the built book on this machine: http://127.0.0.1:8000, or the next free port.

    python -m tools.serve [FOLDER]

Answers as a real host would, with gzip and with cache headers, so that what is measured here holds there.
"""

from __future__ import annotations

import gzip
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import lru_cache, partial
from http import HTTPStatus
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

FIRST_PORT = 8000
PORTS_TRIED = 50
COMPRESSED = (".html", ".css", ".js", ".svg", ".json", ".ipynb", ".txt", ".xml", ".md")


@lru_cache(maxsize=512)
def compress(path: str, changed_ns: int) -> bytes:
    """The file, gzipped; once per file and change."""
    return gzip.compress(Path(path).read_bytes(), compresslevel=9, mtime=0)


class BookHandler(SimpleHTTPRequestHandler):
    """Files of one folder; text gzipped, versioned assets cached."""

    protocol_version = "HTTP/1.1"
    extensions_map = {  # noqa: RUF012
        **SimpleHTTPRequestHandler.extensions_map,
        ".js": "text/javascript",
        ".woff2": "font/woff2",
    }

    def handle(self) -> None:
        with suppress(ConnectionError):  # a reader who leaves while the page loads is no news
            super().handle()

    def do_GET(self) -> None:
        path = Path(self.translate_path(self.path))
        if path.is_dir():
            path /= "index.html"
        accepts = "gzip" in self.headers.get("Accept-Encoding", "")
        if not (accepts and path.suffix in COMPRESSED and path.is_file()):
            super().do_GET()
            return
        body = compress(str(path), path.stat().st_mtime_ns)
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", self.guess_type(str(path)))
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def end_headers(self) -> None:
        kept = "/_static/" in self.path or "/_images/" in self.path
        self.send_header("Cache-Control", "max-age=3600" if kept else "no-cache")
        self.send_header("Vary", "Accept-Encoding")
        super().end_headers()

    def log_message(self, format: str, *arguments: object) -> None:
        """Quiet: the terminal shows the address, and stays readable."""


def make_server(folder: Path, port: int = 0, handler: type[BookHandler] = BookHandler) -> ThreadingHTTPServer:
    """A server for `folder` on the loopback address; port 0 = any free one. OSError when it is taken."""
    return ThreadingHTTPServer(("127.0.0.1", port), partial(handler, directory=str(folder)))


def make_server_near(folder: Path, first_port: int) -> ThreadingHTTPServer:
    """A server on the first free port from `first_port` on."""
    for port in range(first_port, first_port + PORTS_TRIED):
        try:
            return make_server(folder, port)
        except OSError:
            continue
    raise SystemExit(f"No free port between {first_port} and {first_port + PORTS_TRIED - 1}.")


@contextmanager
def serving(folder: Path, handler: type[BookHandler] = BookHandler) -> Iterator[str]:
    """The address of a server for `folder` that runs beside the caller, and has ended afterwards."""
    with make_server(folder, handler=handler) as server:
        server.daemon_threads = True
        server.block_on_close = False
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/"
        finally:
            server.shutdown()
            thread.join()


def main() -> None:
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else "_build/html")
    if not (folder / "index.html").is_file():
        raise SystemExit(f"No site in {folder}. Build it first: make html")
    server = make_server_near(folder, FIRST_PORT)
    print(f"The book is at http://127.0.0.1:{server.server_port}  (Ctrl-C stops)", flush=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        print()
    finally:
        server.server_close()


if __name__ == "__main__":
    main()
