"""Those who come to the desk: citizens on the website, staff in their pages."""

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import httpx

from desk.conversations.hub import conversation_subject

if TYPE_CHECKING:
    from tests.desk.running import Desk

PATIENCE = 20
PASSWORD = "beffroi-de-nuit"
CAMILLE = "camille@sainte-aure.example"
NADIA = "nadia@sainte-aure.example"
MALIK = "malik@sainte-aure.example"
SOFIA = "sofia@sainte-aure.example"
INES = "ines@sainte-aure.example"
PAUL = "paul@sainte-aure.example"
HUGO = "hugo@valbreuil.example"


@dataclass
class Citizen:
    """Someone writing to the town."""

    desk: "Desk"
    id: str
    token: str
    sent: int = 0

    @property
    def headers(self) -> dict[str, str]:
        return {"authorization": f"Bearer {self.token}"}

    @property
    def path(self) -> str:
        return f"/v1/conversations/{self.id}"

    async def say(
        self, text: str, client_id: str | None = None, payload: str | None = None
    ) -> httpx.Response:
        self.sent += 1
        body = {"text": text, "client_id": client_id or f"c{self.sent}", "payload": payload}
        return await self.desk.http.post(f"{self.path}/messages", json=body, headers=self.headers)

    async def messages(self, after: int = 0) -> list[dict]:
        reply = await self.desk.http.get(
            f"{self.path}/messages", params={"after": after}, headers=self.headers
        )
        assert reply.status_code == 200, reply.text
        return reply.json()

    async def ask(self, text: str, payload: str | None = None) -> list[dict]:
        """Say something, then what came back about it."""
        reply = await self.say(text, payload=payload)
        assert reply.status_code == 202, reply.text
        number = reply.json()["id"]
        return await self.until(lambda found: found[-1]["author"] != "citizen" and found[-1]["id"] > number)

    async def until(self, condition: Callable[[list[dict]], bool]) -> list[dict]:
        """The messages once ``condition`` holds of them (they come by themselves, within seconds)."""
        with self.desk.context.hub.watch(conversation_subject(self.id)) as news:
            async with asyncio.timeout(PATIENCE):
                while True:
                    found = await self.messages()
                    if found and condition(found):
                        return found
                    while (await news.get())["kind"] == "typing":
                        pass

    async def ticket(self) -> str:
        """The reference of a ticket opened by a question that nobody can answer."""
        return (await self.ask("Où acheter des tuiles bleues ?"))[-1]["ticket"]


@dataclass
class Agent:
    """A member of staff with a browser of their own (cookies, no JavaScript)."""

    http: httpx.AsyncClient
    seen: dict[str, str] = field(default_factory=dict)

    async def log_in(self, email: str = CAMILLE, password: str = PASSWORD, suite: str = "") -> httpx.Response:
        page = await self.http.get("/staff/login", params={"suite": suite})
        form = {"csrf": hidden(page.text, "csrf"), "suite": suite, "email": email, "password": password}
        return await self.http.post("/staff/login", data=form)

    async def page(self, path: str = "/staff/") -> str:
        reply = await self.http.get(path)
        assert reply.status_code == 200, (reply.status_code, reply.text)
        return reply.text

    async def open(self, reference: str) -> str:
        """Open a ticket's page; its hidden fields go with what is sent next."""
        shown = await self.page(f"/staff/tickets/{reference}")
        self.seen = {name: hidden(shown, name) for name in ("csrf", "once", "version", "read")}
        return shown

    async def do(self, reference: str, action: str) -> httpx.Response:
        """Press a button of the ticket's page."""
        if not self.seen:
            await self.open(reference)
        return await self.http.post(f"/staff/tickets/{reference}/{action}", data={"csrf": self.seen["csrf"]})

    async def reply(self, reference: str, text: str, **more: str) -> httpx.Response:
        """Open the page, write, send."""
        await self.open(reference)
        return await self.send(reference, text, **more)

    async def send(self, reference: str, text: str, **more: str) -> httpx.Response:
        """Send what was written on the page opened last."""
        return await self.http.post(
            f"/staff/tickets/{reference}/reply", data={**self.seen, "text": text, **more}
        )


def hidden(page: str, name: str) -> str:
    """The value of a form's hidden field, empty when the page has none."""
    found = re.search(rf'name="{name}"[^>]*value="([^"]*)"', page)
    return found[1] if found else ""
