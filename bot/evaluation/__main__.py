"""``python -m bot.evaluation DATA [--out FILE] [--model FILE]`` measures the assistant and prints JSON."""

import argparse
import asyncio
import json
import logging
import os
import sys
import time
import warnings
from pathlib import Path
from typing import List, Optional

import yaml

from bot.evaluation.scoring import Catalogue, Got, Line, report, score
from bot.paths import MODELS, TOPICS


class EvaluationError(Exception):
    """The evaluation cannot run; the message is one sentence."""


def read_lines(path: Path) -> List[Line]:
    """Every line of a JSON Lines file. Raises EvaluationError with the number of a bad one."""
    if not path.is_file():
        raise EvaluationError(f"{path}: no such file")
    found = []
    for number, raw in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if not raw.strip():
            continue
        try:
            data = json.loads(raw)
            known = {key: data[key] for key in ("also", "labels", "voice") if data.get(key)}
            found.append(Line(str(data["text"]), str(data["label"]), **known))
        except (ValueError, KeyError, TypeError) as error:
            raise EvaluationError(f"{path}, line {number}: {type(error).__name__}: {error}") from error
    if not found:
        raise EvaluationError(f"{path}: no message to evaluate")
    return found


def read_catalogue(path: Path = TOPICS) -> Catalogue:
    """The ids that labels may name."""
    data = yaml.safe_load(path.read_text(encoding="utf-8"))
    return Catalogue(
        {row["id"] for row in data["topics"]}, {row["id"]: row["outcome"] for row in data["dialogue"]}
    )


def latest_model(folder: Path = MODELS) -> Path:
    """The newest trained model. Raises EvaluationError when there is none."""
    models = sorted(folder.glob("*.tar.gz"), key=lambda path: path.stat().st_mtime)
    if not models:
        raise EvaluationError(f"{folder}: no trained model (run: make train)")
    return models[-1]


def main(arguments: Optional[List[str]] = None) -> int:
    """Evaluate; 0, or 1 after one sentence on standard error."""
    parser = argparse.ArgumentParser(prog="bot.evaluation")
    parser.add_argument("data", type=Path)
    parser.add_argument("--out", type=Path, help="also write every line with what it got")
    parser.add_argument("--model", type=Path)
    options = parser.parse_args(arguments)
    try:
        lines = read_lines(options.data)
        model = options.model or latest_model()
    except EvaluationError as error:
        print(f"evaluate: {error}", file=sys.stderr)
        return 1
    catalogue = read_catalogue()
    got, seconds = asyncio.run(_run(str(model), [line.text for line in lines]))
    if options.out:
        rows = [json.dumps(report(line, result), ensure_ascii=False) for line, result in zip(lines, got)]
        options.out.write_text("\n".join(rows) + "\n", encoding="utf-8")
    print(json.dumps(score(lines, got, catalogue, seconds), ensure_ascii=False, indent=2))
    return 0


async def _run(model: str, texts: List[str]) -> "tuple[List[Got], float]":
    from rasa.utils.log_utils import configure_structlog

    from bot.evaluation.runner import Assistant  # Rasa takes seconds to import: errors come first

    configure_structlog(logging.ERROR)  # unconfigured, Rasa prints every message on standard output
    assistant = Assistant(model)
    await assistant.acts("bonjour")  # the first message also builds what is made on demand
    started = time.perf_counter()
    got = [Got.of(await assistant.acts(text.lstrip("/ ") or "?")) for text in texts]
    return got, time.perf_counter() - started


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)
    os.environ.setdefault("SQLALCHEMY_SILENCE_UBER_WARNING", "1")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    sys.exit(main())
