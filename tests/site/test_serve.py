"""The server behind `make book`."""

from __future__ import annotations

import gzip
import socket
import threading
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path

import pytest

from tools.serve import make_server, make_server_near

PAGE = "<!doctype html><title>A page</title>" + "<p>text</p>" * 200


@pytest.fixture
def port(tmp_path: Path) -> Iterator[int]:
    (tmp_path / "index.html").write_text(PAGE)
    (tmp_path / "_static").mkdir()
    (tmp_path / "_static" / "font.woff2").write_bytes(b"font")
    with make_server(tmp_path) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


def get(port: int, path: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
    connection = HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", path, headers={"Connection": "close", **headers})
        answer = connection.getresponse()
        return answer.status, {name.title(): value for name, value in answer.getheaders()}, answer.read()
    finally:
        connection.close()


def test_text_comes_compressed_to_those_who_can_read_it(port: int) -> None:
    status, headers, body = get(port, "/", **{"Accept-Encoding": "gzip"})
    assert (status, headers["Content-Encoding"], headers["Cache-Control"]) == (200, "gzip", "no-cache")
    assert gzip.decompress(body).decode() == PAGE
    status, headers, body = get(port, "/index.html?v=1")
    assert (status, "Content-Encoding" in headers, body.decode()) == (200, False, PAGE)


def test_a_font_is_cached_and_comes_as_it_is(port: int) -> None:
    status, headers, body = get(port, "/_static/font.woff2", **{"Accept-Encoding": "gzip"})
    assert (status, headers["Content-Type"], headers["Cache-Control"], body) == (
        200,
        "font/woff2",
        "max-age=3600",
        b"font",
    )


def test_what_is_not_there_is_not_found(port: int) -> None:
    assert get(port, "/nothing.html")[0] == 404
    assert get(port, "/../../etc/passwd")[0] == 404


def test_a_taken_port_means_the_next_one(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        first = taken.getsockname()[1]
        with make_server_near(tmp_path, first) as server:
            assert first < server.server_port < first + 50
