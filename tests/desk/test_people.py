"""Who works for the town: invited, changed, closed and reopened by an admin."""

import asyncio
import html
import re

import httpx
import pytest

from desk.clock import FixedClock
from desk.errors import BadRequest
from desk.settings import Settings
from desk.staff.password_rules import check_password
from tests.desk.people import CAMILLE, HUGO, INES, MALIK, NADIA, SOFIA, Agent, hidden
from tests.desk.running import Desk, running

pytestmark = pytest.mark.slow

LEA = "lea@sainte-aure.example"
GOOD = "quatre mots verts et calmes"
FORM = {"email": LEA, "first_name": "Léa", "job": "agente d’accueil", "role": "agent", "services": "voirie"}


async def send(agent: Agent, path: str, **form: str | list[str]) -> httpx.Response:
    """Send a form of the people pages."""
    csrf = hidden(await agent.page("/staff/account"), "csrf")
    return await agent.http.post(f"/staff/people{path}", data={"csrf": csrf, **form})


def link_in(page: str) -> str:
    """The one-time link on a page, as a path."""
    found = re.search(r'value="[^"]*(/staff/invitation\?jeton=[^"]+)"', page)
    assert found, page
    return html.unescape(found[1])


async def join(browser: Agent, link: str, password: str = GOOD, again: str | None = None) -> httpx.Response:
    """Open a link and choose a password."""
    page = (await browser.http.get(link)).text
    form = {"csrf": hidden(page, "csrf"), "jeton": hidden(page, "jeton"), "password": password,
            "again": password if again is None else again}  # fmt: skip
    return await browser.http.post("/staff/invitation", data=form)


async def number_of(desk: Desk, email: str) -> int:
    return await desk.count(f"SELECT id FROM staff WHERE email = '{email}'")


async def change(desk: Desk, agent: Agent, email: str, **fields: str) -> httpx.Response:
    """Change somebody as their page shows them now."""
    number = await number_of(desk, email)
    page = await agent.page(f"/staff/people/{number}")
    kept = {"first_name": "X", "job": "Y", "role": "manager", "seen": hidden(page, "seen")}
    return await send(agent, f"/{number}", **{**kept, **fields})


async def test_an_invited_person_chooses_a_password_and_is_in(desk: Desk) -> None:
    """With the role and the departments that were given; the link is shown once, its hash is kept."""
    ines, lea = await desk.agent(INES), await desk.browser()
    shown = await send(ines, "/invite", **FORM)
    link = link_in(shown.text)
    assert shown.headers["cache-control"] == "no-store"
    token = link.partition("=")[2]
    assert await desk.count(f"SELECT count(*) FROM invitation WHERE token_hash = '{token}'") == 0
    assert "Invitations en attente" in await ines.page("/staff/people")
    assert link not in await ines.page("/staff/people")
    reply = await join(lea, link)
    assert (reply.status_code, reply.headers["location"]) == (303, "/staff/")
    assert "Se déconnecter (Léa)" in await lea.page()
    people = await ines.page("/staff/people")
    assert "agente d’accueil · Voirie" in people and "Invitations en attente" not in people
    again = await desk.browser()
    assert (await again.log_in(LEA, GOOD)).status_code == 303


