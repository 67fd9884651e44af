"""airbyte-cdk: each job as a low-code manifest, read by `source-declarative-manifest`.

    python -P airbyte.py JOB URL TOTAL OUT WORKERS DELAY

The twelve fields are added by a template each, below a key of their own, which then takes the record's place: that
costs far less than to remove what is not wanted.  No state is kept; the schemas say every field.
"""

import json
import sys
from datetime import date, timedelta
from pathlib import Path

TEXT, WHOLE, NUMBER = (
    {"type": ["string", "null"]},
    {"type": ["integer", "null"]},
    {"type": ["number", "null"]},
)


def main() -> list[str]:
    """Write the manifest, the config and the catalog; give the arguments of the command."""
    job, url, total, _, workers, delay = sys.argv[1:]
    name, stream, schema = JOBS[job](total, delay)
    stream |= {"type": "DeclarativeStream", "name": name, "primary_key": []}
    stream["schema_loader"] = {"type": "InlineSchemaLoader", "schema": schema}
    manifest = {
        "version": "6.0.0",
        "type": "DeclarativeSource",
        "check": {"type": "CheckStream", "stream_names": [name]},
        "concurrency_level": {"type": "ConcurrencyLevel", "default_concurrency": max(2, int(workers))},
        "streams": [stream],
        "spec": {"type": "Spec", "connection_specification": {"type": "object", "properties": {}}},
    }
    known = {"name": name, "json_schema": schema, "supported_sync_modes": ["full_refresh"]}
    catalog = {"streams": [{"stream": known, "sync_mode": "full_refresh", "destination_sync_mode": "append"}]}
    for file, value in (("manifest.yaml", manifest), ("config.json", {"url": url}), ("catalog.json", catalog)):
        Path(file).write_text(json.dumps(value))
    verb = ["discover"] if job == "discover" else ["read", "--catalog", "catalog.json"]
    return [*verb, "--config", "config.json", "--manifest-path", "manifest.yaml"]


def retriever(path, params=None, at=("data",), **more):
    """Give a retriever of one page."""
    requester = {
        "type": "HttpRequester",
        "url_base": "{{ config['url'] }}",
        "path": path,
        "http_method": "GET",
        "request_parameters": params or {},
    }
    for key in ("authenticator",):
        if key in more:
            requester[key] = more.pop(key)
    selector = {"type": "RecordSelector", "extractor": {"type": "DpathExtractor", "field_path": list(at)}}
    if "schema_normalization" in more:
        selector["schema_normalization"] = more.pop("schema_normalization")
    return {"type": "SimpleRetriever", "requester": requester, "record_selector": selector, **more}


PAGES = {
    "type": "DefaultPaginator",
    "page_token_option": {"type": "RequestOption", "inject_into": "request_parameter", "field_name": "page"},
    "pagination_strategy": {
        "type": "PageIncrement",
        "start_from_page": 1,
        "page_size": 500,
        "inject_on_first_request": True,
    },
}


def orders(total, path="/orders", **more):
    return retriever(path, {"per_page": "500", "total": total}, paginator=PAGES, **more)


def items(total, delay):
    return "orders", {"retriever": orders(total)}, ORDER


def items_map(total, delay):
    fields = [
        {"type": "AddedFieldDefinition", "path": ["picked", name], "value": value, "value_type": kind}
        for name, (value, kind, _) in PICKED.items()
    ]
    replaced = {"type": "DpathFlattenFields", "field_path": ["picked"], "replace_record": True}
    changes = [{"type": "AddFields", "fields": fields}, replaced]
    schema = {"type": "object", "properties": {name: kind for name, (_, _, kind) in PICKED.items()}}
    return "orders", {"retriever": orders(total), "transformations": changes}, schema


PICKED = {
    "order_id": ("{{ record['id'] }}", "string", TEXT),
    "state": ("{{ record['status'] }}", "string", TEXT),
    "created_at": (
        "{{ format_datetime(record['created'], '%Y-%m-%dT%H:%M:%S.%f+00:00', '%ms') }}",
        "string",
        TEXT,
    ),
    "amount": ("{{ record['total'] }}", "number", NUMBER),
    "customer_id": ("{{ record['customer']['id'] }}", "integer", WHOLE),
    "customer_name": ("{{ record['customer']['name'] }}", "string", TEXT),
    "country": ("{{ record['customer']['address']['country'] }}", "string", TEXT),
    "latitude": ("{{ record['customer']['address']['geo']['lat'] }}", "number", NUMBER),
    "campaign": ("{{ record['channel']['campaign']['name'] }}", "string", TEXT),
    "os_version": ("{{ record['device']['os_version'] }}", "number", NUMBER),
    "first_sku": ("{{ record['lines'][0]['sku'] }}", "string", TEXT),
    "first_quantity": ("{{ record['lines'][0]['quantity'] }}", "integer", WHOLE),
}


