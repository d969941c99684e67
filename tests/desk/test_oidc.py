"""Logging in through the town's identity provider."""

import html
import io
import json
import re
import sys
from asyncio import create_subprocess_exec, gather, subprocess
from collections.abc import AsyncIterator, Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pyotp
import pytest
from pydantic import ValidationError
from sqlalchemy import text

from desk.clock import FixedClock, SystemClock
from desk.settings import Settings
from tests.desk.accounts import invited, journal
from tests.desk.oidc_provider import (
    CLIENT_ID,
    CLIENT_SECRET,
    SIRET,
    SUBJECT,
    Provider,
    provider_running,
)
from tests.desk.people import CAMILLE, HUGO, INES, MALIK, PASSWORD, Agent, hidden
from tests.desk.running import Desk, client, running, until

pytestmark = pytest.mark.slow

BUTTON = "S’identifier avec ProConnect"
FAILED = "La connexion avec ProConnect n’a pas abouti. Recommencez."
DOWN = "ProConnect ne répond pas. Réessayez dans un instant, ou utilisez votre mot de passe."
UNKNOWN = "aucun compte ne vous attend ici. Demandez une invitation"
BOTH = pytest.mark.parametrize("profile", ["standard", "proconnect"])
PROCONNECT = pytest.mark.parametrize("profile", ["proconnect"])
CAMILLES = f"SELECT oidc_subject FROM staff WHERE email = '{CAMILLE}'"


@pytest.fixture
def profile() -> str:
    """The provider's, unless a test asks for another."""
    return "standard"


@pytest.fixture
def provider(profile: str, clock: FixedClock) -> Iterator[Provider]:
    """A provider in which Camille has logged in."""
    with provider_running(Provider(clock, proconnect=profile == "proconnect", email=CAMILLE)) as found:
        yield found


@pytest.fixture
def settings(settings: Settings, profile: str, provider: Provider) -> Settings:
    """The desk's, with that provider."""
    return with_provider(settings, provider.url, oidc_profile=profile, oidc_siret=SIRET)


@pytest.fixture
def written(written: io.StringIO, provider: Provider) -> Iterator[io.StringIO]:
    """What is logged; at the end, nothing secret may stand there."""
    yield written
    logged = written.getvalue()
    for secret in (*provider.told, CLIENT_SECRET, CAMILLE, SUBJECT):
        assert secret not in logged


def with_provider(settings: Settings, issuer: str, **more: str) -> Settings:
    """The same settings and a provider's, checked like those of the environment."""
    given = settings.model_dump() | {"oidc_issuer": issuer, "oidc_client_id": CLIENT_ID,
                                     "oidc_client_secret": CLIENT_SECRET, **more}  # fmt: skip
    return Settings(_env_file=None, **given)


async def start(agent: Agent, suite: str = "") -> str:
    """Press the button; where the provider sends the browser back to, without the site's address."""
    sent = await agent.http.get("/staff/oidc/start", params={"suite": suite})
    assert sent.status_code == 303, sent.text
    async with client("http://127.0.0.1") as outside:
        back = await outside.get(sent.headers["location"])
    assert back.status_code == 302, back.text
    return urlsplit(back.headers["location"])._replace(scheme="", netloc="").geturl()


async def log_in(agent: Agent, suite: str = "") -> httpx.Response:
    """Press the button and come back."""
    return await agent.http.get(await start(agent, suite))


async def refused(
    desk: Desk, agent: Agent, reply: httpx.Response, sentence: str = FAILED, status: int = 403
) -> None:
    """The log-in page says why; nobody is in, nothing is bound, and the browser's secrets are gone."""
    assert reply.status_code == status and sentence in html.unescape(reply.text), reply.text
    assert 'role="alert"' in reply.text and BUTTON in reply.text
    assert (await agent.http.get("/staff/account")).headers["location"].startswith("/staff/login")
    assert not {"beffroi_staff", "beffroi_oidc", "beffroi_identity"} & set(agent.http.cookies)
    assert await desk.count("SELECT count(*) FROM staff_session") == 0
    assert await desk.count("SELECT count(*) FROM staff WHERE oidc_subject IS NOT NULL") == 0


