"""The live socket of a conversation: what the page lacks, then what happens, in order, once."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from desk.assistant.acts import SayAct, TextAct
from desk.assistant.memory import MemoryAssistant
from desk.channels.web import live
from desk.clock import FixedClock
from desk.settings import Settings
from tests.desk.people import Citizen
from tests.desk.running import Desk, running


@asynccontextmanager
async def socket(citizen: Citizen, hello: Any = None, after: int = 0) -> AsyncIterator[ClientConnection]:
    """An open socket that has said hello (``hello`` replaces what it says)."""
    url = f"{citizen.desk.url.replace('http', 'ws')}{citizen.path}/live"
    async with connect(url, proxy=None) as connection, asyncio.timeout(20):
        said = {"type": "hello", "token": citizen.token, "after": after} if hello is None else hello
        await connection.send(said if isinstance(said, str | bytes) else json.dumps(said))
        yield connection


async def frames(connection: ClientConnection, last: str) -> list[dict[str, Any]]:
    """The frames up to the first of type ``last``."""
    found: list[dict[str, Any]] = []
    while not found or found[-1]["type"] != last:
        found.append(json.loads(await connection.recv()))
    return found


async def close_code(citizen: Citizen, hello: Any) -> int:
    async with socket(citizen, hello) as connection:
        with pytest.raises(ConnectionClosed) as closed:
            await connection.recv()
        return closed.value.rcvd.code if closed.value.rcvd else 0


async def test_a_page_that_opens_gets_what_it_lacks_then_what_happens(desk: Desk) -> None:
    """Everything from the start, or only what comes after the number it has."""
    citizen = await desk.open()
    await citizen.ask("Une question")
    for after, expected in ((0, [1, 2, 3]), (2, [3]), (3, []), (99, [])):
        async with socket(citizen, after=after) as connection:
            caught_up = await frames(connection, "ready")
            assert [frame["message"]["seq"] for frame in caught_up[:-1]] == expected
    async with socket(citizen, after=3) as connection:
        await frames(connection, "ready")
        desk.assistant.script = lambda heard: [SayAct(act="say", key="saluer")]
        go_on, at_once = asyncio.Event(), desk.assistant.reply

        async def think(heard):
            await go_on.wait()
            return await at_once(heard)

        desk.assistant.reply = think
        await citizen.say("Bonjour")
        mine, *rest = await frames(connection, "message")
        assert (mine["message"]["author"], mine["message"]["client_id"]) == ("citizen", "c2")
        assert rest == []
        (typing,) = await frames(connection, "typing")
        go_on.set()
        (reply,) = await frames(connection, "message")
        assert typing == {"type": "typing", "on": True, "author": "assistant"}
        assert reply["message"] == (await citizen.messages())[-1]


async def test_a_burst_reaches_every_open_page_in_order_and_once(desk: Desk) -> None:
    """Two tabs, twenty messages, twenty replies."""
    desk.assistant.script = lambda heard: [SayAct(act="say", key="saluer")]
    citizen = await desk.open()

    async def follow() -> list[int]:
        seen: list[int] = []
        async with socket(citizen) as connection:
            while len(seen) < 41:
                seen.append((await frames(connection, "message"))[-1]["message"]["seq"])
        return seen

    tabs = [asyncio.create_task(follow()) for _ in range(2)]
    await asyncio.gather(*(citizen.say(f"m{number}") for number in range(20)))
    assert await asyncio.gather(*tabs) == [list(range(1, 42))] * 2


async def test_a_long_history_is_caught_up_beyond_one_page(desk: Desk) -> None:
    """More than two hundred messages."""
    desk.assistant.script = lambda heard: [TextAct(text=str(number)) for number in range(210)]
    citizen = await desk.open()
    await citizen.say("x")
    await desk.until_count("SELECT max(seq) FROM message", 212)
    async with socket(citizen) as connection:
        assert len(await frames(connection, "ready")) == 213


async def test_what_staff_do_is_seen_at_once(desk: Desk) -> None:
    """Taken, replied, resolved: without asking for anything."""
    citizen, agent = await desk.open(), await desk.agent()
    reference = await citizen.ticket()
    async with socket(citizen, after=3) as connection:
        await frames(connection, "ready")
        await agent.do(reference, "take")
        await agent.reply(reference, "Bonjour", then="resolve")
        found = [(await frames(connection, "message"))[-1]["message"] for _ in range(3)]
        assert [message["author"] for message in found] == ["system", "staff", "system"]


async def test_who_may_not_listen_is_told_by_the_closing_code(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """4401 for a wrong token or no hello in time, 4404 for a conversation that is not there."""
    monkeypatch.setattr(live, "HELLO_SECONDS", 0.1)
    citizen, neighbour = await desk.open(), await desk.open()
    for hello in (
        {"type": "hello", "token": neighbour.token}, {"type": "hello"}, {"type": "hello", "token": None},
        {"type": "hi", "token": citizen.token}, [], "not JSON", b"\xff", "null",
    ):  # fmt: skip
        assert await close_code(citizen, hello) == 4401, hello
    url = f"{desk.url.replace('http', 'ws')}{citizen.path}/live"
    async with connect(url, proxy=None) as silent, asyncio.timeout(10):
        with pytest.raises(ConnectionClosed) as closed:
            await silent.recv()
        assert closed.value.rcvd is not None and closed.value.rcvd.code == 4401
    for missing in ("0" * 32, "%00", "x"):
        assert await close_code(Citizen(desk, missing, citizen.token), None) == 4404


async def test_strange_numbers_and_later_frames_do_no_harm(desk: Desk) -> None:
    """After is forgiven; whatever a page sends later is ignored; messages only come by POST."""
    citizen = await desk.open()
    for after in (-1, "3", None, 2**40, 1.5):
        async with socket(citizen, {"type": "hello", "token": citizen.token, "after": after}) as connection:
            assert len(await frames(connection, "ready")) == 2
    async with socket(citizen) as connection:
        await frames(connection, "ready")
        await connection.send(json.dumps({"type": "message", "text": "par ici"}))
        await citizen.say("par là")
        assert (await frames(connection, "message"))[-1]["message"]["text"] == "par là"
    assert "par ici" not in str(await citizen.messages())


async def test_a_page_finds_its_place_again_after_a_restart(settings: Settings, clock: FixedClock) -> None:
    """What was said while it was cut off comes first."""
    async with running(settings, clock, MemoryAssistant()) as before:
        citizen = await before.open()
        async with socket(citizen) as connection:
            await frames(connection, "ready")
    async with running(settings, clock, MemoryAssistant()) as after:
        citizen.desk = after
        await citizen.ask("Pendant la coupure")
        async with socket(citizen, after=1) as connection:
            found = await frames(connection, "ready")
            assert [frame["message"]["seq"] for frame in found[:-1]] == [2, 3]
