"""Two members of staff on one ticket, and those of another town, who see nothing."""

import asyncio
import re

from tests.desk.people import HUGO, NADIA, hidden
from tests.desk.running import Desk

TICKET_GETS = ("", "/thread")
TICKET_POSTS = ("/take", "/release", "/resolve", "/reply")


async def test_a_ticket_held_by_a_colleague_keeps_what_was_typed(desk: Desk) -> None:
    """Nadia learns that Camille answers; her words stay on the page and are not sent."""
    citizen = await desk.open()
    reference = await citizen.ticket()
    camille, nadia = await desk.agent(), await desk.agent(NADIA)
    await nadia.open(reference)
    await camille.do(reference, "take")
    refused = await nadia.send(reference, "Ma longue réponse <à garder>")
    assert refused.status_code == 409
    assert "Camille répond déjà" in refused.text
    assert "Ma longue réponse &lt;à garder&gt;</textarea>" in refused.text
    assert "Ma longue" not in str(await citizen.messages())
    for action in ("take", "release", "resolve"):
        assert (await nadia.do(reference, action)).status_code == 409
    assert (await camille.reply(reference, "Bonjour")).status_code == 303


async def test_a_reply_written_on_an_old_page_is_given_back_to_be_read_again(desk: Desk) -> None:
    """Camille replied and released meanwhile: sending blindly would answer twice."""
    citizen = await desk.open()
    reference = await citizen.ticket()
    camille, nadia = await desk.agent(), await desk.agent(NADIA)
    await nadia.open(reference)
    await camille.reply(reference, "C’est fait.")
    await camille.do(reference, "release")
    refused = await nadia.send(reference, "Je m’en occupe.")
    assert refused.status_code == 409 and "a changé depuis" in refused.text
    assert "Je m’en occupe.</textarea>" in refused.text and "C’est fait." in refused.text
    nadia.seen["version"] = hidden(refused.text, "version")
    nadia.seen["read"], nadia.seen["once"] = hidden(refused.text, "read"), hidden(refused.text, "once")
    assert (await nadia.send(reference, "Je m’en occupe.")).status_code == 303
    said = [message["text"] for message in await citizen.messages() if message["author"] == "staff"]
    assert said == ["C’est fait.", "Je m’en occupe."]


async def test_a_page_kept_fresh_may_be_answered_from(desk: Desk) -> None:
    """The part that refreshes itself says what it shows; the page takes it over while nothing is written."""
    citizen, agent = await desk.open(), await desk.agent()
    reference = await citizen.ticket()
    await agent.open(reference)
    await citizen.ask("Et des vertes ?")
    thread = await agent.page(f"/staff/tickets/{reference}/thread")
    shown = {name: re.findall(rf'data-{name}="(\d+)"', thread)[0] for name in ("version", "read")}
    assert (await agent.send(reference, "Trop tôt.")).status_code == 409
    agent.seen |= shown
    assert (await agent.send(reference, "Voici.")).status_code == 303


async def test_two_who_take_at_the_same_moment_are_told_apart(desk: Desk) -> None:
    """One holds the conversation, and the citizen hears of one."""
    citizen = await desk.open()
    reference = await citizen.ticket()
    agents = [await desk.agent(), await desk.agent(NADIA)]
    replies = await asyncio.gather(*(agent.do(reference, "take") for agent in agents))
    assert sorted(reply.status_code for reply in replies) == [303, 409]
    assert str(await citizen.messages()).count("vous répond maintenant") == 1


async def test_a_message_that_arrives_while_staff_take_is_left_to_staff(desk: Desk) -> None:
    """Asked of the assistant before, answered by nobody after: the human has it."""
    citizen, agent = await desk.open(), await desk.agent()
    reference = await citizen.ticket()
    thinking, go_on, slow = asyncio.Event(), asyncio.Event(), desk.assistant.reply

    async def think(heard):
        thinking.set()
        await go_on.wait()
        return await slow(heard)

    desk.assistant.reply = think
    await citizen.say("Une dernière chose")
    async with asyncio.timeout(10):
        await thinking.wait()
    await agent.do(reference, "take")
    go_on.set()
    await citizen.say("Allô ?")
    waiting = "SELECT count(*) FROM message WHERE author = 'citizen' AND answered_at IS NULL"
    await desk.until_count(waiting, 0)
    assert [message["author"] for message in await citizen.messages()][-3:] == [
        "citizen",
        "system",
        "citizen",
    ]


async def test_staff_of_another_commune_find_nothing(desk: Desk) -> None:
    """404 on every route, an empty queue, and no name of a colleague."""
    citizen = await desk.open()
    reference = await citizen.ticket()
    await (await desk.agent()).do(reference, "take")
    hugo = await desk.agent(HUGO)
    csrf = hidden(await hugo.page(), "csrf")
    before = await citizen.messages()
    for path in TICKET_GETS:
        assert (await hugo.http.get(f"/staff/tickets/{reference}{path}")).status_code == 404
    for path in TICKET_POSTS:
        data = {"csrf": csrf, "text": "x"}
        assert (await hugo.http.post(f"/staff/tickets/{reference}{path}", data=data)).status_code == 404
    for path in ("/staff/", "/staff/rows", "/staff/?vue=resolues"):
        assert reference not in await hugo.page(path)
    assert await citizen.messages() == before


async def test_each_commune_has_its_own_queue_and_wording(desk: Desk) -> None:
    """A citizen of Valbreuil gets Valbreuil's promise, and Hugo sees the ticket."""
    citizen = await desk.open("valbreuil")
    reply = (await citizen.ask("Où acheter des tuiles ?"))[-1]
    assert "mercredi 25 novembre à 6\u00a0h" in reply["text"]  # 48 hours, in Cayenne
    hugo, camille = await desk.agent(HUGO), await desk.agent()
    assert reply["ticket"] in await hugo.page()
    assert reply["ticket"] not in await camille.page()