async def test_a_link_serves_once_and_for_seven_days(desk: Desk, clock: FixedClock) -> None:
    """Used, replaced, withdrawn, too old or made up: the same page, and no way in."""
    ines, lea = await desk.agent(INES), await desk.browser()
    replaced = link_in((await send(ines, "/invite", **FORM)).text)
    used = link_in((await send(ines, "/invite", **FORM)).text)
    page = (await lea.http.get(used)).text
    form = {"csrf": hidden(page, "csrf"), "jeton": hidden(page, "jeton"), "password": GOOD, "again": GOOD}
    clicks = await asyncio.gather(*(lea.http.post("/staff/invitation", data=form) for _ in range(2)))
    assert sorted(click.status_code for click in clicks) == [303, 410]
    withdrawn = link_in((await send(ines, "/invite", **{**FORM, "email": "b@sainte-aure.example"})).text)
    await send(ines, "/withdraw", email="b@sainte-aure.example")
    old = link_in((await send(ines, "/invite", **{**FORM, "email": "c@sainte-aure.example"})).text)
    clock.move(days=6, hours=23)
    assert (await lea.http.get(old)).status_code == 200
    clock.move(hours=1)
    for link in (replaced, used, withdrawn, old, "/staff/invitation?jeton=invente", "/staff/invitation"):
        reply = await lea.http.get(link)
        assert reply.status_code == 410 and "Ce lien ne fonctionne plus" in reply.text
        assert (await join(lea, link)).status_code == 410


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        ("email", "lea", "Cette adresse e-mail n’est pas complète."),
        ("email", "lea@mairie", "Cette adresse e-mail n’est pas complète."),
        ("email", CAMILLE, f"Un compte existe déjà pour {CAMILLE}."),
        ("email", HUGO.upper(), f"Un compte existe déjà pour {HUGO}."),
        ("first_name", " ", "Indiquez le prénom"),
        ("job", "a" * 121, "Indiquez la fonction"),
        ("role", "maire", "Choisissez un rôle."),
        ("services", "", "Choisissez au moins un service"),
        ("services", "dragons", "Ce service n’existe pas"),
    ],
)
async def test_a_wrong_invitation_is_given_back(desk: Desk, field: str, typed: str, said: str) -> None:
    """With what was typed, and one sentence; nobody is invited."""
    ines = await desk.agent(INES)
    form = {name: value for name, value in {**FORM, field: typed}.items() if value}
    reply = await send(ines, "/invite", **form)
    assert reply.status_code in {400, 409} and said in html.unescape(reply.text)
    if field != "job":
        assert 'value="agente d’accueil"' in reply.text
    assert await desk.count("SELECT count(*) FROM invitation") == 0


async def test_the_password_chosen_is_refused_with_its_reason(desk: Desk) -> None:
    """The link still works afterwards."""
    ines, lea = await desk.agent(INES), await desk.browser()
    link = link_in((await send(ines, "/invite", **FORM)).text)
    for password, again, said in (
        ("court", None, "au moins 12 caractères"),
        (GOOD, "autre chose de long", "Les deux mots de passe sont différents."),
        ("motdepasse-2026", None, "trop courant"),
        ("bonne nuit sainte-aure", None, "Évitez votre prénom"),
    ):
        reply = await join(lea, link, password, again)
        assert reply.status_code == 400 and said in reply.text and password not in reply.text
    assert (await join(lea, link)).status_code == 303


REFUSED = {
    "a" * 201: "password_too_long", "trois mots": "password_too_short", "aaaabcdxkfoz": "password_regular",
    "mes1234chats": "password_regular", "jolis-azerty-bleus": "password_regular",
    "chatchatchatchat": "password_regular", "MotDePasse.2026": "password_common",
    "M0td3passe!!26": "password_common", "vive_la_france_89": "password_common",
    "lettres à léa Durand": "password_personal", "durand et ses amis": "password_personal",
    "SAINTE-AURE-plage": "password_personal", "le B3ffr01 sonne": "password_personal",
}  # fmt: skip
ACCEPTED = (
    "beaux orages de juillet",
    "Tw9$kf!zPq2x",
    "l’éalise du lundi",
    "liberty of property",
    "数字と雨の静かな夜の庭園",
)


@pytest.mark.parametrize("password", [*REFUSED, *ACCEPTED])
def test_guessable_passwords_are_refused_and_others_are_not(password: str) -> None:
    """A short first name counts as a word of its own only."""
    try:
        code = check_password(password, "lea.durand@sainte-aure.example", "Léa", "Sainte-Aure") and None
    except BadRequest as error:
        code = error.code
    assert code == REFUSED.get(password)


async def test_a_change_of_role_holds_at_once_in_open_pages(desk: Desk) -> None:
    """An agent becomes an elected official: no ticket any more, and their departments are gone."""
    ines, malik = await desk.agent(INES), await desk.agent(MALIK)
    changed = await change(desk, ines, MALIK, first_name="Malik", job="adjoint", role="elected")
    assert changed.status_code == 303
    assert (await malik.http.get("/staff/")).status_code == 403
    assert (await malik.http.get("/staff/figures")).status_code == 200
    assert await desk.count(f"SELECT count(*) FROM staff WHERE email = '{MALIK}' AND job = 'adjoint'") == 1


