"""Ways to be authorised.  To add one: a file here, its import and line below, an example spec."""

from __future__ import annotations

from functools import cache

from tapwright.auth.api_key import ApiKey
from tapwright.auth.basic import Basic
from tapwright.auth.bearer import Bearer
from tapwright.auth.kind import Auth
from tapwright.auth.none import NoAuth
from tapwright.auth.oauth2 import OAuth2
from tapwright.auth.session import Session

AUTH: dict[str, type[Auth]] = {
    "api_key": ApiKey,
    "basic": Basic,
    "bearer": Bearer,
    "none": NoAuth,
    "oauth2": OAuth2,
    "session": Session,
}


@cache
def every_auth() -> dict[str, type[Auth]]:
    """List the kinds above, and those that installed packages add by entry points `tapwright.auth`."""
    from importlib.metadata import entry_points  # slow to import

    return {entry.name: entry.load() for entry in entry_points(group="tapwright.auth")} | AUTH
