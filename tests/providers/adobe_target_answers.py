"""Write the Test&Target answers: performance reports in XML, campaigns, host groups, audit CSV."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import groupby
from xml.etree import ElementTree as ET
from xml.etree.ElementTree import Element, SubElement

from tests.providers import adobe_target_data as data
from tests.providers.adobe_target_data import Campaign, Tally

MINUTES = "%Y-%m-%dT%H:%M"
AUDIT_COLUMNS = ["Campaign Id", "Recipe", "Order Date", "Order Time", "Order Id", "Amount"]
AUDIT_COLUMNS += ["Order Flag", "Product Ids"]


@dataclass(frozen=True, kw_only=True)
class Question:
    """A performance report, asked for correctly."""

    campaign: Campaign
    start: datetime
    end: datetime
    today: datetime
    environment: str
    resolution: str
    segments: Sequence[int | None]
    """Segment ids, one report each; None is the aggregate."""
    types: Sequence[str]
    deleted: bool
    extreme: bool
    shape: str
    """`v1`, `table` or `prose`."""
    recipe_ids: bool


def xml(root: Element) -> bytes:
    ET.indent(root, "   ")
    body: bytes = ET.tostring(root, encoding="utf-8")
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + body + b"\n"


def text(parent: Element, tag: str, content: str, **attributes: str) -> None:
    SubElement(parent, tag, attributes).text = content


def error(message: str, code: int) -> bytes:
    root = Element("error")
    text(root, "message", message)
    text(root, "code", str(code))
    return xml(root)


def reports(asked: Question) -> bytes:
    root = Element("reports")
    for kind in asked.types:
        for segment in asked.segments:
            _report(root, asked, kind, segment)
    return xml(root)


def _report(root: Element, asked: Question, kind: str, segment: int | None) -> None:
    report = SubElement(root, "report", campaignId=asked.campaign.id)
    report.attrib |= {"start": f"{asked.start:%Y-%m-%d}", "end": f"{asked.end:%Y-%m-%d}"}
    report.attrib |= {"resolution": asked.resolution, "type": kind}
    if segment is not None:
        report.attrib |= {"segments": data.SEGMENTS[segment], "segmentId": str(segment)}
    groups = data.EVERYONE if segment is None else (segment,)
    hours = data.hours_between(asked.start, min(asked.end, asked.today))
    for start, within in groupby(hours, lambda hour: _interval(hour, asked.resolution)):
        rows = list(_rows(asked, groups, list(within)))
        if not rows:
            continue
        sample = SubElement(report, "sample", start=start.strftime(MINUTES), duration=asked.resolution)
        total = data.NOTHING
        for recipe, row in rows:
            _recipe(sample, asked, kind, recipe, row)
            total += row
        _recipe(sample, asked, kind, None, total)


def _interval(hour: datetime, resolution: str) -> datetime:
    """Return the start of the interval that holds an hour; weeks begin on Monday."""
    if resolution == "hour":
        return hour
    day = hour.replace(hour=0)
    if resolution == "week":
        return day - timedelta(days=day.weekday())
    return day.replace(day=1) if resolution == "month" else day


def _rows(asked: Question, groups: Iterable[int], hours: list[datetime]) -> Iterator[tuple[int, Tally]]:
    for recipe in range(len(data.RECIPES)):
        if recipe == data.DELETED and not asked.deleted:
            continue
        row = data.tally(asked.campaign, asked.environment, groups, recipe, hours, extreme=asked.extreme)
        if any(row.reach):
            yield recipe, row


def _recipe(sample: Element, asked: Question, kind: str, place: int | None, row: Tally) -> None:
    """Write one recipe; no place is the sum row, named Campaign."""
    recipe = SubElement(sample, "recipe", name="Campaign" if place is None else data.RECIPES[place])
    if asked.recipe_ids:
        if place is not None:
            recipe.set("id", recipe_id(asked.campaign, place))
        recipe.set("trafficType", "TOTAL" if place is None else "TESTING")
    for name, reach in zip(asked.campaign.steps, row.reach, strict=True):
        count = f"{reach * data.TYPES[kind]}.0"
        if asked.shape == "v1":
            text(recipe, "step", count, name=name)
        else:
            _step_v2(SubElement(recipe, "step", name=name), asked, count, reach, row)
    if asked.shape == "v1":
        text(recipe, "amount", _money(row.cents))
        metrics = SubElement(recipe, "engagementMetrics")
        for name in data.ENGAGED:
            _engagement(metrics, name, row.reach[asked.campaign.steps.index(name)])


def _step_v2(step: Element, asked: Question, count: str, reach: int, row: Tally) -> None:
    """Write a hypothetical v2 step; every step but the last adds 5 cents a visitor to the revenue."""
    name = step.attrib["name"]
    if asked.shape == "table":
        text(step, "count", count)
        text(step, "amount", _money(row.cents + (0 if name == asked.campaign.last_step else 5 * reach)))
    else:
        text(step, "amount", count)
    if name in data.ENGAGED:
        _engagement(step, name, reach)


def _engagement(parent: Element, name: str, reach: int) -> None:
    unit = Decimal(data.ENGAGED[name]) / 100_000
    one = SubElement(parent, "engagement", stepName=name, count=str(reach))
    one.attrib |= {"total": f"{unit * reach:.5f}", "sumOfSquares": f"{unit * unit * reach:.5f}"}


def recipe_id(campaign: Campaign, place: int) -> str:
    return str(81 + campaign.place * 10 + place)


def _money(cents: int) -> str:
    return f"{cents // 100}.{cents % 100:02}"


def campaigns(found: Iterable[Campaign], *, events: bool, locale: str) -> bytes:
    """List campaigns; every second name comes on a line of its own, as real answers have it."""
    root = Element("campaigns")
    for campaign in found:
        one = SubElement(root, "campaign")
        text(one, "id", campaign.id)
        text(one, "name", campaign.name if campaign.place % 2 else f"\n            {campaign.name}\n        ")
        if events:
            SubElement(one, "thirdPartyId")
            event = SubElement(one, "event")
            text(event, "modificationDate", f"{campaign.modified:%Y-%m-%d %H:%M}")
            text(event, "modifierEmail", "editor@acme.example")
            text(event, "modifierName", "Zoë Editor")
            german = locale == "de_DE"
            text(event, "description", "hat die Kampagne geändert" if german else "edited the campaign")
    return xml(root)


def campaign(one: Campaign) -> bytes:
    """View a campaign; the two dates stand for "when approved" and "when deactivated"."""
    root = Element("campaign")
    text(root, "id", one.id)
    text(root, "name", one.name)
    text(root, "state", "approved" if one.state == "activated" else one.state)
    text(root, "enabled", "true" if one.state == "activated" else "false")
    text(root, "startDate", "1970-01-01T00:00Z" if one.place else "2026-02-19T09:30Z")
    text(root, "endDate", "2100-01-01T10:00Z")
    branches = SubElement(root, "branches")
    for place, name in enumerate(data.RECIPES[: data.DELETED]):
        branch = SubElement(branches, "branch")
        text(branch, "id", recipe_id(one, place))
        text(branch, "name", name)
        text(branch, "description", "The page as it is" if place == 0 else "")
    return xml(root)


def host_groups() -> bytes:
    root = Element("hostGroups")
    for place, name in enumerate(data.HOST_GROUPS):
        first = "true" if place == 0 else "false"
        SubElement(
            root,
            "hostGroup",
            id=str(581 + place),
            name=name,
            isDefault=first,
            isDefaultReporting=first,
            timeOffsetDays="0",
        )
    return xml(root)


def audit(campaign: Campaign, environment: str, start: datetime, end: datetime, step: str, today: datetime) -> bytes:
    """Write the orders of a step in CSV; only the campaign's last step has any."""
    lines = [
        _quoted(f"Campaign: {campaign.name}"),
        _quoted(f"Downloaded at: {today:%Y-%m-%d}. Time zone: EST5EDT"),
        _quoted(f"Step: {step}"),
        ",".join(_quoted(name) for name in AUDIT_COLUMNS),
    ]
    hours = list(data.hours_between(start, end)) if step == campaign.last_step else []
    for place, recipe in enumerate(data.RECIPES[: data.DELETED]):
        lines += ["", f'{_quoted(recipe)},""']
        for hour in hours:
            for segment in data.EVERYONE:
                for order in data.orders(campaign, environment, segment, place, hour):
                    when = f'"{order.placed:%Y-%m-%d}","{order.placed:%H:%M:%S}"'
                    what = f'"{order.id}",${_money(order.cents)},"---","{order.products}"'
                    lines.append(f"{campaign.id},{recipe_id(campaign, place)},{when},{what}")
    return "".join(line + "\n" for line in lines).encode()


def _quoted(cell: str) -> str:
    return '"' + cell.replace('"', '""') + '"'
