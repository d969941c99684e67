"""The desk and a Rasa server, over real HTTP: good replies, and every way to give none."""

import asyncio
import socket
from collections.abc import AsyncIterator
from typing import Any

import pytest
from pydantic import HttpUrl

from desk.clock import FixedClock
from desk.settings import Settings
from tests.desk.rasa_server import RasaServer, rasa_server
from tests.desk.running import Desk, running

USELESS: dict[str, tuple[int, Any]] = {
    "nothing": (200, []),
    "failed": (500, {"error": {"code": "failed"}}),
    "silent": (500, {"error": {"code": "silent"}}),
    "redirected": (302, b""),
    "not JSON": (200, b"<html>proxy</html>"),
    "not UTF-8": (200, b"\xff\xfe"),
    "no list": (200, {"custom": {"act": "say", "key": "saluer"}}),
    "no act": (200, [None, 3, {"custom": "x"}, {"text": ""}]),
    "an unknown act": (200, [{"custom": {"act": "sing"}}]),
    "an answer to nothing": (200, [{"custom": {"act": "answer"}}]),
}


@pytest.fixture
def backend() -> str:
    """The database plays no part here: one is enough."""
    return "sqlite"


@pytest.fixture
async def rasa() -> AsyncIterator[RasaServer]:
    """A Rasa server whose replies the test writes."""
    async with rasa_server() as rasa:
        yield rasa


@pytest.fixture
async def desk(settings: Settings, clock: FixedClock, rasa: RasaServer) -> AsyncIterator[Desk]:
    """A desk that asks ``rasa`` and waits a fifth of a second for it."""
    told = settings.model_copy(update={"assistant_url": HttpUrl(rasa.url), "assistant_timeout": 0.2})
    async with running(told, clock, rasa=True) as desk:
        yield desk


def said(custom: dict[str, Any]) -> dict[str, Any]:
    return {"recipient_id": "x", "custom": custom}


async def test_an_act_is_carried_out_and_rasa_hears_what_the_design_says(
    desk: Desk, rasa: RasaServer
) -> None:
    """The sender is the conversation, and the message carries its number for a second asking."""
    rasa.body = [said({"act": "answer", "topic": "passeport", "confidence": 0.9})]
    citizen = await desk.open()
    reply = (await citizen.ask("/Passeport ?"))[-1]
    assert (reply["outcome"], reply["topic"]) == ("answered", "passeport")
    (asked,) = rasa.asked
    number = (await citizen.messages())[1]["id"]
    assert asked == {
        "path": "/webhooks/desk/webhook", "sender": citizen.id, "message": "Passeport ?",
        "metadata": {"message_id": str(number)},
    }  # fmt: skip


async def test_a_button_reaches_rasa_as_its_command(desk: Desk, rasa: RasaServer) -> None:
    """What the citizen reads on the button is not what Rasa must understand."""
    rasa.body = [said({"act": "handoff", "reason": "asked"})]
    citizen = await desk.open()
    await citizen.ask("Parler à un agent", payload="human")
    assert rasa.asked[-1]["message"] == "/parler_humain"


async def test_texts_and_acts_come_out_in_their_order(desk: Desk, rasa: RasaServer) -> None:
    """A text is passed through as it is; two requests in one message get two answers."""
    rasa.body = [
        {"recipient_id": "x", "text": "Un instant."},
        said({"act": "answer", "topic": "passeport", "more": "cantine"}),
    ]
    citizen = await desk.open()
    await citizen.say("passeport et cantine")
    found = (await citizen.until(lambda found: len(found) == 5))[2:]
    assert [(reply["outcome"], reply["topic"]) for reply in found] == [
        ("smalltalk", None), ("answered", "passeport"), ("answered", "cantine"),
    ]  # fmt: skip
    assert found[0]["text"] == "Un instant." and found[2]["text"].startswith("Pour votre autre question")


async def test_an_unknown_act_beside_a_known_one_is_passed_over(desk: Desk, rasa: RasaServer) -> None:
    """An assistant newer than the desk still helps."""
    rasa.body = [said({"act": "sing"}), said({"act": "say", "key": "saluer"})]
    citizen = await desk.open()
    assert [message["outcome"] for message in await citizen.ask("Bonjour")][2:] == ["smalltalk"]


