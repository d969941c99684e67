"""The doors of a town hall in full use: what each role decides, with real tickets, people and notices behind.

tests/desk/test_roles.py knocks at the same doors with made-up numbers.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

import pytest
from sanic import HTTPResponse, Request, Sanic
from sanic.response import empty
from sanic_routing import Route
from sqlalchemy import text

from desk.staff.models import Staff
from desk.staff.roles import ACTIONS, ALLOWED, ROLES, Action, may
from desk.staff.routes import staff_pages
from tests.desk.circuits import Circuit, form_to
from tests.desk.people import CAMILLE, HUGO, INES, MALIK, PASSWORD, PAUL, SOFIA, Agent, hidden
from tests.desk.ready import cheap_hash
from tests.desk.running import Desk
from tests.desk.test_attachments import attach, picture, say_with
from tests.desk.test_canned import number_of
from tests.desk.test_canned import write as write_canned
from tests.desk.test_notices import write as write_notice

pytestmark = pytest.mark.slow

JEANNE = "jeanne@valbreuil.example"
WHO = {"admin": INES, "manager": CAMILLE, "agent": MALIK, "elected": PAUL}

PUBLIC = {
    "GET staff/login", "POST staff/login", "POST staff/login/code", "GET staff/invitation",
    "POST staff/invitation", "GET staff/oidc/start", "GET staff/oidc/callback", "GET staff/htmx.min.js",
    "GET staff/static/<__file_uri__:path>",
}  # fmt: skip
"""The doors that nobody needs to be logged in for."""

OWN = {
    "GET staff/account", "POST staff/account/away", "POST staff/account/password",
    "POST staff/account/session", "POST staff/account/sessions", "GET staff/account/factor",
    "POST staff/account/factor", "POST staff/account/factor/confirm", "POST staff/account/factor/codes",
    "POST staff/account/factor/off",
    "GET staff/drafts", "POST staff/drafts", "POST staff/logout",
}  # fmt: skip
"""What is everybody's own: the account, what one was writing, the way out."""

AT_THE_DEPARTMENT = {"notes", "presence", "propose"}
"""The last words of the routes with which an agent changes something of a ticket."""


@dataclass(frozen=True)
class Door:
    """One method of one route."""

    method: str
    route: Route

    @property
    def name(self) -> str:
        return f"{self.method} {self.route.path}"

    @property
    def action(self) -> Action | None:
        """What the page's guard asks for; None when it has no guard."""
        return getattr(self.route.handler, "action", None)

    def path(self, values: dict[str, str]) -> str:
        """Its address, filled from ``values``: the part before a parameter tells which number it is."""
        filled = re.sub(
            r"(\w+)/<(\w+):\w+>",
            lambda found: f"{found[1]}/{values.get(found[1]) or values.get(found[2], '1')}",
            self.route.path,
        )
        return "/" + re.sub(r"<(\w+):\w+>", lambda found: values.get(found[1], "1"), filled)


def doors_of(routes: Iterable[Route]) -> list[Door]:
    """Every door of the staff pages, the one that leads out last."""
    found = [
        Door(method, route) for route in routes if route.path.split("/")[0] == "staff"
        for method in sorted(route.methods - {"HEAD"})
    ]  # fmt: skip
    return sorted(found, key=lambda door: (door.name == "POST staff/logout", door.route.path, door.method))


def doors_of_staff() -> list[Door]:
    """Those of the application."""
    app = Sanic("doors")
    app.blueprint(staff_pages)
    found = doors_of(app.router.routes)
    Sanic.unregister_app(app)
    return found


def unguarded(doors: list[Door]) -> set[str]:
    """The doors that open to anybody and should not."""
    return {door.name for door in doors if door.action is None} - PUBLIC


async def knock(agent: Agent, door: Door, values: dict[str, str], key: str | None = None) -> tuple[int, str]:
    """The status and where it leads; the body is not awaited: some pages send news for hours."""
    form = {} if key is None else {"csrf": key}
    data = form if door.method == "POST" else None
    async with agent.http.stream(door.method, door.path(values), data=data) as reply:
        return reply.status_code, reply.headers.get("location", "")


async def key_of(agent: Agent) -> str:
    """The key of the session's forms: everybody has an account page."""
    return hidden(await agent.page("/staff/account"), "csrf")


async def furnish(desk: Desk) -> dict[str, str]:
    """A ticket of the town, of which the roads department is asked something, and the rest of a town hall."""
    circuit = await Circuit.open(desk)
    manager, citizen = circuit.manager, circuit.citizen
    photo = (await attach(citizen, picture())).json()["id"]
    await say_with(citizen, "Voici la photo", photo)
    await citizen.until(lambda found: bool(found[-1].get("attachments")) or found[-1]["author"] != "citizen")
    assert (await circuit.ask("voirie")).status_code == 303
    malik = await desk.agent(MALIK)
    asked = form_to(await malik.page(circuit.path), "/propose")[""]
    assert (await write_canned(manager, "Merci", "Merci.")).status_code == 303
    assert (await write_notice(manager)).status_code == 303
    async with desk.context.database.read() as session:
        notice = await session.scalar(text("SELECT max(id) FROM notice"))
        sofia = await session.scalar(text("SELECT id FROM staff WHERE email = :email"), {"email": SOFIA})
    return {
        "reference": circuit.reference, "consultations": asked.split("/")[-2], "attachments": photo,
        "canned": str(await number_of(manager, "Merci")), "notices": str(notice), "people": str(sofia),
        "topic": "carte_identite", "verb": "take",
    }  # fmt: skip


