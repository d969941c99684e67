"""``beffroi messenger setup`` and ``check``: what they put at Meta, what they say, and how they end."""

import asyncio
import re
import shutil
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from desk.answers.models import Answer
from desk.assistant.payloads import to_rasa
from desk.channels.messenger.config import CHANNEL
from desk.channels.messenger.setup.versions import last_day
from desk.cli.__main__ import main
from desk.clock import FixedClock
from desk.communes.registry import Communes
from desk.conversations.channel_models import OddEvent
from desk.conversations.channel_pages import sanction_page, stop_page, warn_page
from desk.db.engine import Database
from desk.settings import ROOT
from tests.desk.conftest import MONDAY
from tests.desk.rasa_server import rasa_server
from tests.desk.running import Desk
from tests.simulators.graph_api import APP_ID, APP_SECRET, TOKENS, VERIFY_TOKEN, Meta

DEMO, VALBREUIL = TOKENS
Command = Callable[..., Awaitable[tuple[int, str]]]
NBSP = "\u00a0"

pytestmark = pytest.mark.slow


@pytest.fixture
def beffroi(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], communes_dir: Path, tmp_path: Path,
    database_url: str, meta: Meta, clock: FixedClock,
) -> Command:  # fmt: skip
    """Run ``beffroi messenger …`` beside the simulator; its exit code and what it wrote, spaces made plain.

    There is never a secret in it.
    """
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("desk.cli.messenger.SystemClock", lambda: clock)
    base = {
        "communes_dir": str(communes_dir), "var_dir": str(tmp_path), "database_url": database_url,
        "messenger_app_id": APP_ID, "messenger_app_secret": APP_SECRET,
        "messenger_verify_token": VERIFY_TOKEN, "messenger_graph_url": meta.url, "messenger_timeout": "2",
        "messenger_tokens": " ".join(f"{page}={token}" for page, token in TOKENS.items()),
    }  # fmt: skip

    async def run(*arguments: str, **settings: str) -> tuple[int, str]:
        for name, value in {**base, **settings}.items():
            monkeypatch.setenv(f"BEFFROI_{name.upper()}", value)
        code = await asyncio.to_thread(main, ["messenger", *arguments])
        written = capsys.readouterr()
        said = written.out + written.err
        for secret in (APP_SECRET, VERIFY_TOKEN, *TOKENS.values()):
            assert secret not in said
        return code, re.sub(" +", " ", said.replace(NBSP, " "))

    return run


def bare(meta: Meta) -> None:
    """Pages that nobody has set up."""
    for page in meta.pages.values():
        page.subscribed = None


def changes(meta: Meta) -> list[tuple[str, str]]:
    """What was asked of Meta beyond looking."""
    return [(call.method, call.path) for call in meta.calls if call.method != "GET"]


async def noted(database_url: str, write: Callable[[Any], Awaitable[Any]]) -> None:
    """What the desk has written meanwhile."""
    database = Database(database_url)
    async with database.write() as session:
        await write(session)
    await database.close()


async def test_a_bare_page_is_set_up_and_twice_changes_nothing(beffroi: Command, meta: Meta) -> None:
    """Everything is put there with two calls a Page; the second time only looks."""
    bare(meta)
    code, said = await beffroi("setup")
    assert code == 0, said
    assert meta.refused == []
    assert "fait Événements : abonnement posé et vérifié (11)." in said
    assert "mot d’accueil, questions proposées, menu" in said
    assert len(meta.pages[DEMO].subscribed or ()) == 11
    assert changes(meta) == [
        ("POST", f"/{DEMO}/subscribed_apps"), ("POST", "/me/messenger_profile"),
        ("POST", f"/{VALBREUIL}/subscribed_apps"), ("POST", "/me/messenger_profile"),
    ]  # fmt: skip
    meta.calls.clear()
    code, said = await beffroi("setup")
    assert (code, changes(meta)) == (0, [])
    assert " fait " not in said and "ok Accueil de la Page : en place" in said