async def change(desk: Desk, statement: str, **values: Any) -> None:
    """Change the database behind the desk's back."""
    async with desk.context.database.write() as session:
        await session.execute(text(statement), values)


async def logins(desk: Desk) -> list[dict[str, Any]]:
    """What the journal keeps of each log-in."""
    async with desk.context.database.read() as session:
        found = await session.scalars(text("SELECT data FROM journal WHERE action = 'login' ORDER BY id"))
    return [json.loads(data) if isinstance(data, str) else data for data in found]


@BOTH
async def test_the_provider_opens_the_queue_to_whoever_has_an_account(
    desk: Desk, provider: Provider, written: io.StringIO
) -> None:
    """The address binds the account, once; the page that was wanted is shown; the journal tells it."""
    agent = await desk.browser()
    assert BUTTON in await agent.page("/staff/login")
    reply = await log_in(agent, "/staff/resolved")
    assert (reply.status_code, reply.headers["location"]) == (303, "/staff/resolved")
    assert "Camille" in await agent.page()
    assert "beffroi_oidc" not in agent.http.cookies
    assert await desk.count(CAMILLES) == SUBJECT
    assert await journal(desk, "login.linked", "login") == [
        (CAMILLE, "login.linked", CAMILLE), (CAMILLE, "login", "")
    ]  # fmt: skip
    assert await logins(desk) == [{"how": "oidc"}]


@BOTH
async def test_what_is_asked_of_the_provider(desk: Desk, provider: Provider, profile: str) -> None:
    """Each profile's scopes and level; a state, a nonce and a proof that change every time."""
    for _ in range(2):
        await log_in(await desk.browser())
    first, second = (asked for path, asked in provider.asked if path == "/authorize")
    assert (first["tenant"], first["response_type"], first["client_id"]) == ("1", "code", CLIENT_ID)
    assert first["redirect_uri"] == f"{desk.context.settings.site}/staff/oidc/callback"
    assert first["code_challenge_method"] == "S256"
    for name in ("state", "nonce", "code_challenge"):
        assert len(first[name]) >= 32 and first[name] != second[name]
    wanted = {"standard": ("openid profile email", None),
              "proconnect": ("openid given_name usual_name email siret", "eidas1")}  # fmt: skip
    assert (first["scope"], first.get("acr_values")) == wanted[profile]


@BOTH
@pytest.mark.parametrize("algorithm", ["RS256", "ES256"])
async def test_two_kinds_of_signatures_are_accepted(desk: Desk, provider: Provider, algorithm: str) -> None:
    """RSA and elliptic curves, for the ID token and for the user information."""
    provider.algorithm = algorithm
    assert (await log_in(await desk.browser())).status_code == 303


async def test_without_a_provider_there_is_no_button_and_no_door(
    settings: Settings, clock: FixedClock
) -> None:
    """The addresses are not there either, and logging out leads to the log-in page."""
    async with running(settings.model_copy(update={"oidc_issuer": ""}), clock) as desk:
        agent = await desk.browser()
        assert "S’identifier avec" not in await agent.page("/staff/login")
        for path in ("/staff/oidc/start", "/staff/oidc/callback?code=a&state=b"):
            assert (await agent.http.get(path)).status_code == 404


@pytest.mark.parametrize(
    "wrong",
    [
        {"oidc_issuer": "http://provider.example"},
        {"oidc_issuer": "http://localhost.provider.example"},
        {"oidc_issuer": "https://provider.example", "oidc_client_id": ""},
        {"oidc_issuer": "https://provider.example", "oidc_client_id": "x", "oidc_profile": "proconnect"},
    ],
)
def test_a_provider_that_cannot_be_trusted_is_refused_at_start(wrong: dict[str, str]) -> None:
    """In clear, without our name there, or ProConnect without the town's SIRET."""
    with pytest.raises(ValidationError):
        Settings(_env_file=None, **wrong)


