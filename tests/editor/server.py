"""A language server on its standard input and output, asked as an editor asks it."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any, Self


class Server:
    """The YAML language server."""

    def __init__(self, command: list[str]) -> None:
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self._number = 0
        self._diagnostics: dict[str, list[Any]] = {}

    def __enter__(self) -> Self:
        able = {"completion": {"completionItem": {"snippetSupport": False, "documentationFormat": ["markdown"]}}}
        self.ask("initialize", {"processId": None, "rootUri": None, "capabilities": {"textDocument": able}})
        self._tell("initialized", {})
        yaml = {"hover": True, "completion": True, "validate": True, "schemaStore": {"enable": False}}
        self._tell("workspace/didChangeConfiguration", {"settings": {"yaml": yaml}})
        return self

    def __exit__(self, *_: object) -> None:
        self.ask("shutdown", None)
        self._tell("exit", None)
        self._process.communicate(timeout=30)

    def open(self, path: Path, text: str) -> str:
        """Open a document, which need not be on disk; gives its name."""
        uri = path.absolute().as_uri()
        document = {"uri": uri, "languageId": "yaml", "version": 1, "text": text}
        self._tell("textDocument/didOpen", {"textDocument": document})
        return uri

    def problems(self, uri: str) -> list[str]:
        """Wait for what is wrong with a document."""
        while uri not in self._diagnostics:
            self._hear()
        return [f"{each['range']['start']['line'] + 1}: {each['message']}" for each in self._diagnostics[uri]]

    def completions(self, uri: str, line: int, column: int) -> dict[str, str]:
        """What it offers at a place, counted from 0, and what it says of each."""
        place = {"textDocument": {"uri": uri}, "position": {"line": line, "character": column}}
        found = self.ask("textDocument/completion", place)
        return {item["label"].strip(): _text(item.get("documentation")) for item in found["items"]}

    def hover(self, uri: str, line: int, column: int) -> str:
        """What it says of a word."""
        place = {"textDocument": {"uri": uri}, "position": {"line": line, "character": column}}
        return _text((self.ask("textDocument/hover", place) or {}).get("contents"))

    def ask(self, method: str, params: Any) -> Any:
        """Ask, and wait for the answer."""
        self._number += 1
        self._send({"id": self._number, "method": method, "params": params})
        while True:
            said = self._hear()
            if said.get("id") == self._number and "method" not in said:
                if "error" in said:
                    raise RuntimeError(f"{method}: {said['error']['message']}")
                return said["result"]

    def _tell(self, method: str, params: Any) -> None:
        self._send({"method": method, "params": params})

    def _send(self, message: dict[str, Any]) -> None:
        assert self._process.stdin is not None
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self._process.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        self._process.stdin.flush()

    def _hear(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        length = 0
        while line := self._process.stdout.readline().strip():
            name, _, value = line.partition(b":")
            length = int(value) if name.lower() == b"content-length" else length
        if not length:
            raise RuntimeError("the language server has gone")
        said: dict[str, Any] = json.loads(self._process.stdout.read(length))
        if said.get("method") == "textDocument/publishDiagnostics":
            self._diagnostics[said["params"]["uri"]] = said["params"]["diagnostics"]
        elif "method" in said and "id" in said:
            items = said.get("params") or {}
            self._send({"id": said["id"], "result": [None] * len(items.get("items", []))})
        return said


def _text(said: Any) -> str:
    if isinstance(said, list):
        return "\n".join(map(_text, said))
    return str(said.get("value", "")) if isinstance(said, dict) else str(said or "")
