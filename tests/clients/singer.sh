#!/usr/bin/env bash
# Our taps through the real Singer clients: singer-check-tap, the standard tests of Meltano's SDK, five targets, Meltano.
# Each has a virtual environment of its own under $CLIENTS; only making those needs PyPI.
set -euo pipefail
cd "$(dirname "$0")/../.."
CLIENTS=${CLIENTS:-/tmp/tapwright-clients}
PYTHON=${PYTHON:-python3.11}

venv() { # NAME REQUIREMENT…: an environment with these, made once
    local place=$CLIENTS/$1
    if [ ! -e "$place/.ready" ]; then
        $PYTHON -m venv "$place"
        "$place/bin/python" -m pip install --quiet --disable-pip-version-check "${@:2}"
        touch "$place/.ready"
    fi
}
mkdir -p "$CLIENTS"
venv singer-check singer-tools==0.4.1
venv singer-jsonl target-jsonl==0.1.4
venv singer-sdk 'singer-sdk[testing]==0.54.9'
venv singer-csv meltanolabs-target-csv==0.5.0
venv singer-duckdb target-duckdb==0.8.0 duckdb
venv singer-postgres-meltano meltanolabs-target-postgres==0.8.1
venv singer-postgres-pipelinewise pipelinewise-target-postgres==2.1.2
venv singer-meltano meltano==4.4.1
venv singer-tap pytest .
# The commands tap-… come from a wheel of what is here now.
"$CLIENTS/singer-tap/bin/python" -m pip install --quiet --disable-pip-version-check --force-reinstall --no-deps .
# target-duckdb 0.8.0 loses the first row of each batch (jwills/target-duckdb#58, fixed there but not on PyPI).
sed -i 's/WITH (new_line/WITH (header false, new_line/' \
    "$CLIENTS"/singer-duckdb/lib/python3*/site-packages/target_duckdb/db_sync.py

FOLDER=$(mktemp -d)
trap 'rm -rf "$FOLDER"' EXIT
PYTHONPATH=. "$CLIENTS/singer-tap/bin/python" -m tests.clients.singer "$CLIENTS" "$FOLDER"
echo "Killed at ${KILLS:-100} lines of its output by chance, each time begun again from its last STATE"
PYTHONPATH=. "$CLIENTS/singer-tap/bin/python" -m tests.clients.singer_kill "${KILLS:-100}" | tail -n 1