@BOTH
async def test_the_second_time_only_the_subject_counts(desk: Desk, provider: Provider) -> None:
    """The address has changed over there, and belongs to somebody else by now: it is still Camille."""
    assert (await log_in(await desk.browser())).status_code == 303
    provider.email = MALIK
    agent = await desk.browser()
    assert (await log_in(agent)).status_code == 303
    assert "Se déconnecter (Camille)" in await agent.page()
    assert await journal(desk, "login.linked") == [(CAMILLE, "login.linked", CAMILLE)]


async def test_an_account_bound_to_somebody_is_not_given_to_another(desk: Desk, provider: Provider) -> None:
    """A second identity with Camille's address is told to see the person who runs Beffroi."""
    assert (await log_in(await desk.browser())).status_code == 303
    provider.subject = "another"
    reply = await log_in(await desk.browser())
    assert reply.status_code == 403 and "déjà lié à une autre identité ProConnect" in reply.text
    assert await desk.count(CAMILLES) == SUBJECT


async def test_two_first_log_ins_at_once_bind_the_account_once(desk: Desk, provider: Provider) -> None:
    """Two windows: both are let in."""
    agents = [await desk.browser() for _ in range(2)]
    backs = [await start(agent) for agent in agents]
    replies = await gather(*(agent.http.get(back) for agent, back in zip(agents, backs, strict=True)))
    assert [reply.status_code for reply in replies] == [303, 303]
    assert len(await journal(desk, "login.linked")) == 1


async def test_a_log_in_that_this_browser_did_not_begin_is_refused(
    desk: Desk, provider: Provider, written: io.StringIO
) -> None:
    """Another state, none, or somebody else's way back; the code is not even sent to the provider."""
    other = await start(await desk.browser())
    for wrong in (other, "/staff/oidc/callback", "/staff/oidc/callback?code=a&state="):
        agent = await desk.browser()
        await start(agent)
        await refused(desk, agent, await agent.http.get(wrong))
    fresh = await desk.browser()
    await refused(desk, fresh, await fresh.http.get(other))
    assert "/token" not in [path for path, _ in provider.asked]


async def test_a_way_back_serves_once(desk: Desk, provider: Provider, written: io.StringIO) -> None:
    """Neither again in the same browser, nor with a copy of what the browser kept."""
    agent = await desk.browser()
    back = await start(agent)
    kept = agent.http.cookies.get("beffroi_oidc")
    assert (await agent.http.get(back)).status_code == 303
    for cookies in ({}, {"cookie": f"beffroi_oidc={kept}"}):
        again = await (await desk.browser()).http.get(back, headers=cookies)
        assert again.status_code == 403 and FAILED in again.text
        assert "beffroi_staff" not in again.cookies
    assert await desk.count("SELECT count(*) FROM staff_session") == 1


@pytest.mark.parametrize("cookie", ["", "x", "...", "a.b.c.d.e", "a.b.c.é", "a.b.c.____", "x" * 5000])
async def test_a_spoilt_cookie_is_no_accident(desk: Desk, cookie: str) -> None:
    """Whatever stands there, the page says to begin again."""
    headers = {"cookie": f"beffroi_oidc={cookie}".encode()}
    reply = await desk.http.get("/staff/oidc/callback?code=x&state=a", headers=headers)
    assert reply.status_code in (400, 403, 503)
    assert "beffroi_staff" not in reply.cookies


