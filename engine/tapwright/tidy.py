"""Make recorded bodies fit to be read: a long line of JSON or XML is laid out, and Windows' line ends are dropped."""

from __future__ import annotations

import re
import zlib

LONGEST_LINE = 120
_DECLARATION = re.compile(r"\s*<\?xml[^>]*\?>\s*")


def tidied(body: str | bytes) -> str | bytes:
    """Lay out a body where that changes nothing in what it says; else give it as it is."""
    text = unpacked(body)
    if not isinstance(text, str):
        return body
    text = text.replace("\r\n", "\n")
    if all(len(line) <= LONGEST_LINE for line in text.split("\n")):
        return text
    start = text.lstrip()[:1]
    return _json(text) if start in ("{", "[") else _xml(text) if start == "<" else text


def unpacked(body: str | bytes) -> str | bytes:
    """Unpack a gzip file that holds text."""
    if isinstance(body, bytes) and body.startswith(b"\x1f\x8b"):
        try:
            return zlib.decompress(body, wbits=31).decode()
        except (zlib.error, UnicodeDecodeError):
            return body
    return body


def _json(text: str) -> str:
    import msgspec

    try:
        return msgspec.json.format(text, indent=2) + "\n"  # which keeps every digit and every key
    except msgspec.DecodeError:
        return text


def _xml(text: str) -> str:
    from lxml import etree

    from tapwright.decode.guarded import SETTINGS, past_prolog
    from tapwright.errors import BodyError

    settings = {**SETTINGS, "remove_comments": False, "remove_pis": False}
    declared = _DECLARATION.match(text)
    try:
        past_prolog(iter([text.encode()]))
        root = etree.fromstring(text[declared.end() if declared else 0 :].encode(), etree.XMLParser(**settings))
    except (BodyError, etree.XMLSyntaxError):
        return text
    etree.indent(root, "  ")
    laid_out: str = etree.tostring(root, encoding="unicode")
    return (declared[0].strip() + "\n" if declared else "") + laid_out + "\n"
