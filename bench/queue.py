"""Whether the queue stays as quick with a million tickets as with a thousand: make bench-queue.

The same views are read in databases of each size, in turn, on a PostgreSQL of our own; what is timed is what
a page asks for: the tickets of the list, the last words of each, and the counts of every view.
"""

import argparse
import asyncio
import statistics
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from desk.answers.catalogue import load_topics
from desk.db.engine import Database
from desk.db.migrate import migrate
from desk.staff.queue.address import Filters
from desk.staff.queue.listing import PAGE, counts_of, rows_of, tickets_after
from desk.staff.queue.order import EPOCH, MICROSECOND, Position
from desk.staff.queue.streams import Onlooker, streams_of
from desk.staff.queue.views import Order, View, views_for
from desk.tickets.access import Reach
from tests.desk.postgres import fresh_database, postgres_server

SIZES = (1_000, 100_000, 1_000_000)
ROUNDS = 25
LIST_MS, RATIO = 50, 1.5
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
EVERY = timedelta(minutes=2)
"""One ticket was resolved every so often."""
WARM = 6
"""Rounds that are not measured: statements get prepared, pages read."""
ME = 1
AGENT = ("voirie", "etat_civil")

# Nine in ten are done, the newest fifth being half open. Topics are as unequal as in a town: the first ones
# of the catalogue come far more often. Every open ticket is due within three days of now, before or after.
FILL = (
    "SET session_replication_role = replica",  # the rows are right by construction: nothing to check
    """
    CREATE TEMPORARY TABLE made AS
    SELECT n, md5(n::text) AS conversation, CAST(:now AS timestamptz) AS now, random() AS luck,
           n > :size * 0.8 AND random() < 0.5 AS open, random() AS place,
           (CAST('{web,web,web,web,web,web,messenger,messenger,rest}' AS text[]))[1 + floor(random() * 9)]
               AS channel,
           (floor(power(random(), 2) * cardinality(CAST(:topics AS text[]))) + 1)::int AS topic
    FROM generate_series(1, CAST(:size AS bigint)) AS n
    """,
    """
    INSERT INTO conversation (id, commune, channel, owner, last_seq, attempts, created_at)
    SELECT conversation, 'demo', channel, 'assistant', 2, 0, now FROM made
    """,
    """
    INSERT INTO message (commune, conversation_id, seq, channel, author, text, buttons, created_at)
    SELECT 'demo', conversation, seq, channel, CASE seq WHEN 1 THEN 'citizen' ELSE 'assistant' END,
           'Bonjour, un lampadaire est éteint rue ' || n || ' depuis lundi', '[]', now
    FROM made CROSS JOIN generate_series(1, 2) AS seq
    """,
    """
    INSERT INTO ticket (commune, conversation_id, reference, channel, reason, details, rank, topic, service,
                        asked, staff_id, version, opened_at, due_at, state, shelf, resolved_at)
    SELECT 'demo', conversation,
           regexp_replace(translate(lpad(to_hex(n), 8, '0'), '0123456789abcdef', '3479CDFGHJKMNPQR'),
                          '(....)(....)', 'BEF-\\1-\\2'),
           channel, 'asked', '{}', CASE WHEN random() < 0.02 THEN 0 ELSE 1 END,
           (CAST(:topics AS text[]))[topic], (CAST(:services AS text[]))[topic],
           CASE WHEN open AND random() < 0.05 THEN '|voirie|' END,
           CASE WHEN random() < 0.5 THEN ceil(random() * 5)::int END, 1, now,
           now + (place - 0.5) * interval '6 days',
           CASE WHEN NOT open THEN 'resolved' WHEN luck < 0.15 THEN 'waiting' WHEN luck < 0.2 THEN 'proposed'
                WHEN luck < 0.5 THEN 'new' ELSE 'in_progress' END,
           CASE WHEN NOT open THEN 'done' WHEN luck < 0.15 THEN 'waiting' ELSE 'todo' END,
           CASE WHEN NOT open THEN now - (:size - n + place) * CAST(:every AS interval) END
    FROM made ORDER BY n
    """,
)  # fmt: skip


@dataclass
class Case:
    """Something that a page reads, and how long it took by size of the database, in milliseconds."""

    name: str
    read: Callable[[AsyncSession, int], Awaitable[int]]
    took: dict[int, list[float]] = field(default_factory=lambda: defaultdict(list))
    lines: dict[int, int] = field(default_factory=dict)

    async def measure(self, database: Database, size: int) -> None:
        """Once more, as a request does it: with a session of its own."""
        started = time.perf_counter()
        async with database.read() as session:
            self.lines[size] = await self.read(session, size)
        self.took[size].append((time.perf_counter() - started) * 1000)

    def median(self, size: int) -> float:
        return statistics.median(self.took[size])


def lists() -> list[Case]:
    """Every view of a manager and of an agent; some also filtered, and some further down."""
    manager, agent = _onlooker(None), _onlooker(AGENT)
    filters = {"service": Filters(service="voirie"), "sujet": Filters(topic=next(iter(load_topics()))),
               "canal": Filters(channel="messenger"), "urgence": Filters(urgency="oui")}  # fmt: skip
    found = [_list(view.code, view, manager) for view in views_for(everything=True)]
    for view in views_for(everything=True):
        if view.code in ("traiter", "retard", "resolues"):
            found.append(_list(f"{view.code}, halfway down", view, manager, halfway=True))
            found += [_list(f"{view.code}, {name}", view, manager, one) for name, one in filters.items()]
    return found + [_list(f"agent: {view.code}", view, agent) for view in views_for(everything=False)]


