"""Logging out of the identity provider too."""

from sanic import HTTPResponse, Request


async def leave(_request: Request) -> HTTPResponse | None:
    """Where to go on to, None for whoever did not come from there."""
    return None
