"""A ticket of which something is asked, and its page's forms as a browser without JavaScript sends them."""

import html
import re

import httpx

from desk.tickets.access import Reach, ticket_for_staff
from desk.tickets.models import Ticket
from tests.desk.people import CAMILLE, Agent, Citizen
from tests.desk.running import Desk


def text_of(page: str) -> str:
    """A page as a reader sees it."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).replace("\u00a0", " ").split())


def panel_of(page: str) -> str:
    """The part of a ticket's page that is about what was asked."""
    found = re.search(r'<section class="card circuit".*?</section>', page, re.S)
    return found[0] if found else ""


def form_to(page: str, action: str) -> dict[str, str]:
    """The hidden fields of the form that goes to an address ending so, as a browser sends them."""
    found = re.search(rf'<form method="post" action="([^"]*{action})">(.*?)</form>', page, re.S)
    assert found, f"no form to {action}"
    fields = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', found[2])
    return {"": found[1], **dict(fields)}


async def press(agent: Agent, page: str, action: str, **fields: str) -> httpx.Response:
    """Send one of the page's forms."""
    form = form_to(page, action)
    return await agent.http.post(form.pop(""), data={**form, **fields})


def form_question(page: str) -> str:
    """What stands in the question to a department."""
    found = re.search(r'<textarea id="circuit-question"[^>]*>(.*?)</textarea>', page, re.S)
    return html.unescape(found[1]) if found else ""


class Circuit:
    """A ticket of which something is asked."""

    def __init__(self, desk: Desk, citizen: Citizen, manager: Agent, reference: str) -> None:
        self.desk, self.citizen, self.manager, self.reference = desk, citizen, manager, reference
        self.path = f"/staff/tickets/{reference}"

    @classmethod
    async def open(cls, desk: Desk) -> "Circuit":
        """A question that nobody can answer, and the manager's browser."""
        citizen, manager = await desk.open(), await desk.agent(CAMILLE)
        return cls(desk, citizen, manager, await citizen.ticket())

    async def ask(self, to: str = "voirie", question: str = "Que répondre ?") -> httpx.Response:
        """Put a question to a department, or to one of its people."""
        page = await self.manager.page(self.path)
        return await press(self.manager, page, "/ask", to=to, question=question)

    async def propose(self, agent: Agent, text: str) -> httpx.Response:
        """Write an answer on a page opened just now."""
        return await press(agent, await agent.page(self.path), "/propose", text=text)

    async def said(self) -> list[str]:
        """Everything in the conversation."""
        return [message["text"] for message in await self.citizen.messages()]

    async def ticket(self) -> Ticket:
        """The ticket as it stands."""
        async with self.desk.context.database.read() as session:
            return (await ticket_for_staff(session, Reach("demo"), self.reference))[0]
