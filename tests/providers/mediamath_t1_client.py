"""Call the loopback T1 server, for its own tests."""

from __future__ import annotations

import csv
import io
from xml.etree import ElementTree

import requests

from tests.providers.mediamath_t1 import MediaMathT1
from tests.providers.mediamath_t1_sessions import API_KEY, CLIENT_ID, CLIENT_SECRET, PASSWORD, USER

Rows = list[dict[str, str]]


def login(t1: MediaMathT1, **headers: str) -> dict[str, str]:
    form = {"user": USER, "password": PASSWORD}
    answer = requests.post(f"{t1.url}/api/v2.0/login", params={"api_key": API_KEY}, data=form, headers=headers)
    assert answer.status_code == 200
    return {"Cookie": f"adama_session={answer.cookies['adama_session']}"}


def token(t1: MediaMathT1, **body: str) -> requests.Response:
    asked = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET, "grant_type": "client_credentials"}
    return requests.post(f"{t1.url}/oauth/token", json=asked | body)


def get(t1: MediaMathT1, path: str, query: str = "", **headers: str) -> requests.Response:
    url = f"{t1.url}/reporting/v1/std/{path}?api_key={API_KEY}&{query}".rstrip("&")
    return requests.get(url, headers=headers)


def read(answer: requests.Response) -> Rows:
    assert answer.status_code == 200, answer.text
    assert answer.headers["Content-Type"] == "text/csv; charset=UTF-8"
    return list(csv.DictReader(io.StringIO(answer.content.decode(), newline="")))


def status(answer: requests.Response) -> tuple[int, str, str]:
    assert answer.headers["Content-Type"] == "text/xml; charset=UTF-8"
    root = ElementTree.fromstring(answer.content)
    assert root.tag == "result"
    found = root.find("status")
    assert found is not None
    return answer.status_code, found.attrib["code"], found.attrib.get("reason", "")
