"""Every route under /staff, knocked at by everybody: nobody passes whom the table of roles does not let."""

import re
from dataclasses import dataclass

import pytest

from desk.assistant.acts import HandoffAct
from desk.staff.roles import ACTIONS, ROLES, may
from tests.desk.people import CAMILLE, HUGO, INES, MALIK, NADIA, PAUL, SOFIA, Agent, hidden
from tests.desk.running import Desk

pytestmark = pytest.mark.slow

PUBLIC = {
    "staff_htmx", "staff_static", "login_show", "login_submit", "login_code", "invitation",
    "invitation_submit", "oidc_start", "oidc_callback",
}  # fmt: skip
"""What is reached without a session: the way in, and what the pages are made of."""

PEOPLE = {CAMILLE: "manager", INES: "admin", MALIK: "agent", PAUL: "elected", HUGO: "manager"}
NO_ACCESS = "Vous n’avez pas accès à cette page."


@dataclass(frozen=True)
class Door:
    """A route: how it is knocked at, and the action that opens it, None when it is public."""

    name: str
    method: str
    path: str
    action: str | None
    of_a_ticket: bool


def doors(desk: Desk, reference: str) -> list[Door]:
    """Every staff route of the application, its gaps filled; logging out comes last."""
    found = []
    for route in desk.app.router.routes:
        if not re.match(r"staff(/|$)", route.path):
            continue
        path = "/" + route.path.replace("<reference:str>", reference)
        path = re.sub(r"<\w+:int>", "999999", re.sub(r"<(\w+):(?!int)\w+>", r"no-\1", path))
        name, action = route.name.rpartition(".")[2], getattr(route.handler, "action", None)
        for method in sorted(route.methods - {"HEAD"}):
            found.append(Door(name, method, path, action, "<reference" in route.path))
    return sorted(found, key=lambda door: (door.name == "logout", door.path, door.method))


async def knock(agent: Agent, door: Door, csrf: str = "") -> tuple[int, str]:
    """The status, and what was said (nothing of a stream, which never ends)."""
    data = {"csrf": csrf} if door.method == "POST" else None
    async with agent.http.stream(door.method, door.path, data=data) as reply:
        streamed = "event-stream" in reply.headers.get("content-type", "")
        said = "" if streamed else (await reply.aread()).decode()
        return reply.status_code, reply.headers.get("location", said)


async def roads_ticket(desk: Desk) -> str:
    """A ticket of the demo town, for its department of roads."""
    desk.assistant.script = lambda heard: [
        HandoffAct(act="handoff", reason="report", topic="eclairage_public")
    ]
    return await (await desk.open()).ticket()


async def test_every_route_names_its_action_or_is_known_to_be_public(desk: Desk) -> None:
    """A route that forgets its guard is found here."""
    for door in doors(desk, "BEF-0000-0000"):
        assert (door.action is None) == (door.name in PUBLIC), door
        assert door.action is None or door.action in ACTIONS, door


async def test_without_a_session_every_route_leads_to_the_log_in(desk: Desk) -> None:
    """GET and POST, whatever the form's key."""
    reference, nobody = await roads_ticket(desk), await desk.browser()
    for door in doors(desk, reference):
        if door.action is not None:
            status, where = await knock(nobody, door, "made-up")
            page = (door.path.rstrip("/") or "/staff") if door.method == "GET" else ""
            assert (status, where) == (303, f"/staff/login?suite={page}"), door


@pytest.mark.parametrize("email", PEOPLE)
async def test_each_role_opens_what_the_table_says_and_nothing_else(desk: Desk, email: str) -> None:
    """What is not allowed is refused, and nothing breaks; another town's ticket does not exist."""
    reference = await roads_ticket(desk)
    agent, role = await desk.agent(email), PEOPLE[email]
    csrf = hidden(await agent.page("/staff/account"), "csrf")
    for door in doors(desk, reference):
        if door.action is None:
            continue
        status, said = await knock(agent, door, csrf)
        if not may(role, door.action):
            assert status == 403 and NO_ACCESS in said, (door, status)
        elif email == HUGO and door.of_a_ticket:
            assert status == 404, (door, status)
        else:
            assert status < 500 and NO_ACCESS not in said, (door, status)


async def test_an_agent_of_another_department_finds_no_such_ticket(desk: Desk) -> None:
    """What an agent may do is done on the tickets of their departments only."""
    reference, sofia = await roads_ticket(desk), await desk.agent(SOFIA)
    csrf = hidden(await sofia.page(), "csrf")
    tried = [door for door in doors(desk, reference) if door.of_a_ticket and may("agent", door.action or "")]
    assert {door.method for door in tried} == {"GET", "POST"}
    for door in tried:
        status, _ = await knock(sofia, door, csrf)
        assert status == 404, door
    malik = await desk.agent(MALIK)
    assert (await malik.http.get(f"/staff/tickets/{reference}")).status_code == 200


async def test_a_form_without_its_key_changes_nothing_anywhere(desk: Desk) -> None:
    """Every POST of every page, from the person who may do the most."""
    reference, ines = await roads_ticket(desk), await desk.agent(INES)
    for door in doors(desk, reference):
        if may("admin", door.action or "") and door.method == "POST":
            status, said = await knock(ines, door, "made-up")
            assert status == 403 and "Cette page a expiré" in said, door


async def test_each_role_lands_on_a_page_it_may_open(desk: Desk) -> None:
    """Elected officials see the figures, everybody else the queue; the menu shows only what opens."""
    for email in (*PEOPLE, NADIA, SOFIA):
        browser = await desk.browser()
        landed = (await browser.log_in(email)).headers["location"]
        page = await browser.page(landed)
        menu = page.partition("<nav")[2].partition("</nav>")[0]
        for link in re.findall(r'href="([^"]+)"', menu):
            assert (await browser.http.get(link)).status_code == 200, (email, link)
    assert set(ROLES) == set(PEOPLE.values())
