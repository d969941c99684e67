"""What each kind of event says. Pure: takes any JSON, raises nothing."""

from desk.channels.messenger.reading.kinds import NOTED, READERS, read

__all__ = ["NOTED", "READERS", "read"]