@BOTH
@pytest.mark.parametrize(
    "claims",
    [
        {"nonce": "another"}, {"nonce": None}, {"aud": "another"}, {"aud": ["another"]},
        {"aud": [CLIENT_ID, "another"], "azp": "another"}, {"azp": "another"},
        {"iss": "https://elsewhere.example"}, {"exp": 1}, {"exp": "soon"}, {"iat": 9_999_999_999},
        {"sub": ""}, {"sub": 12}, {"sub": "x" * 256},
    ],
    ids=lambda claims: str(claims)[:50],
)  # fmt: skip
async def test_an_id_token_that_is_not_for_this_log_in_is_refused(
    desk: Desk, provider: Provider, written: io.StringIO, claims: dict[str, Any]
) -> None:
    """Another nonce, audience or issuer, too old, from the future, or about nobody."""
    provider.claims = claims
    agent = await desk.browser()
    await refused(desk, agent, await log_in(agent))
    assert "oidc_failed" in written.getvalue()


@pytest.mark.parametrize("missing", ["nonce", "aud", "iss", "exp", "iat", "sub"])
async def test_an_id_token_without_what_must_be_there_is_refused(
    desk: Desk, provider: Provider, missing: str
) -> None:
    """Nothing that is checked may be left out."""
    provider.claims = {missing: None}
    provider.sign = lambda claims, sign=provider.sign: sign(  # type: ignore[method-assign]
        {name: value for name, value in claims.items() if value is not None}
    )
    agent = await desk.browser()
    await refused(desk, agent, await log_in(agent))


@BOTH
@pytest.mark.parametrize("algorithm", ["none", "HS256", "RS512"])
async def test_other_signatures_are_refused(
    desk: Desk, provider: Provider, written: io.StringIO, algorithm: str
) -> None:
    """None at all, one made with the shared secret, one that is not on the list."""
    provider.algorithm = algorithm
    agent = await desk.browser()
    await refused(desk, agent, await log_in(agent))


@BOTH
async def test_keys_that_turned_are_seen_and_unknown_ones_are_refused(
    desk: Desk, provider: Provider, written: io.StringIO
) -> None:
    """A key that is not published opens nothing; once it is, the very next log-in works."""
    provider.kid = "second"
    agent = await desk.browser()
    await refused(desk, agent, await log_in(agent))
    provider.published = ["second"]
    assert (await log_in(agent)).status_code == 303


@PROCONNECT
@pytest.mark.parametrize(
    "person",
    [{"sub": "another"}, {"sub": None}, {"iss": "https://elsewhere.example"}, {"aud": "another"},
     {"aud": None}, {"exp": 1}],
    ids=lambda claims: str(claims)[:50],
)  # fmt: skip
async def test_user_information_of_somebody_else_is_refused(
    desk: Desk, provider: Provider, written: io.StringIO, person: dict[str, Any]
) -> None:
    """Signed, but about another person or for another site, or too old."""
    provider.person = person
    agent = await desk.browser()
    await refused(desk, agent, await log_in(agent))


async def test_plain_user_information_of_another_person_is_refused(desk: Desk, provider: Provider) -> None:
    """The subject is compared in the standard profile too."""
    provider.person = {"sub": "another"}
    agent = await desk.browser()
    await refused(desk, agent, await log_in(agent))


@PROCONNECT
async def test_proconnect_must_sign_the_user_information(
    desk: Desk, provider: Provider, written: io.StringIO
) -> None:
    """Plain JSON says nothing."""
    provider.signs_person = False
    agent = await desk.browser()
    await refused(desk, agent, await log_in(agent))


@PROCONNECT
@pytest.mark.parametrize("siret", ["13002526500013", None, 21330001800013])
async def test_somebody_of_another_organisation_is_told_so(
    desk: Desk, provider: Provider, written: io.StringIO, siret: object
) -> None:
    """ProConnect serves every administration: only the town's own people come in."""
    provider.person = {"siret": siret}
    agent = await desk.browser()
    await refused(desk, agent, await log_in(agent), "vous rattache à une autre organisation")


