"""``make bench``: Rasa's default French pipeline and Beffroi end to end, side by side in one run.

Both learn the same messages (5 a label by default: stock needs hours for all of them) and answer the
same ones, through the same Rasa-compatible webhook. Beffroi's figures include all that stock does not
do: every message and reply stored in SQLite with full synchronisation, answers rendered, tickets opened.
"""

import argparse
import json
import shutil
import subprocess
import sys
from dataclasses import asdict, dataclass

from bench.load import Load, measure
from bench.processes import ROOT, environment, free_port, running, timed
from bench.stock.project import write_nlu, write_project
from bot.lessons import read_lessons

WORK = ROOT / "var/bench"
RASA = str(ROOT / ".venvs/assistant/bin/rasa")
ACTIONS = [
    "env",
    "SANIC_HOST=127.0.0.1",
    str(ROOT / ".venvs/assistant/bin/python"),
    "-m",
    "rasa_sdk",
    "--actions",
    "actions",
    "--port",
]
DESK = [sys.executable, "-m", "desk.cli"]


@dataclass
class Row:
    """One system's figures: seconds, seconds, MiB, then its load."""

    train: float
    ready: float
    memory: float
    load: Load


def bench_stock(messages: dict[str, list[str]], texts: list[str]) -> Row:
    """Rasa's defaults over its own REST channel."""
    folder = WORK / "stock"
    write_project(messages, folder)
    seconds = timed([RASA, "train", "--fixed-model-name", "stock", "--force"], folder, WORK / "stock.log")
    port = free_port()
    command = [RASA, "run", "--model", "models/stock.tar.gz", "--interface", "127.0.0.1", "--port", str(port)]
    url = f"http://127.0.0.1:{port}"
    with running([command], folder, environment(), f"{url}/webhooks/rest/") as servers:
        load = measure(f"{url}/webhooks/rest/webhook", "", texts)
        return Row(seconds, servers.ready_after, servers.memory_mib(), load)


def train_beffroi(messages: dict[str, list[str]], name: str) -> float:
    """Seconds to train Beffroi on ``messages``."""
    data = WORK / name
    shutil.rmtree(data, ignore_errors=True)
    write_nlu(messages, data / "nlu.yml")
    shutil.copy(ROOT / "data/nlu/dialogue/commands.yml", data)
    command = [RASA, "train", "--force", "--data", str(data), "data/rules", "--out", str(WORK / "models"),
               "--fixed-model-name", name]  # fmt: skip
    return timed(command, ROOT, WORK / f"{name}.log")


def bench_beffroi(train: float, texts: list[str]) -> Row:
    """The three processes of the Procfile, with the shipped model and a database of their own."""
    for old in WORK.glob("*.db*"):
        old.unlink()
    port, assistant, actions = free_port(), free_port(), free_port()
    env = environment(
        BEFFROI_PORT=str(port), BEFFROI_ASSISTANT_URL=f"http://127.0.0.1:{assistant}",
        BEFFROI_ACTIONS_PORT=str(actions), BEFFROI_DATABASE_URL=f"sqlite:///{WORK}/desk.db",
        BEFFROI_VAR_DIR=str(WORK), BEFFROI_TRACKER_FILE=str(WORK / "assistant.db"),
        BEFFROI_REST_KEY="bench-" + "k" * 20, BEFFROI_MESSAGES_PER_MINUTE="100000",
        BEFFROI_LOG_LEVEL="warning",
    )  # fmt: skip
    subprocess.run([*DESK, "prepare"], cwd=ROOT, env=env, check=True, stdout=subprocess.DEVNULL)
    run = [RASA, "run", "--model", "models/beffroi.tar.gz", "--interface", "127.0.0.1", "--port"]
    commands = [[*ACTIONS, str(actions)], [*run, str(assistant)], [*DESK, "serve"]]
    url = f"http://127.0.0.1:{port}"
    with running(commands, ROOT, env, f"{url}/readyz") as servers:
        load = measure(f"{url}/webhooks/rest/webhook", env["BEFFROI_REST_KEY"], texts)
        return Row(train, servers.ready_after, servers.memory_mib(), load)


def table(stock: Row, beffroi: Row) -> str:
    """Both columns and their ratio, in Markdown."""
    lines = ["| | Rasa's default | Beffroi | ratio |", "|---|---|---|---|"]
    for name, left, right in (
        ("training, s", stock.train, beffroi.train),
        ("ready after, s", stock.ready, beffroi.ready),
        ("memory, MiB", stock.memory, beffroi.memory),
        ("p50, ms", stock.load.p50, beffroi.load.p50),
        ("p95, ms", stock.load.p95, beffroi.load.p95),
        ("messages a second", stock.load.per_second, beffroi.load.per_second),
    ):
        lines.append(f"| {name} | {left:.1f} | {right:.1f} | {right / left:.2f} |")
    return "\n".join(lines)


def main() -> int:
    """Run both and print the table; the figures also go to var/bench/end_to_end.json."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--per-label", type=int, default=5, help="training messages a label (0: all)")
    parser.add_argument("--messages", type=int, default=400, help="messages sent, twice")
    options = parser.parse_args()
    WORK.mkdir(parents=True, exist_ok=True)
    lines = (ROOT / "data/evaluation/messages.jsonl").read_text(encoding="utf-8").splitlines()
    texts = [json.loads(line)["text"] for line in lines][:: max(1, len(lines) // options.messages)]
    messages = read_lessons(options.per_label)
    every = read_lessons(0)
    print(f"training on {sum(map(len, messages.values()))} messages…", file=sys.stderr, flush=True)
    beffroi = bench_beffroi(train_beffroi(messages, "beffroi"), texts)
    whole = train_beffroi(every, "whole")
    stock = bench_stock(messages, texts)
    print(table(stock, beffroi))
    print(f"\nBeffroi trained on all {sum(map(len, every.values()))} messages: {whole:.1f} s.")
    figures = {
        "stock": asdict(stock),
        "beffroi": asdict(beffroi),
        "train_all": whole,
        "per_label": options.per_label,
    }
    (WORK / "end_to_end.json").write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
