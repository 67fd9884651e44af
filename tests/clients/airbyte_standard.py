"""The standard tests of the CDK, over a source that is a program of its own: every line is read strictly."""

from __future__ import annotations

import os
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from typing import Any

import orjson
from airbyte_cdk.models import (
    AirbyteMessageSerializer,
    AirbyteStateMessageSerializer,
    ConfiguredAirbyteCatalogSerializer,
    Type,
)
from airbyte_cdk.sources import Source
from airbyte_cdk.test import standard_tests
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

pytest_plugins = ["airbyte_cdk.test.standard_tests.pytest_hooks"]


class Shim(Source):
    """Makes a program look like a source of the CDK."""

    def spec(self, logger: Any) -> Any:
        return next(message.spec for message in _said("spec") if message.type == Type.SPEC)

    def check(self, logger: Any, config: Any) -> Any:
        said = _said("check", "--config", _file(config))
        return next(message.connectionStatus for message in said if message.type == Type.CONNECTION_STATUS)

    def discover(self, logger: Any, config: Any) -> Any:
        return next(m.catalog for m in _said("discover", "--config", _file(config)) if m.type == Type.CATALOG)

    def read(self, logger: Any, config: Any, catalog: Any, state: Any = None) -> Iterator[Any]:
        words = ["--config", _file(config), "--catalog", _file(ConfiguredAirbyteCatalogSerializer.dump(catalog))]
        if state:
            words += ["--state", _file([AirbyteStateMessageSerializer.dump(each) for each in state])]
        yield from _said("read", *words)


def _said(*words: str) -> Iterator[Any]:
    program = [os.environ["SOURCE"], *words]
    with subprocess.Popen(program, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as ran:
        complaint: list[bytes] = []
        assert ran.stdout
        assert ran.stderr
        aside = threading.Thread(target=lambda stderr: complaint.append(stderr.read()), args=(ran.stderr,))
        aside.start()
        for line in ran.stdout:
            yield AirbyteMessageSerializer.load(orjson.loads(line))
        aside.join()
    if ran.returncode:
        raise AirbyteTracedException(internal_message=f"exit {ran.returncode}: {complaint[0][-2000:]!r}")


def _file(content: Any) -> str:
    with tempfile.NamedTemporaryFile("wb", suffix=".json", delete=False) as file:
        file.write(orjson.dumps(content))
    return file.name


class TestSource(standard_tests.SourceTestSuiteBase):
    """The suite."""

    connector = Shim