@BOTH
async def test_nobody_is_made_an_account_who_was_not_invited(
    desk: Desk, provider: Provider, written: io.StringIO
) -> None:
    """The page says whom to ask; no account appears."""
    provider.email = "zoe@sainte-aure.example"
    before = await desk.count("SELECT count(*) FROM staff")
    agent = await desk.browser()
    await refused(desk, agent, await log_in(agent), UNKNOWN)
    assert await desk.count("SELECT count(*) FROM staff") == before


async def test_an_address_that_nobody_checked_opens_nothing(desk: Desk, provider: Provider) -> None:
    """Anybody may write Camille's address in their own profile."""
    for said in (False, "false", None):
        provider.person = {"email_verified": said} if said is not None else {"email": ["camille"]}
        agent = await desk.browser()
        await refused(desk, agent, await log_in(agent), UNKNOWN)


async def test_the_address_may_stand_in_the_id_token(desk: Desk, provider: Provider) -> None:
    """Some providers tell it there only, and some have no user information at all."""
    provider.claims, provider.person = {"email": CAMILLE.upper(), "email_verified": True}, {"email": None}
    assert (await log_in(await desk.browser())).status_code == 303
    provider.silent_on = {"userinfo_endpoint"}
    assert (await log_in(await desk.browser())).status_code == 303


@BOTH
async def test_a_closed_account_stays_closed(desk: Desk, provider: Provider) -> None:
    """Whether it was bound before or not, in the words that an unknown person reads."""
    await change(desk, "UPDATE staff SET active = :no WHERE email = :email", no=False, email=CAMILLE)
    agent = await desk.browser()
    await refused(desk, agent, await log_in(agent), UNKNOWN)
    await change(
        desk, "UPDATE staff SET oidc_subject = :subject WHERE email = :email", subject=SUBJECT, email=CAMILLE
    )
    reply = await log_in(agent)
    assert reply.status_code == 403 and UNKNOWN in reply.text
    assert await desk.count("SELECT count(*) FROM staff_session") == 0


async def test_an_invited_person_joins_as_they_were_invited(
    desk: Desk, provider: Provider, clock: FixedClock
) -> None:
    """Role and departments are the invitation's; it serves once; no password is left behind."""
    link = await invited(desk, await desk.agent(INES))
    provider.email = "lea@sainte-aure.example"
    agent = await desk.browser()
    assert (await log_in(agent)).status_code == 303
    assert "Se déconnecter (Léa)" in await agent.page()
    joined = "SELECT count(*) FROM staff WHERE email = 'lea@sainte-aure.example' AND role = 'agent'"
    assert await desk.count(f"{joined} AND password_hash = '' AND commune = 'demo'") == 1
    assert [line[1] for line in await journal(desk, "people.joined", "login.linked")] == [
        "people.joined", "login.linked"
    ]  # fmt: skip
    assert 'name="password"' not in (await (await desk.browser()).http.get(link)).text
    assert (await (await desk.browser()).log_in("lea@sainte-aure.example", "")).status_code == 401


async def test_an_invitation_that_is_too_old_opens_nothing(
    desk: Desk, provider: Provider, clock: FixedClock
) -> None:
    """Seven days, as for its link."""
    await invited(desk, await desk.agent(INES))
    clock.move(days=7, seconds=1)
    provider.email = "lea@sainte-aure.example"
    reply = await log_in(await desk.browser())
    assert reply.status_code == 403 and UNKNOWN in reply.text


@BOTH
async def test_the_second_factor_is_asked_however_one_comes(
    desk: Desk, provider: Provider, clock: FixedClock
) -> None:
    """No session before the code; with it, the page that was wanted."""
    key = pyotp.random_base32()
    await change(
        desk, "UPDATE staff SET totp_secret = :key, totp_on = :yes WHERE email = :email",
        key=key, yes=True, email=CAMILLE,
    )  # fmt: skip
    agent = await desk.browser()
    asked = await log_in(agent, "/staff/resolved")
    assert asked.status_code == 200 and 'name="code"' in asked.text
    assert "beffroi_staff" not in agent.http.cookies
    form = {name: hidden(asked.text, name) for name in ("csrf", "halfway", "suite")}
    code = pyotp.TOTP(key).at(clock.now())
    sent = await agent.http.post("/staff/login/code", data={**form, "code": code})
    assert (sent.status_code, sent.headers["location"]) == (303, "/staff/resolved")