async def test_a_reply_that_holds_no_act_is_told_and_opens_a_ticket(desk: Desk, rasa: RasaServer) -> None:
    """The citizen is never left in silence, nor shown an error."""
    wrong = {}
    for name, (rasa.status, rasa.body) in USELESS.items():
        reply = (await (await desk.open()).ask("Ma poubelle est cassée"))[-1]
        told = reply["text"].startswith("Je ne peux pas répondre pour le moment")
        if not (told and reply["outcome"] == "handoff" and reply["ticket"] in reply["text"]):
            wrong[name] = reply
    assert wrong == {}


async def test_an_assistant_that_is_too_slow_is_told_and_opens_a_ticket(desk: Desk, rasa: RasaServer) -> None:
    """Waiting stops at BEFFROI_ASSISTANT_TIMEOUT; the next message is asked afresh."""
    rasa.silent, rasa.body = asyncio.Event(), [said({"act": "say", "key": "saluer"})]
    citizen = await desk.open()
    assert (await citizen.ask("Bonjour"))[-1]["outcome"] == "handoff"
    rasa.silent.set()
    assert (await citizen.ask("Bonjour encore"))[-1]["outcome"] == "smalltalk"


async def test_a_connection_the_assistant_closed_is_opened_again(desk: Desk, rasa: RasaServer) -> None:
    """Rasa closes what rested for a while, perhaps at the very moment of the next question."""
    rasa.hangs_up, rasa.body = True, [said({"act": "say", "key": "saluer"})]
    citizen = await desk.open()
    assert [(await citizen.ask("Bonjour"))[-1]["outcome"] for _ in range(5)] == ["smalltalk"] * 5


async def test_a_late_reply_is_never_taken_for_the_next_ones(desk: Desk, rasa: RasaServer) -> None:
    """What nobody waits for any more goes with its connection."""
    rasa.silent, rasa.body = asyncio.Event(), [said({"act": "say", "key": "saluer"})]
    citizen = await desk.open()
    assert (await citizen.ask("Bonjour"))[-1]["outcome"] == "handoff"
    rasa.body = [said({"act": "answer", "topic": "passeport"})]
    rasa.silent.set()
    assert [(await citizen.ask("Passeport"))[-1]["topic"] for _ in range(2)] == ["passeport"] * 2


async def test_an_assistant_that_is_not_there_is_told_and_opens_a_ticket(
    settings: Settings, clock: FixedClock
) -> None:
    """Nothing listens on the port; the desk is degraded, not down."""
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        url = HttpUrl(f"http://127.0.0.1:{nobody.getsockname()[1]}")
        async with running(settings.model_copy(update={"assistant_url": url}), clock, rasa=True) as desk:
            citizen = await desk.open()
            assert (await citizen.ask("Bonjour"))[-1]["outcome"] == "handoff"
            ready = await desk.http.get("/readyz")
            assert (ready.status_code, ready.json()["status"]) == (200, "degraded")


async def test_the_assistant_is_ready_when_its_model_is_loaded(desk: Desk, rasa: RasaServer) -> None:
    """Rasa answers before it can understand anything."""
    for model, state in ((False, "degraded"), (True, "ready")):
        rasa.body = {"status": "ok", "model": model}
        assert (await desk.http.get("/readyz")).json()["status"] == state
    rasa.status = 503
    assert (await desk.http.get("/readyz")).json()["parts"]["assistant"] == "down"


async def test_a_proxy_of_the_town_hall_does_not_come_between(
    settings: Settings, clock: FixedClock, rasa: RasaServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """HTTP_PROXY is for the world outside: the assistant is on loopback."""
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.delenv("NO_PROXY", raising=False)
    rasa.body = [said({"act": "say", "key": "saluer"})]
    async with running(
        settings.model_copy(update={"assistant_url": HttpUrl(rasa.url)}), clock, rasa=True
    ) as desk:
        citizen = await desk.open()
        assert (await citizen.ask("Bonjour"))[-1]["outcome"] == "smalltalk"
