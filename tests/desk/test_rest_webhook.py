"""The webhook for other servers, compatible with Rasa's REST channel: ask, wait, read the replies."""

import asyncio
from typing import Any

import httpx

from desk.assistant.acts import AnswerAct, ClarifyAct, SayAct
from desk.assistant.memory import MemoryAssistant
from desk.assistant.payloads import to_rasa
from desk.clock import FixedClock
from desk.settings import Settings
from tests.desk.running import Desk, running

KEY = {"authorization": "Bearer " + "k" * 20}


async def ask(desk: Desk, message: str, sender: str = "one", **more: Any) -> httpx.Response:
    body = {"sender": sender, "message": message, **more}
    return await desk.http.post("/webhooks/rest/webhook", json=body, headers=KEY)


async def test_the_reply_holds_what_rasa_would_and_what_the_citizen_got(desk: Desk) -> None:
    """One element per reply, in order, each with its outcome and topic."""
    desk.assistant.script = lambda heard: [AnswerAct(act="answer", topic="passeport", more="cantine")]
    first, second = (await ask(desk, "passeport et cantine")).json()
    assert (first["recipient_id"], first["outcome"], first["topic"]) == ("one", "answered", "passeport")
    assert (second["outcome"], second["topic"]) == ("answered", "cantine")
    assert "86\u00a0€" in first["text"] and first["buttons"][0]["payload"] == "topic:rendez_vous_titres"
    desk.assistant.script = MemoryAssistant().script
    (handed,) = (await ask(desk, "tuiles")).json()
    assert handed["outcome"] == "handoff" and handed["ticket"] in handed["text"]


async def test_a_sender_is_one_conversation_and_another_is_another(desk: Desk) -> None:
    """Also with a commune of its own."""
    for sender, commune in (("one", "demo"), ("one", "demo"), ("two", "demo"), ("one", "valbreuil")):
        assert (await ask(desk, "x", sender, commune=commune)).status_code == 200
    assert await desk.count("SELECT count(*) FROM conversation WHERE channel = 'rest'") == 3
    assert await desk.count("SELECT count(*) FROM ticket") == 3


async def test_the_key_may_come_as_rasas_own_token(desk: Desk) -> None:
    """``?token=`` as with ``rasa run --auth-token``; the key is made once when none is set."""
    body = {"sender": "one", "message": "x"}
    for token, status in (("k" * 20, 200), ("k" * 19, 401), ("", 401)):
        reply = await desk.http.post("/webhooks/rest/webhook", params={"token": token}, json=body)
        assert reply.status_code == status


async def test_a_key_is_drawn_once_when_none_is_set(settings: Settings, clock: FixedClock) -> None:
    """In a file that only its owner reads; a restart keeps it."""
    told = settings.model_copy(update={"rest_key": settings.rest_key.__class__("")})
    keys = []
    for _ in range(2):
        async with running(told, clock, MemoryAssistant()) as desk:
            keys.append(desk.context.rest_key)
    file = settings.var_dir / "rest.key"
    assert keys == [file.read_text()] * 2 and len(keys[0]) >= 40
    assert file.stat().st_mode & 0o777 == 0o600


async def test_the_same_message_id_is_one_message(desk: Desk) -> None:
    """A retry, even at the same moment, reads the same replies."""
    replies = await asyncio.gather(*(ask(desk, "tuiles", message_id="m1") for _ in range(4)))
    assert len({reply.text for reply in replies}) == 1
    assert (await ask(desk, "tuiles", message_id="m1")).text == replies[0].text
    assert len(desk.assistant.heard) == 1
    assert (await ask(desk, "tuiles", message_id="m2")).text != replies[0].text
    assert (await ask(desk, "tuiles")).status_code == 200
    assert len(desk.assistant.heard) == 3


async def test_first_messages_at_once_open_one_conversation(desk: Desk) -> None:
    """Eight in parallel from a sender nobody knew, each with its own reply."""
    desk.assistant.script = lambda heard: [SayAct(act="say", key="saluer")]
    replies = await asyncio.gather(*(ask(desk, f"m{number}") for number in range(8)))
    assert [[one["outcome"] for one in reply.json()] for reply in replies] == [["smalltalk"]] * 8
    assert await desk.count("SELECT count(*) FROM conversation") == 1
    assert await desk.count("SELECT max(seq) FROM message") == 16


async def test_a_reply_that_is_late_is_not_lost(settings: Settings, clock: FixedClock) -> None:
    """503 when the time is up; the same message id finds the reply later."""
    go_on = asyncio.Event()

    class Slow(MemoryAssistant):
        async def reply(self, heard):
            await go_on.wait()
            return await super().reply(heard)

    assistant = Slow()
    async with running(settings.model_copy(update={"rest_timeout": 0.2}), clock, assistant) as desk:
        late = await ask(desk, "tuiles", message_id="m1")
        assert (late.status_code, late.json()["error"]["code"]) == (503, "no_reply_yet")
        go_on.set()
        await desk.until_count("SELECT count(*) FROM message WHERE outcome = 'handoff'", 1)
        (found,) = (await ask(desk, "tuiles", message_id="m1")).json()
        assert found["outcome"] == "handoff" and len(assistant.heard) == 1


async def test_a_button_may_be_clicked_by_sending_its_payload(desk: Desk) -> None:
    """As Rasa's clients do: the payload is the next message."""
    desk.assistant.script = lambda heard: [ClarifyAct(act="clarify", topics=["passeport", "pacs"])]
    (choices,) = (await ask(desk, "papiers")).json()
    for button in choices["buttons"]:
        await ask(desk, button["payload"])
    assert [heard.payload for heard in desk.assistant.heard] == [
        None,
        "topic:passeport",
        "topic:pacs",
        "none",
    ]
    await ask(desk, "topic:passeport et plus")
    assert desk.assistant.heard[-1].payload is None


async def test_while_staff_hold_the_conversation_nothing_is_said(desk: Desk) -> None:
    """An empty list: the message is in the thread, a human will answer."""
    (handed,) = (await ask(desk, "tuiles")).json()
    agent = await desk.agent()
    await agent.do(handed["ticket"], "take")
    quiet = await ask(desk, "Vous êtes là ?")
    assert (quiet.status_code, quiet.json()) == (200, [])
    assert "Vous êtes là ?" in await agent.page(f"/staff/tickets/{handed['ticket']}/thread")


async def test_a_command_for_rasa_stays_plain_words(desk: Desk) -> None:
    """Only the desk speaks to Rasa in commands."""
    for message in ("/restart", '  /choisir{"topic": "pacs"}', "//x"):
        await ask(desk, message)
        heard = desk.assistant.heard[-1]
        assert heard.payload is None and not to_rasa(heard.text, None).startswith("/")
