#!/usr/bin/env bash
# Airbyte's own programs read from a source of ours: the protocol's JSON Schema, the CDK's standard tests, PyAirbyte.
# Each has a virtual environment of its own under $CLIENTS; the first run fetches about 1 GB.
set -euo pipefail
cd "$(dirname "$0")/../.."
CLIENTS=${CLIENTS:-/tmp/tapwright-clients}
PYTHON=${PYTHON:-python3.11}
export DO_NOT_TRACK=1 AIRBYTE_OFFLINE_MODE=1 PYTHONWARNINGS=ignore

venv() { # NAME REQUIREMENT…: an environment with these, made once
    local place=$CLIENTS/$1
    if [ ! -e "$place/.ready" ]; then
        $PYTHON -m venv "$place"
        "$place/bin/python" -m pip install --quiet --disable-pip-version-check "${@:2}"
        touch "$place/.ready"
    fi
}
mkdir -p "$CLIENTS"
venv tapwright --editable .
venv protocol 'airbyte-protocol-models<1' jsonschema
venv cdk 'airbyte-cdk[dev]==7.39.1'
venv pyairbyte 'airbyte==0.71.3'

FOLDER=$(mktemp -d)
trap 'rm -rf "$FOLDER"' EXIT
export CLIENTS FOLDER SOURCE=$CLIENTS/tapwright/bin/source-rokt
"$CLIENTS/tapwright/bin/python" -m tests.clients.airbyte_serving "$FOLDER" bash -euo pipefail -c '
    echo "== what tapwright run reads"
    "$CLIENTS/tapwright/bin/tapwright" run rokt --config "$FOLDER/config.json" --to "jsonl:$FOLDER/expected" --full-refresh

    echo "== the protocol"
    "$CLIENTS/protocol/bin/python" tests/clients/airbyte_lines.py "$SOURCE" "$FOLDER"

    echo "== the standard tests of the CDK"
    mkdir "$FOLDER/connector"
    cp tests/clients/airbyte_standard.py "$FOLDER/connector/test_standard.py"
    cp "$FOLDER/config.json" "$FOLDER/connector/"
    printf "data:\n  dockerRepository: tapwright/source-rokt\n  tags: [language:python]\n" > "$FOLDER/connector/metadata.yaml"
    tests="tests: [{config_path: config.json, status: succeed}]"
    printf "connector_image: tapwright/source-rokt:dev\nacceptance_tests:\n" > "$FOLDER/connector/acceptance-test-config.yml"
    for part in connection discovery basic_read spec; do
        printf "  %s: {%s}\n" $part "$tests" >> "$FOLDER/connector/acceptance-test-config.yml"
    done
    (cd "$FOLDER/connector" && "$CLIENTS/cdk/bin/python" -m pytest -v -p no:cacheprovider -W ignore -k "not docker" test_standard.py)

    echo "== PyAirbyte"
    "$CLIENTS/pyairbyte/bin/python" tests/clients/airbyte_pyairbyte.py "$SOURCE" "$FOLDER"
    "$CLIENTS/pyairbyte/bin/python" tests/clients/airbyte_pyairbyte.py "$FOLDER"
'
