"""What an auth reads of an answer: its document, a cookie, and what it says went wrong."""

from __future__ import annotations

import math
import re
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

import msgspec

from tapwright.errors import AuthError, ProviderError
from tapwright.request import Response
from tapwright.shortened import shortened

HINT = "Check the credentials in the connector's `config`."
_BOM = b"\xef\xbb\xbf"
_OPAQUE = re.compile(r"[\w.~+/=-]{16,}")
_SAYINGS = ("error_description", "message", "userMessage", "detail", "error", "errors", "title", "reason")


def json_of(response: Response) -> Any:
    """Read a JSON body."""
    try:
        return msgspec.json.decode(response.body.content.removeprefix(_BOM))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise AuthError(f"{place(response)} answered no JSON: {excerpt(response)}", HINT) from None


def tree_of(response: Response) -> Any:
    """Read an XML body, or an HTML one if its Content-Type says so."""
    from lxml import etree

    html = response.content_type == "text/html"
    parser = etree.HTMLParser(no_network=True) if html else etree.XMLParser(resolve_entities=False, no_network=True)
    try:
        root = etree.fromstring(response.body.content, parser)
    except (etree.XMLSyntaxError, ValueError):
        root = None
    if root is None:
        raise AuthError(f"{place(response)} answered no XML: {excerpt(response)}", HINT)
    return root


def found_by(expression: str, response: Response) -> Any:
    """Evaluate an XPath over an XML or HTML body."""
    from lxml import etree

    try:
        return tree_of(response).xpath(expression)
    except etree.XPathError as error:
        raise AuthError(f"the XPath '{expression}' cannot be evaluated: {error}", "Correct it in the spec.") from None


def cookie_of(response: Response, name: str) -> str | None:
    """Read a cookie that the answer sets; the last one counts, and an emptied one is none."""
    value = None
    for line in response.headers.get("set-cookie", "").splitlines():
        key, _, text = line.split(";")[0].partition("=")
        value = text.strip() if key.strip() == name else value
    return value or None


def refuse_errors(response: Response) -> None:
    """Raise if the status says that no credentials were granted."""
    if response.status < 400:
        return
    again = response.status == HTTPStatus.TOO_MANY_REQUESTS or response.status >= 500
    fault = ProviderError if again else AuthError
    said = f"{place(response)} refused with status {response.status}: {message_of(response)}"
    raise fault(said, "Try again later." if again else HINT)


def message_of(response: Response) -> str:
    """Find what the provider says, in JSON, in XML, or as the first characters."""
    try:
        answer = msgspec.json.decode(response.body.content.removeprefix(_BOM))
        said = _saying(answer) or _outline(answer)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        said = _all_text(response) if response.body.head(512).lstrip().startswith(b"<") else ""
    return shortened(response.hide(" ".join(said.split())), 200) or excerpt(response)


def _outline(answer: Any) -> str:
    """Name the members of an object that says nothing to a person: a value may be a token."""
    return f"it holds {', '.join(map(str, answer))}" if isinstance(answer, dict) and answer else ""


def excerpt(response: Response) -> str:
    """Show the first characters of a body, without what may be a token."""
    text = response.hide(" ".join(response.body.head(4096).decode("utf-8", "replace").split()))
    return shortened(_OPAQUE.sub("…", text), 80) or "an empty body"


def place(response: Response) -> str:
    """Name what answered, without its query."""
    parts = urlsplit(response.request.url)
    return f"{response.request.method} {parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


def seconds_usable(seconds: Any, margin: float) -> float:
    """Take a margin off a grant's life, at most a tenth of it; ValueError if it is no number."""
    if isinstance(seconds, bool) or not isinstance(seconds, int | float | str):
        raise ValueError
    life = float(seconds)
    if not math.isfinite(life):
        raise ValueError
    return max(0.0, life - min(margin, life / 10))


def _saying(answer: Any) -> str:
    if isinstance(answer, list):
        return _saying(answer[0]) if answer else ""
    if isinstance(answer, dict):
        return next((said for key in _SAYINGS if (said := _saying(answer.get(key)))), "")
    return answer if isinstance(answer, str) else ""


def _all_text(response: Response) -> str:
    try:
        return "".join(tree_of(response).itertext())
    except AuthError:
        return ""
