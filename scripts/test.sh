#!/usr/bin/env bash
# Everything: checks, assistant, desk, contract, browser.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/lint.sh

# The assistant's tests use one core: those that run Rasa's own commands, half of the time, go beside the rest.
assistant=(.venvs/assistant/bin/python -m pytest -c tests/assistant/pytest.ini --rootdir . -q -p no:cacheprovider)
commands=tests/assistant/test_cli.py
beside=$(mktemp)
"${assistant[@]}" "$commands" >"$beside" 2>&1 &
cli=$!
trap 'kill "$cli" 2>/dev/null || true; rm -f "$beside"' EXIT
"${assistant[@]}" --ignore "$commands" tests/assistant
wait "$cli" || { cat "$beside"; exit 1; }
tail -n 1 "$beside"

node --test tests/widget/*.test.js
.venvs/desk/bin/python -m pytest -q -n auto tests/desk tests/contract
.venvs/desk/bin/python -m pytest -q tests/e2e
