"""What the desk sends on Messenger: once, in order, within Meta's rules, whatever happens on the way."""

import asyncio
import io
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from desk.app import _messenger
from desk.assistant.acts import ClarifyAct
from desk.assistant.memory import MemoryAssistant
from desk.channels.messenger import typing
from desk.channels.messenger.lateness import ECHO_PATIENCE
from desk.channels.messenger.metadata import metadata_of
from desk.channels.messenger.pace import Pace
from desk.channels.outbox import MAX_ATTEMPTS
from desk.clock import FixedClock
from desk.conversations.sendings import about_to_leave, did_not_leave, has_left
from desk.settings import ROOT, Settings
from tests.desk.messenger_post import (
    ANSWER,
    answers,
    go_on,
    known,
    last_message,
    orders,
    page_of,
    sendings,
    sends,
    ticket_of,
    until_given_up,
    until_order,
    until_sent,
    until_trouble,
)
from tests.desk.messenger_town import WEBHOOK, messages_of, towards
from tests.desk.running import Desk, running, until
from tests.e2e.town import free_port
from tests.simulators.graph_api import APP_ID, APP_SECRET, PAGE, TOKENS, VALBREUIL, VERIFY_TOKEN, Meta, Person

pytestmark = pytest.mark.slow

LONG = " ".join(f"Phrase numéro {number}, assez longue pour remplir." for number in range(110))
"""Three messages."""

WORDS = ("rhododendron", "pivoine", "glycine")


@pytest.fixture
async def lea(messenger: Desk, meta: Meta) -> Person:
    """Somebody who was answered once; from now on the assistant repeats what it hears."""
    answers(messenger.assistant)
    return await known(messenger, meta)


@asynccontextmanager
async def another(settings: Settings, clock: FixedClock, meta: Meta) -> AsyncIterator[Desk]:
    """A desk with other settings, to which Meta sends its events."""
    assistant = MemoryAssistant()
    answers(assistant)
    async with running(settings, clock, assistant) as desk:
        meta.connect(f"{desk.url}{WEBHOOK}")
        yield desk
        await meta.disconnect()


async def test_a_long_answer_leaves_in_parts_that_meta_takes(
    messenger: Desk, meta: Meta, lea: Person
) -> None:
    """In order, each marked, under 2,000 characters, cut at the end of a sentence."""
    answers(messenger.assistant, LONG)
    await lea.says("Tout savoir")
    await until_sent(messenger, lea, 3)
    message = await last_message(messenger, lea)
    assert [got.metadata for got in lea.inbox] == [f"bf:{message.id}:{part}" for part in range(3)]
    assert " ".join(got.text for got in lea.inbox) == LONG
    assert all(len(got.text) < 2000 and got.text.endswith(".") for got in lea.inbox)
    assert await sendings(messenger, message.id) == {0: "sent", 1: "sent", 2: "sent"}
    assert {(got.messaging_type, got.tag, got.persona_id) for got in lea.inbox} == {("RESPONSE", None, None)}
    assert meta.refused == [] and sends(meta) == 3


@pytest.mark.parametrize("echo_first", [True, False])
async def test_the_echo_may_come_before_or_after_the_answer(
    messenger: Desk, meta: Meta, lea: Person, echo_first: bool
) -> None:
    """It is the same message."""
    meta.echo_first = echo_first
    await lea.says("Un")
    await until_sent(messenger, lea, 3)
    await meta.settled()
    message = await last_message(messenger, lea)
    assert await sendings(messenger, message.id) == {0: "sent"} and len(lea.inbox) == 1
    assert [one.author for one in await messages_of(messenger, lea)].count("staff") == 0


async def test_what_timed_out_but_left_is_settled_by_its_echo_and_sent_once(
    messenger: Desk, meta: Meta, lea: Person
) -> None:
    """Nothing is sent again while the echo is waited for; what was said next follows it."""
    meta.hold_echoes()
    meta.time_out_but_send()
    await lea.says("Un")
    await until_order(messenger, lea, "queued", "awaiting_echo")
    await lea.says("Deux")
    await go_on(messenger, seconds=ECHO_PATIENCE.total_seconds() - 1)
    await messenger.until_count("SELECT count(*) FROM message WHERE author = 'citizen' "
                                "AND answered_at IS NULL", 0)  # fmt: skip
    assert [got.text for got in lea.inbox] == [ANSWER + "Un"] and sends(meta) == 1
    await meta.release_echoes()
    await until_sent(messenger, lea, 4)
    assert [got.text for got in lea.inbox] == [ANSWER + "Un", ANSWER + "Deux"] and sends(meta) == 2


