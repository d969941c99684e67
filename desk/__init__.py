"""The desk: the only part of Beffroi that citizens, staff and platforms reach."""

__version__ = "0.1.0"
