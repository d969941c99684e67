#!/usr/bin/env bash
# Writes the hash-locked requirements/*.txt from the *.in files; versions already locked stay unless asked.
# scripts/lock.sh [--upgrade-package NAME …]
set -euo pipefail
cd "$(dirname "$0")/.."
uv=.tools/bin/uv; [ -x "$uv" ] || uv=uv
for lock in assistant assistant-dev desk desk-dev; do
  case $lock in assistant*) version=3.10 ;; *) version=3.13 ;; esac
  "$uv" pip compile --quiet --python-version "$version" --generate-hashes --no-emit-index-url --no-header \
    "requirements/$lock.in" --output-file "requirements/$lock.txt" "$@"
done
