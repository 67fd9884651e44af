"""Take the secrets out of a recording: by value in every encoding, the tokens that came in answers among them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import parse_qsl, quote, unquote_plus, urlsplit

from tapwright.mask import Mask

LEAST = 8
"""Shorter texts are not looked for elsewhere: they could be anything."""
_EVERYWHERE = re.compile(
    r"(?i)(?:access|id|refresh)[_-]?token|client[_-]?secret|password|"
    r"x-(?:amz|goog)-(?:signature|credential|security-token)"
)
"""What a name is, whole, whose value is a secret in any answer."""
_SIGNATURE = re.compile(r"(?i)sig|signature|hmac")
"""What a parameter of a request is, whole, by which an address was signed."""
_CREDENTIAL = re.compile(
    r"(?i)token|secret|session|passw|jwt|ticket|signature|assertion|credential|cookie|(?:^|_)key|\bsid"
)
"""What is in a name whose value is a secret in an answer about credentials …"""
_HARMLESS = re.compile(
    r"(?i)type|expir|scope|issued|lifetime|format|ur[il]\b|endpoint|algorithm|timeout|until|since|name$|_at$|_in$"
)
"""… unless it has one of these in it."""
_TOKEN = re.compile(r"(?=[^\s]*\d)(?=[^\s]*[A-Za-z])[A-Za-z0-9._~+/=-]{20,}")
"""What a token looks like, whatever its name."""
_JWT = re.compile(r"eyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*")
_PAIRS = (
    re.compile(r'(?P<before>"(?P<name>[^"\\]{1,60})"\s*:\s*")(?P<value>(?:[^"\\]|\\.)+)(?=")'),
    re.compile(r'(?P<before>[\s](?P<name>[\w:.-]{1,60})\s*=\s*")(?P<value>[^"<]+)(?=")'),
    re.compile(r"(?P<before>[\s](?P<name>[\w:.-]{1,60})\s*=\s*')(?P<value>[^'<]+)(?=')"),
    re.compile(r"(?P<before><(?P<name>[\w:.-]{1,60})(?:\s[^<>]*)?>)(?P<value>[^<>]+)(?=</)"),
    re.compile(r"(?P<before>(?:^|[?&;]|&amp;)(?P<name>[\w.-]{1,60})=)(?P<value>[^&\s\"'<>;]+)"),
)
"""A name and its value in JSON, XML attributes and elements, and forms."""
_COOKIE = re.compile(r"(?P<before>^[^=;]*=)(?P<value>[^;]+)")


class Scrub:
    """Replaces secrets in what is recorded, and the address that stood in for the provider's own."""

    def __init__(self, mask: Mask, stand_in: str, addresses: Iterable[tuple[str, str]]) -> None:
        """`mask` knows the secrets that were used; `addresses` are those that stood in, and the provider's own."""
        self._mask, self._stand_in = mask, stand_in
        self._addresses = [pair for stood, real in addresses for pair in _written(stood, real)]

    def learn(self, interaction: Mapping[str, Any], *, credentials: bool) -> None:
        """Remember the secrets that came and went; `credentials` says whether it answers a question for some."""
        for text in _texts(interaction["response"]):
            self._mask.add(*_JWT.findall(text))
            for name, value in _pairs(text):
                if _is_secret(name, value, credentials) and _is_long(value):
                    self._mask.add(value)
        for name, value in parse_qsl(urlsplit(interaction["request"]["uri"]).query):
            if (_EVERYWHERE.fullmatch(name) or _SIGNATURE.fullmatch(name)) and _is_long(value):
                self._mask.add(value)
        for cookie in _cookies(interaction["response"]):
            if (found := _COOKIE.search(cookie)) and _is_long(found["value"]):
                self._mask.add(found["value"])

    def interaction(self, interaction: Mapping[str, Any], *, credentials: bool) -> dict[str, Any]:
        """Give an interaction without its secrets."""
        response = dict(interaction["response"])
        hide: Callable[[str], str] = lambda text: self._named(text, credentials)  # noqa: E731
        response["body"] = {"string": _mapped(response["body"]["string"], hide)}
        response["headers"] = {
            name: [self._cookie(value) for value in values] if name.lower() == "set-cookie" else values
            for name, values in response["headers"].items()
        }
        scrubbed: dict[str, Any] = self.value({**interaction, "response": response})
        return scrubbed

    def value(self, value: Any) -> Any:
        """Give any value without secrets."""
        if isinstance(value, Mapping):
            return {self.value(name): self.value(inner) for name, inner in value.items()}
        if isinstance(value, list | tuple):
            return [self.value(inner) for inner in value]
        return _mapped(value, self._text)

    def _text(self, text: str) -> str:
        for stood, real in self._addresses:
            text = text.replace(stood, real)
        return self._mask.replace(text, self._stand_in)

    def _named(self, text: str, credentials: bool) -> str:
        """Replace values by their names, also those too short to be looked for elsewhere."""

        def replaced(found: re.Match[str]) -> str:
            secret = _is_secret(found["name"], found["value"], credentials)
            return found["before"] + (self._stand_in if secret else found["value"])

        for pattern in _PAIRS:
            text = pattern.sub(replaced, text)
        return text

    def _cookie(self, text: str) -> str:
        return _COOKIE.sub(lambda found: found["before"] + self._stand_in, text, count=1)


def _is_secret(name: str, value: str, credentials: bool) -> bool:
    if _EVERYWHERE.fullmatch(name):
        return True
    if not credentials or _HARMLESS.search(name):
        return False
    return bool(_CREDENTIAL.search(name) or (_TOKEN.fullmatch(value) and "//" not in value))


def _is_long(value: str) -> bool:
    return len(value) >= LEAST and (len(value) >= 2 * LEAST or any(char.isdigit() for char in value))


def _pairs(text: str) -> Iterator[tuple[str, str]]:
    for number, pattern in enumerate(_PAIRS):
        for found in pattern.finditer(text):
            value = found["value"].strip()
            yield found["name"], _plain(value) if number == 0 else unquote_plus(value) if number == 4 else value


def _plain(escaped: str) -> str:
    import json

    try:
        return str(json.loads(f'"{escaped}"'))
    except ValueError:
        return escaped


def _texts(response: Mapping[str, Any]) -> Iterator[str]:
    body = response["body"]["string"]
    yield body.decode("latin-1") if isinstance(body, bytes) else body or ""
    for name, values in response["headers"].items():
        yield from values if name.lower() == "location" else ()


def _cookies(response: Mapping[str, Any]) -> Iterator[str]:
    for name, values in response["headers"].items():
        yield from values if name.lower() == "set-cookie" else ()


def _written(stood: str, real: str) -> Iterator[tuple[str, str]]:
    """An address and what it stands for, also as JSON and URLs may write them."""
    yield stood, real
    yield stood.replace("/", "\\/"), real.replace("/", "\\/")
    yield quote(stood, safe=""), quote(real, safe="")


def _mapped(value: Any, change: Callable[[str], str]) -> Any:
    """Change a text; in bytes that are no text, what is text there."""
    if isinstance(value, bytes):
        return change(value.decode("latin-1")).encode("latin-1", "replace")
    return change(value) if isinstance(value, str) else value
