"""The door for Python: a spec with a config, whose streams give records."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tapwright.batch import Batch
from tapwright.library import find_spec
from tapwright.load import check_config, check_options, load_spec
from tapwright.plan import make_plan, ready_streams
from tapwright.provider import Means, Provider
from tapwright.use import Use


class Source:
    """A provider's data, from Python.

    >>> source = Source("rokt", {"app_id": "…", "app_secret": "…", "account_ids": ["1"], "start_date": "2026-03-01"})
    >>> for record in source.read("campaign_breakdown", groupby="creative"):
    ...     print(record)
    """

    def __init__(
        self, spec: str | Path, config: Mapping[str, Any] | None = None, *, means: Means | None = None
    ) -> None:
        """Load a spec, by name or path, and check the config; raises SpecError or TargetError."""
        self.spec = load_spec(spec if isinstance(spec, Path) else find_spec(spec))
        self.config = dict(config or {})
        self._means = means or Means()
        check_config(self.spec, self.config)

    @property
    def streams(self) -> list[str]:
        """The names of the streams that can be read without options."""
        return ready_streams(self.spec)

    def batches(self, stream: str, **options: Any) -> Iterator[Batch]:
        """Read a stream as batches of typed columns; raises RunError."""
        use = Use(stream=stream, options=options)
        check_options(self.spec, use, stream)
        plan = make_plan(self.spec, self.config, {stream: use}, self._means.clock.now())
        provider = Provider(plan, self._means)
        for _, event in provider.read(plan.tables[0]):
            if isinstance(event, Batch):
                yield event

    def read(self, stream: str, **options: Any) -> Iterator[dict[str, Any]]:
        """Read a stream record by record; raises RunError."""
        for batch in self.batches(stream, **options):
            yield from batch.records
