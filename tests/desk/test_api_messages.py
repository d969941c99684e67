"""Messages over HTTP: sent once, read page by page, rated."""

import asyncio

from desk.assistant.acts import AnswerAct, SayAct, TextAct
from desk.assistant.memory import MemoryAssistant
from desk.clock import FixedClock
from desk.settings import Settings
from tests.desk.people import Citizen
from tests.desk.running import Desk, running


async def test_a_message_sent_again_after_a_restart_is_still_one_message(
    settings: Settings, clock: FixedClock
) -> None:
    """Same database, new process: the client's own id is what counts."""
    async with running(settings, clock, MemoryAssistant()) as before:
        citizen = await before.open()
        first = await citizen.say("Bonjour ?", "once")
        await citizen.until(lambda found: found[-1]["outcome"] == "handoff")
    assistant = MemoryAssistant()
    async with running(settings, clock, assistant) as after:
        citizen.desk = after
        again = await citizen.say("Bonjour ?", "once")
        assert (again.status_code, again.json()) == (202, first.json())
        assert len(await citizen.messages()) == 3
        await citizen.ask("Et maintenant ?")
        assert [heard.text for heard in assistant.heard] == ["Et maintenant ?"]


async def test_a_message_stored_before_a_stop_is_answered_after_it(
    settings: Settings, clock: FixedClock
) -> None:
    """It was acknowledged: it is not lost, and it is answered once."""
    asked = asyncio.Event()

    class Stuck(MemoryAssistant):
        async def reply(self, heard):
            asked.set()
            await asyncio.Event().wait()

    async with running(settings, clock, Stuck()) as before:
        citizen = await before.open()
        await citizen.say("Bonjour ?")
        async with asyncio.timeout(10):
            await asked.wait()
    clock.move(minutes=2)  # the lease of the worker that was stopped has run out
    async with running(settings, clock, MemoryAssistant()) as after:
        citizen.desk = after
        found = await citizen.until(lambda found: found[-1]["outcome"] == "handoff")
        assert [message["author"] for message in found] == ["assistant", "citizen", "assistant"]


async def test_the_same_client_id_in_two_conversations_is_two_messages(desk: Desk) -> None:
    """Ids are only unique where they were made."""
    one, other = await desk.open(), await desk.open()
    assert (await one.say("a", "c1")).json() != (await other.say("b", "c1")).json()
    assert (await other.messages())[1]["text"] == "b"
    assert (await other.messages())[1]["client_id"] == "c1"


async def test_a_long_conversation_is_read_page_by_page(desk: Desk) -> None:
    """At most 200 at once, none twice, none missing."""
    desk.assistant.script = lambda heard: [TextAct(text=f"{heard.text} {number}") for number in range(50)]
    citizen = await desk.open()
    for number in range(5):
        await citizen.say(f"m{number}")
    await desk.until_count("SELECT max(seq) FROM message", 256)
    first, second = await citizen.messages(), await citizen.messages(200)
    assert [message["seq"] for message in first + second] == list(range(1, 257))
    assert len(first) == 200
    assert await citizen.messages(256) == []
    for beyond in (10**6, 2**40, -5):
        assert len(await citizen.messages(beyond)) == (200 if beyond < 0 else 0)


async def test_texts_come_back_as_they_were_written(desk: Desk) -> None:
    """Emoji, line ends, markup, four thousand characters; the ends are trimmed."""
    citizen = await desk.open()
    texts = ["🏊‍♀️ é\u00a0?", "a\nb\tc", "<b>&amp;</b> '\"", "é" * 4000, "\u202eabc", "  x  "]
    for text in texts:
        assert (await citizen.say(text)).status_code == 202
    await citizen.until(lambda found: sum(message["outcome"] == "handoff" for message in found) == len(texts))
    mine = [message["text"] for message in await citizen.messages() if message["author"] == "citizen"]
    assert mine == [text.strip() for text in texts]


async def useful(citizen: Citizen, seq: int, value: bool) -> int:
    path = f"{citizen.path}/messages/{seq}/feedback"
    return (await citizen.desk.http.post(path, json={"useful": value}, headers=citizen.headers)).status_code


async def test_an_answer_can_be_rated_and_the_rating_changed(desk: Desk) -> None:
    """The last word counts, and staff see it."""
    desk.assistant.script = lambda heard: [AnswerAct(act="answer", topic="piscine")]
    citizen = await desk.open()
    answer = (await citizen.ask("piscine"))[-1]
    assert answer["useful"] is None
    for value in (True, False, False):
        assert await useful(citizen, answer["seq"], value) == 204
        assert (await citizen.messages())[-1]["useful"] is value
    desk.assistant.script = MemoryAssistant().script
    reference = await citizen.ticket()
    assert "Jugée inutile" in await (await desk.agent()).page(f"/staff/tickets/{reference}")


async def test_only_answers_of_ones_own_conversation_can_be_rated(desk: Desk) -> None:
    """Not the welcome, not small talk, not one's own words, not a neighbour's answer."""
    desk.assistant.script = lambda heard: [SayAct(act="say", key="saluer")]
    citizen = await desk.open()
    await citizen.ask("Bonjour")
    assert [await useful(citizen, seq, True) for seq in (1, 2, 3, 4)] == [404] * 4
    desk.assistant.script = lambda heard: [AnswerAct(act="answer", topic="piscine")]
    answer = (await citizen.ask("piscine"))[-1]
    stranger = await desk.open()
    stranger.id = citizen.id
    assert await useful(stranger, answer["seq"], True) == 401
    assert (await citizen.messages())[-1]["useful"] is None
