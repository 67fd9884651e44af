"""A spec or a connector as an Airbyte source: `spec`, `check`, `discover` and `read`."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tapwright.batch import Batch, DataType
from tapwright.checking import check_provider
from tapwright.connector import Use
from tapwright.errors import TapwrightError
from tapwright.fronts.airbyte_catalog import Configured, catalog_stream, chosen, configured_in, is_open
from tapwright.fronts.airbyte_messages import Speaker
from tapwright.fronts.airbyte_spec import connection_specification
from tapwright.fronts.airbyte_state import states_in
from tapwright.fronts.airbyte_writer import AirbyteWriter
from tapwright.fronts.target import Target
from tapwright.option import secrets_of
from tapwright.plan import Plan, TablePlan, make_plan, templates_of
from tapwright.progress import Summary
from tapwright.provider import Means, Provider
from tapwright.run import Interrupt, Pacing, Run


@dataclass(frozen=True, kw_only=True)
class AirbyteSource:
    """Answers the protocol's commands; each gives its exit code."""

    target: Target
    speaker: Speaker
    means: Means = Means()
    pacing: Pacing = Pacing()

    def spec(self) -> int:
        """Say what the config holds."""
        self.speaker.say("SPEC", spec=connection_specification(self.target))
        return 0

    def check(self, config_file: Path) -> int:
        """Try the config with one request; a refusal is an answer too, so the exit code is 0."""
        try:
            said = check_provider(self.target.spec, self._config(config_file), self.target.uses, self.means)
        except TapwrightError as error:
            self.speaker.connection("FAILED", str(error))
        else:
            self.speaker.connection("SUCCEEDED", said)
        return 0

    def discover(self, config_file: Path) -> int:
        """Say which streams there are."""
        plan = self._plan(self._config(config_file), self.target.uses)
        provider = Provider(plan, self.means, self.speaker.note)
        streams = [catalog_stream(plan, table, provider.templates, _seen(provider, table)) for table in plan.tables]
        self.speaker.say("CATALOG", catalog={"streams": streams})
        return 0

    def read(self, config_file: Path, catalog_file: Path, state_file: Path | None, interrupt: Interrupt) -> int:
        """Read the configured streams; one that fails does not stop the others."""
        config, configured = self._config(config_file), configured_in(catalog_file)
        states = states_in(state_file) if state_file else {}
        known = {name: words for name, words in configured.items() if self._is_known(name)}
        plan = self._plan(config, {name: self.target.uses[name] for name in known})
        plan = self._chosen(plan, known)
        read_on = {table.table: states.get(table.table) for table in plan.tables if known[table.table].incremental}
        writer = AirbyteWriter(self.speaker, read_on)
        provider = Provider(plan, self.means, self.speaker.note)
        self.speaker.hide = provider.mask.hide
        run = Run(provider, writer, self.pacing, tell=writer.tell, seconds=time.monotonic, interrupt=interrupt)
        with writer:
            summary = run.carry_out()
            for count in summary.tables:
                writer.tell(count)  # of one whose state is refused nothing was said yet
        return self._exit_code(summary, whole=len(plan.tables) == len(configured))

    def _exit_code(self, summary: Summary, *, whole: bool) -> int:
        return 128 + summary.signal if summary.signal else 1 if summary.failed or not whole else 0

    def _is_known(self, name: str) -> bool:
        if name not in self.target.uses:
            self.speaker.failed(name, self.target.unknown(name))
        return name in self.target.uses

    def _chosen(self, plan: Plan, configured: Mapping[str, Configured]) -> Plan:
        """The plan as the catalog wants it, without the streams that cannot be read so."""
        templates, tables = templates_of(plan.spec), []
        for table in plan.tables:
            try:
                tables.append(chosen(plan, table, templates, configured[table.table]))
            except TapwrightError as error:
                self.speaker.failed(table.table, error)
        return replace(plan, tables=tuple(tables))

    def _plan(self, config: Mapping[str, Any], uses: Mapping[str, Use]) -> Plan:
        return make_plan(self.target.spec, config, uses, self.means.clock.now())

    def _config(self, file: Path) -> dict[str, Any]:
        """The config as it is to be used; its secrets are hidden from here on."""
        given = self.target.given(file)
        self.speaker.mask.add(*secrets_of(self.target.spec.config, given))
        unknown = [name for name in given if name not in self.target.spec.config]
        if unknown:
            self.speaker.log(
                "WARN", f"'{self.target.spec.name}' knows nothing of these config values: {', '.join(unknown)}"
            )
        return self.target.config({name: value for name, value in given.items() if name not in unknown})


def _seen(provider: Provider, table: TablePlan) -> Mapping[str, DataType]:
    """The columns of the first records, where the fields do not tell them all."""
    if not is_open(table):
        return {}
    return next((event.types for _, event in provider.read(table) if isinstance(event, Batch)), {})
