"""Many conversations, many workers, several desks: each message is answered once, in order."""

import asyncio
import json
from collections import defaultdict

import pytest
from websockets.asyncio.client import connect

from desk.assistant.acts import Act, SayAct
from desk.assistant.memory import MemoryAssistant
from desk.assistant.port import Heard
from desk.clock import FixedClock
from desk.dialogue.process import Processor
from desk.dialogue.worker import Workers
from desk.settings import Settings
from tests.desk.people import Citizen
from tests.desk.running import Desk, running

CROWD, EACH = 30, 2
UNANSWERED = "SELECT count(*) FROM message WHERE author = 'citizen' AND answered_at IS NULL"
WRONG_REPLIES = (
    "SELECT count(*) FROM (SELECT m.id FROM message m LEFT JOIN message r ON r.in_reply_to = m.id "
    "WHERE m.author = 'citizen' GROUP BY m.id HAVING count(r.id) <> 1) AS wrong"
)
HOLES = (
    "SELECT count(*) FROM (SELECT conversation_id FROM message GROUP BY conversation_id "
    "HAVING count(*) <> max(seq)) AS holed"
)
UNDELIVERED = (
    "SELECT count(*) FROM message m LEFT JOIN delivery d ON d.message_id = m.id "
    "WHERE m.author <> 'citizen' AND (d.id IS NULL OR d.state <> 'sent')"
)


class Greeter(MemoryAssistant):
    """Says hello, and lets everybody else have a turn before it does."""

    def __init__(self, heard: list[Heard] | None = None) -> None:
        super().__init__(lambda heard: [SayAct(act="say", key="saluer")])
        self.heard, self.busy = [] if heard is None else heard, False

    async def reply(self, heard: Heard) -> list[Act]:
        self.busy = True
        for _ in range(3):
            await asyncio.sleep(0)
        return await super().reply(heard)


async def talk(citizen: Citizen) -> None:
    """Everything at once, without waiting for replies."""
    for number in range(EACH):
        assert (await citizen.say(f"m{number}")).status_code == 202


def in_order(everything: list[Heard]) -> bool:
    """Whether each conversation's messages were heard once each, the first first."""
    heard = defaultdict(list)
    for one in everything:
        heard[one.conversation_id].append(one.text)
    return list(heard.values()) == [[f"m{number}" for number in range(EACH)]] * CROWD


async def test_a_crowd_is_answered_once_each_and_in_order(settings: Settings, clock: FixedClock) -> None:
    """Thirty conversations at once: no message without its reply, none with two, no hole in the numbers."""
    assistant = Greeter()
    async with running(settings, clock, assistant) as desk:
        citizens = await asyncio.gather(*(desk.open() for _ in range(CROWD)))
        await asyncio.gather(*(talk(citizen) for citizen in citizens))
        await desk.until_count(UNANSWERED, 0)
        await desk.until_count(UNDELIVERED, 0)
        assert in_order(assistant.heard)
        assert [await desk.count(query) for query in (WRONG_REPLIES, HOLES)] == [0, 0]
        told = [message["text"] for message in await citizens[0].messages() if message["author"] == "citizen"]
        assert told == [f"m{number}" for number in range(EACH)]


@pytest.mark.parametrize("backend", ["postgresql"], indirect=True)
async def test_two_desks_share_the_work_of_one_database(settings: Settings, clock: FixedClock) -> None:
    """Neither answers what the other has answered, and both help."""
    heard: list[Heard] = []
    helpers = Greeter(heard), Greeter(heard)
    async with running(settings, clock, helpers[0]) as one, running(settings, clock, helpers[1]) as other:
        citizens = await asyncio.gather(*([one, other][number % 2].open() for number in range(CROWD)))
        for citizen in citizens[::3]:
            citizen.desk = other  # a load balancer need not keep them apart
        await asyncio.gather(*(talk(citizen) for citizen in citizens))
        await one.until_count(UNANSWERED, 0)
        await one.until_count(UNDELIVERED, 0)
        assert in_order(heard) and all(helper.busy for helper in helpers)
        assert [await one.count(query) for query in (WRONG_REPLIES, HOLES)] == [0, 0]


@pytest.mark.parametrize("backend", ["postgresql"], indirect=True)
async def test_a_page_on_one_desk_sees_at_once_what_happens_on_another(
    settings: Settings, clock: FixedClock
) -> None:
    """The agent's browser and the citizen's are served by different processes."""
    async with running(settings, clock, MemoryAssistant()) as one, running(settings, clock) as other:
        citizen, agent = await one.open(), await other.agent()
        reference = await citizen.ticket()
        url = f"{one.url.replace('http', 'ws')}{citizen.path}/live"
        async with connect(url, proxy=None) as page, asyncio.timeout(10):
            await page.send(json.dumps({"type": "hello", "token": citizen.token, "after": 3}))
            assert json.loads(await page.recv())["type"] == "ready"
            await agent.do(reference, "take")
            assert json.loads(await page.recv())["message"]["author"] == "system"


def worker_of(desk: Desk, assistant: MemoryAssistant) -> Workers:
    """One worker of another process: it works when told to."""
    context = desk.context
    processor = Processor(context.database, assistant, context.communes, context.hub, context.clock)
    return Workers(context.database, processor, context.hub, context.clock, count=1)


async def test_a_worker_that_died_is_replaced_when_its_lease_runs_out(desk: Desk, clock: FixedClock) -> None:
    """Not before; and when it was only slow, what it comes back with is thrown away."""
    thinking, go_on = asyncio.Event(), asyncio.Event()

    class Lost(Greeter):
        async def reply(self, heard: Heard) -> list[Act]:
            thinking.set()
            await go_on.wait()
            return await super().reply(heard)

    desk.app.ctx.jobs[0].cancel()  # the desk's own workers rest
    lost, helper, citizen = worker_of(desk, Lost()), Greeter(), await desk.open()
    await citizen.say("Il y a quelqu’un ?")
    slow = asyncio.create_task(lost.step("lost"))
    async with asyncio.timeout(10):
        await thinking.wait()
    clock.move(seconds=59)
    assert await worker_of(desk, helper).step("helper") is False
    clock.move(seconds=1)
    assert await worker_of(desk, helper).step("helper") is True
    answered = await citizen.messages()
    assert [message["author"] for message in answered] == ["assistant", "citizen", "assistant"]
    go_on.set()
    await slow
    assert await citizen.messages() == answered
    assert len(helper.heard) == 1


async def test_a_turn_that_fails_is_put_off_longer_each_time_and_never_dropped(
    desk: Desk, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Five seconds, ten, twenty; the neighbours are answered meanwhile; then the message is."""
    desk.app.ctx.jobs[0].cancel()
    worker, citizen, neighbour = worker_of(desk, Greeter()), await desk.open(), await desk.open()
    await citizen.say("Bonjour")
    with monkeypatch.context() as broken:
        broken.setattr("desk.dialogue.process.perform", None)
        for seconds in (5, 10, 20):
            assert await worker.step("w") is True
            assert await worker.step("w") is False
            clock.move(seconds=seconds - 1)
            assert await worker.step("w") is False
            clock.move(seconds=1)
    await neighbour.say("Bonjour aussi")
    assert [await worker.step("w") for _ in range(3)] == [True, True, False]
    assert [len(await one.messages()) for one in (citizen, neighbour)] == [3, 3]
    assert await desk.count("SELECT max(attempts) FROM conversation") == 0
