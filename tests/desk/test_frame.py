"""Who may send the answer on a topic: decided in the staff pages, obeyed from the next question on."""

import asyncio
import html
import re
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from desk.answers.catalogue import load_topics
from desk.assistant.acts import AnswerAct, ClarifyAct, SafetyAct
from desk.clock import FixedClock
from desk.staff.frame.listing import service_topics
from tests.desk.people import HUGO, MALIK, NADIA, PAUL, Agent, Citizen, hidden
from tests.desk.running import Desk
from tests.desk.statements import statements

pytestmark = pytest.mark.slow

BOARD = "/staff/frame"
WHO = "Mme Lenoir, maire adjointe"


def text_of(page: str) -> str:
    """A page as a reader sees it."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).replace("\u00a0", " ").split())


def asks(desk: Desk, topic: str, **more: Any) -> None:
    """Whatever is said next is understood as a question about a topic."""
    desk.assistant.script = lambda heard: [AnswerAct(act="answer", topic=topic, **more)]


async def fields(agent: Agent, path: str = BOARD) -> dict[str, Any]:
    """A decision filled in on the page that is on the screen now."""
    page = await agent.page(path)
    return {"csrf": hidden(page, "csrf"), "seen": hidden(page, "seen"), "policy": "humain",
            "decided_by": WHO, "decided_on": "2026-11-20"}  # fmt: skip


async def decide(agent: Agent, policy: str, *topics: str, **more: Any) -> httpx.Response:
    """Open the list, tick topics, decide."""
    filled = await fields(agent)
    return await agent.http.post(BOARD, data={**filled, "policy": policy, "topic": list(topics), **more})


async def answered(citizen: Citizen) -> list[dict]:
    """What comes back to one more question."""
    before = len(await citizen.messages())
    return (await citizen.ask("Combien coûte un passeport ?"))[before + 1 :]


async def found(desk: Desk, query: str) -> list[tuple[Any, ...]]:
    """What a query finds."""
    async with desk.context.database.read() as session:
        return [tuple(row) for row in await session.execute(text(query))]


async def test_a_decision_counts_from_the_next_question_on(desk: Desk) -> None:
    """The assistant, then a human, then the assistant again, in one conversation."""
    asks(desk, "passeport")
    citizen, agent = await desk.open(), await desk.agent()
    assert [reply["outcome"] for reply in await answered(citizen)] == ["answered"]
    assert (await decide(agent, "humain", "passeport")).status_code == 303
    (handed,) = await answered(citizen)
    assert handed["outcome"] == "handoff" and handed["ticket"] in handed["text"]
    assert handed["text"].startswith("Cette question est traitée par un agent de la mairie.")
    assert "86" not in handed["text"]
    await decide(agent, "auto", "passeport")
    assert [reply["outcome"] for reply in await answered(citizen)] == ["answered"]


async def test_a_topic_kept_for_humans_opens_a_ticket_with_its_department(desk: Desk) -> None:
    """The ticket says why; a second question joins it."""
    asks(desk, "passeport")
    agent = await desk.agent()
    await decide(agent, "humain", "passeport")
    citizen = await desk.open()
    (first,), (second,) = await answered(citizen), await answered(citizen)
    assert first["ticket"] == second["ticket"] and "J’ajoute votre message" in second["text"]
    page = text_of(await agent.page(f"/staff/tickets/{first['ticket']}"))
    assert "Sujet réservé à un agent" in page and "État civil et citoyenneté" in page


async def test_a_topic_without_an_answer_can_be_kept_for_humans(desk: Desk) -> None:
    """Nothing has to be published for it."""
    async with desk.context.database.write() as session:
        await session.execute(text("UPDATE answer SET published = false WHERE topic = 'passeport'"))
    asks(desk, "passeport")
    await decide(await desk.agent(), "humain", "passeport")
    (reply,) = await answered(await desk.open())
    assert reply["text"].startswith("Cette question est traitée par un agent")
    assert await found(desk, "SELECT reason, topic FROM ticket") == [("human", "passeport")]


async def test_an_answer_to_be_read_over_waits_on_the_ticket(desk: Desk) -> None:
    """The citizen knows, and reads nothing of it; staff have it ready, as they would type it."""
    asks(desk, "passeport")
    agent = await desk.agent()
    await decide(agent, "relecture", "passeport")
    (reply,) = await answered(await desk.open())
    assert reply["text"].startswith("Une réponse est prête. Un agent de la mairie la relit")
    assert reply["outcome"] == "handoff" and reply["ticket"] in reply["text"] and "86" not in reply["text"]
    ((kind, state, question, proposal),) = await found(
        desk, "SELECT kind, state, question, proposal FROM consultation"
    )
    assert (kind, state, question) == ("assistant", "proposed", "Combien coûte un passeport ?")
    assert "86\u00a0€ pour un adulte" in proposal and "Vérifié le 23/11/2026" in proposal
    assert "**" not in proposal and "](" not in proposal and "(https://" in proposal
    assert await found(desk, "SELECT state, reason FROM ticket") == [("proposed", "review")]
    page = text_of(await agent.page(f"/staff/tickets/{reply['ticket']}"))
    assert "Réponse à relire avant envoi" in page


async def test_the_answer_read_over_leaves_under_the_name_of_who_sends_it(desk: Desk) -> None:
    """Approved on the ticket's page, with a word changed; the citizen reads what was approved."""
    asks(desk, "passeport")
    agent, citizen = await desk.agent(), await desk.open()
    await decide(agent, "relecture", "passeport")
    reference = (await answered(citizen))[0]["ticket"]
    page = await agent.page(f"/staff/tickets/{reference}")
    number = await desk.count("SELECT id FROM consultation")
    form = page.partition(f"/consultations/{number}/approve")[2]
    sent = {name: hidden(form, name) for name in ("csrf", "written", "key", "version", "read")}
    proposal = html.unescape(re.search(r"<textarea[^>]*>\n(.*?)</textarea>", form, re.DOTALL)[1])
    assert "86\u00a0€ pour un adulte" in proposal
    path = f"/staff/tickets/{reference}/consultations/{number}/approve"
    approved = await agent.http.post(path, data={**sent, "text": f"Bonjour. {proposal}", "then": "resolve"})
    assert approved.status_code == 303
    reply = next(one for one in await citizen.messages() if one["author"] == "staff")
    assert reply["text"] == f"Bonjour. {proposal}".strip() and "Camille" in reply["author_name"]
    assert await found(desk, "SELECT state FROM consultation") == [("accepted",)]
    (again,) = await answered(citizen)
    assert again["text"].startswith("Une réponse est prête") and again["ticket"] != reference


