"""E-mails to staff: ordered with what they tell, sent once, again when it failed, never in clear."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from desk.cli.__main__ import main
from desk.clock import FixedClock
from desk.db.engine import Database
from desk.mail import postman as module
from desk.mail.outbox import failed_mails, is_address, order
from desk.mail.postman import MAX_ATTEMPTS, Postman, retry_at
from desk.settings import Settings
from tests.desk.conftest import MONDAY
from tests.desk.mail_server import Mailbox, accepts, certificate, mail_server
from tests.desk.people import CAMILLE, NADIA
from tests.desk.running import running
from tests.desk.test_health import figures

pytestmark = pytest.mark.slow

FROM = "Ville de Sainte-Aure <beffroi@sainte-aure.example>"


@pytest.fixture
async def box() -> AsyncIterator[Mailbox]:
    """A server in clear, on loopback."""
    async with mail_server() as box:
        yield box


def post(database: Database, clock: FixedClock, box: Mailbox | None, **settings: object) -> Postman:
    """A postman who knows the way to this server."""
    way = {"smtp_host": "127.0.0.1" if box else "", "smtp_port": box.port if box else 25,
           "smtp_security": "none", "mail_from": FROM}  # fmt: skip
    return Postman(database, Settings(_env_file=None, **{**way, **settings}), clock)


async def write(database: Database, *mails: tuple[str, str], once: str | None = None) -> None:
    """Order e-mails (address, subject)."""
    async with database.write() as session:
        for address, subject in mails:
            await order(session, "demo", address, subject, "Bonjour,\n", MONDAY, once)


async def empty(postman: Postman) -> int:
    """Let the postman work until there is nothing to go on with; how many steps."""
    steps = 0
    while await postman.step():
        steps += 1
    await postman.hang_up()
    return steps


async def states(database: Database) -> list[tuple[str, str, int, str | None]]:
    """Address, state, attempts and reason of every e-mail, in order."""
    async with database.read() as session:
        found = await session.execute(text("SELECT address, state, attempts, error FROM mail ORDER BY id"))
        return [tuple(row) for row in found]


async def test_an_email_arrives_as_it_was_written(
    database: Database, clock: FixedClock, box: Mailbox
) -> None:
    """Accents, long lines, a line with a dot; who sends, when, and that no machine should answer."""
    body = "Réponse attendue à l’accueil : « œuvre »\n.\n" + "très " * 300 + "\n"
    async with database.write() as session:
        await order(session, "demo", CAMILLE, "Délai dépassé : 3 demandes à l’état civil", body, MONDAY)
    clock.move(hours=2)
    assert await empty(post(database, clock, box)) == 1
    (message,) = box.received
    assert message.get_content().replace("\r\n", "\n") == body
    assert message["Subject"] == "Délai dépassé : 3 demandes à l’état civil"
    assert (message["From"], message["To"]) == (FROM, CAMILLE)
    assert message["Date"].datetime == MONDAY
    assert message["Message-ID"].endswith("@sainte-aure.example>")
    assert message["Auto-Submitted"] == "auto-generated"
    assert box.recipients == [[CAMILLE]]
    assert await states(database) == [(CAMILLE, "sent", 1, None)]


async def test_what_was_undone_is_not_sent(database: Database, clock: FixedClock, box: Mailbox) -> None:
    """The order belongs to the transaction of what it tells."""
    with pytest.raises(ZeroDivisionError):
        async with database.write() as session:
            await order(session, "demo", CAMILLE, "Jamais", "Bonjour", MONDAY)
            raise ZeroDivisionError
    assert await empty(post(database, clock, box)) == 0 and box.received == []


async def test_the_same_news_is_ordered_once(database: Database) -> None:
    """Again in the same transaction, in a later one, and by two desks at the same moment."""

    async def attempt() -> bool:
        async with database.write() as session:
            return await order(session, "demo", CAMILLE, "Nouvelle", "Bonjour", MONDAY, "ticket:1")

    assert sorted(await asyncio.gather(attempt(), attempt(), attempt())) == [False, False, True]
    assert await attempt() is False
    await write(database, (CAMILLE, "Sans clé"), (CAMILLE, "Sans clé"))
    assert len(await states(database)) == 3


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\x0b", "\x85", "\u2028"])
async def test_nobody_can_add_a_header(database: Database, clock: FixedClock, box: Mailbox, end: str) -> None:
    """A subject stays one line; an address with more in it goes nowhere, and the other e-mails leave."""
    spy = "espion@ailleurs.example"
    await write(database, (CAMILLE, f"Bonjour{end}Bcc: {spy}"), (f"{NADIA}{end}Bcc: {spy}", "Perdu"),
                (f"{NADIA}, {spy}", "Perdu"), (NADIA, "Et de deux"))  # fmt: skip
    await empty(post(database, clock, box))
    assert box.tried == [CAMILLE, NADIA]
    assert all("Bcc" not in message and spy not in message["To"] for message in box.received)
    assert box.subjects == [f"Bonjour Bcc: {spy}", "Et de deux"]
    found = await states(database)
    assert [row[1:] for row in found if "espion" in row[0]] == [("failed", 0, "bad_address")] * 2


def test_an_address_is_one_plain_address() -> None:
    """Nothing else is ever given to a mail server."""
    assert is_address("anne.le-goff+mairie@ville.example") and is_address("anne@localhost")
    for wrong in ("", "anne", "@ville", "anne@", "a b@ville", "a@b@c", "Anne <a@ville>", "a@ville>",
                  "a@" + "v" * 254, "a@ville\n", "a,b@ville"):  # fmt: skip
        assert not is_address(wrong), wrong


async def test_a_passing_refusal_is_tried_again_and_holds_up_nobody(
    database: Database, clock: FixedClock, box: Mailbox
) -> None:
    """451 for one address: the other leaves at once; a minute later the first does too."""
    box.addressed = lambda address: "451 4.7.1 Greylisted" if address == CAMILLE else "250 OK"
    await write(database, (CAMILLE, "a"), (NADIA, "b"))
    postman = post(database, clock, box)
    await empty(postman)
    assert box.subjects == ["b"]
    refused = "address_refused: 451 4.7.1 Greylisted"
    assert await states(database) == [(CAMILLE, "queued", 1, refused), (NADIA, "sent", 1, None)]
    clock.move(seconds=59)
    assert await empty(postman) == 0
    box.addressed = lambda address: "250 OK"
    clock.move(seconds=1)
    await empty(postman)
    assert box.subjects == ["b", "a"]
    assert await states(database) == [(CAMILLE, "sent", 2, None), (NADIA, "sent", 1, None)]


async def test_a_message_refused_for_now_is_tried_again_and_for_good_is_not(
    database: Database, clock: FixedClock, box: Mailbox
) -> None:
    """452 then 554 after the words themselves."""
    box.data = lambda: "452 4.3.1 Disk full"
    await write(database, (CAMILLE, "a"))
    postman = post(database, clock, box)
    await empty(postman)
    box.data = lambda: "554 5.7.1 Looks like spam"
    clock.move(minutes=1)
    await empty(postman)
    clock.move(days=1)
    assert await empty(postman) == 0
    refused = "message_refused: 554 5.7.1 Looks like spam"
    assert await states(database) == [(CAMILLE, "failed", 2, refused)]


async def test_an_address_that_does_not_exist_is_a_failure_that_is_seen(
    settings: Settings, database: Database, clock: FixedClock, box: Mailbox
) -> None:
    """550: not tried again; staff and monitoring see it; each commune sees its own."""
    box.addressed = lambda address: "550 5.1.1 Unknown" if address == CAMILLE else "250 OK"
    await write(database, (CAMILLE, "a"), (NADIA, "b"))
    postman = post(database, clock, box)
    await empty(postman)
    clock.move(days=1)
    assert await empty(postman) == 0 and box.tried == [CAMILLE, NADIA]
    async with database.read() as session:
        (failed,) = await failed_mails(session, "demo")
        assert (failed.address, failed.error) == (CAMILLE, "address_refused: 550 5.1.1 Unknown")
        assert await failed_mails(session, "valbreuil") == []
    async with running(settings, clock) as desk:
        found = await figures(desk)
    assert found['beffroi_mails{state="failed"}'] == found['beffroi_mails{state="sent"}'] == 1


async def test_a_server_that_is_down_is_tried_gently_and_everything_leaves_when_it_is_back(
    database: Database, clock: FixedClock
) -> None:
    """One attempt at a time, not one for each e-mail that waits."""
    async with mail_server() as box:
        pass
    await write(database, *[(CAMILLE, str(number)) for number in range(5)])
    postman = post(database, clock, box)
    assert await postman.step() is False
    found = await states(database)
    assert [attempts for _, _, attempts, _ in found] == [1, 0, 0, 0, 0]
    assert found[0][3].startswith("server_down: ")
    async with mail_server(box):
        clock.move(minutes=1)
        assert await empty(postman) == 5
    assert sorted(box.subjects) == list("01234")


async def test_a_server_that_hangs_up_loses_nothing(
    database: Database, clock: FixedClock, box: Mailbox
) -> None:
    """421 in the middle, then a server that is restarted between two e-mails."""
    answers = iter(["250 OK", "421 4.3.2 Shutting down"])
    box.addressed = lambda address: next(answers, "250 OK")
    await write(database, (CAMILLE, "a"), (CAMILLE, "b"), (CAMILLE, "c"))
    postman = post(database, clock, box)
    await empty(postman)
    assert box.subjects == ["a", "c"]
    clock.move(minutes=1)
    await empty(postman)
    assert box.subjects == ["a", "c", "b"]


async def test_a_wrong_sender_is_ours_to_correct_and_fails_nobody(
    database: Database, clock: FixedClock, box: Mailbox
) -> None:
    """550 to MAIL FROM: everything waits."""
    box.sender = "550 5.7.1 Not yours"
    await write(database, (CAMILLE, "a"), (NADIA, "b"))
    postman = post(database, clock, box)
    assert await postman.step() is False
    assert [row[1] for row in await states(database)] == ["queued", "queued"]
    box.sender = "250 OK"
    clock.move(minutes=1)
    await empty(postman)
    assert sorted(box.subjects) == ["a", "b"]


async def test_an_address_with_accents_on_a_server_that_knows_none_is_a_failure(
    database: Database, clock: FixedClock, box: Mailbox
) -> None:
    """And the next e-mail leaves."""
    await write(database, ("a@hôtel.example", "a"), ("é@hotel.example", "b"), (NADIA, "c"))
    await empty(post(database, clock, box))
    assert box.subjects == ["c"]
    assert [row[1] for row in await states(database)] == ["failed", "failed", "sent"]


async def test_nothing_travels_in_clear_when_starttls_is_refused(
    database: Database, clock: FixedClock, box: Mailbox
) -> None:
    """The e-mail waits, with the reason."""
    await write(database, (CAMILLE, "a"))
    assert await post(database, clock, box, smtp_security="starttls").step() is False
    assert box.tried == [] and box.received == []
    (row,) = await states(database)
    assert row[1:3] == ("queued", 1) and row[3].startswith("starttls_refused: ")


@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")
@pytest.mark.parametrize("security", ["starttls", "tls"])
async def test_the_line_is_protected_and_the_server_must_prove_who_it_is(
    database: Database, clock: FixedClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, security: str
) -> None:
    """Refused with a certificate nobody trusts; then sent, logged in, over TLS."""
    trusted, context = certificate(tmp_path)
    options = {"authenticator": accepts("desk", "secret"), "auth_required": True}
    if security == "starttls":
        options |= {"tls_context": context, "require_starttls": True}
    else:
        options |= {"tls": context, "auth_require_tls": False}  # the server does not see TLS around it
    account = {"smtp_security": security, "smtp_user": "desk", "smtp_password": "wrong"}
    await write(database, (CAMILLE, "a"))
    async with mail_server(**options) as box:
        assert await post(database, clock, box, **account).step() is False
        (row,) = await states(database)
        assert "certificate verify failed" in row[3].lower()
        monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
        clock.move(minutes=1)
        assert await post(database, clock, box, **account).step() is False
        (row,) = await states(database)
        assert row[1:3] == ("queued", 2) and row[3].startswith("login_refused: 535")
        clock.move(minutes=2)
        assert await empty(post(database, clock, box, **{**account, "smtp_password": "secret"})) == 1
    assert box.protected == [True]


async def test_a_desk_killed_between_sending_and_noting_it_sends_a_recognisable_copy(
    database: Database, clock: FixedClock, box: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At least once, and the copy has the same Message-ID, which mail programs show once."""

    async def killed(*_arguments: object) -> None:
        raise KeyboardInterrupt

    await write(database, (CAMILLE, "a"), (NADIA, "b"))
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(module, "mark_sent", killed)
        await post(database, clock, box).step()
    assert box.subjects == ["a"]
    again = post(database, clock, box)
    await empty(again)
    assert box.subjects == ["a", "b"]
    clock.move(minutes=5)
    await empty(again)
    assert box.subjects == ["a", "b", "a"]
    first, other, copy = (message["Message-ID"] for message in box.received)
    assert first == copy != other
    assert [row[1] for row in await states(database)] == ["sent", "sent"]


