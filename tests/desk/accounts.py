"""What an admin and a newcomer do with accounts, as their browsers send it; what the journal keeps of it."""

import html
import re
from typing import Any

import httpx
from sqlalchemy import text

from tests.desk.people import Agent, hidden
from tests.desk.running import Desk

PEOPLE = "/staff/people"
GOOD = "quatre tulipes violettes"
LEA = {"email": "lea@sainte-aure.example", "first_name": "Léa", "job": "agente de la voirie", "role": "agent",
       "services": ["voirie"]}  # fmt: skip


async def invite(admin: Agent, **more: Any) -> httpx.Response:
    """Fill in the form of the people's page, for Léa unless told, and send it."""
    key = hidden(await admin.page(PEOPLE), "csrf")
    return await admin.http.post(f"{PEOPLE}/invite", data={"csrf": key, **LEA, **more})


def link_in(page: str) -> str:
    """The one-time link shown, without the site's address."""
    found = re.search(r'<input id="lien" readonly value="https?://[^/"]+([^"]+)"', page)
    assert found, page
    return html.unescape(found[1])


async def invited(desk: Desk, admin: Agent, **more: Any) -> str:
    """The link of an invitation."""
    sent = await invite(admin, **more)
    assert sent.status_code == 200, sent.text
    return link_in(sent.text)


async def choose(agent: Agent, link: str, password: str = GOOD, **more: str) -> httpx.Response:
    """Open a link and choose a password."""
    page = (await agent.http.get(link)).text
    form = {"csrf": hidden(page, "csrf"), "jeton": hidden(page, "jeton"), "password": password}
    return await agent.http.post("/staff/invitation", data={**form, "again": password, **more})


async def press(agent: Agent, path: str, page: str = "/staff/account", **fields: str) -> httpx.Response:
    """Send a form that has nothing but its key and ``fields``."""
    return await agent.http.post(path, data={"csrf": hidden(await agent.page(page), "csrf"), **fields})


async def person(desk: Desk, email: str) -> str:
    """The address of somebody's page."""
    async with desk.context.database.read() as session:
        found = await session.scalar(text("SELECT id FROM staff WHERE email = :email"), {"email": email})
    return f"{PEOPLE}/{found}"


async def journal(desk: Desk, *actions: str) -> list[tuple[str, str, str]]:
    """Who did what to whom, in order; of some actions only when they are named."""
    async with desk.context.database.read() as session:
        rows = await session.execute(text("SELECT who, action, subject FROM journal ORDER BY id"))
    lines = [tuple(row) for row in rows]
    return [line for line in lines if not actions or line[1] in actions]