async def test_a_page_shows_what_the_town_wants(beffroi: Command, meta: Meta, communes_dir: Path) -> None:
    """Its name, its topics by their published titles, a menu whose every item is understood."""
    await beffroi("setup")
    profile = meta.pages[DEMO].profile
    assert profile["get_started"] == {"payload": "GET_STARTED"}
    assert "Sainte-Aure" in profile["greeting"][0]["text"] and len(profile["greeting"][0]["text"]) <= 160
    (questions,) = profile["ice_breakers"]
    assert [one["payload"] for one in questions["call_to_actions"]] == [
        "topic:carte_identite", "topic:collecte_dechets", "topic:cantine", "topic:signalement_voirie"
    ]  # fmt: skip
    assert questions["locale"] == "default"
    (menu,) = profile["persistent_menu"]
    human, status, site = menu["call_to_actions"]
    assert menu["composer_input_disabled"] is False
    assert to_rasa(human["title"], human["payload"]) == "/parler_humain"
    assert to_rasa(status["title"], status["payload"]) == "/suivi_ticket"
    assert site["url"] == Communes(communes_dir)["demo"].settings.website
    assert "ice_breakers" not in meta.pages[VALBREUIL].profile
    assert "Valbreuil" in meta.pages[VALBREUIL].profile["greeting"][0]["text"]


async def test_a_dry_run_says_and_changes_nothing(beffroi: Command, meta: Meta) -> None:
    """What would be done is still to do: 1."""
    bare(meta)
    meta.pages[VALBREUIL].profile["ice_breakers"] = [{"question": "Vieux ?", "payload": "topic:vieux"}]
    code, said = await beffroi("setup", "--dry-run")
    assert (code, changes(meta), meta.pages[DEMO].profile) == (1, [], {})
    assert "à faire Événements : il manque messages, messaging_postbacks" in said
    assert "à poser (bouton Démarrer, mot d’accueil, questions proposées, menu)" in said
    assert "à retirer (questions proposées)" in said


async def test_one_page_may_be_set_up_alone(beffroi: Command, meta: Meta) -> None:
    """The other is not touched; a Page of nobody is refused in one sentence."""
    code, said = await beffroi("setup", "--page", VALBREUIL)
    assert (code, meta.pages[DEMO].profile) == (0, {})
    assert "Valbreuil (100000000000002)" in said and "Sainte-Aure" not in said
    assert await beffroi("setup", "--page", "7") == (
        1, "beffroi: Cette Page n’est pas une Page de votre ville.\n"
    )  # fmt: skip


@pytest.mark.parametrize("spelling", ["messaging_handovers", "messaging_handover"])
async def test_both_spellings_of_a_field_are_tried(beffroi: Command, meta: Meta, spelling: str) -> None:
    """Meta's pages disagree; what the Page sent already, for others, it goes on sending."""
    meta.handovers_field = spelling
    meta.pages[DEMO].subscribed = {"messages", "feed"}
    code, said = await beffroi("setup", "--page", DEMO)
    assert code == 0, said
    assert {spelling, "feed", "standby"} <= (meta.pages[DEMO].subscribed or set())
    assert (await beffroi("setup", "--page", DEMO, "--dry-run"))[0] == 0


async def test_a_field_unknown_to_meta_does_not_cost_the_others(beffroi: Command, meta: Meta) -> None:
    """The rest is subscribed to, and what is missing is said."""
    bare(meta)
    meta.handovers_field = "something_new"
    code, said = await beffroi("setup", "--page", DEMO)
    assert code == 1 and "Meta n’abonne pas la Page à messaging_handovers." in said
    assert len(meta.pages[DEMO].subscribed or ()) == 10


def _invalid(meta: Meta) -> None:
    meta.pages[DEMO].token.is_valid = False


def _other_app(meta: Meta) -> None:
    meta.pages[DEMO].token.app_id = "42"


def _poor(meta: Meta) -> None:
    meta.pages[DEMO].token.scopes = ["pages_messaging"]


def _ends(field: str, days: int) -> Callable[[Meta], None]:
    moment = int((MONDAY + timedelta(days=days)).timestamp())
    return lambda meta: setattr(meta.pages[DEMO].token, field, moment)


