"""The fictional Test&Target account: three campaigns and every number in them, by formula."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache

FIRST_DAY = date(2026, 2, 20)
LAST_DAY = date(2026, 3, 14)
OPEN_HOURS = range(6, 22)
"""Nobody visits at night."""

SEGMENTS = ("New & Returning", "Münchner Kunden")
"""The named segments; their place is their id. A third, nameless group is in the aggregate only."""
EVERYONE = (0, 1, 2)

RECIPES = ("Experience A", "Experience B", "Experience C")
"""The last one was deleted: it is reported only on request, and has data before March only."""
DELETED = 2
DELETED_ON = date(2026, 3, 1)

TYPES = {"visit": 2, "visitor": 1, "impression": 5}
"""Each metric type, and what one visitor counts in it."""

STEPS = {"Entry": 100, "Visits": 80, "Display mboxes": 100, "Time on Site": 60, "Page Count": 60}
STEPS |= {"Score": 50, "Global Mbox": 95}
"""Each success metric, and the percentage of visitors who reach it; the campaign's own last step follows."""
LAST_STEP_PERCENT = 20

ENGAGED = {"Page Count": 3_00000, "Time on Site": 212_12500, "Score": 50000}
"""The metrics with engagement, and one visitor's value in 1/100,000."""


@dataclass(frozen=True, kw_only=True)
class Campaign:
    id: str
    name: str
    place: int
    state: str
    labels: tuple[str, ...]
    environments: tuple[str, ...]
    modified: datetime
    last_step: str

    @property
    def steps(self) -> tuple[str, ...]:
        return (*STEPS, self.last_step)


CAMPAIGNS = {
    one.id: one
    for one in (
        Campaign(
            id="7",
            name="Hüte & Söhne – Frühling",
            place=0,
            state="activated",
            labels=("hats", "spring"),
            environments=("Production", "Staging"),
            modified=datetime(2026, 2, 19, 9, 30),
            last_step="Clicked Article",
        ),
        Campaign(
            id="42",
            name='Landing <"New"> & Checkout',
            place=1,
            state="activated",
            labels=("checkout",),
            environments=("Production",),
            modified=datetime(2026, 3, 2, 16, 5),
            last_step="Käufe & Zusätze",
        ),
        Campaign(
            id="1234",
            name="お茶の実験 2026",
            place=2,
            state="saved",
            labels=("spring",),
            environments=("Production",),
            modified=datetime(2026, 3, 10, 11, 0),
            last_step="Conversion",
        ),
    )
}

HOST_GROUPS = {"Production": 1, "Staging": 4, "Test & Préprod": 0}
"""Each host group, and the divisor of its traffic; 0 is no traffic at all."""


@dataclass(frozen=True, kw_only=True)
class Order:
    id: str
    placed: datetime
    cents: int
    extreme: bool
    products: str


@dataclass(frozen=True)
class Tally:
    """Visitors per step, in the order of `Campaign.steps`, and the revenue of the last step."""

    reach: tuple[int, ...]
    cents: int

    def __add__(self, other: Tally) -> Tally:
        pairs = zip(self.reach, other.reach, strict=True)
        return Tally(tuple(one + two for one, two in pairs), self.cents + other.cents)


NOTHING = Tally((0,) * (len(STEPS) + 1), 0)


def visitors(campaign: Campaign, environment: str, segment: int, recipe: int, hour: datetime) -> int:
    """Return the visitors of one hour: none at night, on every sixth day, or outside the data."""
    day, divisor = hour.date(), HOST_GROUPS[environment]
    if not FIRST_DAY <= day <= LAST_DAY or hour.hour not in OPEN_HOURS or not divisor:
        return 0
    if (day.toordinal() + campaign.place) % 6 == 0 or (recipe == DELETED and day >= DELETED_ON):
        return 0
    seed = day.toordinal() * 7 + hour.hour * 3 + campaign.place * 5 + segment * 11 + recipe * 13
    return (1 + seed % 17) // divisor


def orders(campaign: Campaign, environment: str, segment: int, recipe: int, hour: datetime) -> Iterator[Order]:
    """Yield the orders of one hour: one for each visitor who reached the last step."""
    count = visitors(campaign, environment, segment, recipe, hour) * LAST_STEP_PERCENT // 100
    since = int((hour - datetime(2026, 1, 1)).total_seconds()) // 3600
    for nth in range(count):
        extreme = (since + nth + campaign.place) % 41 == 0
        serial = ((since * 4 + campaign.place) * 4 + recipe) * 4 + segment
        yield Order(
            id=f"{1_770_000_000_000 + serial * 100 + list(HOST_GROUPS).index(environment) * 10 + nth}",
            placed=hour + timedelta(minutes=7 * nth + 3, seconds=(since + nth) % 60),
            cents=9_999_00 if extreme else 1995 + (since * 31 + nth * 707 + recipe * 1111 + segment * 4321) % 40_000,
            extreme=extreme,
            products="9" if nth % 2 else "5,42",
        )


@cache
def _hourly(place: str, environment: str, segment: int, recipe: int, hour: datetime, extreme: bool) -> Tally:
    campaign = CAMPAIGNS[place]
    count = visitors(campaign, environment, segment, recipe, hour)
    percents = (*STEPS.values(), LAST_STEP_PERCENT)
    placed = orders(campaign, environment, segment, recipe, hour)
    cents = sum(order.cents for order in placed if extreme or not order.extreme)
    return Tally(tuple(count * percent // 100 for percent in percents), cents)


def tally(
    campaign: Campaign,
    environment: str,
    segments: Iterable[int],
    recipe: int,
    hours: Iterable[datetime],
    *,
    extreme: bool = True,
) -> Tally:
    """Add up hours and segments; without `extreme` the extreme orders' revenue is left out."""
    total, groups = NOTHING, tuple(segments)
    for hour in hours:
        for segment in groups:
            total += _hourly(campaign.id, environment, segment, recipe, hour, extreme)
    return total


def hours_between(start: datetime, end: datetime) -> Iterator[datetime]:
    """Yield the hours with data that begin at `start` or later and before `end`."""
    hour = max(start, datetime.combine(FIRST_DAY, datetime.min.time()))
    if hour != hour.replace(minute=0):
        hour = hour.replace(minute=0) + timedelta(hours=1)
    last = min(end, datetime.combine(LAST_DAY, datetime.max.time()))
    while hour < last:
        yield hour
        hour += timedelta(hours=1)
