"""dlt: its `rest_api` source; the jobs that load do so with nesting off, in the format that is fastest there.

    python -P dlt.py JOB URL TOTAL OUT WORKERS DELAY [--default]

With `--default` the format is the destination's own default.

What writes JSON lines iterates over the source, which leaves out dlt's normalising and loading.
It has no words to pick fields nor to read CSV: those are functions, as its documentation shows.
"""

import os
import sys
from datetime import UTC, date, datetime, timedelta

job, url, total, out, workers, delay, *options = sys.argv[1:]
os.environ |= {
    "RUNTIME__DLTHUB_TELEMETRY": "false",
    "RUNTIME__LOG_LEVEL": "ERROR",
    "DLT_DATA_DIR": out + ".work",
    "EXTRACT__WORKERS": workers,
    "EXTRACT__MAX_PARALLEL_ITEMS": "20",
}

import dlt  # noqa: E402
from dlt.sources.rest_api import rest_api_source  # noqa: E402

PAGES = {
    "type": "page_number",
    "base_page": 1,
    "page_param": "page",
    "total_path": None,
    "has_more_path": "meta.more",
}


def source(*resources, auth=None):
    client = {"base_url": url, **({"auth": auth} if auth else {})}
    return rest_api_source({"client": client, "resources": list(resources)})


def pages(path, name="orders", **more):
    endpoint = {
        "path": path,
        "params": {"per_page": 500, "total": total},
        "paginator": PAGES,
        "data_selector": "data",
    }
    return {"name": name, "endpoint": endpoint, **more}


def one_page(name, path, **more):
    endpoint = {"path": path, "paginator": "single_page", "data_selector": "data", **more}
    return {"name": name, "parallelized": True, "endpoint": endpoint}


def items():
    return source(pages("orders"))


def items_map():
    return source(pages("orders", processing_steps=[{"map": picked}]))


def picked(record):
    customer, line = record["customer"], record["lines"][0]
    return {
        "order_id": record["id"],
        "state": record["status"],
        "created_at": datetime.fromtimestamp(record["created"] / 1000, UTC),
        "amount": record["total"],
        "customer_id": customer["id"],
        "customer_name": customer["name"],
        "country": customer["address"]["country"],
        "latitude": customer["address"]["geo"]["lat"],
        "campaign": record["channel"]["campaign"]["name"],
        "os_version": float(record["device"]["os_version"]),
        "first_sku": line["sku"],
        "first_quantity": line["quantity"],
    }


def oauth():
    auth = {
        "type": "oauth2_client_credentials",
        "access_token_url": url + "/token",
        "client_id": "bench-client",
        "client_secret": "bench-secret",
    }
    return source(pages("secure/orders"), auth=auth)


def csv():
    import csv as reader
    import io

    from dlt.sources.helpers import requests

    whole = ("advertiser_id", "campaign_id", "impressions", "clicks")

    @dlt.resource(name="report")
    def report():
        answer = requests.get(f"{url}/report.csv?rows={total}", stream=True)
        answer.raw.auto_close = False
        batch = []
        for row in reader.DictReader(io.TextIOWrapper(io.BufferedReader(answer.raw, 1 << 17), "utf-8", newline="")):
            row |= {name: int(row[name]) for name in whole}
            row["day"], row["last_day"] = date.fromisoformat(row["day"]), date.fromisoformat(row["last_day"])
            row["spend"] = float(row["spend"])
            batch.append(row)
            if len(batch) == 1000:
                yield batch
                batch = []
        yield batch

    return report()


def slices():
    @dlt.resource(name="days", selected=False)
    def days():
        yield [{"day": str(date(2025, 1, 1) + timedelta(number))} for number in range(365)]

    path = "days/{resources.days.day}"
    return source(days(), one_page("orders", path, params={"delay_ms": delay}))


def children():
    accounts = pages("accounts", "accounts", selected=False)
    return source(accounts, one_page("cards", "accounts/{resources.accounts.id}/cards"))


def loaded():
    """Load what `items` reads."""
    destination, form = {
        "duckdb": (lambda: dlt.destinations.duckdb(out + ".duckdb"), "parquet"),
        "duckdb-small": (lambda: dlt.destinations.duckdb(out + ".duckdb"), "parquet"),
        "parquet": (lambda: dlt.destinations.filesystem("file://" + out), "parquet"),
        "postgres": (lambda: dlt.destinations.postgres(out), None),
    }[job]
    data = source(pages("orders", "orders_typed"))
    data.max_table_nesting = 0
    pipeline = dlt.pipeline("bench", destination=destination(), dataset_name="bench", pipelines_dir=out + ".work")
    pipeline.run(data, loader_file_format=None if options else form)


def printed(records):
    import orjson

    with open(1, "wb", buffering=1 << 17, closefd=False) as file:
        for record in records:
            file.write(orjson.dumps(record, None, orjson.OPT_APPEND_NEWLINE))


JOBS = {
    "children": children,
    "csv": csv,
    "items": items,
    "items-map": items_map,
    "oauth": oauth,
    "slices": slices,
}

if __name__ == "__main__":
    if job in JOBS:
        printed(JOBS[job]())
    else:
        loaded()