def oauth(total, delay):
    authenticator = {
        "type": "OAuthAuthenticator",
        "token_refresh_endpoint": "{{ config['url'] }}/token",
        "client_id": "bench-client",
        "client_secret": "bench-secret",
        "grant_type": "client_credentials",
    }
    return "orders", {"retriever": orders(total, "/secure/orders", authenticator=authenticator)}, ORDER


def csv(total, delay):
    rows = retriever(
        "/report.csv",
        {"rows": total},
        at=(),
        decoder={"type": "CsvDecoder"},
        schema_normalization="Default",
    )
    return "report", {"retriever": rows}, ROW


def xml(total, delay):
    samples = retriever("/report.xml", {"samples": total}, at=("report", "sample"), decoder={"type": "XmlDecoder"})
    return "samples", {"retriever": samples}, SAMPLE


def slices(total, delay):
    days = [str(date(2025, 1, 1) + timedelta(number)) for number in range(365)]
    router = {"type": "ListPartitionRouter", "values": days, "cursor_field": "day"}
    path = "/days/{{ stream_partition['day'] }}"
    return "orders", {"retriever": retriever(path, {"delay_ms": delay}, partition_router=router)}, ORDER


def children(total, delay):
    pages = retriever("/accounts", {"per_page": "500", "total": total}, paginator=PAGES)
    loader = {"type": "InlineSchemaLoader", "schema": ACCOUNT}
    parent = {"type": "DeclarativeStream", "name": "accounts", "retriever": pages, "schema_loader": loader}
    config = {
        "type": "ParentStreamConfig",
        "parent_key": "id",
        "partition_field": "account",
        "stream": parent,
    }
    router = {"type": "SubstreamPartitionRouter", "parent_stream_configs": [config]}
    path = "/accounts/{{ stream_partition['account'] }}/cards"
    return "cards", {"retriever": retriever(path, partition_router=router)}, CARD


def of(properties):
    return {"type": ["object", "null"], "properties": properties}


def many(items):
    return {"type": ["array", "null"], "items": items}


ORDER = of(
    {
        **dict.fromkeys(("id", "status", "updated", "currency", "note"), TEXT),
        "number": WHOLE,
        "created": WHOLE,
        "total": NUMBER,
        "customer": of(
            {
                "id": WHOLE,
                **dict.fromkeys(("name", "email", "phone"), TEXT),
                "address": of(
                    {
                        **dict.fromkeys(("street", "city", "zip", "country"), TEXT),
                        "geo": of({"lat": NUMBER, "lon": NUMBER}),
                    }
                ),
            }
        ),
        "channel": of({"name": TEXT, "campaign": of({"id": WHOLE, "name": TEXT})}),
        "device": of(dict.fromkeys(("type", "os", "os_version", "screen"), TEXT)),
        "lines": many(
            of(
                {
                    "sku": TEXT,
                    "title": TEXT,
                    "quantity": WHOLE,
                    "price": NUMBER,
                    "tax": of({"rate": NUMBER, "amount": NUMBER}),
                }
            )
        ),
        "payments": many(
            of({"method": TEXT, "amount": NUMBER, "reference": TEXT, "captured": {"type": ["boolean", "null"]}})
        ),
        "shipments": many(
            of(
                {
                    **dict.fromkeys(("carrier", "tracking", "url"), TEXT),
                    "weight": of({"value": NUMBER, "unit": TEXT}),
                }
            )
        ),
        "tags": many(TEXT),
        "metrics": of({"visits": WHOLE, "seconds": WHOLE, "score": NUMBER}),
        "custom": many(of({"name": TEXT, "value": TEXT})),
    }
)
ROW = of(
    {
        **dict.fromkeys(("day", "last_day", "advertiser", "campaign"), TEXT),
        **dict.fromkeys(("advertiser_id", "campaign_id", "impressions", "clicks"), WHOLE),
        "spend": NUMBER,
    }
)
STEP = of(dict.fromkeys(("name", "visitors", "visits", "conversions", "sales"), TEXT))
SAMPLE = of({"id": TEXT, "start": TEXT, "recipe": many(of({"name": TEXT, "step": many(STEP)}))})
ACCOUNT = of({"id": WHOLE, "name": TEXT})
CARD = of({"id": WHOLE, "balance": NUMBER, "open": {"type": ["boolean", "null"]}})

JOBS = {
    "airbyte": items,
    "children": children,
    "csv": csv,
    "discover": items,
    "items": items,
    "items-map": items_map,
    "oauth": oauth,
    "slices": slices,
    "xml": xml,
}

if __name__ == "__main__":
    from airbyte_cdk.cli.source_declarative_manifest import run

    sys.argv[1:] = main()
    run()
