"""Try a provider's credentials and address: the first page of one stream."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from tapwright.counted import counted
from tapwright.errors import TargetError
from tapwright.plan import make_plan
from tapwright.provider import Means, Provider
from tapwright.read import PageEnd
from tapwright.spec import Spec
from tapwright.use import Use


def check_provider(
    spec: Spec,
    config: Mapping[str, Any],
    uses: Mapping[str, Use],
    means: Means | None = None,
    told: Callable[[str], None] = lambda text: None,
) -> str:
    """Ask for one page and say what came; raises TapwrightError, its text free of secrets.

    What it waits for is told.
    """
    means = means or Means()
    if spec.check:
        uses = {spec.check.stream: Use(stream=spec.check.stream, options=spec.check.options)}
    if not uses:
        raise TargetError(f"'{spec.name}' has no stream to check with")
    table, use = next(iter(uses.items()))
    plan = make_plan(spec, config, {table: use}, means.clock.now())
    provider = Provider(plan, means, told)
    for _, event in provider.read(plan.tables[0]):
        if isinstance(event, PageEnd):
            records = counted(event.records, "record")
            return f"{spec.title} answers: stream '{plan.tables[0].name}', {records} on its first page"
    return f"{spec.title}: stream '{plan.tables[0].name}' has nothing to ask for with this config"
