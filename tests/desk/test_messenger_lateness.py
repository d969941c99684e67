"""How long an echo is waited for."""

from datetime import timedelta

from desk.channels.messenger.lateness import ECHO_PATIENCE, Lateness
from tests.desk.conftest import MONDAY


def test_an_echo_is_waited_for_longer_while_events_come_late() -> None:
    """After a cut, and since the desk has started: it heard nothing before."""
    lateness = Lateness(MONDAY)
    assert lateness.until(MONDAY - timedelta(hours=1), MONDAY) == MONDAY + ECHO_PATIENCE
    assert lateness.patience(MONDAY) > timedelta(days=1000)
    now = MONDAY + timedelta(minutes=10)
    assert lateness.patience(now) == ECHO_PATIENCE
    lateness.heard(now - timedelta(seconds=45), now)
    lateness.heard(now, now)
    assert lateness.patience(now) == ECHO_PATIENCE + timedelta(seconds=45)
    assert lateness.until(now, now) == now + timedelta(seconds=75)
    assert lateness.patience(now + timedelta(minutes=5)) == ECHO_PATIENCE
