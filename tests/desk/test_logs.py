"""Logs hold events and identifiers: never a citizen's words, a name, a token or a password."""

import io
import json

import pytest
from pydantic import HttpUrl
from sqlalchemy.ext.asyncio import AsyncSession

from desk.assistant.acts import AnswerAct, HandoffAct, SafetyAct
from desk.clock import FixedClock
from desk.dialogue import process
from desk.log import configure_logging, get_logger
from desk.settings import Settings
from tests.desk.outages import database_down
from tests.desk.people import PASSWORD
from tests.desk.rasa_server import rasa_server
from tests.desk.running import Desk, running

WORDS = (
    "rhododendron",
    "pivoine",
    "glycine",
    "hortensia",
    "lea@courriel.example",
    "06 39 98 12 34",
    "0639981234",
)
KEY = "k" * 20


def secrets_in(log: str, *secrets: str) -> list[str]:
    return [word for word in (*WORDS, PASSWORD, KEY, *secrets) if word.lower() in log.lower()]


async def test_a_whole_conversation_with_its_failures_leaves_no_word_in_the_log(
    desk: Desk, written: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Answers, a report, distress, staff, refusals, a broken turn, a broken database."""
    citizen, agent = await desk.open(), await desk.agent()
    for act in (
        AnswerAct(act="answer", topic="piscine", details={"day": "pivoine"}),
        HandoffAct(act="handoff", reason="report", details={"what": "Glycine", "where": "rue Pivoine"}),
        SafetyAct(act="safety", kind="detresse"),
    ):  # fmt: skip
        desk.assistant.script = lambda heard, act=act: [act]
        reply = (await citizen.ask("Rhododendron, lea@courriel.example ou 06 39 98 12 34"))[-1]
    await agent.reply(reply["ticket"], "Hortensia", then="resolve")
    await agent.log_in(password="hortensia")
    for body in (b'{"text": "rhododendron', b'{"text": 3, "client_id": "rhododendron"}'):
        await desk.http.post(f"{citizen.path}/messages", content=body, headers=citizen.headers)
    await citizen.say("rhododendron", client_id="pivoine glycine")
    await desk.http.post("/webhooks/rest/webhook", json={"sender": "x"}, params={"token": KEY})
    desk.assistant.up = False
    await citizen.ask("Glycine en panne")
    async with database_down(desk):
        await citizen.say("Pivoine sans base")
    broken = await desk.http.get("/v1/conversations/rhododendron/messages", headers=citizen.headers)
    assert broken.status_code == 404

    async def fail(*_arguments: object) -> None:
        raise ValueError("no such act")

    monkeypatch.setattr(process, "perform", fail)
    desk.assistant.up = True
    await citizen.say("Glycine cassée")
    await desk.until_count("SELECT attempts FROM conversation", 1)
    log = written.getvalue()
    assert "turn_failed" in log and "database_gone" in log
    assert secrets_in(log, citizen.token, agent.http.cookies["beffroi_staff"]) == []


async def test_a_statement_that_fails_is_logged_without_its_values(
    desk: Desk, written: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The database's own error quotes what was being stored: we do not."""
    store = AsyncSession.execute

    async def fail(session: AsyncSession, statement: object, params: object = None, **more: object):
        if isinstance(params, dict) and params.get("text") == "rhododendron":
            params = {**params, "text": None}  # the column refuses it, and the statement holds the payload
        return await store(session, statement, params, **more)

    monkeypatch.setattr(AsyncSession, "execute", fail)
    citizen = await desk.open()
    assert (await citizen.say("rhododendron", payload="topic:pivoine")).status_code == 500
    log = written.getvalue()
    assert "IntegrityError" in log and "store_inbound" in log
    assert secrets_in(log) == []


async def test_a_reply_of_rasa_that_makes_no_sense_is_logged_without_its_content(
    settings: Settings, clock: FixedClock, written: io.StringIO
) -> None:
    """It may quote the citizen; only the name of an unknown act is kept, and cut short."""
    async with rasa_server() as rasa:
        told = settings.model_copy(update={"assistant_url": HttpUrl(rasa.url)})
        async with running(told, clock, rasa=True) as desk:
            citizen = await desk.open()
            for body in (
                [{"custom": {"act": "sing", "text": "rhododendron"}}],
                [{"custom": {"act": "answer", "topic": "Pivoine !"}}],
                b"<html>rhododendron</html>",
            ):
                rasa.body = body
                await citizen.ask("Rhododendron")
    log = written.getvalue()
    assert '"act": "sing"' in log and log.count("assistant_unavailable") == 3
    assert secrets_in(log) == []


def test_a_line_is_json_with_a_time_a_level_and_a_constant_event(written: io.StringIO) -> None:
    """Below the level nothing is written."""
    configure_logging("warning")
    get_logger().info("not_written")
    get_logger().warning("delivery_failed", message_id=3)
    line = json.loads(written.getvalue())
    assert line.keys() == {"event", "level", "timestamp", "message_id"}
    assert (line["event"], line["level"]) == ("delivery_failed", "warning")
