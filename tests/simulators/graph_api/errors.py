"""What Meta answers when it refuses, in its own shape, and the table that tests draw from."""

from typing import Any

WINDOW = (10, 2018278)
NO_SUCH_PERSON = (100, 2018001)
UNAVAILABLE = (551, 1545041)
RESTRICTED = (10, 1893063)
TRANSIENT = ((1, 0, 500), (2, 0, 500), (1200, 0, 400), (0, 0, 500), (0, 0, 503))
"""Passing troubles: code, subcode, HTTP status; code 0 is an HTTP error without Meta's JSON."""
RATE = ((4, 0, 400), (613, 0, 400), (80006, 0, 400))

_WORDS = {
    1: "An unknown error occurred", 2: "Service temporarily unavailable",
    4: "Application request limit reached", 10: "Message failed to send",
    100: "Invalid parameter", 190: "Invalid OAuth access token", 200: "Requires permission",
    551: "This person isn't available right now.", 613: "Calls to this api have exceeded the rate limit.",
    2018300: "Another app is controlling this thread now.", 80006: "Page request limit reached",
}  # fmt: skip


class Refusal(Exception):
    """Meta says no. ``words`` explain to whoever reads a failing test; Meta's are vaguer.

    ``on_purpose``: a test wants it, nothing was wrong with what was asked.
    """

    def __init__(
        self, code: int, subcode: int = 0, words: str = "", status: int = 400, *, on_purpose: bool = False
    ) -> None:
        self.code, self.subcode, self.status, self.on_purpose = code, subcode, status, on_purpose
        self.words = words or _WORDS.get(code, "An error occurred")
        super().__init__(f"{code}/{subcode} {self.words}")

    def body(self, trace: str) -> dict[str, Any]:
        """The JSON that goes with it."""
        error: dict[str, Any] = {
            "message": f"(#{self.code}) {self.words}", "type": "OAuthException", "code": self.code,
            "fbtrace_id": trace,
        }  # fmt: skip
        if self.subcode:
            error["error_subcode"] = self.subcode
        if self.code in {1, 2}:
            error |= {"is_transient": True, "error_user_title": "Oops", "error_user_msg": "Try again."}
        return {"error": error}


def bad(words: str) -> Refusal:
    """A bad parameter."""
    return Refusal(100, 0, words)
