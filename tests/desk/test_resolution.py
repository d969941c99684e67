"""The citizen is asked whether it is resolved, and the desk hears the answer itself."""

import asyncio
from dataclasses import dataclass

import pytest

from desk.assistant.acts import AnswerAct, SafetyAct, SayAct
from desk.clock import FixedClock
from tests.desk.people import Agent, Citizen
from tests.desk.running import Desk
from tests.desk.test_staff_ticket import text_of
from tests.desk.test_ticket_life import page_of, press, ticket

pytestmark = pytest.mark.slow


@dataclass
class Resolved:
    """A citizen whose ticket has just been resolved."""

    desk: Desk
    citizen: Citizen
    agent: Agent
    reference: str

    async def click(self, said: str, reference: str = "") -> dict:
        """Press a button under a resolved ticket; the reply."""
        payload = f"resolved:{said}:{reference or self.reference}"
        return (await self.citizen.ask("👍", payload))[-1]

    async def resolve(self) -> None:
        await press(self.agent, self.reference, "resolve")

    @property
    def asked(self) -> int:
        """How often the assistant was asked."""
        return len(self.desk.assistant.heard)

    async def page(self) -> str:
        return await page_of(self.agent, self.reference)


@pytest.fixture
async def resolved(desk: Desk) -> Resolved:
    """The conversation just after « terminée »."""
    citizen, agent = await desk.open(), await desk.agent()
    found = Resolved(desk, citizen, agent, await citizen.ticket())
    await found.resolve()
    return found


def payloads(message: dict) -> list[str]:
    return [button["payload"] for button in message["buttons"]]


async def test_the_end_is_announced_with_the_question_and_its_two_buttons(resolved: Resolved) -> None:
    """One message."""
    ended = (await resolved.citizen.messages())[-1]
    assert "est terminée" in ended["text"]
    assert ended["text"].endswith("Votre question est-elle résolue\u00a0?")
    assert payloads(ended) == [f"resolved:{said}:{resolved.reference}" for said in ("yes", "no")]
    assert (ended["author"], ended["ticket"]) == ("system", resolved.reference)


async def test_yes_is_thanked_kept_and_shown(resolved: Resolved) -> None:
    """On the ticket and in its history; the assistant hears nothing of it."""
    asked = resolved.asked
    reply = await resolved.click("yes")
    assert "Merci" in reply["text"] and payloads(reply) == [f"resolved:word:{resolved.reference}"]
    found = await ticket(resolved.desk, resolved.reference)
    assert (found.satisfied, found.state, resolved.asked) == (True, "resolved", asked)
    page = await resolved.page()
    assert "Résolue pour la personne" in page and "Résolue, pour la personne Oui" in page
    assert "la personne dit que c’est résolu" in page


async def test_a_word_is_kept_with_the_ticket_and_gets_no_other_reply(resolved: Resolved) -> None:
    """The assistant hears it in a talk apart; the message after goes its usual way."""
    await resolved.click("yes")
    reply = await resolved.click("word")
    assert "Écrivez votre mot" in reply["text"]
    resolved.desk.assistant.script = lambda heard: [AnswerAct(act="answer", topic="piscine")]
    told, noted = (await resolved.citizen.ask("Réponse <très> claire"))[-2:]
    assert f"ajouté à votre demande **{resolved.reference}**" in noted["text"]
    assert told["author"] == "citizen"
    aside, talk = resolved.desk.assistant.heard[-1], resolved.citizen.id
    assert aside.text == "Réponse <très> claire" and aside.conversation_id != talk
    page = await resolved.page()
    assert "Son mot Réponse <très> claire" in page and "la personne a ajouté un mot" in page
    assert (await ticket(resolved.desk, resolved.reference)).state == "resolved"
    answer = await resolved.citizen.ask("Et la piscine ?")
    assert answer[-1]["topic"] == "piscine" and resolved.desk.assistant.heard[-1].conversation_id == talk


