#!/usr/bin/env bash
# dlt itself runs our sources into DuckDB, in a virtual environment that has it, under $CLIENTS.
set -euo pipefail
cd "$(dirname "$0")/../.."
CLIENTS=${CLIENTS:-/tmp/tapwright-clients}
PYTHON=${PYTHON:-python3.11}
if [ ! -e "$CLIENTS/dlt/.ready" ]; then
    $PYTHON -m venv "$CLIENTS/dlt"
    "$CLIENTS/dlt/bin/python" -m pip install --quiet --disable-pip-version-check --editable '.[dlt,test]'
    touch "$CLIENTS/dlt/.ready"
fi
export RUNTIME__DLTHUB_TELEMETRY=false
"$CLIENTS/dlt/bin/python" -m pytest -rs -W ignore -p no:cacheprovider tests/test_dlt.py tests/test_fronts_agree.py
