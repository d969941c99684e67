"""The names under which staff write on a Page, each made once at Meta; the persona table's only writer."""

from sqlalchemy import delete, select

from desk.channels.messenger.config import Page
from desk.channels.messenger.graph import Graph, GraphError, NoAnswer, NotReached
from desk.conversations.channel_models import Persona
from desk.db.engine import Database
from desk.db.upsert import upsert
from desk.log import get_logger

LONGEST_NAME = 50


class Personas:
    """Those of every Page that has a picture for them."""

    def __init__(self, database: Database, graph: Graph) -> None:
        self._database = database
        self._graph = graph

    async def find(self, page: Page, author_name: str | None) -> str | None:
        """Meta's identifier of a name, made when it is new; None when the text must say who writes."""
        name = (author_name or "")[:LONGEST_NAME].strip()
        if not (page.persona_picture and name):
            return None
        async with self._database.read() as session:
            known: str | None = await session.scalar(
                select(Persona.external_id).where(Persona.page == page.id, Persona.name == name)
            )
        return known or await self._make(page, name)

    async def forget(self, page: Page, external_id: str) -> None:
        """Meta does not know it any more."""
        async with self._database.write() as session:
            await session.execute(
                delete(Persona).where(Persona.page == page.id, Persona.external_id == external_id)
            )

    async def _make(self, page: Page, name: str) -> str | None:
        wanted = {"name": name, "profile_picture_url": page.persona_picture}
        try:
            made = str((await self._graph.post(page.token, f"{page.id}/personas", wanted)).get("id") or "")
        except (GraphError, NotReached, NoAnswer) as error:
            code = error.code if isinstance(error, GraphError) else 0
            get_logger().warning("messenger_persona_failed", page=page.id, code=code)
            return None
        if not made:
            return None
        async with self._database.write() as session:
            await session.execute(
                upsert(session, Persona).values(page=page.id, name=name, external_id=made)
                .on_conflict_do_nothing(index_elements=["page", "name"])
            )  # fmt: skip
        return made
