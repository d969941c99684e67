#!/usr/bin/env bash
# Everything: checks, assistant, desk, contract, browser.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/lint.sh
.venvs/assistant/bin/rasa data validate --fail-on-warnings > var/validate.log 2>&1 || { tail -20 var/validate.log; exit 1; }
.venvs/assistant/bin/python -m pytest tests/assistant -q -p no:cacheprovider -c tests/assistant/pytest.ini
node --test tests/widget/*.test.js
.venvs/desk/bin/python -m pytest -q