async def test_two_admins_who_change_somebody_at_once_do_not_overwrite_each_other(desk: Desk) -> None:
    """The second one is told, and keeps what was typed."""
    ines = await desk.agent(INES)
    number = await number_of(desk, SOFIA)
    seen = hidden(await ines.page(f"/staff/people/{number}"), "seen")
    form = {"first_name": "Sofia", "job": "cheffe de service", "role": "manager", "seen": seen}
    assert (await send(ines, f"/{number}", **form)).status_code == 303
    late = await send(ines, f"/{number}", **{**form, "job": "officière"})
    assert late.status_code == 409 and "a modifié ce compte avant vous" in late.text
    assert 'value="officière"' in late.text
    assert await desk.count("SELECT count(*) FROM staff WHERE job = 'cheffe de service'") == 1


async def test_closing_an_account_ends_its_sessions_and_its_links(desk: Desk) -> None:
    """At once; reopened, it opens with the same password."""
    ines, nadia = await desk.agent(INES), await desk.agent(NADIA)
    number = await number_of(desk, NADIA)
    link = link_in((await send(ines, f"/{number}/link")).text)
    assert (await send(ines, f"/{number}/close")).status_code == 303
    assert (await nadia.http.get("/staff/")).status_code == 303
    assert (await nadia.log_in(NADIA)).status_code == 401
    assert (await nadia.http.get(link)).status_code == 410
    assert (await send(ines, f"/{number}/link")).status_code == 409
    assert "Compte fermé" in await ines.page("/staff/people")
    assert (await send(ines, f"/{number}/reopen")).status_code == 303
    assert (await nadia.log_in(NADIA)).status_code == 303


async def test_the_last_admin_stays(desk: Desk) -> None:
    """Neither closed nor demoted, even by two clicks at once of two admins on each other."""
    ines = await desk.agent(INES)
    for reply in (
        await change(desk, ines, INES, role="manager"),
        await send(ines, f"/{await number_of(desk, INES)}/close"),
    ):
        assert reply.status_code == 409 and "dernière personne chargée de l’administration" in reply.text
    assert (await change(desk, ines, NADIA, role="admin")).status_code == 303
    nadia = await desk.agent(NADIA)
    await asyncio.gather(
        send(ines, f"/{await number_of(desk, NADIA)}/close"),
        send(nadia, f"/{await number_of(desk, INES)}/close"),
    )
    assert await desk.count("SELECT count(*) FROM staff WHERE role = 'admin' AND active") == 1


async def test_a_new_password_ends_the_sessions_of_the_old_one(desk: Desk) -> None:
    """The old one works until the link is used."""
    ines, nadia, elsewhere = await desk.agent(INES), await desk.agent(NADIA), await desk.browser()
    link = link_in((await send(ines, f"/{await number_of(desk, NADIA)}/link")).text)
    assert (await nadia.http.get("/staff/")).status_code == 200
    assert (await join(elsewhere, link)).status_code == 303
    assert (await nadia.http.get("/staff/")).status_code == 303
    assert (await nadia.log_in(NADIA)).status_code == 401
    assert (await nadia.log_in(NADIA, GOOD)).status_code == 303


async def test_people_of_another_town_are_out_of_reach(desk: Desk) -> None:
    """Not listed, not shown, not closed."""
    ines, number = await desk.agent(INES), await number_of(desk, HUGO)
    assert HUGO not in await ines.page("/staff/people")
    assert (await ines.http.get(f"/staff/people/{number}")).status_code == 404
    for act in ("", "/close", "/reopen", "/link", "/factor"):
        reply = await send(ines, f"/{number}{act}", first_name="H", job="x", role="manager")
        assert reply.status_code == 404
    assert (await ines.http.get(f"/staff/people/{10**30}")).status_code == 404


async def test_the_link_is_mailed_where_the_town_has_a_mail_server(
    settings: Settings, clock: FixedClock
) -> None:
    """And only there: elsewhere no secret lies in the outbox."""
    more = {"smtp_host": "127.0.0.1", "smtp_port": 1, "mail_from": "beffroi@sainte-aure.example"}
    for change_, expected in (({}, 0), (more, 1)):
        async with running(settings.model_copy(update=change_), clock) as desk:
            shown = await send(await desk.agent(INES), "/invite", **FORM)
            link = link_in(shown.text)
            mailed = f"SELECT count(*) FROM mail WHERE address = '{LEA}' AND body LIKE '%{link}%'"
            assert await desk.count(mailed) == expected
            assert ("part par e-mail" in shown.text) is bool(expected)
