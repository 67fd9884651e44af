"""tapwright discover."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from tapwright.spec import Spec


@click.command("discover", epilog="Example: tapwright discover rokt -S campaign_breakdown")
@click.argument("target")
@click.option("-S", "--stream", "streams", multiple=True, help="Only this stream, with its fields.")
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON, fields included.")
def discover_command(target: str, streams: tuple[str, ...], as_json: bool) -> None:
    """Show a spec's streams with their keys and options; with --stream, their fields too."""
    from tapwright.library import find, is_connector
    from tapwright.load import load_connector, load_spec
    from tapwright.plan import stream_of

    path = find(target)
    spec = load_connector(path, replay=True).spec if is_connector(path) else load_spec(path)
    for name in streams:
        stream_of(spec, name)
    chosen = [_described(spec, name) for name in streams or spec.streams]
    if as_json:
        import json

        click.echo(json.dumps({"spec": spec.name, "title": spec.title, "streams": chosen}, indent=2))
        return
    click.echo(f"{spec.title} ({spec.name}, {spec.support})")
    if spec.description:
        click.echo(spec.description)
    for stream in chosen:
        _print(stream, fields=bool(streams))


def _described(spec: Spec, name: str) -> dict[str, Any]:
    from tapwright.option import option_schema
    from tapwright.plan import fields_of, options_of

    stream = spec.streams[name]
    return {
        "name": name,
        "title": stream.title,
        "hidden": stream.hidden,
        "description": stream.description,
        "primary_key": list(stream.primary_key),
        "cursor": stream.incremental.cursor if stream.incremental else None,
        "options": {key: option_schema(option) for key, option in options_of(spec, stream).items()},
        "required_options": [k for k, option in options_of(spec, stream).items() if not option.has_default],
        "fields": {
            key: {"type": field.type, "description": field.description}
            for key, field in fields_of(spec, stream).items()
        },
        "unlisted": stream.unlisted or ("drop" if fields_of(spec, stream) else "keep"),
    }


def _print(stream: dict[str, Any], *, fields: bool) -> None:
    title = f": {stream['title']}" if stream["title"] else ""
    hidden = "  (serves other streams only)" if stream["hidden"] else ""
    click.echo(f"\n{stream['name']}{title}{hidden}")
    key = ", ".join(stream["primary_key"])
    facts = [f"key {key}" if key else "no key", f"cursor {stream['cursor']}" if stream["cursor"] else ""]
    click.echo("  " + "; ".join(filter(None, facts)))
    for name, option in stream["options"].items():
        default = "required" if name in stream["required_options"] else f"default {option.get('default')!r}"
        values = f"; one of {', '.join(map(str, option['enum']))}" if option.get("enum") else ""
        said = " ".join(filter(None, [option.get("description"), f"({default}{values})"]))
        click.echo(f"  -o {name}=…  {said}")
    if fields:
        click.echo("  fields:")
        for name, field in stream["fields"].items():
            click.echo(f"    {name:<28} {field['type']:<10} {field['description']}".rstrip())
        if stream["unlisted"] == "keep":
            click.echo("    … and every other column that comes")
