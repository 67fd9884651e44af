"""What of paths, parameters and values is a name of the API, what lets somebody in, and what is somebody's data."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import unquote

from tapwright.authoring.names import names_in, singular, snake

PAGING = names_in(
    "page_token next_token next_page_token continuation_token pagination_token page_key next_key cursor start_key"
    " last_key"
)
"""The names that lead to the next page, whatever their values look like."""
_CREDENTIAL = re.compile(
    r"(.*_)?(api_?key|access_?key|subscription_key|private_key|(access|auth|api|app|id|session|security|user|bearer|refresh)"
    r"_?token|x?csrf(_token)?|xsrf(_token)?|jwt|password|passwd|pwd|secret|signature|sig|session_?id|sid|authorization)"
)
_KEY = re.compile(r"(x_)?(api_?key|access_?key|(access|auth|api)_?token|subscription_key|private_key|password)")
_PRIVATE = re.compile(
    r"(.*_)?(key|token|code|hash|state|auth|nonce|otp|pin|ticket|email|mail|phone|user(name)?|name|q|query)"
)
_RANDOM = re.compile(r"(?=.*\d)(?=.*[A-Za-z])[^\s]{16,}|[A-Za-z0-9+/=_-]{32,}")
_NOISE = re.compile(r"_+(dc|t|ts)?|cache_?(bust|breaker|buster)?|cb|nocache|rand(om)?", re.I)
_ID = re.compile(
    r"\d+|[0-9a-f]{8}(-?[0-9a-f]{4}){3}-?[0-9a-f]{12}|(?=.*\d)[0-9a-f]{8,}|(?=.*\d)[A-Za-z]{1,12}[_-][A-Za-z0-9]{8,}"
    r"|(?=.*\d)(?=.*[A-Za-z])[A-Za-z0-9_=-]{16,}|.*@.*|.*[^A-Za-z0-9._~:,;!$()*+'-].*|[A-Za-z0-9_=-]{40,}"
)
_VERSION = re.compile(r"v\d+(\.\d+)*")
_VALUE = re.compile(
    r"\d{1,6}|[a-z]{1,20}([_-][a-z]{1,20}){0,2}|[A-Z][A-Z_]{0,19}|[a-z]+([A-Z][a-z]+){1,3}|\d{4}-\d\d-\d\d"
)


def is_credential(name: str, value: str) -> bool:
    """Whether a parameter or a header lets somebody in: by its name, or by a name and a value that might."""
    plain = snake(name)
    if plain in PAGING:
        return False
    return bool(_CREDENTIAL.fullmatch(plain) or (_PRIVATE.fullmatch(plain) and _RANDOM.fullmatch(value)))


def is_key(name: str) -> bool:
    """Whether a parameter is a credential whatever else a description says of it."""
    return bool(_KEY.fullmatch(snake(name)))


def is_private(name: str) -> bool:
    """Whether the values of a parameter may be somebody's own."""
    return bool(_CREDENTIAL.fullmatch(snake(name)) or _PRIVATE.fullmatch(snake(name)))


def is_noise(name: str) -> bool:
    """Whether a parameter only keeps answers from being cached."""
    return bool(_NOISE.fullmatch(name))


def is_random(value: str) -> bool:
    """Whether a value was made by a machine, to be guessed by nobody."""
    return bool(_RANDOM.fullmatch(value))


def is_value(text: str) -> bool:
    """Whether a value is a plain word, a small number or a day, and nobody's data."""
    return bool(_VALUE.fullmatch(text)) and len(text) <= 40


def path_of(paths: Iterable[str]) -> dict[str, str]:
    """Put braces where paths hold ids: `/users/17/posts` → `/users/{user_id}/posts`."""
    return {path: "/".join(_parts(path.split("/"))) for path in paths}


def _parts(steps: list[str]) -> Iterable[str]:
    taken: set[str] = set()
    before = ""
    for step in steps:
        plain = unquote(step)
        if plain and not _VERSION.fullmatch(plain) and _ID.fullmatch(plain):
            name = f"{singular(snake(before))}_id" if before else "id"
            while name in taken:
                name += "_2"
            taken.add(name)
            yield f"{{{name}}}"
        else:
            before = plain or before
            yield step
