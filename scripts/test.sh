#!/usr/bin/env bash
# Everything: checks, assistant, desk, contract, browser.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/lint.sh
.venvs/assistant/bin/python -m pytest -c tests/assistant/pytest.ini --rootdir . -q -p no:cacheprovider tests/assistant
node --test tests/widget/*.test.js
.venvs/desk/bin/python -m pytest -q -n auto tests/desk tests/contract
.venvs/desk/bin/python -m pytest -q tests/e2e