async def test_somebody_of_another_town_lands_in_theirs(desk: Desk, provider: Provider) -> None:
    """The account says where."""
    provider.email = HUGO
    agent = await desk.browser()
    assert (await log_in(agent)).status_code == 303
    assert "Valbreuil" in await agent.page()


@pytest.mark.parametrize(
    "suite", ["https://elsewhere.example/staff/", "//elsewhere.example", "/staff/\\elsewhere.example",
              "/staff/oidc/start", "/staff/logout", "\x00", "é" * 600],
)  # fmt: skip
async def test_the_way_in_leads_nowhere_else(desk: Desk, provider: Provider, suite: str) -> None:
    """Only a staff page of this site may follow."""
    reply = await log_in(await desk.browser(), suite)
    assert (reply.status_code, reply.headers["location"]) == (303, "/staff/")


@pytest.mark.parametrize("error", ["access_denied", "server_error"])
async def test_whoever_gives_up_over_there_may_begin_again(
    desk: Desk, provider: Provider, written: io.StringIO, error: str
) -> None:
    """The provider's own words are not repeated; the next try works."""
    provider.error = error
    agent = await desk.browser()
    reply = await log_in(agent)
    await refused(desk, agent, reply)
    assert error not in reply.text
    provider.error = ""
    assert (await log_in(agent)).status_code == 303


async def test_a_provider_that_is_down_leaves_the_password(desk: Desk, provider: Provider) -> None:
    """The page says so, and the form below still works."""
    provider.broken = {"/.well-known/openid-configuration"}
    agent = await desk.browser()
    reply = await agent.http.get("/staff/oidc/start", params={"suite": "/staff/resolved"})
    await refused(desk, agent, reply, DOWN, 503)
    assert hidden(reply.text, "suite") == "/staff/resolved"
    assert (await agent.log_in(CAMILLE, PASSWORD)).status_code == 303


@pytest.mark.parametrize("path", ["/token", "/keys", "/person"])
async def test_a_provider_that_breaks_on_the_way_back_says_so(
    desk: Desk, provider: Provider, written: io.StringIO, path: str
) -> None:
    """Whichever of its doors is broken."""
    agent = await desk.browser()
    back = await start(agent)
    provider.broken = {path}
    await refused(desk, agent, await agent.http.get(back), DOWN, 503)


async def test_nobody_at_the_providers_address(settings: Settings, clock: FixedClock) -> None:
    """A port where nothing listens."""
    with provider_running(Provider(clock)) as gone:
        pass
    async with running(with_provider(settings, gone.url), clock) as desk:
        reply = await desk.http.get("/staff/oidc/start")
        assert reply.status_code == 503 and DOWN in reply.text


@pytest.mark.parametrize("endpoint", ["token_endpoint", "jwks_uri", "authorization_endpoint"])
async def test_a_provider_that_does_not_say_where_is_down(
    desk: Desk, provider: Provider, endpoint: str
) -> None:
    """A description without an address, or with one that others could listen to."""
    provider.silent_on = {endpoint}
    describe = provider.describe
    for more in ({}, {endpoint: "http://elsewhere.example/"}):
        provider.describe = lambda more=more: describe() | more  # type: ignore[method-assign]
        agent = await desk.browser()
        sent = await agent.http.get("/staff/oidc/start")
        if endpoint != "authorization_endpoint":
            sent = await log_in(agent)
        await refused(desk, agent, sent, DOWN, 503)


