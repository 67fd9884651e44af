"""`tapwright check`: one page of one stream, and nothing that is waited for in silence."""

from __future__ import annotations

from pathlib import Path

import pytest

from tapwright.checking import check_provider
from tapwright.errors import TransportError
from tapwright.provider import Means
from tapwright.request import Request, Response
from tapwright.use import Use
from tests.memory import FakeClock, spec_of
from tests.test_engine_files import response

WORDS = {"api": {"url": "https://api.test"}, "streams": {"items": {"request": {"path": "/items"}}}}
USES = {"items": Use(stream="items")}


def test_it_says_what_it_waits_for_and_what_came(tmp_path: Path) -> None:
    statuses, told = iter([503, 200]), list[str]()

    def provider(request: Request) -> Response:
        return response(request, {"status": next(statuses), "json": [{"id": 1}]})

    means = Means(clock=FakeClock(), transport=provider)
    said = check_provider(spec_of(tmp_path, WORDS), {}, USES, means, told.append)
    assert said == "Example answers: stream 'items', 1 record on its first page"
    assert [text.partition(";")[0] for text in told] == ['the provider answers 503: [{"id": 1}]']


def test_a_request_that_failed_is_named_once(tmp_path: Path) -> None:
    def provider(request: Request) -> Response:
        raise TransportError(f"GET {request.url}: the connection was refused")

    with pytest.raises(TransportError) as caught:
        check_provider(spec_of(tmp_path, WORDS), {}, USES, Means(clock=FakeClock(), transport=provider))
    assert str(caught.value) == (
        "provider example, stream items, request GET https://api.test/items: the connection was refused\nTried 5 times."
    )
