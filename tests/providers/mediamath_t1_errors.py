"""The errors of T1, and how they are written in XML."""

from __future__ import annotations

from collections.abc import Mapping
from xml.sax.saxutils import escape, quoteattr

from tests.providers.loopback import Answer

XML = {"Content-Type": "text/xml; charset=UTF-8"}
SERVER_ERRORS = {
    "error": (500, "Internal Server Error"),
    "request_timeout": (500, "The request timed out"),
    "unavailable": (503, "The server is temporarily unavailable due to maintenance downtime."),
}


class Refusal(Exception):
    """A call that T1 answers with an error status."""

    def __init__(self, status: int, code: str, text: str, *, reason: str = "", entity: tuple[str, str] | None = None):
        super().__init__(text)
        self.status, self.code, self.text, self.reason, self.entity = status, code, text, reason, entity


def bad_request(text: str, reason: str = "") -> Refusal:
    return Refusal(400, "bad_request", text, reason=reason)


def not_logged_in() -> Refusal:
    return Refusal(401, "auth_required", "Authentication Required", reason="not_logged_in")


def result(code: str, text: str = "", *, reason: str = "", entity: tuple[str, str] | None = None) -> bytes:
    """Write a `<result>` document."""
    lines = ["<?xml version='1.0' encoding='UTF-8' ?>", "<result>"]
    if entity:
        lines.append(f"  <entity id={quoteattr(entity[1])} type={quoteattr(entity[0])} />")
    attributes = f" code={quoteattr(code)}" + (f" reason={quoteattr(reason)}" if reason else "")
    lines.append(f"  <status{attributes}>{escape(text)}</status>" if text else f"  <status{attributes} />")
    return "\n".join([*lines, "</result>", ""]).encode()


def refused(refusal: Refusal) -> Answer:
    body = result(refusal.code, refusal.text, reason=refusal.reason, entity=refusal.entity)
    return Answer(status=refusal.status, headers=XML, body=body)


def gateway(error: str, words: str, headers: Mapping[str, str] | None = None) -> Answer:
    """Answer as the gateway in front of T1 does: a 403 with a header and a headline."""
    told = {"Content-Type": "text/xml", "X-Mashery-Error-Code": error}
    return Answer(status=403, headers=told | dict(headers or {}), body=f"<h1>{words}</h1>".encode())
