"""Who may call T1: cookie sessions, and bearer tokens of the OAuth server."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from http.cookies import CookieError, SimpleCookie

from tests.providers.loopback import Answer, Call
from tests.providers.mediamath_t1_errors import Refusal, not_logged_in, refused

USER = "nobody@example.com"
PASSWORD = "fictional & p+ssword"
API_KEY = "fictional-api-key"
CLIENT_ID = "fictional-client-id"
CLIENT_SECRET = "fictional-client-secret"
REALMS = ("MediaMathActiveDirectory", "T1DB-Production", "T1DB-QA10")
AUDIENCE = "https://api.mediamath.com/"
PASSWORD_REALM = "http://auth0.com/oauth/grant-type/password-realm"

_JSON = {"Content-Type": "application/json"}
_WANTS_JSON = "application/vnd.mediamath.v1+json"
_FORM = "application/x-www-form-urlencoded"


class Sessions:
    """The sessions and tokens given out; each serves `calls` reporting calls."""

    def __init__(self, *, today: date, calls: int | None, both: bool) -> None:
        self._today, self._calls, self._both = today, calls, both
        self._given: dict[str, int] = {}
        self._alive: dict[str, int] = {}

    def forget(self) -> None:
        """Expire every session and token."""
        self._alive.clear()

    def check(self, call: Call) -> None:
        """Refuse a reporting call that is not logged in."""
        shown = [self._shown(kind, call) for kind in ("cookie", "bearer")]
        if not (all(shown) if self._both else any(shown)):
            raise not_logged_in()
        for secret in filter(None, shown):
            if self._calls is not None:
                self._alive[secret] -= 1
                if not self._alive[secret]:
                    del self._alive[secret]

    def login(self, call: Call) -> Answer:
        """POST /api/v2.0/login."""
        if call.headers.get("content-type", "").split(";")[0] != _FORM:
            return _answer(call, Refusal(415, "invalid", "The login takes a form"))
        form = call.form()
        if not form.get("user") or not form.get("password"):
            return _answer(call, Refusal(400, "invalid", "Login Incorrect"))
        if (form["user"], form["password"]) != (USER, PASSWORD):
            return _answer(call, Refusal(401, "auth_error", "Authentication error"))
        return self._session(call, self._mint("cookie"))

    def session(self, call: Call) -> Answer:
        """GET /api/v2.0/session: tell the session; a bearer alone is given one."""
        cookie = self._shown("cookie", call)
        if cookie or self._shown("bearer", call):
            return self._session(call, cookie or self._mint("cookie"))
        return _answer(call, not_logged_in())

    def token(self, call: Call) -> Answer:
        """POST /oauth/token."""
        asked = _asked(call)
        if asked is None:
            return _denied(400, "invalid_request", "the body is neither a form nor a JSON object of texts")
        grant = asked.get("grant_type", "")
        if grant not in (PASSWORD_REALM, "password", "client_credentials"):
            return _denied(403, "unsupported_grant_type", f"Unsupported grant type: {grant}")
        if (asked.get("client_id"), asked.get("client_secret")) != (CLIENT_ID, CLIENT_SECRET):
            return _denied(401, "access_denied", "Unauthorized")
        if asked.get("audience", AUDIENCE) != AUDIENCE:
            return _denied(403, "access_denied", "Service not found")
        if grant == PASSWORD_REALM and asked.get("realm") not in REALMS:
            return _denied(400, "invalid_request", "unknown realm")
        if grant != "client_credentials" and (asked.get("username"), asked.get("password")) != (
            USER,
            PASSWORD,
        ):
            return _denied(403, "invalid_grant", "Wrong email or password.")
        told = {"access_token": self._mint("bearer"), "expires_in": 86400, "token_type": "Bearer"}
        if "openid" in asked.get("scope", "").split():
            told |= {"id_token": self._mint("bearer"), "scope": "openid"}
        return Answer(headers=_JSON | {"Cache-Control": "no-store"}, body=json.dumps(told).encode())

    def _mint(self, kind: str) -> str:
        number = self._given[kind] = self._given.get(kind, 0) + 1
        secret = f"{kind}-" * (kind == "bearer") + hashlib.sha1(f"{kind} {number}".encode()).hexdigest()
        self._alive[secret] = self._calls if self._calls is not None else 1
        return secret

    def _shown(self, kind: str, call: Call) -> str | None:
        """Find the valid secret of a kind that a call carries."""
        if kind == "cookie":
            try:
                morsel = SimpleCookie(call.headers.get("cookie", "")).get("adama_session")
            except CookieError:
                return None
            secret = morsel.value if morsel else ""
            return secret if secret in self._alive and not secret.startswith("bearer-") else None
        scheme, _, secret = call.headers.get("authorization", "").partition(" ")
        return secret if scheme == "Bearer" and secret in self._alive and secret.startswith("bearer-") else None

    def _session(self, call: Call, secret: str) -> Answer:
        now = datetime.combine(self._today, time(12))
        times = {"current_time": now.isoformat(), "expires": (now + timedelta(days=1)).isoformat()}
        cookie = {"Set-Cookie": f"adama_session={secret}; Path=/; HttpOnly"}
        if _wants_json(call):
            user = {"session": {"sessionid": secret, **times}, "entity_type": "user", "name": USER, "id": 1}
            told = json.dumps({"data": user, "meta": {"status": "ok"}}).encode()
            return Answer(headers=_JSON | cookie, body=told)
        body = (
            f'<?xml version=\'1.0\' ?>\n<result>\n  <entity name="{USER}" id="1" type="user" />\n'
            f'  <session current_time="{times["current_time"]}" expires="{times["expires"]}"'
            f' sessionid="{secret}" />\n  <status code="ok" />\n</result>\n'
        )
        return Answer(headers={"Content-Type": "text/xml; charset=UTF-8"} | cookie, body=body.encode())


def _wants_json(call: Call) -> bool:
    return _WANTS_JSON in call.headers.get("accept", "")


def _answer(call: Call, refusal: Refusal) -> Answer:
    """Answer an error of the management API, which also speaks JSON."""
    if not _wants_json(call):
        return refused(refusal)
    told: dict[str, object] = {"meta": {"status": refusal.code}}
    if refusal.code != "auth_required":  # the one error without a list of errors
        told["errors"] = [{"message": refusal.text}]
    return Answer(status=refusal.status, headers=_JSON, body=json.dumps(told).encode())


def _asked(call: Call) -> Mapping[str, str] | None:
    kind = call.headers.get("content-type", "").split(";")[0]
    readers: dict[str, Callable[[], object]] = {
        _FORM: call.form,
        "application/json": lambda: json.loads(call.body),
    }
    try:
        asked = readers[kind]()
    except (KeyError, ValueError):
        return None
    return asked if isinstance(asked, dict) and all(isinstance(value, str) for value in asked.values()) else None


def _denied(status: int, error: str, words: str) -> Answer:
    told = {"error": error, "error_description": words}
    return Answer(status=status, headers=_JSON, body=json.dumps(told).encode())