async def test_asked_again_meanwhile_it_is_not_proposed_twice(desk: Desk, clock: FixedClock) -> None:
    """Also on another day, when the hours in it read otherwise; another case is another answer."""
    asks(desk, "piscine")
    await decide(await desk.agent(), "relecture", "piscine")
    citizen = await desk.open()
    (first,) = await answered(citizen)
    clock.move(days=1, hours=9)
    (second,) = await answered(citizen)
    assert second["ticket"] == first["ticket"] and "Un agent relit déjà la réponse" in second["text"]
    assert await desk.count("SELECT count(*) FROM consultation") == 1
    asks(desk, "piscine", details={"public": "mineur"})
    (third,) = await answered(citizen)
    assert "Une réponse est prête" in third["text"] and first["ticket"] in third["text"]
    assert await desk.count("SELECT count(*) FROM consultation") == 2
    clock.move(days=3)
    (late,) = await answered(citizen)
    assert "délai promis est dépassé" in late["text"]
    assert await desk.count("SELECT count(*) FROM ticket") == 1


async def test_two_questions_in_one_message_each_obey_their_own_topic(desk: Desk) -> None:
    """One is answered, the other is not; the second is introduced as such."""
    agent = await desk.agent()
    await decide(agent, "humain", "cantine")
    asks(desk, "passeport", more="cantine")
    first, second = await answered(await desk.open())
    assert (first["outcome"], second["outcome"]) == ("answered", "handoff")
    assert second["text"].startswith(
        "Pour votre autre question\u00a0:\n\nCette question est traitée par un agent"
    )
    await decide(agent, "relecture", "passeport")
    first, second = await answered(await desk.open())
    assert first["text"].startswith("Une réponse est prête") and "J’ajoute" in second["text"]
    assert first["ticket"] == second["ticket"]
    await decide(agent, "relecture", "cantine")
    first, second = await answered(await desk.open())
    assert second["text"].startswith("Pour votre autre question\u00a0:\n\nUne réponse est prête")
    assert second["topic"] == "cantine"


