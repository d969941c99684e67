"""A citizen writes on the website."""

import asyncio

from desk.assistant.acts import AnswerAct, ClarifyAct, HandoffAct, SafetyAct, SayAct
from tests.desk.running import Desk


async def test_first_words_say_it_is_a_machine_and_how_to_reach_a_human(desk: Desk) -> None:
    """AI Act article 50: the disclosure is there before the citizen writes anything."""
    citizen = await desk.open()
    (welcome,) = await citizen.messages()
    assert welcome["author"] == "assistant"
    assert "assistant automatique" in welcome["text"]
    assert welcome["buttons"] == [{"title": "Parler à un agent", "payload": "human"}]
    assert "sainte-aure.example/donnees-personnelles" in welcome["text"]


async def test_a_message_sent_twice_is_stored_once_and_answered_once(desk: Desk) -> None:
    """The widget retries after a lost connection with the same client id."""
    desk.assistant.script = lambda heard: [SayAct(act="say", key="saluer")]
    citizen = await desk.open()
    first, second = await asyncio.gather(citizen.say("Bonjour", "same"), citizen.say("Bonjour", "same"))
    assert first.status_code == second.status_code == 202
    assert first.json()["id"] == second.json()["id"]
    found = await citizen.until(lambda found: found[-1]["outcome"] == "smalltalk")
    assert [message["author"] for message in found] == ["assistant", "citizen", "assistant"]
    assert [message["seq"] for message in found] == [1, 2, 3]
    assert len(desk.assistant.heard) == 1


async def test_messages_of_a_burst_are_answered_one_by_one_in_order(desk: Desk) -> None:
    """Ten messages sent at once get ten replies, each after its own question."""
    desk.assistant.script = lambda heard: [SayAct(act="say", key="saluer")]
    citizen = await desk.open()
    for number in range(10):
        await citizen.say(f"message {number}", f"m{number}")
    await citizen.until(lambda found: sum(m["outcome"] == "smalltalk" for m in found) == 10)
    assert [heard.text for heard in desk.assistant.heard] == [f"message {number}" for number in range(10)]


async def test_an_unknown_question_opens_one_ticket_and_the_next_ones_join_it(desk: Desk) -> None:
    """The reference is told with the promised moment; a second question adds to the same ticket."""
    citizen = await desk.open()
    first = (await citizen.ask("Où acheter des tuiles bleues ?"))[-1]
    assert first["outcome"] == "handoff"
    assert first["ticket"].startswith("BEF-") and first["ticket"] in first["text"]
    assert "jeudi 26 novembre à 10\u00a0h" in first["text"]  # 72 h later, Paris time
    second = (await citizen.ask("Et des vertes ?"))[-1]
    assert second["ticket"] == first["ticket"]


async def test_an_assistant_that_is_down_is_told_and_a_ticket_opened(desk: Desk) -> None:
    """The citizen is never left in silence."""
    desk.assistant.up = False
    citizen = await desk.open()
    reply = (await citizen.ask("Bonjour, les horaires ?"))[-1]
    assert reply["outcome"] == "handoff" and reply["ticket"]
    assert "pas répondre pour le moment" in reply["text"]


async def test_contact_details_written_after_a_handoff_join_the_ticket(desk: Desk) -> None:
    """A bare address is noted and confirmed, with no second ticket."""
    citizen = await desk.open()
    ticket = (await citizen.ask("Question sans réponse"))[-1]["ticket"]
    reply = (await citizen.ask("mon mail : lea.dupre@courriel.example"))[-1]
    assert reply["ticket"] == ticket and "coordonnées" in reply["text"]


async def test_distress_gets_numbers_and_an_urgent_ticket(desk: Desk) -> None:
    """3114 first; a human will read it."""
    desk.assistant.script = lambda heard: [SafetyAct(act="safety", kind="detresse")]
    citizen = await desk.open()
    reply = (await citizen.ask("je n'en peux plus"))[-1]
    assert reply["outcome"] == "safety" and "3114" in reply["text"] and reply["ticket"]


