"""Read what a spec is made from: a JSON or YAML file, or one at an address."""

from __future__ import annotations

import json
import re
import sys
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urljoin, urlsplit

from tapwright.errors import HostError, RunError, TargetError

MOST_BYTES = 256 * 1024**2
_DEFAULT_PORTS = {"http": 80, "https": 443}
MOST_DOCUMENTS = 2_000
"""How many files a description may be spread over."""


def is_url(given: str) -> bool:
    """Tell an address from the name of a file."""
    return given.lower().startswith(("http://", "https://"))


def origin_of(url: str) -> str:
    """The scheme, host and port of an address; raises TargetError for what is none."""
    try:
        parts = urlsplit(url)
        port = f":{parts.port}" if parts.port not in (None, _DEFAULT_PORTS.get(parts.scheme)) else ""
    except ValueError:
        parts, port = urlsplit(""), ""
    if parts.scheme not in _DEFAULT_PORTS or not parts.hostname:
        raise TargetError(f"'{url[:60]}' is no address", "Begin it with https://.")
    return f"{parts.scheme}://{parts.hostname}{port}"


def parsed(home: str) -> Any:
    """Read and parse a file, an address, or with `-` the standard input; raises TargetError."""
    text = fetched(home) if is_url(home) else sys.stdin.buffer.read() if home == "-" else _file(Path(home))
    return _parsed(text, home.split("?")[0])


def joined(base: str, url: str) -> str:
    """Begin a relative address at another; what is no address stays as it is."""
    try:
        return urljoin(base, url)
    except ValueError:
        return url


def beside(home: str, target: str) -> str | None:
    """Where a reference leads: a file by the file that names it, an address of the same host; None elsewhere."""
    try:
        if is_url(home):
            place = urljoin(home, target)
            return place if urlsplit(place)[:2] == urlsplit(home)[:2] else None
        if "://" in target or target.startswith(("/", "file:")):
            return None
        return str((Path(home).parent / unquote(target)).resolve())
    except ValueError:  # no address, no name of a file
        return None


def fetched(url: str) -> bytes:
    """Get what an address holds; raises TargetError."""
    from tapwright.clock import Clock
    from tapwright.hosts import Hosts, origin
    from tapwright.mask import Mask
    from tapwright.request import Request
    from tapwright.send import Sender
    from tapwright.transport import Limits, Transport
    from tapwright.wallet import Wallet

    place, hint = re.sub(r"//[^/]*@", "//", url.split("?")[0]), "Download it, and give the file."
    transport = Transport(Limits(most_bytes=MOST_BYTES, answer_seconds=120.0))
    try:
        sender = Sender(transport, Hosts([str(origin(url))]), Clock(), Wallet(), Mask())
        response = sender.send(Request(url=url, headers={"Accept": "application/json, application/yaml, */*"}))
    except HostError as error:
        raise TargetError(f"{place} cannot be read: {error.message}", hint) from None
    except RunError as error:
        raise TargetError(error.message, f"Check the address.  {hint}") from None
    finally:
        transport.close()
    if response.status != 200:
        raise TargetError(f"{place} answers {response.status}", f"Check the address.  {hint}")
    return response.body.content


def _file(path: Path) -> bytes:
    try:
        if path.stat().st_size > MOST_BYTES:
            raise TargetError(f"'{path}' is larger than {MOST_BYTES >> 20} MiB")
        return path.read_bytes()
    except OSError as error:
        raise TargetError(
            f"'{path}' cannot be read: {error.strerror}", "Give a file or an address that is there."
        ) from None


def _parsed(content: bytes, name: str) -> Any:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise TargetError(f"'{name}' is not text in UTF-8") from None
    begins = text.lstrip()[:1]
    if begins == "<":
        raise TargetError(
            f"'{name}' is a web page or XML, no JSON and no YAML", "Look for the link to the file itself."
        )
    try:
        return json.loads(text) if begins in ("{", "[") else _yaml(text, name)
    except json.JSONDecodeError as error:
        raise TargetError(f"'{name}' is broken at line {error.lineno}, column {error.colno}: {error.msg}") from None
    except RecursionError:
        raise TargetError(f"'{name}' nests too deep") from None
    except ValueError as error:  # a number of thousands of digits
        raise TargetError(f"'{name}' cannot be read: {error}") from None


def _yaml(text: str, name: str) -> Any:
    import yaml

    try:
        return yaml.load(text, _loader())  # a safe loader
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f" at line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        raise TargetError(f"'{name}' is broken{place}: {getattr(error, 'problem', None) or 'not YAML'}") from None


@cache
def _loader() -> Any:
    """A loader that reads YAML as JSON would have it: keys and dates are text, `no` is a word."""
    import yaml

    class Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
        yaml_implicit_resolvers: dict[str, Any] = {}

        def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
            for key, _ in node.value:
                if isinstance(key, yaml.ScalarNode) and key.tag != "tag:yaml.org,2002:merge":
                    key.tag = "tag:yaml.org,2002:str"
            mapping: dict[Any, Any] = super().construct_mapping(node, deep)
            return mapping

    known = {"null": r"~|null|Null|NULL|", "bool": r"true|True|TRUE|false|False|FALSE"}
    known |= {"int": r"[-+]?(0|[1-9][0-9]*)", "float": r"[-+]?([0-9]*\.[0-9]+|[0-9]+)([eE][-+]?[0-9]+)?", "merge": "<<"}
    for tag, pattern in known.items():
        Loader.add_implicit_resolver(f"tag:yaml.org,2002:{tag}", re.compile(f"(?:{pattern})$"), None)
    return Loader
