"""What the process logs, kept for a test to read."""

import io
import logging
from collections.abc import Iterator
from types import SimpleNamespace

import pytest

from desk.log import configure_logging


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """All that the process logs as in production: our events, and whatever libraries complain about."""
    stream = io.StringIO()
    monkeypatch.setattr("desk.log.sys", SimpleNamespace(stderr=stream))
    configure_logging("debug")
    handler = logging.StreamHandler(stream)
    logging.getLogger().addHandler(handler)
    yield stream
    logging.getLogger().removeHandler(handler)