@pytest.mark.parametrize(
    ("wrong", "code", "words"),
    [
        (_invalid, 1, "à faire Jeton : il n’est plus valable."),
        (_other_app, 1, "à faire Jeton : il vient d’une autre application (42)."),
        (_poor, 1, "à faire Autorisations : il manque pages_manage_metadata."),
        (_poor, 1, "à noter Autorisations : pages_show_list, pages_read_engagement, utiles"),
        (_ends("expires_at", -1), 1, "à faire Jeton : il n’est plus valable."),
        (_ends("expires_at", 5), 1, "à faire Jeton : valable jusqu’au 28/11/2026 (jours restants : 5)."),
        (_ends("expires_at", 60), 0, "à noter Jeton : valable jusqu’au 22/01/2027 (jours restants : 60)."),
        (_ends("data_access_expires_at", 5), 1, "à faire Accès aux données : jusqu’au 28/11/2026"),
        (_ends("data_access_expires_at", 60), 0, "à noter Accès aux données : jusqu’au 22/01/2027"),
        (lambda _: None, 0, "ok Jeton : valable, sans date de fin."),
    ],
)
async def test_a_token_is_judged(
    beffroi: Command, meta: Meta, wrong: Callable[[Meta], None], code: int, words: str
) -> None:
    """With the gesture for whoever has to mend it."""
    wrong(meta)
    found, said = await beffroi("setup", "--page", DEMO)
    assert words in said
    assert found == code


async def test_a_token_that_is_missing_or_elsewhere_is_said(beffroi: Command, meta: Meta) -> None:
    """Nothing is put on a Page with the token of another."""
    code, said = await beffroi("setup", messenger_tokens=f"{DEMO}={TOKENS[DEMO]}")
    assert code == 1 and f"Jeton : aucun. Ajoutez {VALBREUIL}=… à BEFFROI_MESSENGER_TOKENS." in said
    meta.pages[DEMO].profile.clear()
    swapped = f"{DEMO}={TOKENS[VALBREUIL]} {VALBREUIL}={TOKENS[DEMO]}"
    code, said = await beffroi("setup", messenger_tokens=swapped)
    assert code == 1 and f"c’est celui de la Page {VALBREUIL}" in said
    assert [page.profile for page in meta.pages.values()] == [{}, {}]


