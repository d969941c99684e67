"""Trains the assistant when no model matches the data; run by the desk's Python."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MODEL = ROOT / "models" / "beffroi.tar.gz"
MARK = ROOT / "models" / "beffroi.sha256"
SOURCES = (
    "config.yml",
    "domain.yml",
    "data/topics.yml",
    "data/nlu",
    "data/calibration",
    "data/rules",
    "data/lexicon",
    "bot",
    "requirements/assistant.txt",
)


def fingerprint() -> str:
    """A hash of everything the model depends on."""
    digest = hashlib.sha256()
    for source in SOURCES:
        path = ROOT / source
        files = sorted(path.rglob("*")) if path.is_dir() else [path]
        for file in files:
            if file.is_file() and file.suffix in {".yml", ".jsonl", ".py", ".txt"}:
                digest.update(str(file.relative_to(ROOT)).encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()


def main() -> int:
    """0 when a model is ready; Rasa's own output is kept in var/train.log."""
    wanted = fingerprint()
    if MODEL.exists() and MARK.exists() and MARK.read_text().strip() == wanted:
        return 0
    print("beffroi: training the assistant (three to four minutes)…", file=sys.stderr, flush=True)
    log = ROOT / "var" / "train.log"
    log.parent.mkdir(exist_ok=True)
    MODEL.parent.mkdir(exist_ok=True)
    command = [
        ROOT / ".venvs/assistant/bin/rasa",
        "train",
        "--skip-validation",  # half a minute; `make test` validates
        "--out",
        "models",
        "--fixed-model-name",
        "beffroi",
    ]
    with log.open("w") as output:
        done = subprocess.run(
            command, cwd=ROOT, stdout=output, stderr=subprocess.STDOUT, env=dict(os.environ), check=False
        )
    if done.returncode != 0 or not MODEL.exists():
        print("beffroi: training failed; the reason is at the end of var/train.log", file=sys.stderr)
        return 1
    MARK.write_text(wanted + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
