"""From the security schemes of a description to the auth of a spec, and the config that it needs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from tapwright.authoring.names import sentence, snake
from tapwright.authoring.openapi.document import Node
from tapwright.authoring.openapi.operations import Operation, security_of
from tapwright.authoring.source import joined

GRANTS = {
    "clientCredentials": "client_credentials",
    "application": "client_credentials",
    "authorizationCode": "refresh_token",
    "accessCode": "refresh_token",
    "password": "password",
}
"""The flows that a token can be had by, the one that needs the least first, and what is granted."""
MOST_SCOPES = 8


@dataclass(frozen=True, kw_only=True)
class Access:
    """How requests are authorised."""

    auth: tuple[dict[str, Any], ...] = ()
    config: dict[str, dict[str, Any]] = field(default_factory=dict)
    comment: str = ""
    doubts: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class _Scheme:
    name: str
    auth: dict[str, Any] = field(default_factory=dict)
    config: dict[str, dict[str, Any]] = field(default_factory=dict)
    rank: int = 9
    """How much its user has to do for it; 9 for what cannot be done."""
    told: str = ""
    doubt: str = ""


def access_of(root: Node, operations: Iterable[Operation], address: str) -> Access:
    """Choose the schemes that most operations ask for."""
    known = dict((root.get("components", "securitySchemes") or root.get("securityDefinitions")).items())
    asked = _asked(root, operations)
    usual: list[dict[str, list[str]]] = asked[0] if asked else [{key: [] for key in list(known)[:1]}]
    made = [
        [_scheme(name, known.get(name), scopes, address) for name, scopes in each.items()] for each in usual if each
    ]
    if not made:
        return Access()
    made.sort(key=lambda schemes: max(scheme.rank for scheme in schemes))
    best, *others = made
    doubts = [scheme.doubt for scheme in best if scheme.doubt]
    doubts += [] if asked else ["the description defines how to log in, but not for which requests; taken for all"]
    told = [f"{scheme.told}." for scheme in best if scheme.told]
    if other := [" and ".join(scheme.name for scheme in schemes) for schemes in others]:
        told.append(f"The provider also takes: {', '.join(other[:6])}.")
    return Access(
        auth=tuple(scheme.auth for scheme in best if scheme.auth),
        config={name: words for scheme in best for name, words in scheme.config.items()},
        comment="\n".join(told),
        doubts=tuple(doubts),
    )


def _asked(root: Node, operations: Iterable[Operation]) -> list[list[dict[str, list[str]]]]:
    """What the operations ask for, the most frequent first; the scopes of all of them together."""
    common = security_of(root)
    each = [common if operation.security is None else operation.security for operation in operations]
    scopes: dict[str, dict[str, None]] = {}
    for alternatives in each:
        for needed in alternatives or ():
            for name, wanted in needed.items():
                scopes.setdefault(name, {}).update(dict.fromkeys(wanted))
    kinds = Counter(tuple(tuple(needed) for needed in alternatives if needed) for alternatives in each if alternatives)
    ranked = [kind for kind, _ in kinds.most_common() if kind]
    return [[{name: list(scopes.get(name, ())) for name in names} for names in kind] for kind in ranked]


def _scheme(name: str, node: Node | None, scopes: list[str], address: str) -> _Scheme:
    if node is None or not node:
        return _Scheme(name=name, doubt=f"the scheme {name} is named but not described")
    kind, style = node.text("type").lower(), node.text("scheme").lower()
    said = sentence(node.text("description"))
    match kind, style:
        case "apikey", _:
            return _api_key(name, node, said)
        case ("http", "basic") | ("basic", _):
            return _basic(name, said)
        case "http", "bearer":
            return _bearer(name, said)
        case "oauth2", _:
            return _oauth2(name, node, scopes, address, said)
        case "openidconnect", _:
            token = _bearer(name, said)
            return _Scheme(
                name=name,
                auth=token.auth,
                config=token.config,
                rank=6,
                told=f"OpenID Connect, see {node.text('openIdConnectUrl')}; give a token that you have",
                doubt="a token of OpenID Connect has to be had elsewhere; look for an oauth2 token endpoint",
            )
    return _Scheme(
        name=name, doubt=f"the scheme {name} ({kind or 'no type'} {style}) has no kind of auth here".rstrip()
    )


def _api_key(name: str, node: Node, said: str) -> _Scheme:
    carrier, place = node.text("name") or name, node.text("in") or "header"
    words: dict[str, Any] = {"key": "{{ config.api_key }}", "name": carrier}
    ours = "api_key" if carrier.lower() == "authorization" else snake(carrier.removeprefix("X-"))
    words["key"] = f"{{{{ config.{ours} }}}}"
    if place != "header":
        words["place"] = place
    told = ""
    if carrier.lower() == "authorization":
        told = "The key is sent as it is: if a word such as Bearer or Token belongs before it, use `bearer` instead"
    rank = {"header": 1, "query": 3}.get(place, 5)
    return _Scheme(name=name, auth={"api_key": words}, config={ours: _secret("API key", said)}, rank=rank, told=told)


def _basic(name: str, said: str) -> _Scheme:
    auth = {"basic": {"user": "{{ config.user }}", "password": "{{ config.password }}"}}
    user = {"type": "string", "title": "User"} | ({"description": said} if said else {})
    return _Scheme(name=name, auth=auth, config={"user": user, "password": _secret("Password", "")}, rank=2)


def _bearer(name: str, said: str) -> _Scheme:
    auth = {"bearer": {"token": "{{ config.token }}"}}
    return _Scheme(name=name, auth=auth, config={"token": _secret("Token", said)}, rank=1)


def _oauth2(name: str, node: Node, scopes: list[str], address: str, said: str) -> _Scheme:
    flows = dict(node.get("flows").items()) or {node.text("flow"): node}
    flow = next((flow for flow in GRANTS if flow in flows and flows[flow].text("tokenUrl")), None)
    if flow is None:
        token = _bearer(name, said)
        told = "OAuth 2 without a token endpoint: give a token that you have"
        return _Scheme(name=name, auth=token.auth, config=token.config, rank=5, told=told)
    grant, url = GRANTS[flow], joined(f"{address}/" if address else "", flows[flow].text("tokenUrl"))
    needed = list(_needed(grant))
    words: dict[str, Any] = {"url": "{{ config.token_url }}", "grant": grant}
    words |= {key: f"{{{{ config.{key} }}}}" for key in needed}
    if scopes and len(scopes) <= MOST_SCOPES:
        words["scope"] = " ".join(scopes)
    config: dict[str, dict[str, Any]] = {key: _field(key, said if key == "client_id" else "") for key in needed}
    config["token_url"] = {"type": "string", "format": "uri", "title": "Token endpoint"}
    if "://" in url and "{" not in url:
        config["token_url"]["default"] = url
    told = "If the token endpoint refuses the client, say `client_in: body`"
    return _Scheme(
        name=name, auth={"oauth2": words}, config=config, rank=4 + (grant != "client_credentials"), told=told
    )


def _needed(grant: str) -> Iterator[str]:
    yield from ("client_id", "client_secret")
    yield from {"password": ("user", "password"), "refresh_token": ("refresh_token",)}.get(grant, ())


def _field(key: str, said: str) -> dict[str, Any]:
    title = key.replace("_", " ").capitalize()
    if key in ("client_id", "user"):
        return {"type": "string", "title": title} | ({"description": said} if said else {})
    return _secret(title, "")


def _secret(title: str, said: str) -> dict[str, Any]:
    return {"type": "string", "title": title, "writeOnly": True} | ({"description": said} if said else {})
