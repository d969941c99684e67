"""Engines kept from test to test: compiling the same SQL again took a fifth of the time."""

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy.engine import URL
from sqlalchemy.ext.asyncio import AsyncEngine

from desk.db import engine as module

_idle: dict[str, list[AsyncEngine]] = defaultdict(list)


@contextmanager
def kept_engines(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Each Database of the test has an engine of its own, perhaps one that an earlier test has left."""
    make, lent = module._make_engine, []

    def lend(url: URL, is_sqlite: bool) -> AsyncEngine:
        address = url.render_as_string(hide_password=False)
        engine = _idle[address].pop() if _idle[address] else make(url, is_sqlite)
        lent.append((address, engine))
        return engine

    monkeypatch.setattr(module, "_make_engine", lend)
    yield
    for address, engine in lent:
        engine.sync_engine.dispose(close=False)  # whatever is left belongs to an event loop that has ended
        _idle[address].append(engine)
