"""From a telephone with Messenger to the page of staff, through Meta's simulator."""

import pytest

from desk.assistant.memory import hand_everything_over
from desk.clock import FixedClock
from tests.desk.messenger_desk import INBOX, last_line, words
from tests.desk.messenger_town import conversation_of, messages_of
from tests.desk.running import Desk, until
from tests.simulators.graph_api import Meta, Person

pytestmark = pytest.mark.slow

PAGE = "100000000000001"


async def handed_over(desk: Desk, meta: Meta) -> tuple[Person, str]:
    """Somebody whose question nobody could answer, and the reference of their ticket."""
    desk.assistant.script = hand_everything_over
    lea = meta.page(PAGE).person("7001")
    await lea.says("Où acheter des tuiles bleues ?")
    await desk.until_count("SELECT count(*) FROM ticket", 1)
    await until(lambda: answered(desk, lea), True)
    reference = [message.ticket for message in await messages_of(desk, lea) if message.ticket][-1]
    return lea, reference


async def answered(desk: Desk, person: Person) -> bool:
    """Whether nothing of theirs waits any more."""
    conversation = await conversation_of(desk, person)
    return conversation is not None and conversation.waiting_since is None


async def test_a_colleague_in_the_pages_inbox_is_read_and_relieved(messenger: Desk, meta: Meta) -> None:
    """Their words, signed; then the ticket is taken over here."""
    lea, reference = await handed_over(messenger, meta)
    await meta.page(PAGE).inbox_reply(lea, "Rue des Arts, chez Tuiles & Fils.")
    agent = await messenger.agent()
    page = await agent.open(reference)
    assert INBOX in words(page)
    assert "Boîte de réception de la Page" in words(last_line(page))
    assert "Tuiles & Fils." in words(last_line(page))
    assert (await agent.do(reference, "take")).status_code == 303
    assert "Vous répondez" in words(await agent.open(reference))


async def test_what_was_edited_and_reacted_to_is_seen(messenger: Desk, meta: Meta) -> None:
    """The first words stay readable behind the new ones."""
    lea, reference = await handed_over(messenger, meta)
    mid = await lea.says("Rue des Ars ?")
    await lea.edits(mid, "Rue des Arts ?")
    page = words(await (await messenger.agent()).open(reference))
    assert "Rue des Arts ?" in page and "Message modifié" in page and "Rue des Ars ?" in page


async def test_the_window_shown_is_metas(messenger: Desk, meta: Meta, clock: FixedClock) -> None:
    """Each message of theirs opens it again."""
    lea, reference = await handed_over(messenger, meta)
    clock.move(hours=30)
    agent = await messenger.agent()
    page = words(await agent.open(reference))
    assert "réponse d’un agent possible jusqu’au lundi 30 novembre à 10 h" in page
    await lea.says("Alors ?")
    assert "réponse libre jusqu’au mercredi 25 novembre à 16 h" in words(await agent.open(reference))