async def test_one_thing_refused_does_not_keep_the_rest_from_being_there(
    beffroi: Command, meta: Meta, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Meta finds the questions too long: the other three parts are set, within its ten calls."""
    monkeypatch.setattr("tests.simulators.graph_api.profile.QUESTION", 5)
    code, said = await beffroi("setup", "--page", DEMO)
    assert code == 1 and "à faire Accueil de la Page : Meta refuse (questions proposées), code 100." in said
    assert set(meta.pages[DEMO].profile) == {"get_started", "greeting", "persistent_menu"}
    assert len([call for call in meta.calls if call.path.endswith("messenger_profile")]) < 10


@pytest.mark.parametrize(
    ("code", "status", "words"),
    [
        (200, 400, "à faire Événements : Meta refuse faute d’autorisation (code 200)."),
        (613, 400, "échec Événements : Meta a reçu trop de demandes."),
        (2, 500, "échec Événements : Meta a une panne passagère (code 2)."),
        (190, 400, "à faire Jeton : Meta le refuse (190)."),
        (3, 400, "à faire Événements : Meta refuse (code 3)."),
    ],
)
async def test_a_refusal_is_said_and_the_next_thing_is_done(
    beffroi: Command, meta: Meta, code: int, status: int, words: str
) -> None:
    """The subscription fails; the welcome is put there all the same."""
    meta.fail(code, status=status, on="subscribed_apps")
    found, said = await beffroi("setup", "--page", DEMO)
    assert found == 1 and words in said
    assert "greeting" in meta.pages[DEMO].profile


async def test_a_wrong_secret_is_the_applications_trouble(beffroi: Command, meta: Meta) -> None:
    """Not the Page's token's."""
    code, said = await beffroi("setup", messenger_app_id="987654321")
    assert code == 1 and "Vérifiez BEFFROI_MESSENGER_APP_ID et BEFFROI_MESSENGER_APP_SECRET." in said


async def test_meta_may_not_answer(beffroi: Command, meta: Meta) -> None:
    """Neither at all, nor with what is Meta's."""
    code, said = await beffroi("setup", messenger_graph_url="http://127.0.0.1:1")
    assert code == 1 and "échec Meta ne répond pas." in said
    meta.time_out(on="messenger_profile")
    code, said = await beffroi("setup", "--page", DEMO, messenger_timeout="0.2")
    assert code == 1 and "échec Meta ne répond pas." in said


async def _change(session: Any, topic: str, **values: Any) -> None:
    await session.execute(
        update(Answer).where(Answer.commune == "demo", Answer.topic == topic).values(**values)
    )


async def test_the_published_title_is_what_is_proposed(
    beffroi: Command, meta: Meta, database_url: str
) -> None:
    """Changed by staff, it is put there again, alone, cut at a word; withdrawn, it is said."""
    await beffroi("setup", "--page", DEMO)
    title = "Refaire sa carte d’identité " + "longuement " * 8
    await noted(database_url, lambda session: _change(session, "carte_identite", title=title))
    await noted(database_url, lambda session: _change(session, "cantine", published=False))
    meta.calls.clear()
    code, said = await beffroi("setup", "--page", DEMO)
    assert code == 1 and "cantine n’a pas de réponse publiée" in said
    (posted,) = [call.body for call in meta.calls if call.method == "POST"]
    assert posted.keys() == {"ice_breakers"}
    asked = [one["question"] for one in posted["ice_breakers"][0]["call_to_actions"]]
    assert len(asked) == 3 and asked[0].endswith("longuement…") and len(asked[0]) <= 80


async def test_a_greeting_that_is_too_long_is_for_a_human_to_shorten(
    beffroi: Command, meta: Meta, tmp_path: Path
) -> None:
    """The town's own words are never cut; the rest is set."""
    folder = tmp_path / "communes" / "demo"
    shutil.copytree(ROOT / "communes" / "demo", folder)
    (folder / "texts.yml").write_text("messenger: {greeting: %s}" % ("Bienvenue " * 20), "utf-8")
    given = {"communes_dir": str(folder.parent), "messenger_tokens": f"{DEMO}={TOKENS[DEMO]}"}
    code, said = await beffroi("setup", **given)
    assert code == 1 and "Mot d’accueil : 199 caractères, 160 au plus." in said
    assert set(meta.pages[DEMO].profile) == {"get_started", "ice_breakers", "persistent_menu"}
    assert meta.refused == []


async def test_questions_that_the_town_no_longer_wants_are_taken_away(beffroi: Command, meta: Meta) -> None:
    """Valbreuil proposes none."""
    meta.pages[VALBREUIL].profile["ice_breakers"] = [{"question": "Vieux ?", "payload": "topic:vieux"}]
    code, said = await beffroi("setup", "--page", VALBREUIL)
    assert code == 0 and "fait Accueil de la Page : retiré (questions proposées)." in said
    assert "ice_breakers" not in meta.pages[VALBREUIL].profile
    assert (await beffroi("setup", "--page", VALBREUIL, "--dry-run"))[0] == 0


async def test_the_forms_that_meta_answers_in_are_the_same_to_us(beffroi: Command, meta: Meta) -> None:
    """Questions without locales, a slash after the address, fields of its own: nothing differs."""
    await beffroi("setup", "--page", DEMO)
    profile = meta.pages[DEMO].profile
    profile["ice_breakers"] = profile["ice_breakers"][0]["call_to_actions"]
    profile["persistent_menu"][0]["call_to_actions"][2]["url"] += "/"
    profile["persistent_menu"][0]["disabled_surfaces"] = []
    assert (await beffroi("setup", "--page", DEMO, "--dry-run"))[0] == 0
    profile["persistent_menu"] = ["odd"]
    assert (await beffroi("setup", "--page", DEMO, "--dry-run"))[0] == 1


async def test_what_no_program_can_read_is_recalled(beffroi: Command, meta: Meta) -> None:
    """The default application, Human Agent; also when Meta answers nothing about routing."""
    code, said = await beffroi("setup")
    assert code == 0 and "(lu : hop_v2)" in said and "Routage des conversations" in said
    assert "Human Agent : déclaré" in said and "Human Agent : non déclaré" in said
    meta.fail(100, on="me")
    code, said = await beffroi("setup", "--page", DEMO)
    assert code == 0 and "Routage : Meta ne l’a pas dit (code 100)." in said


# The watchdog


async def test_all_is_well_in_a_line_a_page(beffroi: Command, messenger: Desk, meta: Meta) -> None:
    """And the public address answers as Meta would see it; quiet, nothing at all."""
    code, said = await beffroi("check", public_url=messenger.url)
    assert code == 0, said
    installation, demo, valbreuil = said.splitlines()
    assert installation == (
        "OK Installation : Version de l’interface de Meta : v26.0. "
        f"Adresse de réception : {messenger.url}/webhooks/messenger répond à la vérification."
    )
    assert demo.startswith("OK Ville de Sainte-Aure (100000000000001) : Jeton : valable")
    assert valbreuil.startswith("OK Valbreuil (100000000000002) : ")
    assert await beffroi("check", "--quiet") == (0, "")
    assert changes(meta) == []


async def test_a_lost_subscription_is_an_alert(beffroi: Command, meta: Meta) -> None:
    """All of it, or a part; on the line of its own Page."""
    meta.pages[DEMO].subscribed = None
    meta.pages[VALBREUIL].subscribed = {"messages"}
    code, said = await beffroi("check", "--quiet")
    assert code == 1
    demo, valbreuil = said.splitlines()
    assert demo.startswith("ALERTE Ville de Sainte-Aure (100000000000001) : Événements : il manque messages,")
    assert "ALERTE Valbreuil" in valbreuil and "messages," not in valbreuil.replace("_messages", "")


async def test_an_expiry_is_told_in_time(beffroi: Command, meta: Meta) -> None:
    """Fourteen days before, or as many as one asks for."""
    _ends("expires_at", 20)(meta)
    assert (await beffroi("check", "--quiet")) == (0, "")
    code, said = await beffroi("check", "--quiet", "--days", "30")
    assert code == 1 and said.startswith("ALERTE Ville de Sainte-Aure") and said.count("\n") == 1
    _invalid(meta)
    code, said = await beffroi("check")
    assert code == 1 and "il n’est plus valable" in said and "OK Valbreuil" in said


async def test_what_the_desk_noted_is_told(beffroi: Command, database_url: str) -> None:
    """A Page stopped, warned or punished: each an alert, with its code and its moment in the town's time."""
    page = CHANNEL, DEMO, "demo"

    async def stopped(session: Any) -> None:
        await stop_page(session, *page, "190", MONDAY)
        await warn_page(session, *page, "2018338", MONDAY)
        await sanction_page(session, *page, "block: spam", MONDAY)

    await noted(database_url, stopped)
    code, said = await beffroi("check", "--quiet")
    assert code == 1 and said.count("\n") == 1
    assert "Envois arrêtés depuis le 23/11/2026 10:00 (code 190)." in said
    assert "(code 2018338)" in said and "block: spam" in said


async def test_odd_events_are_counted_not_feared(beffroi: Command, database_url: str) -> None:
    """Those of a day, of the Page; yesterday's are not."""

    async def odd(session: Any) -> None:
        for number, (page, hours) in enumerate([(DEMO, 1), (DEMO, 23), (DEMO, 25), (VALBREUIL, 30)]):
            at = MONDAY - timedelta(hours=hours)
            session.add(OddEvent(channel=CHANNEL, page=page, key=str(number), body="{}", at=at))

    await noted(database_url, odd)
    code, said = await beffroi("check")
    assert code == 0 and said.count("Événements inconnus en 24 heures : 2.") == 1
    assert said.count("inconnus") == 1


async def test_who_cannot_be_asked_is_unknown(beffroi: Command, meta: Meta) -> None:
    """2; an alert elsewhere comes first."""
    meta.http(503, times=2, on="debug_token")
    code, said = await beffroi("check", messenger_graph_url="http://127.0.0.1:1")
    assert code == 2 and said.count("INCONNU") == 2 and "OK Installation" in said
    meta.fail(2, times=1, status=500, on="subscribed_apps")
    code, said = await beffroi("check", "--quiet")
    assert code == 2 and said.startswith("INCONNU Ville de Sainte-Aure") and said.count("\n") == 1
    meta.fail(2, times=1, status=500, on="subscribed_apps")
    meta.pages[VALBREUIL].subscribed = None
    code, said = await beffroi("check", "--quiet")
    assert code == 1 and "INCONNU" in said and "ALERTE Valbreuil" in said


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"messenger_verify_token": "another"}, "refuse la vérification"),
        ({"messenger_verify_token": ""}, "choisissez BEFFROI_MESSENGER_VERIFY_TOKEN"),
        ({"public_url": "http://beffroi.example"}, "n’est pas en https"),
        ({"public_url": "http://127.0.0.1:1"}, "ne répond pas. Vérifiez que Beffroi tourne"),
        ({"public_url": "https://127.0.0.1:1"}, "ne répond pas. Vérifiez que Beffroi tourne"),
        ({"path": "/nulle-part"}, "ne connaît pas Messenger"),
        ({"public_url": ""}, "BEFFROI_PUBLIC_URL est vide"),
    ],
)
async def test_the_public_address_is_tried_as_meta_would(
    beffroi: Command, messenger: Desk, given: dict[str, str], words: str
) -> None:
    """Every way in which it may fail is said with what to do; none set is not a fault."""
    asked = {"public_url": messenger.url + given.get("path", ""), **given}
    asked.pop("path", None)
    code, said = await beffroi("check", **asked)
    assert words in said
    assert code == (0 if asked["public_url"] == "" else 1)


