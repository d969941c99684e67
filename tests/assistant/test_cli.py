"""The standard Rasa commands work in the repository."""

import os
import subprocess
import sys

from bot.paths import MODELS, ROOT

RASAS_OWN = "The following duplicated intents have been found across multiple domain files: faq"
"""Rasa 3.6 says so of every retrieval intent: its importer merges the domain with its own copy of it."""


def rasa(*arguments, **environment):
    return subprocess.run(
        [sys.executable, "-W", "default::UserWarning", "-m", "rasa", *arguments],
        cwd=ROOT, env={**os.environ, "PYTHONWARNINGS": "", **environment},
        capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip


def test_data_validate_is_clean():
    done = rasa("data", "validate", "--fail-on-warnings")
    said = [line for line in (done.stdout + done.stderr).splitlines() if "UserWarning" in line]
    assert [line for line in said if RASAS_OWN not in line] == []
    assert done.returncode == 0


def test_conversation_tests_pass(bot, tmp_path):
    done = rasa(
        "test", "core", "--model", str(MODELS / "beffroi.tar.gz"), "--stories", "tests/conversations",
        "--fail-on-prediction-errors", "--out", str(tmp_path),
        BEFFROI_ACTIONS_PORT=bot.environment["BEFFROI_ACTIONS_PORT"], BEFFROI_TRACKER_FILE=":memory:",
    )  # fmt: skip
    failed = tmp_path / "failed_test_stories.yml"
    assert done.returncode == 0, failed.read_text() if failed.exists() else done.stderr[-3000:]