async def test_several_desks_send_each_email_once(
    database: Database, clock: FixedClock, box: Mailbox
) -> None:
    """They share the work."""
    await write(database, *[(CAMILLE, str(number)) for number in range(12)])
    await asyncio.gather(*(empty(post(database, clock, box)) for _ in range(3)))
    await empty(post(database, clock, box))
    assert sorted(box.subjects, key=int) == [str(number) for number in range(12)]


async def test_delays_grow_and_end(database: Database, clock: FixedClock, box: Mailbox) -> None:
    """One minute, two, four… four hours; given up after about three days."""
    waits = [retry_at(attempts, MONDAY) - MONDAY for attempts in range(MAX_ATTEMPTS)]
    assert waits[:4] == [timedelta(minutes=minutes) for minutes in (1, 2, 4, 8)]
    assert waits[-1] == timedelta(hours=4) and sum(waits[:-1], timedelta(0)) > timedelta(days=2.5)
    box.addressed = lambda address: "450 4.2.1 Later"
    await write(database, (CAMILLE, "a"))
    postman = post(database, clock, box)
    for wait in waits:
        await empty(postman)
        clock.move(seconds=wait.total_seconds())
    assert len(box.tried) == MAX_ATTEMPTS
    assert await states(database) == [(CAMILLE, "failed", MAX_ATTEMPTS, "address_refused: 450 4.2.1 Later")]


