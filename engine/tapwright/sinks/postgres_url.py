"""The address of a Postgres database: read without psycopg, shown without what is secret."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Self
from urllib.parse import parse_qsl, unquote, urlencode

from tapwright.errors import SinkError

HOST = r"(?:\[[0-9A-Fa-f:.%]+\]|[\w.%-]*)(?::\d*)?"
URL = re.compile(
    r"postgres(?:ql)?://"
    r"(?:(?P<user>[^:@/?#]*)(?::(?P<password>[^@/?#]*))?@)?"
    rf"(?P<hosts>{HOST}(?:,{HOST})*)"
    r"(?:/(?P<database>[^@/?#]*))?"
    r"(?:\?(?P<query>[^#]*))?"
)
SECRET = ("password", "sslpassword")
LONGEST = 63
"""Bytes that a name may have; Postgres cuts the rest off."""


@dataclass(frozen=True, kw_only=True)
class Address:
    """What a url says."""

    url: str = field(repr=False)
    """For libpq, which knows no `schema`."""
    schema: str
    place: str
    """Names the database, as a person would."""
    secrets: tuple[str, ...] = field(default=(), repr=False)

    @classmethod
    def of(cls, url: str, schema: str) -> Self:
        """Read a url; its own `schema` comes before the one given.  Nothing of the url is in an error."""
        found = URL.fullmatch(url)
        if not found:
            raise SinkError(
                "The url of Postgres is not written as one.",
                "Write postgresql://user:password@host:port/database; in the password, @ is %40, / is %2F, : is %3A.",
            )
        words = dict(parse_qsl(found["query"] or "", keep_blank_values=True))
        schema = words.pop("schema", schema)
        rest = urlencode(words, safe="/") if words else ""
        passwords = [found["password"] or "", *(words.get(name, "") for name in SECRET)]
        return cls(
            url=url.partition("?")[0] + (f"?{rest}" if rest else ""),
            schema=schema,
            place=_place(found["hosts"] or words.get("host", ""), found["database"] or words.get("dbname", ""), schema),
            secrets=tuple({form for text in passwords if text for form in (text, unquote(text))}),
        )


def _place(hosts: str, database: str, schema: str) -> str:
    place = f"postgresql://{hosts}/{unquote(database)}"
    return place if schema == "public" else f"{place}, schema {schema}"


def checked_name(sort: str, name: str) -> str:
    """Give back a name that Postgres can hold whole; raises SinkError for another."""
    if not name or "\0" in name:
        raise SinkError(f"Postgres has no {sort} called {name!r}.", "Rename it.")
    if len(name.encode(errors="surrogatepass")) > LONGEST:
        raise SinkError(f"Postgres names have at most {LONGEST} bytes: {sort} {name} has more.", "Rename it.")
    return name
