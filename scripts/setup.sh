#!/usr/bin/env bash
# Makes both environments from the locks; does nothing when they already match.
set -euo pipefail
cd "$(dirname "$0")/.."
suffix=${1:+-$1}

fail() { echo "beffroi: $1" >&2; exit 1; }

find_uv() {
  if command -v uv >/dev/null 2>&1 && uv --version >/dev/null 2>&1; then command -v uv; return; fi
  [ -x .tools/bin/uv ] && { echo .tools/bin/uv; return; }
  # The first python3 of the PATH that can make a virtual environment brings uv.
  for python in python3 /usr/bin/python3 python3.13 python3.12 python3.11 python3.10; do
    command -v "$python" >/dev/null 2>&1 || continue
    if "$python" -m venv .tools >/dev/null 2>&1 && .tools/bin/pip install --quiet --disable-pip-version-check uv >&2; then
      echo .tools/bin/uv; return
    fi
  done
  fail "uv is missing and could not be installed: install python3 with its venv module, or uv, then try again."
}

install() { # name, python version, lock
  local name=$1 version=$2 lock=requirements/$3.txt venv=.venvs/$1
  local mark; mark="$(sha256sum "$lock" | cut -c1-64)"
  if [ -x "$venv/bin/python" ] && [ "$(cat "$venv/.lock-$3" 2>/dev/null)" = "$mark" ]; then return; fi
  # The lock with development tools holds everything of the plain one.
  if [ -z "$suffix" ] && [ -f "$venv/.lock-$1-dev" ] \
     && [ "$(cat "$venv/.lock-$1-dev")" = "$(sha256sum "requirements/$1-dev.txt" | cut -c1-64)" ]; then return; fi
  echo "beffroi: installing the $name environment (Python $version)…" >&2
  [ -x "$venv/bin/python" ] || "$uv" venv --quiet --python "$version" "$venv" \
    || fail "Python $version is missing and could not be fetched: install it, then try again."
  "$uv" pip sync --quiet --python "$venv/bin/python" --require-hashes "$lock" \
    || fail "the packages of $lock could not be installed: check the network, then try again."
  rm -f "$venv"/.lock-*
  echo "$mark" > "$venv/.lock-$3"
}

uv=$(find_uv)
install assistant 3.10 "assistant$suffix"
install desk 3.13 "desk$suffix"
