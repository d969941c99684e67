"""The simulated Meta, a process of its own: its echoes and receipts must not slow the measuring client."""

import argparse
import asyncio
from contextlib import suppress

from desk.clock import SystemClock
from tests.simulators.graph_api import PAGE, Meta


async def serve(port: int, desk: str, people: range) -> None:
    """Until stopped; these people have just written, so the Page may write to them."""
    clock = SystemClock()
    async with Meta(clock, port=port) as meta:
        for psid in people:
            meta.page(PAGE).person(str(psid)).opened_at = clock.now()
        meta.connect(desk)
        await asyncio.Event().wait()


def main() -> None:
    """``python -m bench.webhook.meta PORT WEBHOOK FIRST COUNT``."""
    parser = argparse.ArgumentParser()
    parser.add_argument("port", type=int)
    parser.add_argument("webhook")
    parser.add_argument("first", type=int)
    parser.add_argument("count", type=int)
    asked = parser.parse_args()
    with suppress(KeyboardInterrupt):
        asyncio.run(serve(asked.port, asked.webhook, range(asked.first, asked.first + asked.count)))


if __name__ == "__main__":
    main()
