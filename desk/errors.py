"""Errors that a caller can act on: a code, a status, and data for the French sentence."""

from http import HTTPStatus


class DeskError(Exception):
    """Base of the coded errors; ``texts.yml`` holds the sentence of each code."""

    code = "internal"
    status = HTTPStatus.INTERNAL_SERVER_ERROR

    def __init__(self, code: str | None = None, **data: object) -> None:
        self.code = code or type(self).code
        self.data = data
        super().__init__(self.code)


class BadRequest(DeskError):
    """The request cannot be understood; nothing was stored."""

    code = "bad_request"
    status = HTTPStatus.BAD_REQUEST


class Unauthorized(DeskError):
    """The token, key or session is missing or wrong."""

    code = "unauthorized"
    status = HTTPStatus.UNAUTHORIZED


class Forbidden(DeskError):
    """Known, but not allowed."""

    code = "forbidden"
    status = HTTPStatus.FORBIDDEN


class NotFound(DeskError):
    """No such thing, or not yours: both look the same from outside."""

    code = "not_found"
    status = HTTPStatus.NOT_FOUND


class Conflict(DeskError):
    """Somebody else changed it first; ``data`` says what is true now."""

    code = "conflict"
    status = HTTPStatus.CONFLICT


class TooLarge(DeskError):
    """Longer than the limit given in ``data['limit']``."""

    code = "too_large"
    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE


class TooMany(DeskError):
    """Slow down; ``data['retry_after']`` is in seconds."""

    code = "too_many"
    status = HTTPStatus.TOO_MANY_REQUESTS


class Unavailable(DeskError):
    """A part that is needed is not answering."""

    code = "unavailable"
    status = HTTPStatus.SERVICE_UNAVAILABLE
