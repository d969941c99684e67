"""Why a log-in through the identity provider did not work."""

from http import HTTPStatus
from typing import Literal

Why = Literal["down", "failed", "unknown", "organisation", "bound"]


class OidcFailure(Exception):
    """The log-in ends here; ``why`` is a key of labels ``oidc_error``, ``hint`` is for the logs only."""

    def __init__(self, why: Why, hint: str = "") -> None:
        super().__init__(why)
        self.why: Why = why
        self.hint = hint

    @property
    def status(self) -> HTTPStatus:
        return HTTPStatus.SERVICE_UNAVAILABLE if self.why == "down" else HTTPStatus.FORBIDDEN
