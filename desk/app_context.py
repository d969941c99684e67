"""What every request handler may use, gathered once when the desk starts."""

from dataclasses import dataclass, field
from typing import Any

from sanic import Request, Sanic

from desk.assistant.port import Assistant
from desk.clock import Clock
from desk.communes.registry import Commune, Communes
from desk.conversations.hub import Hub
from desk.db.engine import Database
from desk.dialogue.roster import Roster
from desk.errors import BadRequest
from desk.settings import Settings

type App = Sanic[Any, Any]


@dataclass
class Context:
    """The desk's parts. ``app.ctx.desk`` holds the one of this process."""

    settings: Settings
    database: Database
    communes: Communes
    assistant: Assistant
    hub: Hub
    clock: Clock
    rest_key: str
    roster: Roster = field(default_factory=Roster)

    def commune(self, commune_id: str | None) -> Commune:
        """The commune asked for, or the default one. Raises BadRequest for an unknown one."""
        found = self.communes.get(commune_id or self.settings.default_commune)
        if found is None:
            raise BadRequest("unknown_commune")
        return found


def context_of(holder: Request | App) -> Context:
    """The context of a request or an application."""
    app = holder.app if isinstance(holder, Request) else holder
    context: Context = app.ctx.desk
    return context


def client_address(request: Request) -> str:
    """Where a request comes from, believing as many proxies as the settings say."""
    depth = context_of(request).settings.trusted_proxies
    chain = [part.strip() for part in request.headers.get("x-forwarded-for", "").split(",") if part.strip()]
    if depth and len(chain) >= depth:
        return chain[-depth]
    return request.ip or "unknown"
