"""``python -m tests.simulators.graph_api --port N --desk URL``: Meta as a process, by the machine's clock."""

import argparse
import asyncio
from contextlib import suppress
from datetime import timedelta

from desk.clock import SystemClock
from tests.simulators.graph_api.meta import Meta

RETRY_SECONDS = 2.0


def main() -> None:
    """Serve until stopped."""
    parser = argparse.ArgumentParser(prog="graph_api", description=__doc__)
    parser.add_argument("--port", type=int, default=8100)
    parser.add_argument("--desk", default="http://localhost:8000", help="address of the desk")
    parser.add_argument("--seed", type=int, default=1)
    for share in ("duplicates", "shuffles", "errors", "lost-answers"):
        parser.add_argument(f"--{share}", type=float, default=0.0, help="share, from 0 to 1")
    with suppress(KeyboardInterrupt):
        asyncio.run(_serve(parser.parse_args()))


async def _serve(asked: argparse.Namespace) -> None:
    """A desk that is still starting must not lose its subscription: it has a day."""
    async with Meta(
        SystemClock(), seed=asked.seed, duplicates=asked.duplicates, shuffles=asked.shuffles,
        errors=asked.errors, lost_answers=asked.lost_answers, retry_seconds=RETRY_SECONDS,
        unsubscribe_after=timedelta(days=1), port=asked.port,
    ) as meta:  # fmt: skip
        meta.connect(f"{asked.desk.rstrip('/')}/webhooks/messenger")
        print(f"the simulated Messenger is at http://localhost:{asked.port}", flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    main()
