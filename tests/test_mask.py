"""Hiding secrets, however they were written."""

from __future__ import annotations

import base64
import binascii
import html
import json
import threading
from collections.abc import Callable
from urllib.parse import quote, quote_plus, urlencode
from xml.sax.saxutils import escape, quoteattr

import pytest

from tapwright.mask import Mask
from tapwright.option import Option, secrets_of

SECRETS = [
    "p/ä+s&s=w\"o'rd\\%<x>~ ~!",
    "plainsecret123",
    "tab\tand\nline",
    "100%25 sure",
    "日本語🔑key",
    "a b+c/d==",
]


def basic(secret: str, user: str = "") -> str:
    return base64.b64encode(f"{user}:{secret}".encode()).decode()


def every(pattern: str, secret: str) -> str:
    return "".join(pattern.format(byte) for byte in secret.encode())


def utf16(secret: str) -> list[bytes]:
    data = secret.encode("utf-16-be")
    return [data[place : place + 2] for place in range(0, len(data), 2)]


WAYS: dict[str, Callable[[str], str]] = {
    "plain": str,
    "percent": lambda secret: quote(secret, safe=""),
    "percent, slash kept": quote,
    "percent, lower case": lambda secret: every("%{:02x}", secret),
    "percent, all": lambda secret: every("%{:02X}", secret),
    "plus": quote_plus,
    "form": lambda secret: urlencode({"a": secret})[2:],
    "twice": lambda secret: quote(quote(secret, safe=""), safe=""),
    "three times": lambda secret: quote(quote(quote_plus(secret), safe=""), safe=""),
    "json": lambda secret: json.dumps(secret)[1:-1],
    "json, not ascii": lambda secret: json.dumps(secret, ensure_ascii=False)[1:-1],
    "json, slashes": lambda secret: json.dumps(secret)[1:-1].replace("/", "\\/"),
    "json in json": lambda secret: json.dumps(json.dumps(secret))[3:-3],
    "json, all": lambda secret: "".join(f"\\u{unit.hex().upper()}" for unit in utf16(secret)),
    "json for html": lambda secret: json.dumps(secret)[1:-1].replace("&", "\\u0026").replace("<", "\\u003C"),
    "xml": lambda secret: escape(secret, {'"': "&quot;", "'": "&apos;"}),
    "xml attribute": lambda secret: quoteattr(secret)[1:-1],
    "html": html.escape,
    "html twice": lambda secret: html.escape(html.escape(secret)),
    "entities": lambda secret: "".join(f"&#x{ord(char):X};" if not char.isalnum() else char for char in secret),
    "hex": lambda secret: secret.encode().hex(),
    "hex, upper case": lambda secret: secret.encode().hex().upper(),
    "base64": lambda secret: base64.b64encode(secret.encode()).decode(),
    "base64 in a query": lambda secret: quote(base64.b64encode(secret.encode()).decode(), safe=""),
    "base64 in lines": lambda secret: binascii.b2a_base64(secret.encode()).decode(),
    "repr": lambda secret: repr(secret)[1:-1],
    "taken for latin-1": lambda secret: secret.encode().decode("latin-1"),
}


@pytest.mark.parametrize("secret", SECRETS)
@pytest.mark.parametrize("way", WAYS)
def test_a_secret_is_hidden(way: str, secret: str) -> None:
    mask = Mask()
    mask.add("another", secret)
    written = WAYS[way](secret)
    assert mask.hide(f"key=[{written}]&x").startswith("key=[***")
    assert written not in mask.hide(f"key=[{written}]&x")
    if "base64" not in way:
        assert mask.hide(f"key=[{written}]&x") == "key=[***]&x"


@pytest.mark.parametrize("user", ["", "u", "me", "joe", "someone@example.com"])
@pytest.mark.parametrize("encode", [base64.b64encode, base64.urlsafe_b64encode])
def test_basic_credentials_are_hidden(user: str, encode: Callable[[bytes], bytes]) -> None:
    mask = Mask()
    mask.add("p?>s~word~?>long")
    written = encode(f"{user}:p?>s~word~?>long".encode()).decode()
    hidden = mask.hide(f"Basic {written};")
    assert "***" in hidden
    left = "".join(hidden.removeprefix("Basic ").split("***"))
    assert len(left) < len(encode(user.encode())) + 8


@pytest.mark.parametrize("before", ["", "u", "me", "joe:"])
@pytest.mark.parametrize("after", ["", ":", "at"])
@pytest.mark.parametrize("length", [12, 13, 14])
def test_no_bit_of_a_secret_in_base64_is_left(before: str, after: str, length: int) -> None:
    left = []
    for secret in (f"a{'long-secret!!'[: length - 2]}z", f"~{'long-secret!!'[: length - 2]}0"):
        mask = Mask()
        mask.add(secret)
        left.append(mask.hide(base64.b64encode(f"{before}{secret}{after}".encode()).decode()))
    assert left[0] == left[1]