@pytest.mark.parametrize("time", range(3))
async def test_an_echo_that_comes_at_once_needs_no_patience(
    messenger: Desk, meta: Meta, lea: Person, time: int
) -> None:
    """Even while it is being noted that nobody answered: the clock does not move here."""
    for number in range(4):
        meta.time_out_but_send()
        await lea.says(f"{time}.{number}")
        await until_sent(messenger, lea, 3 + number)
    assert [got.text for got in lea.inbox] == [f"{ANSWER}{time}.{number}" for number in range(4)]
    assert sends(meta) == 4


async def test_what_timed_out_and_did_not_leave_is_sent_again_after_half_a_minute(
    messenger: Desk, meta: Meta, lea: Person
) -> None:
    """Not before; it was an attempt like any other."""
    meta.time_out()
    await lea.says("Un")
    await until_order(messenger, lea, "queued", "awaiting_echo")
    await go_on(messenger, seconds=29)
    assert lea.inbox == [] and sends(meta) == 1
    await go_on(messenger, seconds=1)
    await until_sent(messenger, lea, 3)
    assert [got.text for got in lea.inbox] == [ANSWER + "Un"] and sends(meta) == 2
    assert (await orders(messenger, lea))[-1].attempts == 1


async def test_what_always_times_out_is_given_up_and_shown(messenger: Desk, meta: Meta, lea: Person) -> None:
    """Later and later, as what is refused; staff read that nobody knows, and what comes behind leaves."""
    meta.time_out(times=MAX_ATTEMPTS)
    await lea.says("Un")
    await until_given_up(messenger, lea, "awaiting_echo")
    await lea.says("Deux")
    await until_order(messenger, lea, "sent")
    assert [got.text for got in lea.inbox] == [ANSWER + "Deux"] and sends(meta) == MAX_ATTEMPTS + 1


async def test_an_echo_that_comes_hours_late_ends_the_wait(messenger: Desk, meta: Meta, lea: Person) -> None:
    """However far the next attempt has been put off by then."""
    meta.time_out(times=9)
    await lea.says("Un")
    for attempt in range(1, 10):
        await messenger.until_count(f"SELECT count(*) FROM delivery WHERE attempts = {attempt}", 1)
        if attempt < 9:
            await go_on(messenger, minutes=10)
    message = await last_message(messenger, lea)
    await lea.emits(
        {"sender": {"id": PAGE}, "recipient": {"id": "7001"},
         "message": {"mid": "m_late", "is_echo": True, "app_id": APP_ID, "text": message.text,
                     "metadata": metadata_of(message.id, 0)}}
    )  # fmt: skip
    await until_sent(messenger, lea, 3)
    assert lea.inbox == [] and sends(meta) == 9


class Killed(BaseException):
    """The end of a process, where no handler of errors is asked."""


