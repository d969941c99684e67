"""What a desk asks of its database meanwhile."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import event

from tests.desk.running import Desk


@contextmanager
def statements(desk: Desk, table: str) -> Iterator[list[str]]:
    """The statements that read or write a table; ``table`` may be a pattern."""
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        if re.search(rf"\b{table}\b", statement):
            seen.append(statement)

    engine = desk.context.database.engine.sync_engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", note)
