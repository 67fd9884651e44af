# `make demo` and `make test` set up everything they need; see README.md.
PYTHON ?= python3
VENV ?= .venv
BIN = $(VENV)/bin

.PHONY: bench bench-bodies clean clients crash demo docs editor site test

$(VENV)/.installed: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	touch $@

$(VENV)/.developing: $(VENV)/.installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	touch $@

demo: $(VENV)/.installed  ## four providers, replayed from their recordings, into demo.duckdb
	$(BIN)/python -m tapwright.demo demo.duckdb

test: $(VENV)/.developing  ## everything that must hold
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/tapwright lint specs/*.yaml connectors/*.yaml
	$(BIN)/python -m pytest -n 2

clients: $(VENV)/.installed  ## our taps and sources with other projects' programs, from PyPI
	PYTHON="$(abspath $(BIN))/python" tests/clients/singer.sh
	PYTHON="$(abspath $(BIN))/python" tests/clients/airbyte.sh
	PYTHON="$(abspath $(BIN))/python" tests/clients/dlt.sh

crash: $(VENV)/.developing  ## kill a run at each of its durable operations, start it again, compare with the source
	$(BIN)/python -m tests.crash

bench: $(VENV)/.developing  ## tapwright beside its peers, which it installs: benchmarks/README.md; BENCH="--jobs csv" for less
	$(BIN)/python -m benchmarks --write $(BENCH)

bench-bodies: $(VENV)/.developing  ## one very large answer of each sort into Parquet: time and memory
	$(BIN)/python -m benchmarks.large_bodies

docs: $(VENV)/.developing  ## write what is generated: schemas and the reference
	$(BIN)/python -m tapwright.publish

editor: $(VENV)/.developing  ## the schemas in the language server of editors; needs npm
	npm install --silent --no-audit --no-fund --prefix .cache/editor yaml-language-server@1
	$(BIN)/python -m tests.editor .cache/editor/node_modules/.bin/yaml-language-server

site: $(VENV)/.developing  ## the docs as a site, in site/
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[docs]'
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet
	@echo "open site/index.html"

clean:
	rm -rf $(VENV) build dist site demo.duckdb
