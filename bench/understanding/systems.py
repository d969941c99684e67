"""The pipelines compared: each learns the lessons, then says what it makes of every message."""

import asyncio
import json
import logging
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import yaml

from bench.understanding.material import WORK, code_fingerprint, fingerprint
from bot.decision import SURE_OF_TOPIC
from bot.labels import FAQ
from bot.lessons import Lessons
from bot.parse import DECISION
from bot.paths import CODE, LEXICON, ROOT

CONFIGS = Path(__file__).with_name("configs")
FALLBACK = "nlu_fallback"
PLAIN = "faq__"


@dataclass
class Guess:
    """The likeliest label, how likely (0 to 1), and the label that is answered, None when it keeps quiet."""

    label: str
    confidence: float
    answered: str | None


@dataclass
class Run:
    """One system's guesses, with its seconds of training and its milliseconds a message."""

    name: str
    train: float
    milliseconds: float
    guesses: list[Guess]


def kept(name: str, key: str, made: Callable[[], Run]) -> Run:
    """The run stored under ``key``, made when there is none."""
    path = WORK / "runs" / f"{key}.json"
    if path.is_file():
        data = json.loads(path.read_text(encoding="utf-8"))
        return Run(name, data["train"], data["milliseconds"], [Guess(**one) for one in data["guesses"]])
    run = made()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(asdict(run), ensure_ascii=False), encoding="utf-8")
    return run


def beffroi(lessons: Lessons, texts: list[str]) -> Run:
    """Our pipeline, its decisions read as the desk reads them."""
    config = ROOT / "config.yml"
    code = code_fingerprint(CODE) + code_fingerprint(LEXICON)
    key = fingerprint("beffroi", lessons, texts, config.read_text(encoding="utf-8"), code)
    return kept("Beffroi", key, lambda: _rasa("Beffroi", config, lessons, texts, read_decision))


def rasa(name: str, config: str, lessons: Lessons, texts: list[str]) -> Run:
    """A Rasa pipeline of ``configs/``; it answers unless its FallbackClassifier steps in."""
    path = CONFIGS / f"{config}.yml"
    lessons = {plain(label): said for label, said in lessons.items()}
    key = fingerprint(name, lessons, texts, path.read_text(encoding="utf-8"))
    return kept(name, key, lambda: _rasa(name, path, lessons, texts, read_ranking))


def tfidf(lessons: Lessons, texts: list[str]) -> Run:
    """Word TF-IDF and logistic regression with scikit-learn's defaults, and Rasa's fallback thresholds."""
    return kept("TF-IDF", fingerprint("tfidf", lessons, texts), lambda: _tfidf(lessons, texts))


def _tfidf(lessons: Lessons, texts: list[str]) -> Run:
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    started = time.perf_counter()
    model = make_pipeline(TfidfVectorizer(), LogisticRegression(max_iter=1000))
    model.fit([text for said in lessons.values() for text in said],
              [label for label, said in lessons.items() for _ in said])  # fmt: skip
    trained = time.perf_counter() - started
    started = time.perf_counter()
    guesses = []
    for text in texts:
        row = model.predict_proba([text])[0]
        first, second = row.argsort()[::-1][:2]
        label, sure = str(model.classes_[first]), row[first] >= 0.3 and row[first] - row[second] >= 0.1
        guesses.append(Guess(label, float(row[first]), label if sure and label.startswith(FAQ) else None))
    return Run("TF-IDF", trained, _each(started, texts), guesses)


def _rasa(name: str, config: Path, lessons: Lessons, texts: list[str], read: Callable[..., Guess]) -> Run:
    folder = WORK / "rasa" / re.sub(r"\W+", "_", name.lower())
    folder.mkdir(parents=True, exist_ok=True)
    blocks = [
        {"intent": label, "examples": "".join(f"- {one}\n" for one in said)}
        for label, said in lessons.items()
    ]
    nlu = folder / "nlu.yml"
    nlu.write_text(yaml.safe_dump({"version": "3.1", "nlu": blocks}, allow_unicode=True), encoding="utf-8")
    rasa_command = str(Path(sys.executable).with_name("rasa"))
    command = [rasa_command, "train", "nlu", "--nlu", str(nlu), "--config", str(config), "--out", str(folder),
               "--fixed-model-name", "model"]  # fmt: skip
    (folder / "model.tar.gz").unlink(missing_ok=True)
    started = time.perf_counter()
    with (folder / "train.log").open("w") as log:
        quiet = {
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "RASA_TELEMETRY_ENABLED": "false",
            "PYTHONWARNINGS": "ignore",
        }
        subprocess.run(command, cwd=folder, env=quiet, stdout=log, stderr=log, check=True)
    trained = time.perf_counter() - started
    guesses, milliseconds = asyncio.run(_parse(folder / "model.tar.gz", texts, read))
    return Run(name, trained, milliseconds, guesses)


async def _parse(model: Path, texts: list[str], read: Callable[..., Guess]) -> "tuple[list[Guess], float]":
    from rasa.core.agent import Agent
    from rasa.utils.log_utils import configure_structlog

    configure_structlog(logging.ERROR)
    agent = Agent.load(str(model))
    await agent.parse_message("bonjour")  # the first message also builds what is made on demand
    started = time.perf_counter()
    guesses = [read(await agent.parse_message(text.lstrip("/ ") or "?")) for text in texts]
    return guesses, _each(started, texts)


def read_ranking(parsed: dict[str, Any]) -> Guess:
    best = next(one for one in parsed["intent_ranking"] if one["name"] != FALLBACK)
    label = _label(best["name"])
    answers = parsed["intent"]["name"] != FALLBACK and label.startswith(FAQ)
    return Guess(label, float(best["confidence"]), label if answers else None)


def plain(label: str) -> str:
    """``faq/passeport`` as a plain intent: Rasa would learn the retrieval intent ``faq`` alone."""
    return label.replace(FAQ, PLAIN)


def _label(intent: str) -> str:
    return intent.replace(PLAIN, FAQ, 1) if intent.startswith(PLAIN) else intent


def read_decision(parsed: dict[str, Any]) -> Guess:
    decision, ranking = parsed.get(DECISION) or {}, parsed.get("intent_ranking") or []
    answers = decision.get("intent") in SURE_OF_TOPIC and decision.get("topic")
    answered = FAQ + decision["topic"] if answers else None
    if not ranking:
        return Guess(str(decision.get("intent")), 1.0, answered)
    return Guess(ranking[0]["name"], float(ranking[0]["confidence"]), answered)


def _each(started: float, texts: list[str]) -> float:
    return 1000 * (time.perf_counter() - started) / len(texts)
