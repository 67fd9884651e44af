"""A spec or a connector as an Airbyte source: `spec`, `check`, `discover` and `read`.

What only some of these need is imported by them, for a platform starts a process for each.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tapwright.clock import Clock
from tapwright.errors import TapwrightError
from tapwright.fronts.airbyte_messages import Speaker
from tapwright.fronts.target import Target, read_config
from tapwright.option import secrets_of
from tapwright.plan import Plan, make_plan, templates_of
from tapwright.use import Use

if TYPE_CHECKING:
    from tapwright.interrupt import Interrupt
    from tapwright.provider import Means


@dataclass(frozen=True, kw_only=True)
class AirbyteSource:
    """Answers the protocol's commands; each gives its exit code."""

    target: Target
    speaker: Speaker
    means: Means | None = None

    def spec(self) -> int:
        """Say what the config holds."""
        from tapwright.fronts.airbyte_spec import connection_specification

        self.speaker.say("SPEC", spec=connection_specification(self.target))
        return 0

    def check(self, config_file: Path) -> int:
        """Try the config with one request; a refusal is an answer too, so the exit code is 0."""
        from tapwright.checking import check_provider

        try:
            config, told = self._config(config_file), self.speaker.note
            said = check_provider(self.target.spec, config, self.target.uses, self.means, told)
        except TapwrightError as error:
            self.speaker.connection("FAILED", str(error))
        else:
            self.speaker.connection("SUCCEEDED", said)
        return 0

    def discover(self, config_file: Path) -> int:
        """Say which streams there are."""
        from tapwright.fronts.airbyte_catalog import catalog_stream, is_open

        plan = self._plan(self._config(config_file), self.target.uses)
        templates, seen = templates_of(plan.spec), {}
        if any(map(is_open, plan.tables)):
            from tapwright.fronts.airbyte_read import columns_seen

            seen = columns_seen(plan, self.speaker, self.means)
        streams = [catalog_stream(plan, table, templates, seen.get(table.table)) for table in plan.tables]
        self.speaker.say("CATALOG", catalog={"streams": streams})
        return 0

    def read(self, config_file: Path, catalog_file: Path, state_file: Path | None, interrupt: Interrupt) -> int:
        """Read the configured streams; one that fails does not stop the others."""
        from tapwright.fronts.airbyte_catalog import configured_in
        from tapwright.fronts.airbyte_read import chosen_plan, read_all
        from tapwright.fronts.airbyte_state import states_in

        config, configured = self._config(config_file), configured_in(catalog_file)
        states = states_in(state_file) if state_file else {}
        known = [name for name in configured if self._is_known(name)]
        plan = self._plan(config, {name: self.target.uses[name] for name in known})
        code = read_all(chosen_plan(plan, configured), states, self.speaker, interrupt, self.means)
        return code or int(len(known) < len(configured))

    def _is_known(self, name: str) -> bool:
        if name not in self.target.uses:
            self.speaker.failed(name, self.target.unknown(name))
        return name in self.target.uses

    def _plan(self, config: Mapping[str, Any], uses: Mapping[str, Use]) -> Plan:
        clock = self.means.clock if self.means else Clock()
        return make_plan(self.target.spec, config, uses, clock.now())

    def _config(self, file: Path) -> dict[str, Any]:
        """The config as it is to be used; its secrets are hidden from here on."""
        spec, given = self.target.spec, read_config(file)
        self.speaker.mask.add(*secrets_of(spec.config, {**self.target.fixed, **given}))
        unknown = [name for name in given if name not in spec.config]
        if unknown:
            self.speaker.log("WARN", f"'{spec.name}' knows nothing of these config values: {', '.join(unknown)}")
        return self.target.config({name: value for name, value in given.items() if name not in unknown})