def counts() -> list[Case]:
    """The counts of all views, as each page shows them."""
    return [_counts("counts", None), _counts("counts, service", None, Filters(service="voirie")),
            _counts("agent: counts", AGENT)]  # fmt: skip


def _onlooker(services: tuple[str, ...] | None) -> Onlooker:
    return Onlooker(Reach("demo", services), ME, NOW, NOW + timedelta(hours=24))


def _list(
    name: str, view: View, who: Onlooker, filters: Filters | None = None, *, halfway: bool = False
) -> Case:
    asked = filters or Filters()
    streams, order = streams_of(view, asked, who), asked.order_of(view)

    async def read(session: AsyncSession, size: int) -> int:
        after = _halfway(order, size) if halfway else None
        tickets = await tickets_after(session, streams, order, after)
        return len(await rows_of(session, tickets[:PAGE]))

    return Case(name, read)


def _halfway(order: Order, size: int) -> Position:
    """In the middle of what is to do, of what is late, or of what is resolved."""
    back = {"queue": timedelta(0), "due": timedelta(hours=36), "done": EVERY * (size / 2)}[order]
    moment = (NOW - back - EPOCH) // MICROSECOND
    return (1, moment, 0) if order == "queue" else (moment, 0)


def _counts(name: str, services: tuple[str, ...] | None, filters: Filters | None = None) -> Case:
    who, views = _onlooker(services), views_for(everything=services is None)
    asked = [(view.order, streams_of(view, filters or Filters(), who)) for view in views]

    async def read(session: AsyncSession, _size: int) -> int:
        return sum(await counts_of(session, asked))

    return Case(name, read)


async def fill(database: Database, size: int) -> None:
    """A commune with ``size`` tickets, inserted in bulk, as the database is once it has tidied up."""
    topics = load_topics().values()
    known = {"size": size, "now": NOW, "every": EVERY, "topics": [topic.id for topic in topics],
             "services": [topic.service for topic in topics]}  # fmt: skip
    await migrate(database)
    async with database.write() as session:
        for statement in FILL:
            named = {name: value for name, value in known.items() if f":{name}" in statement}
            await session.execute(text(statement), named)
    async with database.engine.connect() as connection:
        alone = await connection.execution_options(isolation_level="AUTOCOMMIT")
        await alone.execute(text("VACUUM (ANALYZE)"))


async def measure(databases: dict[int, Database], rounds: int) -> tuple[list[Case], list[Case]]:
    """Every case in every database in turn, so that what else the machine does falls on all alike."""
    read, counted = lists(), counts()
    for turn in range(rounds + WARM):
        for case in (*read, *counted):
            for size, database in databases.items():
                await case.measure(database, size)
        if turn < WARM:
            for case in (*read, *counted):
                case.took.clear()
    return read, counted


def report(read: list[Case], counted: list[Case], sizes: list[int]) -> None:
    """The medians in milliseconds, and how the largest database compares with the smallest."""
    small, large = sizes[0], sizes[-1]
    print("".join([f"{'median ms':30}", *(f"{size:>10,}" for size in sizes), f"{'ratio':>8}   lines read"]))
    for case in (*read, *counted):
        medians = "".join(f"{case.median(size):10.2f}" for size in sizes)
        ratio = case.median(large) / case.median(small)
        print(f"{case.name:30}{medians}{ratio:8.2f}   {case.lines[small]} / {case.lines[large]}")
    slowest = max(read, key=lambda case: case.median(large))
    print(f"slowest list: {slowest.name}, {slowest.median(large):.1f} ms (wanted: under {LIST_MS} ms)")
    grown = [case for case in (*read, *counted) if case.median(large) > RATIO * case.median(small)]
    alike = [case.name for case in grown if case.lines[small] == case.lines[large]]
    print(f"more than {RATIO} times slower: {', '.join(alike) or 'none'}")
    longer = [case.name for case in grown if case.name not in alike]
    print(f"also, with more lines to read than in the smallest: {', '.join(longer) or 'none'}")


async def run(server: str, sizes: list[int], rounds: int) -> None:
    """Fill one database a size, then measure."""
    with ExitStack() as stack:
        databases = {}
        for size in sizes:
            databases[size] = Database(stack.enter_context(fresh_database(server)))
            started = time.perf_counter()
            await fill(databases[size], size)
            print(f"{size:,} tickets made in {time.perf_counter() - started:.0f} s")
        report(*await measure(databases, rounds), sizes)
        for database in databases.values():
            await database.close()


def main() -> None:
    """``python -m bench.queue [--sizes 1000 100000] [--rounds 25]``."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=list(SIZES))
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    asked = parser.parse_args()
    with postgres_server() as server:
        asyncio.run(run(server, asked.sizes, asked.rounds))


if __name__ == "__main__":
    main()
