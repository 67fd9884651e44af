"""A strict Test&Target API on 127.0.0.1, written from the documents: a wrong request fails as in life."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Literal

from tests.providers import adobe_target_answers as answers
from tests.providers import adobe_target_data as data
from tests.providers.adobe_target_answers import Question
from tests.providers.adobe_target_data import Campaign
from tests.providers.loopback import Answer, Call, Provider

CREDENTIALS = {"client": "acme", "email": "zoe+tnt@acme.example", "password": "p&ss wörd+1"}
PATHS = ("/api", "/admin/api")
KEPT = timedelta(weeks=4)
"""How long audit data is stored."""

ACCEPTED = {
    "report": "campaignId start end environment resolution segment type includeDeletedReportRows"
    " filterExtremeOrders version",
    "campaignList": "environment name state labels before after userLocale version",
    "getHostGroups": "version",
    "auditReport": "campaignId start end step environment format version",
    "viewCampaign": "id thirdPartyId version",
}
"""Each operation's parameters, besides the credentials and `operation`."""


class Refusal(Exception):
    """A request the API answers with an error element."""

    def __init__(self, message: str, code: int = 400) -> None:
        super().__init__(message)
        self.code = code


class AdobeTarget(Provider):
    """Test&Target at `/api` and `/admin/api`; every parameter goes in the query, by GET or POST.

    Version 2 has no sample in any document, so both its shapes are HYPOTHETICAL. `v2_reading` says which:
    `table` is the tag table's (`count` holds the count, `amount` the step's revenue), `prose` is the
    introduction's (`amount` "displays the count", and there is no revenue).

    Undocumented, so chosen here: `end` is excluded and a bare date is its midnight; week and month samples
    carry the calendar start but sum only the hours asked for; error codes other than 401; `event` elements
    come only with `before` or `after`; `today` hides its own and later days.
    """

    def __init__(
        self,
        *,
        credentials: Mapping[str, str] = CREDENTIALS,
        error_status: int = 200,
        v2_reading: Literal["table", "prose"] = "table",
        malformed: Literal["tag", "blank"] | None = None,
        recipe_ids: bool = False,
        today: date = date(2026, 3, 15),
    ) -> None:
        """Set the knobs; `malformed` sends the seed's `</steps>`, or its missing blank between attributes."""
        super().__init__()
        self.credentials = dict(credentials)
        self.error_status = error_status
        self.v2_reading = v2_reading
        self.malformed = malformed
        self.recipe_ids = recipe_ids
        self.today = today

    def answer(self, call: Call) -> Answer:
        if call.path not in PATHS:
            return Answer(status=404, headers={"Content-Type": "text/html"}, body=b"<h1>Not Found</h1>")
        if call.method not in ("GET", "POST"):
            return Answer(status=405, headers={"Allow": "GET, POST"})
        try:
            kind, body = self._operate(call)
        except Refusal as refusal:
            headers = {"Content-Type": "text/xml;charset=UTF-8"}
            body = answers.error(str(refusal), refusal.code)
            return Answer(status=self.error_status, headers=headers, body=body)
        return Answer(headers={"Content-Type": f"{kind};charset=UTF-8"}, body=body)

    def _operate(self, call: Call) -> tuple[str, bytes]:
        given = dict(call.query)
        if any(given.get(name) != value for name, value in self.credentials.items()):
            raise Refusal(f"Invalid email or password supplied. Email: {given.get('email', '')}", 401)
        operation = given.get("operation", "")
        if operation not in ACCEPTED:
            raise Refusal(f"Unknown operation: {operation}")
        known = {*self.credentials, "operation", *ACCEPTED[operation].split()}
        if strange := [name for name in given if name not in known]:
            raise Refusal(f"Unknown parameter: {strange[0]}")
        if len(given) != len(call.query):
            raise Refusal("A parameter is given twice")
        if operation == "viewCampaign":
            return "text/xml", _view(given)
        _one_of(given, "version", ("1", "2"), "1")
        if operation == "auditReport":
            return "text/csv", self._audit(given)
        if operation == "report":
            return "text/xml", self._report(given)
        return "text/xml", self._campaigns(given) if operation == "campaignList" else answers.host_groups()

    def _report(self, given: Mapping[str, str]) -> bytes:
        campaign, (start, end) = _campaign(given), _window(given)
        kind = _one_of(given, "type", tuple(data.TYPES), "")
        segment = _one_of(given, "segment", (*data.SEGMENTS, "allSegments"), "")
        segments: list[int | None] = [data.SEGMENTS.index(segment)] if segment in data.SEGMENTS else [None]
        if segment == "allSegments":
            segments = [*range(len(data.SEGMENTS)), None]
        asked = Question(
            campaign=campaign,
            start=start,
            end=end,
            today=_midnight(self.today),
            environment=_one_of(given, "environment", tuple(data.HOST_GROUPS), "Production"),
            resolution=_one_of(given, "resolution", ("hour", "day", "week", "month"), "day"),
            segments=segments,
            types=[kind] if kind else list(data.TYPES),
            deleted=_one_of(given, "includeDeletedReportRows", ("true", "false"), "false") == "true",
            extreme=_one_of(given, "filterExtremeOrders", ("true", "false"), "false") == "false",
            shape=self.v2_reading if given.get("version") == "2" else "v1",
            recipe_ids=self.recipe_ids,
        )
        return self._spoil(answers.reports(asked))

    def _spoil(self, body: bytes) -> bytes:
        if self.malformed == "tag":
            return re.sub(rb'(<step name="Visits">.*?)</step>', rb"\1</steps>", body, flags=re.DOTALL)
        return body.replace(b'" sumOfSquares', b'"sumOfSquares') if self.malformed == "blank" else body

    def _campaigns(self, given: Mapping[str, str]) -> bytes:
        environment = _one_of(given, "environment", tuple(data.HOST_GROUPS), "Production")
        states = given.get("state", "saved,activated,library").split(",")
        if unknown := set(states) - {"saved", "activated", "library"}:
            raise Refusal(f"Invalid state: {min(unknown)}")
        after = _time(given, "after") if "after" in given else datetime.min
        before = _time(given, "before") if "before" in given else datetime.max
        labels = set(given["labels"].split(",")) if "labels" in given else None
        found = [
            campaign
            for campaign in data.CAMPAIGNS.values()
            if environment in campaign.environments and campaign.state in states
            if given.get("name", "") in campaign.name and after <= campaign.modified < before
            if labels is None or labels & set(campaign.labels)
        ]
        events = "after" in given or "before" in given
        return answers.campaigns(found, events=events, locale=given.get("userLocale", "en_US"))

    def _audit(self, given: Mapping[str, str]) -> bytes:
        campaign, (start, end) = _campaign(given), _window(given)
        _one_of(given, "format", ("csv",), "csv")
        today = _midnight(self.today)
        return answers.audit(
            campaign,
            _one_of(given, "environment", tuple(data.HOST_GROUPS), "Production"),
            max(start, today - KEPT),
            min(end, today),
            _one_of(given, "step", campaign.steps, campaign.last_step),
            today,
        )


