"""Words that stand on one line: which they are, and how a page has them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from docutils import nodes

from tests.site.extensions import built, extension, page

unbroken = extension("unbroken")


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("The real client-go gave the same.", ["client-go"]),
        ("At v1.14.0-alpha.2, and since 1.29.0-rc.0.", ["v1.14.0-alpha.2", "1.29.0-rc.0"]),
        ("A kube-apiserver; chapter 7 tells, chapters 4 and 11 do not.", ["kube-apiserver", "chapter 7"]),
        ("A back-off of 1.14.0, an hour-long outage.", []),
    ],
)
def test_what_is_kept_whole(text: str, kept: list[str]) -> None:
    found = unbroken.pieces(text)
    assert "".join(piece.astext() for piece in found) == text
    assert [piece.astext() for piece in found if isinstance(piece, nodes.inline)] == kept


def test_code_with_a_hyphen_is_whole_if_a_phone_has_room_for_it(tmp_path: Path) -> None:
    code = ("--event-ttl", "event_name", "kubectl get --watch", "kubernetes-client/python/kubernetes")
    text = ", ".join(f"`{each}`" for each in code)
    with built(tmp_path, ["unbroken"], book__01_one=f"# One\n\n{text} of client-go\n\n    client-go\n") as app:
        html = page(app, "book__01_one")
    whole = re.findall(r'<code class="[^"]*\bunbroken\b[^"]*">(.*?)</code>', html)
    assert [re.sub("<.*?>", "", each) for each in whole] == ["--event-ttl"]
    assert html.count('<span class="unbroken">client-go</span>') == 1