@pytest.mark.parametrize("left", [True, False])
async def test_a_desk_killed_between_two_parts_goes_on_with_the_next(
    settings: Settings, clock: FixedClock, meta: Meta, left: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether the part on its way had left (its echo says so) or not."""
    town = towards(settings, meta)
    async with another(town, clock, meta) as desk:
        lea = await known(desk, meta)
        answers(desk.assistant, LONG)
        post, calls = desk.app.ctx.graph.post, 0

        async def die(token: str, path: str, body: dict[str, Any], **more: str) -> Any:
            nonlocal calls
            calls += 1
            if calls == 2:
                if left:
                    await post(token, path, body, **more)
                    await meta.settled()
                raise Killed
            return await post(token, path, body, **more)

        monkeypatch.setattr(desk.app.ctx.graph, "post", die)
        await lea.says("Tout savoir")
        number = (await until_third(desk, lea)).message_id
        await until_tried(desk, number, {0: "sent", 1: "sent" if left else "tried"})
        assert len(lea.inbox) == (2 if left else 1)
    clock.move(minutes=6)  # the dead desk's lease
    async with another(town, clock, meta) as desk:
        await go_on(desk, seconds=ECHO_PATIENCE.total_seconds())  # what it did not hear of may have left
        await until_sent(desk, lea, 3)
        assert [got.metadata for got in lea.inbox] == [f"bf:{number}:{part}" for part in range(3)]
        assert " ".join(got.text for got in lea.inbox) == LONG


async def until_third(desk: Desk, person: Person) -> Any:
    """The order of the answer that is being carried."""

    async def count() -> int:
        return len(await orders(desk, person))

    await until(count, 3)
    return (await orders(desk, person))[-1]


async def until_tried(desk: Desk, message_id: int, expected: dict[int, str]) -> None:
    async def look() -> dict[int, str]:
        return await sendings(desk, message_id)

    await until(look, expected)


async def test_a_part_is_in_one_pair_of_hands(messenger: Desk, lea: Person) -> None:
    """Of two desks that carry it at once, one sends it; after the patience it is free again."""
    database, now = messenger.context.database, messenger.clock.now()
    number = (await last_message(messenger, lea)).id
    part = 7

    async def take(at: Any) -> bool:
        async with database.write() as session:
            return await about_to_leave(session, number, part, at, ECHO_PATIENCE)

    assert [await take(now), await take(now)] == [True, False]
    assert [await take(now + ECHO_PATIENCE), await take(now + ECHO_PATIENCE)] == [True, False]
    async with database.write() as session:
        await did_not_leave(session, number, part)
    assert await take(now)
    async with database.write() as session:
        await has_left(session, number, part, "m_1", now)
        await did_not_leave(session, number, part)
    assert not await take(now + ECHO_PATIENCE * 100)


async def test_nothing_leaves_outside_the_window(messenger: Desk, meta: Meta, lea: Person) -> None:
    """An answer that was late by a day stays; staff see why."""
    meta.fail(2, status=500)
    await lea.says("Un")
    await until_order(messenger, lea, "queued", "meta_fails")
    before = sends(meta)
    await go_on(messenger, hours=24)
    await until_order(messenger, lea, "failed", "window_closed")
    assert sends(meta) == before and lea.inbox == []


async def test_only_what_staff_wrote_carries_the_tag_of_humans(
    messenger: Desk, meta: Meta, lea: Person
) -> None:
    """After a day; the announcement that follows is automatic, and is not sent."""
    reference = await ticket_of(messenger, lea)
    camille = await messenger.agent()
    await camille.reply(reference, "Bonjour")
    await until_order(messenger, lea, "sent")
    await go_on(messenger, hours=25)
    camille = await messenger.agent()  # a session lasts half a day
    await camille.reply(reference, "Rue des Saules")
    await until_order(messenger, lea, "sent")
    assert [(got.messaging_type, got.tag) for got in lea.inbox] == [
        ("RESPONSE", None), ("MESSAGE_TAG", "HUMAN_AGENT")
    ]  # fmt: skip
    await camille.do(reference, "resolve")
    await until_order(messenger, lea, "failed", "window_closed")
    assert len(lea.inbox) == 2 and meta.refused == []


async def test_staff_sign_and_the_town_does_not(messenger: Desk, lea: Person) -> None:
    """The name and the job above what they typed, which stays as it is."""
    reference = await ticket_of(messenger, lea)
    camille = await messenger.agent()
    await camille.do(reference, "take")
    await until_order(messenger, lea, "sent")
    await camille.reply(reference, "**Oui**, rue [Haute]")
    await until_order(messenger, lea, "sent")
    who = "Camille, chargée de la relation avec les habitants"
    assert [got.text for got in lea.inbox] == [
        f"{who}, vous répond maintenant.", f"{who}\u00a0:\n**Oui**, rue [Haute]"
    ]  # fmt: skip


async def test_a_citizen_may_type_the_number_of_a_choice(messenger: Desk, meta: Meta, lea: Person) -> None:
    """It is heard as a tap on it; a number below anything else is a number."""
    topics = ["carte_identite", "passeport"]
    messenger.assistant.script = lambda heard: [ClarifyAct(act="clarify", topics=topics)]
    await lea.says("Les papiers")
    await until_order(messenger, lea, "sent")
    (offered,) = lea.inbox
    assert [reply["payload"] for reply in offered.quick_replies] == [
        *(f"topic:{one}" for one in topics),
        "none",
    ]
    assert "\n2. " in offered.text and meta.refused == []
    answers(messenger.assistant)
    for typed, payload in (("2.", "topic:passeport"), ("2", None)):
        count = len(await orders(messenger, lea))
        await lea.says(typed)
        await until_sent(messenger, lea, count + 1)
        assert messenger.assistant.heard[-1].payload == payload


@pytest.fixture
def pictured(settings: Settings, tmp_path: Path) -> Settings:
    """The demo town, whose staff have a face on Messenger."""
    folder = tmp_path / "communes"
    shutil.copytree(ROOT / "communes" / "demo", folder / "demo")
    commune = folder / "demo" / "commune.yml"
    wanted = "human_agent: true\n      persona_picture: https://sainte-aure.example/visage.png"
    commune.write_text(commune.read_text("utf-8").replace("human_agent: true", wanted), "utf-8")
    tokens = SecretStr(f"{PAGE}={TOKENS[PAGE]}")
    return settings.model_copy(update={"communes_dir": folder, "messenger_tokens": tokens})


async def test_staff_write_under_their_own_name_where_the_page_has_a_picture(
    pictured: Settings, clock: FixedClock, meta: Meta
) -> None:
    """The name is made once; without it, or once Meta has forgotten it, the text says who writes."""
    town = towards(pictured, meta).model_copy(update={"messenger_tokens": pictured.messenger_tokens})
    who = "Camille, chargée de la relation avec les habitants"
    async with another(town, clock, meta) as desk:
        lea = await known(desk, meta)
        reference = await ticket_of(desk, lea)
        camille = await desk.agent()

        async def reply(text: str) -> tuple[str, bool]:
            await camille.reply(reference, text)
            await until_order(desk, lea, "sent")
            return lea.inbox[-1].text, lea.inbox[-1].persona_id in meta.page().personas

        def made() -> int:
            return sum(call.path.endswith("/personas") for call in meta.calls)

        meta.fail(200, on="personas")
        assert await reply("Un") == (f"{who}\u00a0:\nUn", False)
        assert await reply("Deux") == ("Deux", True)
        assert await reply("Trois") == ("Trois", True) and made() == 2
        assert [one["name"] for one in meta.page().personas.values()] == [who[:50].strip()]
        meta.page().personas.clear()
        assert await reply("Quatre") == (f"{who}\u00a0:\nQuatre", False)
        assert await reply("Cinq") == ("Cinq", True) and made() == 3


async def test_a_page_without_a_token_waits_for_one(
    settings: Settings, clock: FixedClock, meta: Meta
) -> None:
    """The others go on; once the desk is started with it, what waited leaves."""
    town = towards(settings, meta)
    half = town.model_copy(update={"messenger_tokens": SecretStr(f"{PAGE}={TOKENS[PAGE]}")})
    async with another(half, clock, meta) as desk:
        await known(desk, meta)
        hugo = meta.page(VALBREUIL).person("8001")
        await hugo.says("Un")
        await until_order(desk, hugo, "queued", None)
        await desk.until_count("SELECT count(*) FROM delivery WHERE error = 'no_token'", 1)
        page = await page_of(desk, VALBREUIL)
        assert page is not None and page.stopped == "no_token" and hugo.inbox == []
    clock.move(minutes=15)
    async with another(town, clock, meta) as desk:
        await until_sent(desk, hugo, 2)
        page = await page_of(desk, VALBREUIL)
        assert page is not None and page.stopped is None
        assert hugo.inbox[-1].text == ANSWER + "Un"


async def test_what_did_not_even_reach_meta_may_leave_at_once(
    settings: Settings, clock: FixedClock, meta: Meta
) -> None:
    """The network is down: no echo is waited for."""
    town = towards(settings, meta)
    nowhere = town.model_copy(update={"messenger_graph_url": f"http://127.0.0.1:{free_port()}"})
    lea = meta.page().person("7001")
    async with another(nowhere, clock, meta) as desk:
        await lea.says("Un")
        await desk.until_count("SELECT count(*) FROM delivery WHERE error = 'not_reached'", 1)
        assert await desk.count("SELECT count(*) FROM sending") == 0
    clock.move(minutes=6)
    async with another(town, clock, meta) as desk:
        await until_sent(desk, lea, 2)
        assert lea.inbox[-1].text == ANSWER + "Un" and sends(meta) == 2


async def test_pages_send_evenly_and_each_for_itself() -> None:
    """Two in a second: the second half a second later, the third one second later."""
    now, slept = 100.0, list[float]()

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    pace = Pace(2, lambda: now, sleep)
    for page in ("1", "1", "1", "2"):
        await pace.turn(page)
    assert slept == [0.5, 1.0]
    now = 200.0
    await pace.turn("1")
    assert slept == [0.5, 1.0]


@pytest.fixture
def thinking(messenger: Desk, monkeypatch: pytest.MonkeyPatch) -> asyncio.Event:
    """The assistant thinks until the event is set."""
    done, reply = asyncio.Event(), messenger.assistant.reply

    async def slow(heard: Any) -> Any:
        await done.wait()
        return await reply(heard)

    monkeypatch.setattr(messenger.assistant, "reply", slow)
    return done


async def test_dots_are_shown_while_the_assistant_thinks(
    messenger: Desk, lea: Person, thinking: asyncio.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once a message; nobody sees the answer later for it."""
    monkeypatch.setattr(typing, "MOMENT", 0.0)
    await lea.says("Un")

    async def seen() -> list[str]:
        return lea.actions

    await until(seen, ["typing_on"])
    thinking.set()
    await until_sent(messenger, lea, 3)
    assert lea.actions == ["typing_on"] and lea.inbox[-1].text == ANSWER + "Un"


async def test_no_dots_follow_an_answer(
    messenger: Desk, meta: Meta, lea: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor are they shown for one that comes within a moment, or where it could not leave."""
    moment, waiting = asyncio.Event(), asyncio.Event()

    async def pause(_seconds: float) -> None:
        waiting.set()
        await moment.wait()

    parts = messenger.app.ctx
    _, typist = _messenger(messenger.context, parts.graph, parts.messenger_lateness)
    monkeypatch.setattr(typist, "_pause", pause)
    job = asyncio.create_task(typist.run())
    await asyncio.sleep(0)
    await lea.says("Un")
    await until_sent(messenger, lea, 3)
    await waiting.wait()
    moment.set()
    job.cancel()
    await asyncio.gather(job, return_exceptions=True)
    assert lea.actions == []


async def test_no_secret_and_no_word_is_logged(
    written: io.StringIO, messenger: Desk, meta: Meta, lea: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever Meta refuses, and when the channel itself breaks."""
    failures = {
        (2, 0): "meta_fails", (190, 0): "page_paused", (613, 2018338): "page_paused",
        (100, 0): "bad_parameter", (200, 2018028): "not_permitted", (551, 0): "person_unavailable",
    }  # fmt: skip
    for failure, code in failures.items():
        meta.fail(*failure)
        await lea.says(WORDS[0])
        await until_trouble(messenger, lea, code)
        await go_on(messenger, minutes=31)
        await messenger.until_count("SELECT count(*) FROM delivery WHERE state = 'queued'", 0)
    meta.time_out()
    await lea.says(WORDS[1])
    await until_trouble(messenger, lea, "awaiting_echo")
    await go_on(messenger, minutes=31)
    await until_order(messenger, lea, "sent")

    async def stumble(*_asked: Any) -> None:
        raise ValueError(TOKENS[PAGE], WORDS)  # what no table foresees

    monkeypatch.setattr(messenger.app.ctx.graph, "post", stumble)
    await lea.says(WORDS[2])
    await until_trouble(messenger, lea, "unexpected")
    said = written.getvalue()
    assert "messenger_page_trouble" in said and "delivery_broken" in said
    for secret in (*TOKENS.values(), APP_SECRET, VERIFY_TOKEN, *WORDS, ANSWER):
        assert secret not in said, secret