async def test_a_topic_without_a_published_answer_becomes_a_ticket(desk: Desk) -> None:
    """An answer the town does not have is never invented."""
    desk.assistant.script = lambda heard: [AnswerAct(act="answer", topic="topic_de_demain")]
    citizen = await desk.open()
    assert (await citizen.ask("?!"))[-1]["outcome"] == "handoff"


async def test_clarify_without_any_known_topic_becomes_a_ticket(desk: Desk) -> None:
    """Buttons that lead nowhere are not offered."""
    desk.assistant.script = lambda heard: [ClarifyAct(act="clarify", topics=["rien", "nulle_part"])]
    citizen = await desk.open()
    assert (await citizen.ask("quoi"))[-1]["outcome"] == "handoff"


async def test_typed_commands_never_reach_the_model(desk: Desk) -> None:
    """A leading slash is an order for Rasa; a citizen cannot give one."""
    from desk.assistant.payloads import to_rasa

    assert to_rasa("/restart", None) == "restart"
    assert to_rasa("  // ", None) == "?"
    assert to_rasa("Passeport", "topic:passeport") == '/choisir{"topic": "passeport"}'
    assert to_rasa("x", 'topic:passeport"}/restart') == "x"


async def test_another_citizens_conversation_stays_closed(desk: Desk) -> None:
    """Each token opens one conversation only."""
    one, other = await desk.open(), await desk.open()
    one.token = other.token
    reply = await one.say("coucou")
    assert reply.status_code == 401 and reply.json()["error"]["code"] == "unauthorized"
    one.id = "0" * 32
    assert (await one.say("coucou")).status_code == 404


async def test_bad_messages_get_a_coded_error_in_french_and_store_nothing(desk: Desk) -> None:
    """Empty, too long, not JSON, wrong client id."""
    citizen = await desk.open()
    assert (await citizen.say("   ")).json()["error"]["code"] == "empty"
    long = await citizen.say("a" * 4001)
    assert long.status_code == 413 and "4000" in long.json()["error"]["message"]
    broken = await desk.http.post(
        f"/v1/conversations/{citizen.id}/messages", content=b"{", headers=citizen.headers
    )
    assert broken.status_code == 400
    assert (await citizen.say("ok", client_id="é")).status_code == 400
    assert len(await citizen.messages()) == 1


async def test_status_shows_only_the_citizens_own_tickets(desk: Desk) -> None:
    """Knowing a reference is not enough."""
    from desk.assistant.acts import TicketStatusAct

    one, other = await desk.open(), await desk.open()
    reference = (await one.ask("Sans réponse"))[-1]["ticket"]
    desk.assistant.script = lambda heard: [TicketStatusAct(act="ticket_status", reference=reference.lower())]
    assert reference in (await one.ask("où en est ma demande"))[-1]["text"]
    theirs = (await other.ask("où en est ma demande"))[-1]
    assert reference not in theirs["text"] and theirs["ticket"] is None


async def test_a_report_keeps_its_details(desk: Desk) -> None:
    """What, where and since reach the ticket, with the owning department."""
    details = {"what": "lampadaire éteint", "where": "rue des Arts"}
    desk.assistant.script = lambda heard: [
        HandoffAct(act="handoff", reason="report", topic="eclairage_public", details=details)
    ]
    citizen = await desk.open()
    reply = (await citizen.ask("lampadaire"))[-1]
    assert "Voirie" in reply["text"] and reply["topic"] == "eclairage_public"


async def test_another_language_gets_its_sentence_and_the_way_to_a_human(desk: Desk) -> None:
    """The promised delay, 112 and the button; a plain phrase has no button."""
    desk.assistant.script = lambda heard: [SayAct(act="say", key="langue_en")]
    citizen = await desk.open()
    reply = (await citizen.ask("where is the town hall"))[-1]
    assert reply["outcome"] == "smalltalk" and reply["ticket"] is None
    assert "I only understand French" in reply["text"] and "within 72 hours" in reply["text"]
    assert "“Parler à un agent”" in reply["text"] and "[112](tel:112)" in reply["text"]
    assert reply["buttons"] == [{"title": "Parler à un agent", "payload": "human"}]
    desk.assistant.script = lambda heard: [SayAct(act="say", key="saluer")]
    assert (await citizen.ask("hello"))[-1]["buttons"] == []
