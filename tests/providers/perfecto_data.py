"""The invented test executions and commands that the loopback Perfecto reports on."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

Json = dict[str, Any]

COUNT = 14
FIRST = int(datetime(2026, 3, 1, tzinfo=UTC).timestamp()) * 1000
NIGHT = 24 * 3600 * 1000
REASONS = {"fr-0001": "Application crashed", "fr-0002": "Element not found"}
"""The failure reasons: the id that filters, and the name that executions carry."""

STATUSES = ("PASSED", "FAILED", "PASSED", "BLOCKED", "FAILED", "UNKNOWN")
RUNNING, BARE, TWO_DEVICES = 13, 10, 4
"""Which executions still run, have the fewest fields, and used two devices."""

_PEOPLE = ("ada.fiction@example.test", "bo.invented@example.test")
_FILES = "https://fiction.app.example.test/files"
_ARTIFACTS = (
    ("DEVICE_LOGS", "application/zip"),
    ("VITALS", "text/csv"),
    ("NETWORK", "application/vnd.tcpdump.pcap"),
    ("CONSOLE_LOG", "text/plain"),
    ("APP_CRASH_REPORT", "text/plain"),
)


def execution_id(k: int) -> str:
    return f"69a3{k * 7919 + 4096:020x}"


def started(k: int) -> int:
    """Give each execution its own day; the even ones begin at midnight exactly."""
    return FIRST + k * NIGHT + (k % 2) * (9 * 3600_000 + k * 61_007)


def _execution(k: int) -> Json:
    start = started(k)
    took = 30_000 + k * 1_717
    row: Json = {
        "id": execution_id(k),
        "name": f"checkout.Basket{k % 5}",
        "startTime": start,
        "endTime": 0 if k == RUNNING else start + took,
        "status": "UNKNOWN" if k == RUNNING else STATUSES[k % len(STATUSES)],
    }
    if k == BARE:
        return row
    return {**row, **_origin(k), **_outcome(k, took), **_material(k, start, took)}


def _origin(k: int) -> Json:
    owner = _PEOPLE[k % 2]
    row: Json = {
        "externalId": f"{owner}_RemoteWebDriver_26-03-{k // 2 + 1:02d}_{k // 2:04d}",
        "owner": owner,
        "tags": ["smoke", "nightly", f"sprint {k // 3}, part {k % 3}"][: k % 4],
        "executionEngine": {"version": f"26.{k % 3}.0.{k}"},
        "reportURL": f"https://fiction.app.example.test/reporting/test/{execution_id(k)}",
    }
    if k % 4 != 3:
        branch = {"branch": "main"} if k % 2 else {}
        row["job"] = {"name": ("Nightly Basket", "Release/Basket")[k % 2], "number": 40 + k // 3, **branch}
    if k % 3 != 2:
        row["project"] = {"name": "Basket of Nonsense", "version": f"1.{k}"}
    if k % 5 == 1:
        row["automationFramework"] = "APPIUM"
        row["triggerType"] = "CI"
    return row


def _outcome(k: int, took: int) -> Json:
    row: Json = {"uxDuration": took // 10, "platforms": [_platform(k)]}
    if k == TWO_DEVICES:
        row["platforms"].append(_platform(k + 1))
    if k != RUNNING and STATUSES[k % len(STATUSES)] == "FAILED":
        row["message"] = f"Stacktrace:\n  at basket.Line{k}: “not there”"
        row["failureReasonName"] = [*REASONS.values()][k // 3 % 2]
    if k % 3 == 0:
        row["parameters"] = [{"name": "shop", "value": "Moonbeam"}, {"name": "lines", "value": str(k)}]
    if k % 3 == 1:
        row["customFields"] = [{"name": "team", "value": "Teapots"}]
    return row


def _platform(k: int) -> Json:
    wanted = {"platformName": ("Android", "Windows")[k % 2], "location": "XX-NOW"}
    row: Json = {
        "deviceId": f"FICTION{k:04d}",
        "deviceType": ("MOBILE", "DESKTOP")[k % 2],
        "os": ("ANDROID", "WINDOWS")[k % 2],
        "osVersion": str(10 + k % 4),
        "screenResolution": ("1080*1920", "1024x768")[k % 2],
        "location": "XX-NOW",
        "customFields": [{"name": "rack", "value": str(k)}] if k % 4 == 0 else [],
    }
    if k % 2:
        row["browserInfo"] = {"browserType": "FIREFOX", "browserVersion": f"latest ({120 + k})"}
    else:
        row["mobileInfo"] = _phone(k)
    if k % 4 < 2:
        row["selectionCriteria"] = wanted
    else:
        row["selectionCriteriaV2"] = [{"name": name, "value": value} for name, value in wanted.items()]
    return row


def _phone(k: int) -> Json:
    return {
        "manufacturer": "Nonesuch",
        "model": f"Slab {k}",
        "distributor": "Nobody-XX",
        "description": "",
        "firmware": f"slab-user {k}",
        "operator": "None-Nowhere",
        "operatorCountry": "Nowhere",
        "imei": f"0000000000000{k:02d}",
        "phoneNumber": f"+000000000{k:02d}",
    }


def _material(k: int, start: int, took: int) -> Json:
    row: Json = {"artifacts": [_artifact(k, n) for n in range(k % 3)]}
    if k % 5 and k != RUNNING:
        row["videos"] = [_video(k, n, start, took) for n in range(1 + (k % 5 == 4))]
    return row


def _video(k: int, n: int, start: int, took: int) -> Json:
    return {
        "startTime": start + n * took // 2,
        "endTime": start + (n + 1) * took // 2,
        "format": "MP4",
        "streamingUrl": f"{_FILES}/stream/{k}-{n}.mp4",
        "downloadUrl": f"{_FILES}/{k}-{n}.mp4",
        "screen": {"width": 1080, "height": 1920},
    }


def _artifact(k: int, n: int) -> Json:
    kind, content = _ARTIFACTS[(k + n) % len(_ARTIFACTS)]
    row: Json = {"type": kind, "path": f"{_FILES}/{k}/{n}?sign=fiction%3D"}
    if k % 2:
        row |= {"contentType": content, "zipped": kind == "DEVICE_LOGS", "fileName": f"{kind.lower()}_{n}"}
    return row


EXECUTIONS = [_execution(k) for k in reversed(range(COUNT))]
"""Every execution, the newest first."""


def command_resources(test_id: str) -> list[Json] | None:
    """Return the resources of one execution's commands answer, or None when it is unknown."""
    numbers = {execution_id(k): k for k in range(COUNT)}
    if test_id not in numbers:
        return None
    k = numbers[test_id]
    commands = [] if k == RUNNING else [_command(k, n) for n in range(2 + k % 3)]
    parts = [commands[:1], commands[1:]] if k % 4 == 1 and commands else [commands]
    return [{"testExecutionId": test_id, "commands": part} for part in parts]


def _command(k: int, n: int) -> Json:
    """Describe a command; the first two share a name and a start."""
    start = started(k) + max(n, 1) * 1_000
    row: Json = {
        "name": ("Tap", "Tap", "Check text", "Close")[n],
        "status": "SUCCESS",
        "startTime": start,
        "endTime": start + 400 + n,
        "uxDuration": 300 + n,
    }
    if n == 1:
        row["parameters"] = [{"name": "xpath", "value": f"//basket[@line='{k}']"}]
    if n == 2:
        row |= {"status": "FAILURE", "message": "Stacktrace:\n0…", "screenshots": [f"{_FILES}/{k}-{n}.png"]}
        picture = {"type": "IMAGE_KEY", "value": f"{_FILES}/{k}-{n}.jpeg"}
        row["expectedData"] = [{"type": "TEXT", "value": "Total 12.30"}, picture]
        row["resultData"] = [{"type": "TEXT", "value": "Total 1.23"}]
    return row
