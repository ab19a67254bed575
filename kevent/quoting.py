"""A string as Go prints it between quotation marks, for texts that have to be equal to Go's."""

from __future__ import annotations

__all__ = ["quote"]

_ESCAPES = {
    "\a": "\\a",
    "\b": "\\b",
    "\f": "\\f",
    "\n": "\\n",
    "\r": "\\r",
    "\t": "\\t",
    "\v": "\\v",
    '"': '\\"',
    "\\": "\\\\",
}


def quote(text: str) -> str:
    """The text as a Go string literal. In Go: strconv.Quote.

    Python's isprintable and Go's IsPrint draw the same line: letters, marks, numbers, punctuation, symbols,
    and of the spaces only U+0020. They may differ on characters newer than the older one's Unicode tables.
    A byte that is no UTF-8, kept as Python's surrogateescape keeps it, is shown as a byte.
    """
    if text.isprintable() and '"' not in text and "\\" not in text:
        return f'"{text}"'
    return '"' + "".join(map(_quote_character, text)) + '"'


def _quote_character(character: str) -> str:
    code = ord(character)
    if character in _ESCAPES:
        return _ESCAPES[character]
    if character.isprintable():
        return character
    if 0xDC80 <= code <= 0xDCFF:
        return f"\\x{code - 0xDC00:02x}"
    if 0xD800 <= code <= 0xDFFF:
        return "\N{REPLACEMENT CHARACTER}"  # no string of Go's can hold half a surrogate pair
    if code < 0x80:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