async def join_valbreuil(desk: Desk) -> None:
    """An agent of the roads department of the other town: its code is the same, its tickets are not."""
    async with desk.context.database.write() as session:
        session.add(
            Staff(commune="valbreuil", email=JEANNE, first_name="Jeanne", job="agente", role="agent",
                  services=["voirie"], password_hash=cheap_hash(PASSWORD), active=True,
                  created_at=desk.clock.now())
        )  # fmt: skip


def test_nothing_changes_by_other_means_than_a_form() -> None:
    """Doors are GET or POST: the guard asks for the form’s key at every POST, and at nothing else."""
    doors = doors_of_staff()
    assert len(doors) > 60 and unguarded(doors) == set()
    assert {door.method for door in doors} == {"GET", "POST"}


def test_a_door_without_its_guard_is_found() -> None:
    """The comparison above does see a page whose author forgot."""

    async def forgotten(_request: Request) -> HTTPResponse:
        return empty()

    app = Sanic("forgotten")
    app.blueprint(staff_pages)
    app.add_route(forgotten, "/staff/oubli/<reference:str>", methods=["GET", "POST"])
    found = unguarded(doors_of(app.router.routes))
    Sanic.unregister_app(app)
    assert found == {"GET staff/oubli/<reference:str>", "POST staff/oubli/<reference:str>"}


def test_the_table_says_what_the_town_decided() -> None:
    """Said another way than in the table, so that one of the two cannot change alone."""
    assert set(ROLES) == set(ALLOWED) == set(WHO)
    assert ALLOWED["elected"] == {"account", "figures"}
    assert {action for action in ACTIONS if not may("manager", action)} == {"people", "propose"}
    assert {action for action in ACTIONS if not may("admin", action)} == {"propose"}
    assert ALLOWED["agent"] == {"account", "queue", "ticket", "base", "propose"}


def test_each_door_stands_in_its_own_area() -> None:
    """Elected officials have the figures; agents change nothing but their part; admins alone have people."""
    doors = [door for door in doors_of_staff() if door.action]
    assert {door.name for door in doors if door.action == "account"} == OWN
    for door in doors:
        area = door.route.path.split("/")[1] if "/" in door.route.path else ""
        if area in {"people", "journal", "figures"}:
            assert door.action == area, door.name
        if may("elected", door.action or ""):
            assert area == "figures" or door.name in OWN, door.name
        if door.method == "POST" and may("agent", door.action or "") and door.name not in OWN:
            assert area == "tickets" and door.route.path.split("/")[-1] in AT_THE_DEPARTMENT, door.name


@pytest.mark.parametrize("role", ROLES)
async def test_each_role_opens_its_doors_and_no_other(desk: Desk, role: str) -> None:
    """Forbidden is 403, whatever is sent; the others never fail."""
    values, agent = await furnish(desk), await desk.agent(WHO[role])
    key = await key_of(agent)
    wrong = {}
    for door in doors_of(desk.app.router.routes):
        if door.action is None:
            continue
        status, _ = await knock(agent, door, values, key)
        allowed = may(role, door.action)
        if (allowed and (status == 403 or status >= 500)) or (not allowed and status != 403):
            wrong[door.name] = status
    assert wrong == {}


async def test_a_ticket_is_within_reach_of_its_own_people_only(desk: Desk) -> None:
    """Another department and another town get 404 through every door, and 403 where they may nothing."""
    await join_valbreuil(desk)
    values = await furnish(desk)
    strangers = {email: await desk.agent(email) for email in (SOFIA, HUGO, JEANNE)}
    roles = {SOFIA: "agent", HUGO: "manager", JEANNE: "agent"}
    keys = {email: await key_of(agent) for email, agent in strangers.items()}
    doors = [door for door in doors_of(desk.app.router.routes) if "<reference" in door.route.path]
    before = await changes(desk)
    tried = set()
    for door in doors:
        for email, agent in strangers.items():
            status, _ = await knock(agent, door, values, keys[email])
            allowed = may(roles[email], door.action or "")
            assert status == (404 if allowed else 403), (door.name, email, status)
            tried |= {door.name} if allowed else set()
    assert tried == {door.name for door in doors} and len(doors) > 15
    assert await changes(desk) == before


async def test_its_own_people_do_find_the_ticket(desk: Desk) -> None:
    """So the 404 of the strangers is theirs, not the address’s."""
    values = await furnish(desk)
    agents = {role: await desk.agent(email) for role, email in (("manager", CAMILLE), ("agent", MALIK))}
    for door in doors_of(desk.app.router.routes):
        if "<reference" not in door.route.path or door.method != "GET" or "/link/" in door.route.path:
            continue  # the link of an answer from outside is shown once
        for role, agent in agents.items():
            if may(role, door.action or ""):
                assert (await knock(agent, door, values))[0] == 200, door.name


async def changes(desk: Desk) -> list[int]:
    """How many lines there are of what a visit could have written."""
    tables = ("journal", "ticket_event", "message", "staff_session", "draft", "presence", "mail", "note")
    return [await desk.count(f"SELECT count(*) FROM {table}") for table in tables]
