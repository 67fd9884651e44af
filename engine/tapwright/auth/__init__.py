"""Ways to be authorised.  To add one: a file here, its import and line below, an example spec."""

from __future__ import annotations

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