async def test_a_description_of_another_issuer_is_refused(desk: Desk, provider: Provider) -> None:
    """Whoever answers at the address must be the one that is meant."""
    describe = provider.describe
    provider.describe = lambda: describe() | {"issuer": "https://elsewhere.example"}  # type: ignore[method-assign]
    agent = await desk.browser()
    await refused(desk, agent, await agent.http.get("/staff/oidc/start"))


@BOTH
async def test_leaving_the_desk_leaves_the_provider_too(desk: Desk, provider: Provider) -> None:
    """The session ends at once; the page goes on by itself, and has a link for browsers that do not."""
    agent = await desk.browser()
    assert (await log_in(agent)).status_code == 303
    key = hidden(await agent.page("/staff/account"), "csrf")
    left = await agent.http.post("/staff/logout", data={"csrf": key})
    assert left.status_code == 200, left.text
    address = left.headers["refresh"].removeprefix("0;url=")
    assert html.escape(address).replace("&#x27;", "&#39;") in left.text
    asked = parse_qs(urlsplit(address).query)
    assert address.startswith(f"{provider.url}/leave?") and asked["id_token_hint"][0] in provider.told
    assert asked["post_logout_redirect_uri"] == [f"{desk.context.settings.site}/staff/login"]
    assert asked["state"][0]
    assert not {"beffroi_staff", "beffroi_identity"} & set(agent.http.cookies)
    assert await desk.count("SELECT count(*) FROM staff_session") == 0
    assert (await agent.http.get("/staff/")).headers["location"].startswith("/staff/login")


async def test_leaving_works_without_the_provider(desk: Desk, provider: Provider) -> None:
    """Down, without a log-out, or for whoever came with a password: the desk at least is left."""
    for came, broken, silent in (
        (log_in, {"/.well-known/openid-configuration"}, set()),
        (log_in, set(), {"end_session_endpoint"}),
        (Agent.log_in, set(), set()),
    ):
        provider.broken, provider.silent_on = set(), set()
        agent = await desk.browser()
        assert (await came(agent)).status_code == 303
        key = hidden(await agent.page("/staff/account"), "csrf")
        provider.broken, provider.silent_on = broken, silent
        left = await agent.http.post("/staff/logout", data={"csrf": key})
        assert (left.status_code, left.headers["location"]) == (303, "/staff/login")
        assert "beffroi_staff" not in agent.http.cookies


@pytest.fixture
async def stranger(settings: Settings) -> AsyncIterator[str]:
    """A provider that we did not write, in a process of its own; its address."""
    with provider_running(Provider(SystemClock())) as free:
        port = urlsplit(free.url).port
    person = json.dumps({"sub": "camille", "email": CAMILLE, "email_verified": True})
    running_there = await create_subprocess_exec(
        sys.executable, "-m", "oidc_provider_mock", "--port", str(port), "--require-nonce", "true",
        "--user-claims", person, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    url = f"http://127.0.0.1:{port}"

    async def answers() -> bool:
        async with client(url) as outside:
            try:
                return (await outside.get("/jwks")).status_code == 200
            except httpx.ConnectError:
                return False

    try:
        await until(answers, expected=True)
        yield url
    finally:
        running_there.terminate()
        await running_there.wait()


async def test_a_provider_that_we_did_not_write_opens_the_queue(settings: Settings, stranger: str) -> None:
    """Its tokens, its keys and its user information are understood; its clock is the machine's."""
    now = FixedClock(SystemClock().now())
    async with running(with_provider(settings, stranger), now) as desk:
        agent = await desk.browser()
        sent = await agent.http.get("/staff/oidc/start")
        async with client(stranger) as outside:
            back = await outside.post(sent.headers["location"], data={"sub": "camille"})
        found = re.search(r"/staff/oidc/callback\?[^\"]+", back.headers["location"])
        assert found, back.text
        reply = await agent.http.get(found[0])
        assert (reply.status_code, reply.headers.get("location")) == (303, "/staff/"), reply.text
        assert "Se déconnecter (Camille)" in await agent.page()
        assert await desk.count(CAMILLES) == "camille"
