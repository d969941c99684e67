"""Meta's Graph API and webhooks on loopback, as the platform's documentation describes them."""

from tests.simulators.graph_api.credentials import (
    APP_ID,
    APP_SECRET,
    INBOX,
    OTHER_APP,
    PAGE,
    TOKENS,
    VALBREUIL,
    VERIFY_TOKEN,
)
from tests.simulators.graph_api.errors import RATE, TRANSIENT
from tests.simulators.graph_api.meta import Meta
from tests.simulators.graph_api.page import Page
from tests.simulators.graph_api.person import LIKE, Person
from tests.simulators.graph_api.state import Call, Received, Token

__all__ = [
    "APP_ID", "APP_SECRET", "INBOX", "LIKE", "OTHER_APP", "PAGE", "RATE", "TOKENS", "TRANSIENT", "VALBREUIL",
    "VERIFY_TOKEN", "Call", "Meta", "Page", "Person", "Received", "Token",
]  # fmt: skip
