"""What answers say of the rate limit, in each of the ways there are."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tapwright.quota import Quota, quota_of

NOW = datetime(2026, 3, 15, 12, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("headers", "quota"),
    [
        ({}, None),
        ({"ratelimit": '"default";r=50;t=30'}, (50, 30)),
        ({"ratelimit": '"default"; r=0; t=30'}, (0, 30)),
        ({"ratelimit": '"burst";r=8;t=1, "day";r=900;t=40000'}, (8, 1)),
        ({"ratelimit": '"burst";r=8;t=1, "day";r=0;t=40000'}, (0, 40000)),
        ({"ratelimit": '"burst";r=0;t=1,"day";r=0;t=300'}, (0, 300)),
        ({"ratelimit": '"a, b;r=1";r=7;t=5'}, (7, 5)),
        ({"ratelimit": '"default";r=50'}, None),
        ({"ratelimit": '"default";r=50', "ratelimit-policy": '"default";q=100;w=60'}, (50, 60)),
        ({"ratelimit": '"x";r=50', "ratelimit-policy": '"y";q=100;w=60'}, None),
        ({"ratelimit": '"default";t=30'}, None),
        ({"ratelimit": "limit=100, remaining=50, reset=5"}, (50, 5)),
        ({"ratelimit": "nonsense"}, None),
        ({"ratelimit-limit": "100", "ratelimit-remaining": "50", "ratelimit-reset": "5"}, (50, 5)),
        ({"x-ratelimit-remaining": "4", "x-ratelimit-reset": f"{NOW.timestamp() + 9:.0f}"}, (4, 9)),
        ({"x-ratelimit-remaining": "4", "x-ratelimit-reset": f"{NOW.timestamp() * 1000 + 9000:.0f}"}, (4, 9)),
        ({"x-ratelimit-remaining": "4", "x-ratelimit-reset": "2026-03-15T12:00:09Z"}, (4, 9)),
        ({"x-ratelimit-remaining": "4", "x-ratelimit-reset": "Sun, 15 Mar 2026 12:00:09 GMT"}, (4, 9)),
        ({"x-rate-limit-remaining": "4.0", "x-rate-limit-reset": "2.5"}, (4, 2.5)),
        ({"x-ratelimit-remaining": "0, 97", "x-ratelimit-reset": "3, 3600"}, (0, 3)),
        ({"x-ratelimit-remaining": "5, 97", "x-ratelimit-reset": "3"}, None),
        ({"x-ratelimit-remaining": "-1", "x-ratelimit-reset": "3"}, None),
        ({"x-ratelimit-remaining": "4", "x-ratelimit-reset": "0"}, None),
        ({"x-ratelimit-remaining": "4", "x-ratelimit-reset": "2026-03-15T11:59:00Z"}, None),
        ({"x-ratelimit-remaining": "many", "x-ratelimit-reset": "3"}, None),
        ({"x-ratelimit-remaining": "4"}, None),
    ],
)
def test_the_tightest_limit_counts(headers: dict[str, str], quota: tuple[int, float] | None) -> None:
    assert quota_of(headers, NOW) == (None if quota is None else Quota(*quota))
