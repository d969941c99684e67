"""Messenger's own limits: the windows that open with each message of a citizen."""

from datetime import UTC, datetime, timedelta

import pytest

from desk.tickets.windows import messenger_windows

SAID = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("later", "now_open"),
    [
        (timedelta(0), "free"),
        (timedelta(hours=24) - timedelta(microseconds=1), "free"),
        (timedelta(hours=24), "human"),
        (timedelta(days=7) - timedelta(microseconds=1), "human"),
        (timedelta(days=7), "closed"),
        (timedelta(days=400), "closed"),
    ],
)
def test_a_day_for_anything_then_a_week_for_a_human(later: timedelta, now_open: str) -> None:
    """Each window is over at its very instant."""
    windows = messenger_windows(SAID, SAID + later)
    assert windows.now_open == now_open
    assert windows.free_until == datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
    assert windows.human_until == datetime(2026, 11, 30, 9, 0, tzinfo=UTC)
