"""The invented campaigns and sales that the loopback Rokt reports on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

Json = dict[str, Any]

FIRST, LAST = date(2026, 2, 1), date(2026, 3, 14)
RATES = {
    "AUD": 152,
    "CAD": 137,
    "EUR": 91,
    "GBP": 78,
    "JPY": 15050,
    "NZD": 166,
    "SGD": 134,
    "USD": 100,
    "KRW": 134000,
    "CNY": 719,
}
"""The value of one US dollar, in hundredths of each currency."""


@dataclass(frozen=True, kw_only=True)
class Campaign:
    account: str
    id: str
    name: str
    country: str
    other_country: str
    last: date
    creatives: dict[str, str]
    audiences: dict[str, str]


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One campaign's creative, shown to one audience on one day."""

    account: str
    campaign: str
    creative: str
    audience: str
    country: str
    subvertical: str
    day: date
    impressions: int
    referrals: int
    conversions: int
    late: int
    cents: int


@dataclass(frozen=True, kw_only=True)
class Sale:
    """One account's shop traffic of one kind on one day."""

    account: str
    age: str
    gender: str
    page: str
    pagetype: str
    placement: str
    position: str
    day: date
    transactions: int
    cents: int


TEAPOTS, UMBRELLAS = "2843179665400012801", "2843179665400012803"
ACCOUNTS = (TEAPOTS, UMBRELLAS)

CAMPAIGNS = {
    campaign.id: campaign
    for campaign in (
        Campaign(
            account=TEAPOTS,
            id="3100000000000000101",
            name="Moonbeam Teapots: Spring",
            country="US",
            other_country="CA",
            last=LAST,
            creatives={"4100000000000000111": "Blue pot", "4100000000000000113": "Red pot"},
            audiences={"5100000000000000111": "Sippers", "5100000000000000113": "Gulpers"},
        ),
        Campaign(
            account=TEAPOTS,
            id="3100000000000000103",
            name="Moonbeam Teapots: Winter",
            country="AU",
            other_country="NZ",
            last=date(2026, 2, 28),
            creatives={
                "4100000000000000121": "Snow, “lid on”",
                "4100000000000000123": "Frost",
                "4100000000000000125": "Sleet",
            },
            audiences={"5100000000000000121": "Early birds", "5100000000000000123": "Owls"},
        ),
        Campaign(
            account=UMBRELLAS,
            id="3100000000000000105",
            name="Drizzle & Daughters Umbrellas",
            country="GB",
            other_country="IE",
            last=LAST,
            creatives={"4100000000000000131": "Puddle", "4100000000000000133": "Gust"},
            audiences={
                "5100000000000000131": "Commuters",
                "5100000000000000133": "Walkers",
                "5100000000000000135": "Ducks",
            },
        ),
    )
}


def _days(last: date) -> Iterator[tuple[int, date]]:
    return ((n, FIRST + timedelta(days=n)) for n in range((last - FIRST).days + 1))


def _cell(campaign: Campaign, creative: int, audience: int, n: int, day: date) -> Cell:
    mix = (int(campaign.id) % 100 * 7 + creative * 3 + audience * 5 + n * 11) % 17
    impressions = 200 + 20 * mix
    referrals = impressions // 10 + mix % 3
    return Cell(
        account=campaign.account,
        campaign=campaign.id,
        creative=[*campaign.creatives][creative],
        audience=[*campaign.audiences][audience],
        country=campaign.other_country if audience else campaign.country,
        subvertical="Outdoors" if creative else "Household",
        day=day,
        impressions=impressions,
        referrals=referrals,
        conversions=referrals // 4,
        late=1 + mix % 3,
        cents=referrals * 137 + mix * 7,
    )


