"""Servers on loopback that behave like somebody else’s platform."""
