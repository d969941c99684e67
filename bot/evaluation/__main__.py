"""``python -m bot.evaluation DATA [--out FILE] [--model FILE]`` measures the assistant and prints JSON."""

import argparse
import asyncio
import json
import logging
import sys
import time
from pathlib import Path
from typing import List, Optional

from bot.evaluation.lines import LinesError, read_catalogue, read_lines
from bot.evaluation.scoring import Got, report, score
from bot.paths import MODELS
from bot.quiet import hush


def latest_model(folder: Path = MODELS) -> Path:
    """The newest trained model. Raises LinesError when there is none."""
    models = sorted(folder.glob("*.tar.gz"), key=lambda path: path.stat().st_mtime)
    if not models:
        raise LinesError(f"{folder}: no trained model (run: make train)")
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
    except LinesError as error:
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
    hush()
    sys.exit(main())