async def test_a_button_obeys_like_a_question(desk: Desk) -> None:
    """The choice is offered, and what it leads to is framed."""
    await decide(await desk.agent(), "humain", "passeport")
    desk.assistant.script = lambda heard: [
        AnswerAct(act="answer", topic=heard.payload.partition(":")[2])
        if heard.payload
        else ClarifyAct(act="clarify", topics=["passeport", "cantine"])
    ]
    citizen = await desk.open()
    (offered,) = await answered(citizen)
    button, other = offered["buttons"][:2]
    handed = (await citizen.ask(button["title"], payload=button["payload"]))[-1]
    assert handed["outcome"] == "handoff"
    assert (await citizen.ask(other["title"], payload=other["payload"]))[-1]["outcome"] == "answered"


async def test_other_software_gets_the_same(desk: Desk) -> None:
    """The webhook obeys the frame too."""
    asks(desk, "passeport")
    await decide(await desk.agent(), "humain", "passeport")
    body, key = {"sender": "one", "message": "passeport"}, {"authorization": "Bearer " + "k" * 20}
    (reply,) = (await desk.http.post("/webhooks/rest/webhook", json=body, headers=key)).json()
    assert reply["outcome"] == "handoff" and reply["ticket"]


async def test_an_emergency_is_never_framed(desk: Desk) -> None:
    """Every topic is kept for humans; the numbers still come at once."""
    await decide(await desk.agent(), "humain", *load_topics())
    desk.assistant.script = lambda heard: [SafetyAct(act="safety", kind="urgence_vitale")]
    (reply,) = await answered(await desk.open())
    assert reply["outcome"] == "safety" and "[15](tel:15)" in reply["text"]


@pytest.mark.parametrize(("more", "expected"), [(None, 1), ("cantine", 2)])
async def test_an_answer_costs_one_look_at_the_frame(desk: Desk, more: str | None, expected: int) -> None:
    """Whatever was decided before."""
    agent = await desk.agent()
    for policy in ("humain", "auto", "relecture", "auto"):
        await decide(agent, policy, "passeport", "cantine")
    asks(desk, "passeport", more=more)
    citizen = await desk.open()
    with statements(desk, "frame") as seen:
        await answered(citizen)
    assert len(seen) == expected


async def test_a_whole_department_is_decided_upon_at_once(desk: Desk) -> None:
    """Its topics and no other's; one that already has this decision keeps a single line."""
    agent = await desk.agent()
    await decide(agent, "humain", "passeport")
    done = await decide(agent, "humain", "passeport", "licorne", service=["etat_civil"])
    owned = service_topics(desk.context.communes["demo"])["etat_civil"]
    assert done.headers["location"] == f"{BOARD}?fait={len(owned)}"
    assert {topic for (topic,) in await found(desk, "SELECT topic FROM frame")} == set(owned)
    assert await desk.count("SELECT count(*) FROM frame") == len(owned)
    page = text_of(await agent.page(done.headers["location"]))
    assert f"La décision est enregistrée pour {len(owned)} sujets." in page
    assert f"Confiée à un agent ({len(owned)})" in page


async def test_every_decision_on_a_topic_stays_readable(desk: Desk) -> None:
    """Who decided, when, who noted it; the latest first and in force."""
    camille, nadia = await desk.agent(), await desk.agent(NADIA)
    await decide(camille, "humain", "passeport")
    filled = await fields(nadia, f"{BOARD}/passeport")
    filled |= {"policy": "relecture", "decided_by": "  M.  Durand, maire ", "decided_on": "2026-11-23"}
    done = await nadia.http.post(f"{BOARD}/passeport", data=filled)
    assert done.status_code == 303
    page = text_of(await camille.page(f"{BOARD}/passeport"))
    later, earlier = (
        "Relue avant l’envoi : décision de M. Durand, maire du 23/11/2026, notée lundi 23 novembre à 10 h par"
        " Nadia",
        f"Confiée à un agent : décision de {WHO} du 20/11/2026, notée lundi 23 novembre à 10 h par Camille",
    )
    assert 0 < page.index(later) < page.index(earlier)
    board = text_of(await camille.page(BOARD))
    assert "M. Durand, maire, le 23/11/2026" in board and WHO not in board.partition("Passeport")[2][:300]
    journal = "SELECT who, action, subject FROM journal WHERE action = 'frame.decided' ORDER BY id"
    assert [row[2] for row in await found(desk, journal)] == ["passeport", "passeport"]


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"topic": []}, "Cochez au moins un sujet"),
        ({"topic": ["licorne"]}, "Cochez au moins un sujet"),
        ({"policy": "peut-être"}, "Choisissez qui envoie la réponse"),
        ({"decided_by": "  "}, "Écrivez le nom"),
        ({"decided_by": "a" * 121}, "120 caractères au plus"),
        ({"decided_on": "2026-11-24"}, "Donnez le jour de la décision"),
        ({"decided_on": "hier"}, "Donnez le jour de la décision"),
    ],
)
async def test_what_cannot_be_a_decision_is_given_back(
    desk: Desk, wrong: dict[str, Any], sentence: str
) -> None:
    """Nothing is stored, nothing typed is lost."""
    agent = await desk.agent()
    filled = {**await fields(agent), "topic": ["passeport"], **wrong}
    refused = await agent.http.post(BOARD, data=filled)
    assert refused.status_code == 400 and sentence in text_of(refused.text)
    assert f'value="{filled["decided_by"]}"' in refused.text
    if filled["topic"] == ["passeport"]:
        assert re.search(r'name="topic" value="passeport" checked', refused.text)
    assert await desk.count("SELECT count(*) FROM frame") == 0


