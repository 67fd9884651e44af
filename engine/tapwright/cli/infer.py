"""tapwright infer."""

from __future__ import annotations

import click

from tapwright.cli.authoring import asking_of, from_options
from tapwright.cli.choices import config_options
from tapwright.counted import counted

_EXAMPLES = """\b
Examples:
  tapwright infer acme -S orders --pages 3
  tapwright infer acme -S orders --from answer.json --write
  tapwright infer rokt -S campaign_breakdown --replay --json
"""


@click.command("infer", epilog=_EXAMPLES)
@click.argument("target")
@config_options
@from_options
@click.option("--flat", is_flag=True, help="Take the members of objects as fields of their own.")
@click.option("--required", is_flag=True, help="Say 'required' of fields that were never null.")
@click.option("--write", is_flag=True, help="Write the fields into the spec; its comments and order stay.")
@click.option("--json", "as_json", is_flag=True, help="Print what was seen as JSON.")
def infer_command(
    flat: bool, required: bool, write: bool, as_json: bool, pages: int, slice: int, **given: object
) -> None:
    """Infer a stream's fields from what comes back: types, nulls, values that come again, and a primary key.

    Prints YAML to paste under the stream; fields that the spec has already are left alone.
    Where the spec does not say where the records are, that is guessed too.
    """
    import json

    from tapwright.authoring.fields_text import inference_data, inference_text
    from tapwright.authoring.infer import inferred
    from tapwright.authoring.sheet import masked
    from tapwright.authoring.write_fields import write_fields
    from tapwright.cli.authoring import spec_path

    with asking_of(given) as asking:
        inference = inferred(asking, number=slice, pages=pages, required=required, flat=flat)
    hide = asking.provider.mask.hide
    if write and inference.fields:
        path = spec_path(given)
        write_fields(path, inference)
        count = len(inference.fields)
        said = f"{path}: {counted(count, 'field')} added to {inference.stream}"
        click.echo(said, err=True)
    if as_json:
        click.echo(json.dumps(masked(inference_data(inference), hide), indent=2))
    elif not write or not inference.fields:
        click.echo(hide(inference_text(inference)), nl=False)
