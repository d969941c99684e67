#!/usr/bin/env bash
# Every check that does not run the program.
set -euo pipefail
cd "$(dirname "$0")/.."
venv=.venvs/desk/bin
$venv/ruff format --check .
$venv/ruff check .
$venv/mypy
$venv/lint-imports
node_modules=tests/widget/node_modules
[ -x $node_modules/.bin/tsc ] || (cd tests/widget && npm install --silent --no-package-lock --no-audit --no-fund)
$node_modules/.bin/tsc -p widget
