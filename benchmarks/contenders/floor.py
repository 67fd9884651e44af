"""The floor: for each job what a person would write for it alone, as fast as is reasonable, and safe for nothing else.

python -P floor.py JOB URL TOTAL OUT WORKERS DELAY
"""

import sys

import orjson
import requests

job, url, total, out, workers, delay = sys.argv[1:]
session = requests.Session()
session.trust_env = False
write = open(1, "wb", buffering=1 << 17, closefd=False).write  # noqa: SIM115


def put(records, dumps=orjson.dumps, line=orjson.OPT_APPEND_NEWLINE):
    for record in records:
        write(dumps(record, None, line))


def pages(path, headers=None):
    page, more = 1, True
    while more:
        given = {"page": page, "per_page": 500, "total": total}
        body = orjson.loads(session.get(url + path, params=given, headers=headers).content)
        yield body["data"]
        page, more = page + 1, body["meta"]["more"]


def items():
    for records in pages("/orders"):
        put(records)


def items_map():
    from datetime import UTC, datetime

    for records in pages("/orders"):
        put(
            {
                "order_id": record["id"],
                "state": record["status"],
                "created_at": datetime.fromtimestamp(record["created"] / 1000, UTC),
                "amount": record["total"],
                "customer_id": (customer := record["customer"])["id"],
                "customer_name": customer["name"],
                "country": (address := customer["address"])["country"],
                "latitude": address["geo"]["lat"],
                "campaign": record["channel"]["campaign"]["name"],
                "os_version": float(record["device"]["os_version"]),
                "first_sku": (line := record["lines"][0])["sku"],
                "first_quantity": line["quantity"],
            }
            for record in records
        )


def oauth():
    form = {"grant_type": "client_credentials", "client_id": "bench-client", "client_secret": "bench-secret"}
    token = session.post(url + "/token", data=form).json()["access_token"]
    for records in pages("/secure/orders", {"Authorization": "Bearer " + token}):
        put(records)


def csv():
    import csv
    import io
    from datetime import date

    answer = session.get(url + "/report.csv", params={"rows": total}, stream=True)
    answer.raw.auto_close = False
    rows = csv.reader(io.TextIOWrapper(io.BufferedReader(answer.raw, 1 << 17), "utf-8", newline=""))
    names = next(rows)
    day = date.fromisoformat
    put(
        dict(zip(names, (day(a), day(b), int(c), d, int(e), f, int(g), int(h), float(i)), strict=True))
        for a, b, c, d, e, f, g, h, i in rows
    )


def xml():
    from xml.etree import ElementTree

    answer = session.get(url + "/report.xml", params={"samples": total}, stream=True)
    elements = ElementTree.iterparse(answer.raw, ("start", "end"))
    _, root = next(elements)
    for event, element in elements:
        if event == "end" and element.tag == "sample":
            recipes = [
                {"name": recipe[0].text, "step": [{e.tag: e.text for e in step} for step in recipe[1:]]}
                for recipe in element[2:]
            ]
            put([{"id": element[0].text, "start": element[1].text, "recipe": recipes}])
            root.clear()


def _side_by_side(paths, records):
    from concurrent.futures import ThreadPoolExecutor
    from threading import local

    own = local()

    def get(path):
        if not hasattr(own, "session"):
            own.session = requests.Session()
            own.session.trust_env = False
        return own.session.get(url + path).content

    with ThreadPoolExecutor(int(workers)) as pool:
        for body in pool.map(get, paths):
            put(records(orjson.loads(body)))


def slices():
    from datetime import date, timedelta

    days = (date(2025, 1, 1) + timedelta(number) for number in range(365))
    _side_by_side([f"/days/{day}?delay_ms={delay}" for day in days], lambda body: body["data"])


def children():
    accounts = [account["id"] for records in pages("/accounts") for account in records]
    _side_by_side([f"/accounts/{account}/cards" for account in accounts], lambda body: body["data"])


{
    "airbyte": items,
    "children": children,
    "csv": csv,
    "duckdb": items,
    "duckdb-small": items,
    "growth": items,
    "growth-csv": csv,
    "growth-xml": xml,
    "items": items,
    "items-map": items_map,
    "oauth": oauth,
    "parquet": items,
    "postgres": items,
    "singer": items,
    "slices": slices,
    "xml": xml,
}[job]()