@pytest.mark.parametrize("status", [200, 302, 502])
async def test_an_address_that_answers_something_else_is_odd(beffroi: Command, status: int) -> None:
    """A page of the proxy's, a redirection, an error: 200 alone proves nothing."""
    async with rasa_server() as proxy:
        proxy.body, proxy.status = b"Bienvenue", status
        code, said = await beffroi("check", public_url=proxy.url)
    assert code == 1 and f"répond autre chose (HTTP {status}). Vérifiez le proxy." in said


async def test_a_version_that_dies_is_told_in_time(beffroi: Command, clock: FixedClock) -> None:
    """Three months before, for time to try the next one."""
    code, said = await beffroi("check", messenger_graph_version="v25.0")
    assert code == 0 and "v25.0 s’arrête le 29/07/2028 au plus tard" in said
    code, said = await beffroi("check", "--quiet", messenger_graph_version="v21.0")
    assert code == 1 and said.startswith("ALERTE Installation") and "21/01/2027" in said
    clock.move(days=520)
    assert (await beffroi("check", messenger_graph_version="v25.0"))[0] == 0
    clock.move(days=10)
    assert (await beffroi("check", messenger_graph_version="v25.0"))[0] == 1


def test_a_version_without_a_day_of_its_own_ends_before_the_next() -> None:
    """They stop in order; for the newest nothing is announced."""
    assert last_day("v20.0") == last_day("v21.0")
    assert last_day("v22.0") == last_day("v23.0") == last_day("v24.0")
    assert last_day("v26.0") is last_day("latest") is None


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"messenger_app_id": ""}, "BEFFROI_MESSENGER_APP_ID: "),
        ({"messenger_app_secret": ""}, "BEFFROI_MESSENGER_APP_SECRET: "),
        ({"messenger_tokens": "777=EAAB"}, "BEFFROI_MESSENGER_TOKENS: page 777 is in no commune.yml"),
        ({"messenger_tokens": "EAAB"}, "BEFFROI_MESSENGER_TOKENS: expected page=token"),
    ],
)
@pytest.mark.parametrize("verb", ["setup", "check"])
async def test_what_is_not_configured_is_one_sentence(
    beffroi: Command, verb: str, given: dict[str, str], said: str
) -> None:
    """Without the secret in it."""
    code, out = await beffroi(verb, **given)
    assert code == 1 and said in out and out.count("\n") == 1 and "EAAB" not in out