async def test_without_a_server_emails_wait_a_week(
    database: Database, clock: FixedClock, box: Mailbox
) -> None:
    """One that is set meanwhile sends them; older ones are dropped, not sent all together one day."""
    await write(database, (CAMILLE, "old"))
    without = post(database, clock, None)
    assert await without.step() is False
    clock.move(days=3)
    async with database.write() as session:
        await order(session, "demo", NADIA, "recent", "Bonjour", clock.now())
    clock.move(days=4)
    assert await without.step() is False
    assert [row[1] for row in await states(database)] == ["off", "queued"]
    await empty(post(database, clock, box))
    assert box.subjects == ["recent"]


async def test_a_running_desk_sends_by_itself(settings: Settings, clock: FixedClock, box: Mailbox) -> None:
    """Nobody has to ask for it."""
    way = {"smtp_host": "127.0.0.1", "smtp_port": box.port, "smtp_security": "none", "mail_from": FROM}
    async with running(settings.model_copy(update=way), clock) as desk:
        await write(desk.context.database, (CAMILLE, "a"))
        await desk.until_count("SELECT count(*) FROM mail WHERE state = 'sent'", 1)
    assert box.subjects == ["a"]


@pytest.fixture
def beffroi(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], communes_dir: Path, tmp_path: Path,
    database_url: str,
):  # fmt: skip
    """Run ``beffroi`` beside the mail server; its exit code and what it wrote."""
    monkeypatch.chdir(tmp_path)
    base = {"communes_dir": communes_dir, "database_url": database_url, "mail_from": FROM}

    async def run(*arguments: str, **settings: object) -> tuple[int, str, str]:
        for name, value in {**base, **settings}.items():
            monkeypatch.setenv(f"BEFFROI_{name.upper()}", str(value))
        code = await asyncio.to_thread(main, list(arguments))
        written = capsys.readouterr()
        return code, written.out, written.err

    return run


