"""What one log-in through the provider is held together by, kept in the browser that began it.

Not signed: whoever can write this cookie can as well copy there one that the desk gave them.
"""

import base64
from dataclasses import dataclass

from desk.ids import new_token


@dataclass(frozen=True)
class Secrets:
    """``state`` is for the way back, ``nonce`` for the token, ``verifier`` is PKCE's for the code."""

    state: str
    nonce: str
    verifier: str
    suite: str = ""

    def written(self) -> str:
        """For a cookie."""
        suite = base64.urlsafe_b64encode(self.suite.encode()).decode()
        return ".".join((self.state, self.nonce, self.verifier, suite.rstrip("=")))


def draw_secrets(suite: str) -> Secrets:
    """New ones; ``suite`` is the page that was wanted."""
    return Secrets(new_token(), new_token(), new_token(), suite[:500])


def read_secrets(written: str) -> Secrets | None:
    """What ``written`` gave, None for anything else."""
    parts = written.split(".")
    if len(parts) != 4 or not all(parts[:3]):
        return None
    state, nonce, verifier, suite = parts
    try:
        page = base64.urlsafe_b64decode(suite + "=" * (-len(suite) % 4)).decode()
    except ValueError:  # not ours: no page was wanted
        page = ""
    return Secrets(state, nonce, verifier, page)
