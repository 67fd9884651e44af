"""What a body really is, whatever its headers say."""

from __future__ import annotations

import codecs
import re
from typing import TYPE_CHECKING, Literal, TypeAlias

from tapwright.errors import BodyError
from tapwright.shortened import shortened

if TYPE_CHECKING:
    from tapwright.decode.kind import Decode
    from tapwright.request import Response

Sort: TypeAlias = Literal["json", "xml", "html", "csv", "text", "gzip", "zip", "empty", "binary"]

_SIGNS: dict[bytes, Sort] = {b"\x1f\x8b": "gzip", b"PK\x03\x04": "zip", b"PK\x05\x06": "zip"}
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_PAGE = re.compile(r"(?:<!--.*?-->\s*|<\?xml[^>]*>\s*)*<(?:!doctype\s+html|html|head|body)\b", re.I | re.S)
_FRAGMENT = re.compile(r"<(?:h[1-6]|p|br|div|center|meta|title|script|style|table|pre|font|a|b)\b", re.I)
_NAMES: dict[Sort, str] = {
    "binary": "binary data",
    "csv": "CSV",
    "empty": "empty",
    "gzip": "gzip data",
    "html": "HTML",
    "json": "JSON",
    "text": "text",
    "xml": "XML",
    "zip": "a zip archive",
}


def unicode_form(head: bytes) -> str | None:
    """Name the codec that a body's first bytes show it to be in: by a byte order mark, or by the NULs of UTF-16."""
    if marked := next((codec for mark, codec in _MARKS if head.startswith(mark)), None):
        return marked
    zeros = [byte == 0 for byte in head[:4]]
    if zeros == [False, True, False, True]:
        return "utf-16-le"
    return "utf-16-be" if zeros == [True, False, True, False] else None


def sniff(head: bytes, content_type: str = "") -> Sort:
    """Tell what a body is from its first bytes; the content type settles what they leave open."""
    for sign, sort in _SIGNS.items():
        if head.startswith(sign):
            return sort
    text = _readable(head).strip()
    if not text:
        return "empty"
    if re.search(r"[\x00-\x08\x0e-\x1a\x1c-\x1f]", text):
        return "binary"
    if text[0] == "<":
        return _markup(text, content_type)
    if text[0] in "{[" or "json" in content_type:
        return "json"
    return "csv" if "csv" in content_type or re.search(r"[,;\t]", text.splitlines()[0]) else "text"


def readable(decode: Decode, kind: str, response: Response) -> None:
    """Refuse a body that is plainly not for this decoder; `kind` is what `sniff` says that it is.

    Where the bytes prove little, as with CSV, the Content-Type must fit too.
    """
    wanted = type(decode).__name__.upper()
    if kind not in decode.reads:
        raise refused(response.body.head(), wanted, response.content_type)
    labels = (*decode.media, decode.media_type) if decode.media_type else decode.media
    label = response.content_type
    if label and decode.speaks == "column" and not any(part in label for part in labels):
        raise BodyError(
            f"the body is labelled {label}, not {wanted}; it begins {sample(response.body.head())}",
            f"If this is right, say `media_type: {label}` beside the words of the decoder.",
        )


def refused(head: bytes, wanted: str, content_type: str = "") -> BodyError:
    """Say what came instead of what the spec describes, and how it begins."""
    sort = sniff(head, content_type)
    if sort == "empty":
        return BodyError(f"the body is empty, not {wanted}")
    hint = "A login or error page often comes instead of data." if sort == "html" else ""
    what = "" if _NAMES[sort] == wanted else f"{_NAMES[sort]}, "
    return BodyError(f"the body is {what}not {wanted}; it begins {sample(head)}", hint)


def sample(data: bytes) -> str:
    """Show how bytes begin, fit for a message."""
    text = " ".join(_readable(data[:400]).split())
    return repr(shortened(text, 80))


def _markup(text: str, content_type: str) -> Sort:
    if _PAGE.match(text):
        return "html"
    return "html" if "xml" not in content_type and _FRAGMENT.match(text) else "xml"


def _readable(head: bytes) -> str:
    return head.decode(unicode_form(head) or "utf-8", "replace").removesuffix("\ufffd")