async def test_the_command_tries_the_server_at_once(beffroi, box: Mailbox) -> None:
    """It says what became of it; nothing waits."""
    way = {"smtp_host": "127.0.0.1", "smtp_port": box.port, "smtp_security": "none"}
    assert await beffroi("mail", "test", CAMILLE, **way) == (0, f"sent to {CAMILLE}\n", "")
    assert box.subjects == ["Essai d’envoi de Beffroi"] and box.recipients == [[CAMILLE]]


@pytest.mark.parametrize(
    ("settings", "address", "said"),
    [
        ({"smtp_host": ""}, CAMILLE, "BEFFROI_SMTP_HOST: no mail server is set"),
        (
            {"smtp_port": 1},
            CAMILLE,
            "BEFFROI_SMTP_HOST, BEFFROI_SMTP_PORT: the mail server does not answer (",
        ),
        ({"smtp_security": "starttls"}, CAMILLE, "BEFFROI_SMTP_SECURITY: the mail server offers no line"),
        ({"smtp_user": "desk"}, CAMILLE, "BEFFROI_SMTP_USER, BEFFROI_SMTP_PASSWORD: the mail server refused"),
        ({}, NADIA, f"the mail server refused {NADIA} (550 Unknown)"),
        ({}, "nadia", "Cette adresse e-mail n’est pas complète."),
        ({"mail_from": "nobody"}, CAMILLE, "BEFFROI_MAIL_FROM: "),
        ({"mail_from": ""}, CAMILLE, "BEFFROI_MAIL_FROM: "),
    ],
    ids=["no server", "down", "in clear", "account", "refused", "no address", "no sender", "empty sender"],
)
async def test_an_email_that_cannot_leave_is_explained(
    beffroi, box: Mailbox, settings: dict[str, object], address: str, said: str
) -> None:
    """One sentence that names the setting, without a stack trace."""
    box.addressed = lambda given: "550 Unknown" if given == NADIA else "250 OK"
    way = {"smtp_host": "127.0.0.1", "smtp_port": box.port, "smtp_security": "none", **settings}
    code, out, err = await beffroi("mail", "test", address, **way)
    assert (code, out) == (1, "") and err.startswith("beffroi: ") and err.count("\n") == 1
    assert said in err and box.received == []


async def test_the_command_lists_what_was_given_up(
    beffroi, database: Database, clock: FixedClock, box: Mailbox
) -> None:
    """When, to whom, about what, and why."""
    box.addressed = lambda address: "550 Unknown"
    await write(database, (CAMILLE, "Délai dépassé"))
    await empty(post(database, clock, box))
    code, out, _ = await beffroi("mail", "failed")
    assert (code, out) == (0, f"2026-11-23 09:00  {CAMILLE}  Délai dépassé  address_refused: 550 Unknown\n")
    assert (await beffroi("mail", "failed", "--commune", "valbreuil"))[:2] == (0, "")
