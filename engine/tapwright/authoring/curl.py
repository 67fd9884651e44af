"""A request as a curl command that can be pasted: secrets stand as environment variables."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from urllib.parse import quote, quote_plus

from tapwright.authoring.plan import Planned
from tapwright.authoring.wire import wire
from tapwright.plan import Plan, options_of
from tapwright.request import Request


@dataclass(frozen=True, kw_only=True)
class Curl:
    """Writes curl commands."""

    names: Mapping[str, str]
    """The variable that stands for each secret, by the secret's text."""
    hide: Callable[[str], str]
    """Takes out what no variable can stand for, such as a secret that is encoded."""

    def command(self, request: Request) -> str:
        """Write the command, a line for each part."""
        plain = replace(request, params=tuple(pair for pair in request.params if not self._holds(pair[1])))
        sent = wire(plain)
        parts = [f"curl --silent --show-error --compressed {self._quoted(sent.url)}"]
        body = request.json is not None or request.form is not None or request.text is not None
        if sent.method != ("POST" if body else "GET"):
            parts.append(f"--request {sent.method}")
        add = "--url-query" if body else "--get --data-urlencode"
        parts += [f"{add} {self._pair(name, value)}" for name, value in request.params if self._holds(value)]
        parts += [self._header(name, text) for name, text in sent.own_headers.items() if not _implied(name, text)]
        parts += self._body(request, sent.body)
        return " \\\n  ".join(parts)

    def _header(self, name: str, text: str) -> str:
        user = _user(text) if name.lower() == "authorization" else None
        if user is not None:
            return f"--user {self._quoted(user)}"
        return f"--header {self._quoted(f'{name}: {text}')}"

    def _body(self, request: Request, text: str) -> Iterator[str]:
        if request.form is None:
            yield from [f"--data-raw {self._quoted(text)}"] if text else []
            return
        for name, value in request.form:
            yield f"--data-urlencode {self._pair(name, value)}"

    def _pair(self, name: str, value: str) -> str:
        return self._quoted(f"{quote_plus(name)}={value}")

    def _holds(self, text: str) -> bool:
        return any(secret in text for secret in self.names)

    def _quoted(self, text: str) -> str:
        """Quote a text for the shell, each secret in it as its variable."""
        if not text:
            return "''"
        forms = {form: name for secret, name in self.names.items() for form in (secret, quote(secret, safe=""))}
        if not forms:
            return _single(self.hide(text))
        pattern = re.compile("|".join(re.escape(form) for form in sorted(forms, key=len, reverse=True)))
        pieces, place = [], 0
        for found in pattern.finditer(text):
            pieces += [_single(self.hide(text[place : found.start()])), f'"${forms[found[0]]}"']
            place = found.end()
        return "".join([*pieces, _single(self.hide(text[place:]))])


def _single(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'" if text else ""


def _implied(name: str, text: str) -> bool:
    """Whether curl says this header by itself."""
    return name.lower() == "content-type" and "form-urlencoded" in text


def _user(text: str) -> str | None:
    """The user and password of HTTP Basic, to be encoded by curl."""
    kind, _, encoded = text.partition(" ")
    try:
        return base64.b64decode(encoded, validate=True).decode() if kind == "Basic" else None
    except (binascii.Error, UnicodeDecodeError):
        return None


def curl_text(plan: Plan, every: Iterable[Planned], hide: Callable[[str], str]) -> str:
    """Write the logins and first requests of a plan, a comment before each."""
    blocks: dict[str, None] = {}
    for planned in every:
        curl = Curl(names=_variables(plan, planned), hide=hide)
        for login in planned.logins:
            blocks[f"# before, for {', '.join(map(_variable, planned.unknown))}\n{curl.command(login)}\n"] = None
        for slice, request in zip(planned.slices, planned.requests, strict=False):
            title = " ".join(filter(None, [planned.table.table, hide(str(slice))]))
            blocks[f"# {title}\n{curl.command(request)}\n"] = None
        if planned.problem is not None:
            blocks["".join(f"# {planned.table.table}: {line}\n" for line in str(planned.problem).splitlines())] = None
    return "\n".join(blocks).rstrip("\n")


def _variables(plan: Plan, planned: Planned) -> dict[str, str]:
    """Name a variable for each secret, by its text, and for each value that an answer would give."""
    table, spec = planned.table, plan.spec
    secret = {name: plan.config.get(name) for name, option in spec.config.items() if option.writeOnly}
    known = options_of(spec, table.stream)
    secret |= {f"{table.table}_{name}": table.options.get(name) for name, option in known.items() if option.writeOnly}
    named = {str(value): _variable(f"{spec.name}_{name}") for name, value in secret.items() if value}
    return {**named, **{f"{{{name}}}": _variable(name) for name in planned.unknown}}


def _variable(name: str) -> str:
    return re.sub(r"\W", "_", name).upper()
