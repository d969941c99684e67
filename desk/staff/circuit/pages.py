"""Every staff route of the circuit."""

from sanic import Blueprint

from desk.staff.circuit import answering, asking, outsiders


def register(pages: Blueprint) -> None:
    """Add them."""
    for part in (asking, outsiders, answering):
        part.register(pages)
