"""How soon Messenger's webhook has stored what came and says so: make bench-webhook.

The desk, the simulated Meta and the client are a process each; what the desk does beside, answering and
sending, is in the figures. Every request is compared with the cheapest that the desk knows, in the same run.
"""

import argparse
import asyncio
import subprocess
import sys
from pathlib import Path

from bench.processes import ROOT, environment, free_port, running
from bench.webhook.databases import BACKENDS, database
from bench.webhook.line import WEBHOOK, lines
from bench.webhook.look import LOST, Look, look_into
from bench.webhook.report import report
from bench.webhook.rounds import CASES, CROWD, FIRST, Rounds, people_for
from tests.simulators.graph_api import APP_ID, APP_SECRET, PAGE, TOKENS, VERIFY_TOKEN

ROUNDS = 8
WARM = 2
"""Rounds that are not measured: connections get opened, statements prepared."""


def settings(url: str, folder: Path, port: int, meta: int) -> dict[str, str]:
    """The desk's. Answers leave as fast as they can, so that sending competes with what is measured."""
    return environment(
        BEFFROI_DATABASE_URL=url, BEFFROI_VAR_DIR=str(folder), BEFFROI_PORT=str(port),
        BEFFROI_LOG_LEVEL="warning", BEFFROI_MESSENGER_APP_ID=APP_ID,
        BEFFROI_MESSENGER_APP_SECRET=APP_SECRET, BEFFROI_MESSENGER_VERIFY_TOKEN=VERIFY_TOKEN,
        BEFFROI_MESSENGER_TOKENS=f"{PAGE}={TOKENS[PAGE]}",
        BEFFROI_MESSENGER_GRAPH_URL=f"http://127.0.0.1:{meta}", BEFFROI_MESSENGER_PER_SECOND="1000",
    )  # fmt: skip


def measure(backend: str, rounds: int) -> dict[str, list[float]]:
    """Milliseconds by case, with a desk and a Meta of their own."""
    port, meta = free_port(), free_port()
    desk, python = f"http://127.0.0.1:{port}", [sys.executable, "-m"]
    with database(backend) as (url, folder):
        env = settings(url, folder, port, meta)
        subprocess.run([*python, "desk.cli", "prepare"], env=env, check=True, stdout=subprocess.DEVNULL)
        people = [str(FIRST), str(people_for(rounds + WARM))]
        graph = [*python, "bench.webhook.meta", str(meta), desk + WEBHOOK, *people]
        with (
            running([graph], ROOT, env, f"http://127.0.0.1:{meta}/"),
            running([[*python, "bench.webhook.desk"]], ROOT, env, f"{desk}/readyz"),
            look_into(url) as connection,
        ):
            return asyncio.run(_go_round(desk, Look(connection), folder, rounds))


async def _go_round(desk: str, look: Look, folder: Path, rounds: int) -> dict[str, list[float]]:
    async with lines(desk, CROWD) as open_lines:
        client = Rounds(open_lines, look, folder)
        await client.begin()
        for turn in range(rounds + WARM):
            if turn == WARM:
                client.took = {case: [] for case in CASES}
            await client.go()
    if lost := look.count(LOST):
        raise RuntimeError(f"{lost} messages did not reach whom they were for")
    return client.took


def main() -> None:
    """``python -m bench.webhook [--rounds 8] [--on sqlite postgresql]``."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--on", nargs="+", choices=BACKENDS, default=list(BACKENDS))
    asked = parser.parse_args()
    (ROOT / "var/bench").mkdir(parents=True, exist_ok=True)
    for backend in asked.on:
        print(report(backend, measure(backend, asked.rounds)), flush=True)


if __name__ == "__main__":
    main()