def _view(given: Mapping[str, str]) -> bytes:
    _one_of(given, "version", ("1", "2", "3", "6"), "1")
    campaign = data.CAMPAIGNS.get(given.get("id", ""))
    if campaign is None:
        raise Refusal("Invalid request")
    return answers.campaign(campaign)


def _one_of(given: Mapping[str, str], name: str, allowed: tuple[str, ...], default: str) -> str:
    value = given.get(name, default)
    if name in given and value not in allowed:
        raise Refusal(f"Invalid {name}: {value}")
    return value


def _campaign(given: Mapping[str, str]) -> Campaign:
    if "campaignId" not in given:
        raise Refusal("Missing parameter: campaignId")
    campaign = data.CAMPAIGNS.get(given["campaignId"])
    if campaign is None:
        raise Refusal(f"Campaign not found: {given['campaignId']}", 404)
    return campaign


def _window(given: Mapping[str, str]) -> tuple[datetime, datetime]:
    start, end = _time(given, "start"), _time(given, "end")
    if start > end:
        raise Refusal("start is after end")
    return start, end


def _time(given: Mapping[str, str], name: str) -> datetime:
    if name not in given:
        raise Refusal(f"Missing parameter: {name}")
    if re.fullmatch(r"\d{4}-\d\d-\d\d(T\d\d:\d\d)?", given[name], flags=re.ASCII):
        try:
            return datetime.fromisoformat(given[name])
        except ValueError:
            pass
    raise Refusal(f"Invalid {name}: {given[name]}")


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day)