async def test_a_word_that_tells_of_danger_gets_the_numbers_first(resolved: Resolved) -> None:
    """The word is kept as well, and the ticket comes before all others."""
    await resolved.click("no")
    resolved.desk.assistant.script = lambda heard: [SafetyAct(act="safety", kind="detresse")]
    numbers, noted = (await resolved.citizen.ask("Je n’en peux plus, je veux mourir"))[-2:]
    assert numbers["outcome"] == "safety" and "3114" in numbers["text"]
    assert "ajouté à votre demande" in noted["text"]
    assert (await ticket(resolved.desk, resolved.reference)).urgent
    assert "Son mot Je n’en peux plus" in await resolved.page()


async def test_no_reopens_tells_the_new_promise_and_asks_what_is_missing(
    resolved: Resolved, clock: FixedClock
) -> None:
    """Then the next words are the comment, with the address written in them."""
    clock.move(hours=2)
    reply = await resolved.click("no")
    assert f"**{resolved.reference}** est rouverte" in reply["text"]
    assert "jeudi 26 novembre à 12\u00a0h" in reply["text"] and "Que manque-t-il" in reply["text"]
    await resolved.citizen.ask("Le trou est toujours là. Écrivez à lea@courriel.example")
    found = await ticket(resolved.desk, resolved.reference)
    assert (found.satisfied, found.state) == (False, "in_progress")
    page = await resolved.page()
    for expected in (
        "Pas résolue pour la personne", "Résolue, pour la personne Non", "Contact lea@courriel.example",
        "Son mot Le trou est toujours là. Écrivez à lea@courriel.example",
        "la personne dit que ce n’est pas résolu", "rouverte",
    ):  # fmt: skip
        assert expected in page


async def test_the_desk_hears_the_answer_when_the_assistant_is_down(resolved: Resolved) -> None:
    """Click, reopening and word alike."""
    resolved.desk.assistant.up = False
    assert "est rouverte" in (await resolved.click("no"))["text"]
    assert "ajouté à votre demande" in (await resolved.citizen.ask("Rien n’a changé"))[-1]["text"]
    assert await resolved.desk.count("SELECT count(*) FROM ticket") == 1


async def test_clicking_twice_is_told_gently(resolved: Resolved) -> None:
    """Nothing is counted twice, one after the other or at once."""
    await resolved.click("yes")
    assert "déjà noté" in (await resolved.click("yes"))["text"]
    await asyncio.gather(*(
        resolved.citizen.say("👎", payload=f"resolved:no:{resolved.reference}") for _ in range(2)
    ))  # fmt: skip
    waiting = "SELECT count(*) FROM message WHERE author = 'citizen' AND answered_at IS NULL"
    await resolved.desk.until_count(waiting, 0)
    before, last = [one for one in await resolved.citizen.messages() if one["author"] == "system"][-2:]
    assert "est encore ouverte" in last["text"] and "est rouverte" in before["text"]
    for kind in ("satisfied", "unsatisfied", "reopened"):
        assert await resolved.desk.count(f"SELECT count(*) FROM ticket_event WHERE kind = '{kind}'") == 1


@pytest.mark.parametrize("said", ["yes", "no", "word"])
async def test_after_a_week_it_is_too_late_and_the_way_to_a_human_is_given(
    resolved: Resolved, clock: FixedClock, said: str
) -> None:
    """The ticket stays as it is, whether it was closed in between or not."""
    clock.move(days=7, seconds=1)
    reply = await resolved.click(said)
    assert "est close" in reply["text"] and payloads(reply) == ["human"]
    found = await ticket(resolved.desk, resolved.reference)
    assert (found.satisfied, found.state) == (None, "resolved")


async def test_a_change_of_mind_counts(resolved: Resolved) -> None:
    """Yes, then no; then yes again while it is open: staff see it and close it themselves."""
    await resolved.click("yes")
    assert "est rouverte" in (await resolved.click("no"))["text"]
    assert "c’est noté" in (await resolved.click("yes"))["text"]
    found = await ticket(resolved.desk, resolved.reference)
    assert (found.satisfied, found.state) == (True, "in_progress")
    await resolved.resolve()
    assert (await ticket(resolved.desk, resolved.reference)).satisfied is None


