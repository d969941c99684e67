"""What the desk has stored, read beside it: nothing is measured while somebody looks."""

import time
from dataclasses import dataclass

from sqlalchemy import Connection, create_engine, make_url, text

PATIENCE = 120
OWED = {
    "messages to answer": "SELECT count(*) FROM conversation WHERE waiting_since IS NOT NULL",
    "answers to send": "SELECT count(*) FROM delivery WHERE state = 'queued'",
    "receipts to hear": "SELECT count(*) FROM sending WHERE delivered_at IS NULL",
}
LOST = """
SELECT (SELECT count(*) FROM delivery WHERE state = 'failed') + (SELECT count(*) FROM odd_event)
"""
STORED = "SELECT count(*) FROM message WHERE author = 'citizen'"
LAST_MIDS = """
SELECT t.person, s.external_id FROM sending s JOIN message m ON m.id = s.message_id
JOIN channel_thread t ON t.conversation_id = m.conversation_id ORDER BY s.message_id
"""


@dataclass
class Look:
    """A connection to the desk's database."""

    connection: Connection

    def count(self, query: str) -> int:
        return int(self.connection.execute(text(query)).scalar_one())

    def last_mids(self) -> dict[str, str]:
        """The last message of the Page that each person has got."""
        return {person: mid for person, mid in self.connection.execute(text(LAST_MIDS))}

    def until_at_rest(self) -> None:
        """Until every message is answered, every answer has left, and Meta's receipts have come."""
        until = time.monotonic() + PATIENCE
        while owed := self._owed():
            if time.monotonic() > until:
                raise RuntimeError(f"the desk never came to rest: {owed}")
            time.sleep(0.01)

    def _owed(self) -> dict[str, int]:
        """What is left to do: how much of each."""
        return {what: left for what, query in OWED.items() if (left := self.count(query))}


def look_into(url: str) -> Connection:
    """A connection that keeps no transaction open."""
    driver = "sqlite" if url.startswith("sqlite") else "postgresql+psycopg"
    engine = create_engine(make_url(url).set(drivername=driver), isolation_level="AUTOCOMMIT")
    return engine.connect()