async def test_two_people_deciding_at_once_do_not_overrule_each_other_unseen(desk: Desk) -> None:
    """The second is shown what the first decided, and may then decide otherwise."""
    camille, nadia = await desk.agent(), await desk.agent(NADIA)
    hers, other = await fields(camille), await fields(nadia)
    assert (await camille.http.post(BOARD, data={**hers, "topic": "passeport"})).status_code == 303
    other |= {"policy": "auto", "decided_by": "M. Durand", "topic": ["passeport", "cantine"]}
    refused = await nadia.http.post(BOARD, data=other)
    assert refused.status_code == 409 and "vient de décider autre chose" in refused.text
    assert WHO in refused.text and 'value="M. Durand"' in refused.text
    assert await desk.count("SELECT count(*) FROM frame") == 1
    again = await nadia.http.post(BOARD, data={**other, "seen": hidden(refused.text, "seen")})
    assert again.status_code == 303 and await desk.count("SELECT count(*) FROM frame") == 3


async def test_a_double_click_decides_once(desk: Desk) -> None:
    """Both get the same page back."""
    agent = await desk.agent()
    filled = {**await fields(agent), "topic": ["passeport", "cantine"]}
    replies = await asyncio.gather(*(agent.http.post(BOARD, data=filled) for _ in range(4)))
    assert {reply.status_code for reply in replies} == {303}
    assert await desk.count("SELECT count(*) FROM frame") == 2
    assert await desk.count("SELECT count(*) FROM journal WHERE action = 'frame.decided'") == 2


async def test_agents_read_the_frame_and_change_nothing(desk: Desk) -> None:
    """No box, no form; elected officials have their figures only."""
    malik, paul = await desk.agent(MALIK), await desk.agent(PAUL)
    await decide(await desk.agent(), "humain", "passeport")
    for path in (BOARD, f"{BOARD}/passeport"):
        page = await malik.page(path)
        assert WHO in page and "checkbox" not in page and "Enregistrer" not in page
        sent = {"csrf": hidden(page, "csrf"), "policy": "auto", "topic": "passeport"}
        assert (await malik.http.post(path, data=sent)).status_code == 403
        assert (await paul.http.get(path)).status_code == 403
    assert await desk.count("SELECT count(*) FROM frame") == 1


async def test_another_town_decides_for_itself(desk: Desk) -> None:
    """Its citizens and its list are left alone; an unknown topic is no page."""
    camille, hugo = await desk.agent(), await desk.agent(HUGO)
    await decide(camille, "humain", *load_topics())
    assert "Mme Lenoir" not in await hugo.page(BOARD)
    assert "Mme Lenoir" not in await hugo.page(f"{BOARD}/marche")
    async with desk.context.database.write() as session:
        await session.execute(
            text("UPDATE answer SET commune = 'valbreuil' WHERE commune = 'demo' AND topic = 'passeport'")
        )
    asks(desk, "passeport")
    assert [reply["outcome"] for reply in await answered(await desk.open("valbreuil"))] == ["answered"]
    assert (await camille.http.get(f"{BOARD}/licorne")).status_code == 404
    assert (await camille.http.get(f"{BOARD}?fait=" + "9" * 5000)).status_code == 200
