"""An answer as rules look at it: status, headers, and the body understood as whatever it is."""

from __future__ import annotations

import re
from functools import cached_property
from typing import Any

from tapwright.body import Body
from tapwright.condition import Condition, Message
from tapwright.decode.sniff import sniff
from tapwright.errors import BodyError
from tapwright.expression import compile_jmespath
from tapwright.request import Response
from tapwright.shortened import shortened
from tapwright.xpath import compile_xpath

_ROOT = re.compile(rb"<([A-Za-z_][\w.:-]*)[\s/>]")
_FIRST_STEP = re.compile(r"/([A-Za-z_][\w.-]*)(?![\w.:(-])")
_MARKUP = re.compile(r"<!--.*?-->|<(head|script|style)\b.*?</\1\s*>|<[^>]*>", re.S | re.I)
_MESSAGES = (
    "[].userMessage | join('; ', @)",
    "error_description",
    "message",
    "error.message",
    "error",
    "errors[].message | join('; ', @)",
    "errors[].detail | join('; ', @)",
    "errors[].title | join('; ', @)",
    "detail",
)


class Answer:
    """A response, and its body parsed at most once."""

    def __init__(self, response: Response) -> None:
        self.response = response

    @cached_property
    def kind(self) -> str:
        """What the body is: json, xml, html, csv, text, gzip, zip, empty or binary."""
        return sniff(self.response.body.head(), self.response.content_type)

    @cached_property
    def document(self) -> Any:
        """JSON values or an XML root element; None if it is neither, or too large to be a message."""
        if self.response.body.spooled or self.kind not in ("json", "xml"):
            return None
        try:
            return _parsed(self.kind, self.response.body)
        except BodyError:
            return None

    def meets(self, condition: Condition) -> bool:
        """Whether all that a condition names is true."""
        statuses = (condition.status,) if isinstance(condition.status, int) else condition.status or ()
        return (
            (condition.status is None or self.response.status in statuses)
            and all(text in self.response.headers.get(name.lower(), "") for name, text in condition.header.items())
            and (condition.text is None or self._holds(condition.text))
            and (condition.body is None or self._json(condition.body))
            and (condition.xpath is None or self._xml(condition.xpath))
        )

    def _holds(self, pattern: str) -> bool:
        return re.search(pattern, self.response.body.head(65_536).decode("utf-8", "replace")) is not None

    def _json(self, expression: str) -> bool:
        if self.kind != "json" or self.document is None:
            return False
        return compile_jmespath(expression)(self.document) not in (None, False, "", [], {})

    def _xml(self, expression: str) -> bool:
        if self.kind != "xml" or not self._root_fits(expression) or self.document is None:
            return False
        return compile_xpath(expression)(self.document.getroottree().getroot()) not in (None, False, "", [])

    def _root_fits(self, expression: str) -> bool:
        """Whether an expression that begins at a named root can find anything, told without parsing the body."""
        step, root = _FIRST_STEP.match(expression), _ROOT.search(self.response.body.head())
        return step is None or root is None or step[1] == root[1].decode().rpartition(":")[2]

    def message(self, where: Message | None = None) -> str:
        """What the provider says, on one line; empty if it says nothing."""
        if where and where.body and self.kind == "json":
            found = compile_jmespath(where.body)(self.document)
        elif where and where.xpath and self.kind == "xml" and self.document is not None:
            found = compile_xpath(where.xpath)(self.document)
        else:
            found = self._usual_message()
        return shortened(self.response.hide(" ".join(str(found if found is not None else "").split())), 500)

    def _usual_message(self) -> Any:
        if self.kind == "json" and self.document is not None:
            for expression in _MESSAGES:
                try:
                    found = compile_jmespath(expression)(self.document)
                except Exception:  # an expression for lists on something else
                    continue
                if isinstance(found, str) and found:
                    return found
        if self.kind == "xml" and self.document is not None:
            return "".join(self.document.itertext())
        if self.kind == "html":
            return _MARKUP.sub(" ", self.response.body.head(16_384).decode("utf-8", "replace"))
        return self.response.body.head(4096).decode("utf-8", "replace")


def _parsed(kind: str, body: Body) -> Any:
    if kind == "json":
        from tapwright.decode.json import parse_json

        return parse_json(body)
    from tapwright.decode.xml import parse_xml  # lxml only where XML comes

    return parse_xml(body.content)