def _sale(account: str, kind: int, n: int, day: date) -> Sale:
    mix = (int(account) % 100 * 5 + kind * 3 + n * 7) % 13
    return Sale(
        account=account,
        age=("18-24", "25-34", "35+")[kind % 3],
        gender=("female", "male")[kind % 2],
        page=("confirmation", "receipt", "basket")[kind % 3],
        pagetype=("web", "app")[kind % 2],
        placement=("6100000000000000101", "6100000000000000103")[kind // 3],
        position=str(kind // 2 + 1),
        day=day,
        transactions=40 + mix,
        cents=4013 + mix * 211,
    )


CELLS = [
    _cell(campaign, creative, audience, n, day)
    for campaign in CAMPAIGNS.values()
    for n, day in _days(campaign.last)
    for creative in range(len(campaign.creatives))
    for audience in range(len(campaign.audiences))
]
SALES = [_sale(account, kind, n, day) for account in ACCOUNTS for n, day in _days(LAST) for kind in range(6)]


def _money(cents: int, currency: str) -> float:
    return cents * RATES[currency] // 100 / 100


def measure(cells: Sequence[Cell], *, currency: str, restated: bool, unique: bool) -> Json:
    """Sum the campaign metrics; creatives (`unique`) have uniqueReferrals but no campaign counts."""
    cents = sum(cell.cents for cell in cells)
    referrals = sum(cell.referrals for cell in cells)
    early = sum(max(cell.conversions - 1, 0) for cell in cells)
    row: Json = {
        "grossCost": _money(cents, currency),
        "netCost": _money(cents * 9 // 10, currency),
        "impressions": sum(cell.impressions for cell in cells),
        "referrals": referrals,
        "acquisitionsByConversionDate": sum(cell.conversions for cell in cells),
        "acquisitionsByReferralDate": early + (sum(cell.late for cell in cells) if restated else 0),
    }
    if unique:
        row["uniqueReferrals"] = referrals * 9 // 10
    else:
        row["campaigns"] = len({cell.campaign for cell in cells})
        row["campaignCountries"] = len({(cell.campaign, cell.country) for cell in cells})
    row["creatives"] = len({cell.creative for cell in cells})
    row["audiences"] = len({cell.audience for cell in cells})
    return row


def take(sales: Sequence[Sale], currency: str) -> Json:
    """Sum the transaction metrics."""
    transactions = sum(sale.transactions for sale in sales)
    revenue = _money(sum(sale.cents for sale in sales), currency)
    impressions = transactions * 3
    return {
        "revenue": revenue,
        "transactions": transactions,
        "placementImpressions": transactions * 2,
        "impressions": impressions,
        "referrals": transactions // 3,
        "rpt": round(revenue / transactions, 4) if transactions else 0,
        "rpm": round(revenue * 1000 / impressions, 4) if impressions else 0,
        "positivePlacementEngagements": transactions // 2,
        "purchases": transactions // 9,
    }


def campaign_card(campaign: str) -> Json:
    """Describe a campaign; the caller adds the account."""
    known = CAMPAIGNS[campaign]
    return {
        "campaignId": campaign,
        "campaignName": known.name,
        "campaignType": "Performance",
        "campaignObjective": "Acquisition",
        "countryCode": known.country,
        "status": "Active" if known.last == LAST else "Paused",
    }


def audience_card(campaign: str, audience: str) -> Json:
    """Describe an audience; the caller adds the account."""
    number = [*CAMPAIGNS[campaign].audiences].index(audience)
    return {
        "campaignId": campaign,
        "audienceId": audience,
        "name": CAMPAIGNS[campaign].audiences[audience],
        "ageRange": {"min": 18 + 10 * number, "max": 27 + 10 * number},
        "device": {"desktop": number != 1, "tablet": number == 2, "mobile": True},
        "gender": ("female", "male", "all")[number],
    }


def creative_card(campaign: str, creative: str) -> Json:
    """Describe a creative; the caller adds the account."""
    name = CAMPAIGNS[campaign].creatives[creative]
    return {
        "campaignId": campaign,
        "creativeId": creative,
        "name": name,
        "title": f"Meet {name}",
        "subtitle": "A thing that does not exist",
        "text": f"{name} is made up, like everything here.",
        "responses": ["Yes, please", "No thanks"],
        "status": "Active",
    }