def test_the_longest_secret_wins() -> None:
    mask = Mask()
    mask.add("token", "token-and-more")
    assert mask.hide("a token-and-more, a token") == "a ***, a ***"


def test_a_short_secret_is_hidden_as_a_word_only() -> None:
    mask = Mask()
    mask.add("no", "")
    assert mask.hide("no, none know; {no}") == "***, none know; {***}"


def test_a_secret_with_blanks_around_it_is_hidden_without_them() -> None:
    mask = Mask()
    mask.add("  token-one\n")
    assert mask.hide("[token-one]") == "[***]"


def test_a_private_key_is_hidden_line_by_line() -> None:
    mask = Mask()
    mask.add("-----BEGIN KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASC\nshort\n-----END KEY-----\n")
    assert mask.hide("found MIIEvQIBADANBgkqhkiG9w0BAQEFAASC and short") == "found *** and short"


def test_without_secrets_a_text_stays_as_it_is() -> None:
    mask = Mask()
    assert mask.hide("anything") == "anything"
    mask.add("secret")
    assert mask.hide("") == ""


@pytest.mark.parametrize("secret", ["p/ä+s&s=w\"o'rd\\%<x>~ ~!", "plainsecret123", "日本語🔑keykey"])
@pytest.mark.parametrize("way", [way for way in WAYS if "base64" not in way])
@pytest.mark.parametrize("ending", ["…", "…'", "...", "", "\nand more", "…, and more"])
def test_a_secret_that_a_message_was_cut_in_is_hidden(secret: str, way: str, ending: str) -> None:
    mask = Mask()
    mask.add(secret)
    written = WAYS[way](secret)
    for length in range(len(WAYS[way](secret[:6])), len(written)):
        hidden = mask.hide(f"found {written[:length]}{ending}")
        assert hidden.startswith("found ***") and hidden.endswith(ending)
        assert len(hidden) <= len("found ***") + 11 + len(ending)


def test_what_only_begins_like_a_secret_stays() -> None:
    mask = Mask()
    mask.add("https://hooks.example/T123/secret")
    assert (
        mask.hide("see https://hooks.example/docs/of/all for more") == "see https://hooks.example/docs/of/all for more"
    )
    assert mask.replace("ends with https://hooks.exa", "***") == "ends with https://hooks.exa"


def test_blanks_in_a_secret_may_come_as_others() -> None:
    mask = Mask()
    mask.add("one  two\tthree")
    assert mask.hide("[one two three] [one%20%20two%09three] [one\n two\nthree]") == "[***] [***] [***]"


def test_threads_may_add_and_hide_at_once() -> None:
    mask = Mask()
    threads = [threading.Thread(target=mask.add, args=(f"secret-{number:03}",)) for number in range(40)]
    for thread in threads:
        thread.start()
        mask.hide("secret-001" * 10)
    for thread in threads:
        thread.join()
    assert mask.hide(" ".join(f"secret-{number:03}" for number in range(40))) == " ".join(["***"] * 40)


def test_a_long_token_is_no_burden() -> None:
    token = base64.urlsafe_b64encode(bytes(range(256)) * 12).decode()
    mask = Mask()
    mask.add(token, *(f"{number}-{token[number:80]}" for number in range(20)))
    text = f"{'nothing here, ' * 70_000}{token}"
    assert mask.hide(text).endswith("here, ***")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain é 日本 \u00a0", "plain é 日本 \u00a0"),
        ("\x1b[31mred\x1b[0m", "\\x1b[31mred\\x1b[0m"),
        ("one\r\nERROR two\t", "one\\r\\nERROR two\\t"),
        ("bell\a nul\0 del\x7f c1\x9b", "bell\\x07 nul\\x00 del\\x7f c1\\x9b"),
        ("bidi \u202eevil\u2066\u200f", "bidi \\u202eevil\\u2066\\u200f"),
        ("line\u2028para\u2029", "line\\u2028para\\u2029"),
        ("lone \ud800", "lone \\ud800"),
        ("C:\\path", "C:\\path"),
    ],
)
def test_what_a_terminal_would_obey_is_escaped(text: str, shown: str) -> None:
    assert Mask.clean(text) == shown


def test_secrets_are_found_in_values_of_any_shape() -> None:
    keys = {"keys": Option(type="array", writeOnly=True), "login": Option(type="object", writeOnly=True)}
    given = {"keys": ["first-key", 4711], "login": {"user": "", "word": "pass-word"}, "region": "eu"}
    assert secrets_of({**keys, "region": Option(type="string")}, given) == ["first-key", "4711", "pass-word"]