async def test_somebody_elses_ticket_is_out_of_reach(resolved: Resolved) -> None:
    """Its number looks like one that does not exist, and nothing changes."""
    stranger = await resolved.desk.open()
    for reference in (resolved.reference, "BEF-0000-0000"):
        reply = (await stranger.ask("👎", f"resolved:no:{reference}"))[-1]
        assert "ne correspond à aucune de vos demandes" in reply["text"] and payloads(reply) == ["human"]
    assert (await ticket(resolved.desk, resolved.reference)).state == "resolved"


async def test_another_button_instead_of_the_word_is_what_it_is(resolved: Resolved) -> None:
    """And nothing is waited for any more."""
    await resolved.click("no")
    desk = resolved.desk
    desk.assistant.script = lambda heard: [AnswerAct(act="answer", topic="piscine")]
    asked = resolved.asked
    assert (await resolved.citizen.ask("Piscine", "topic:piscine"))[-1]["outcome"] == "answered"
    await resolved.citizen.ask("Merci")
    assert resolved.asked == asked + 2
    assert await desk.count("SELECT count(*) FROM ticket_event WHERE kind = 'comment'") == 0


async def test_a_question_asked_the_day_after_is_not_taken_for_the_word(
    resolved: Resolved, clock: FixedClock
) -> None:
    """It is answered, and nothing is waited for any more."""
    await resolved.click("word")
    clock.move(hours=13)
    resolved.desk.assistant.script = lambda heard: [SayAct(act="say", key="saluer")]
    assert (await resolved.citizen.ask("Bonjour"))[-1]["outcome"] == "smalltalk"
    assert await resolved.desk.count("SELECT count(*) FROM conversation WHERE expects IS NOT NULL") == 0


async def test_the_answer_is_heard_while_staff_hold_the_conversation(resolved: Resolved) -> None:
    """On a ticket taken up again: the human keeps the conversation, the answer and the word are kept too."""
    await press(resolved.agent, resolved.reference, "reopen")
    await press(resolved.agent, resolved.reference, "take")
    assert "est encore ouverte" in (await resolved.click("no"))["text"]
    assert "ajouté à votre demande" in (await resolved.citizen.ask("Il manque la rue"))[-1]["text"]
    found = await ticket(resolved.desk, resolved.reference)
    assert (found.satisfied, found.state) == (False, "in_progress")
    page = await resolved.page()
    assert "Vous répondez" in page and "Son mot Il manque la rue" in page


async def test_the_webhook_takes_a_click_written_as_words(desk: Desk) -> None:
    """Other software shows the button, and sends its payload as text."""
    headers = {"authorization": f"Bearer {'k' * 20}"}

    async def say(message: str) -> list[dict]:
        body = {"sender": "s1", "message": message}
        reply = await desk.http.post("/webhooks/rest/webhook", json=body, headers=headers)
        assert reply.status_code == 200, reply.text
        return reply.json()

    reference = (await say("Des tuiles ?"))[-1]["ticket"]
    await press(await desk.agent(), reference, "resolve")
    assert "Merci" in (await say(f"resolved:yes:{reference}"))[-1]["text"]
    assert (await ticket(desk, reference)).satisfied is True


async def test_words_that_only_look_like_a_click_are_words(resolved: Resolved) -> None:
    """A payload that the desk did not make goes to the assistant, as words."""
    for payload in ("resolved:maybe:" + resolved.reference, "resolved:yes:", "resolved:yes:BEF-1"):
        asked = resolved.asked
        await resolved.citizen.ask("oui", payload)
        assert resolved.asked == asked + 1
    assert (await ticket(resolved.desk, resolved.reference)).satisfied is None
    assert "resolved:" not in text_of(await resolved.page())
