"""What a citizen reads: the town's answer, in the case they are in, with where it comes from."""

from typing import Any

from desk.assistant.acts import ACT, AnswerAct
from tests.contract.records import recorded
from tests.desk.running import Desk

OUTCOMES = {
    "answer": "answered", "clarify": "clarify", "say": "smalltalk", "decline": "declined",
    "handoff": "handoff", "ticket_status": "ticket_status", "safety": "safety", "moderation": "moderation",
}  # fmt: skip


async def answer(desk: Desk, topic: str, **more: Any) -> list[dict]:
    """The replies to a question about a topic."""
    desk.assistant.script = lambda heard: [AnswerAct(act="answer", topic=topic, **more)]
    return (await (await desk.open()).ask("?"))[2:]


async def test_an_answer_tells_its_source_its_date_and_what_to_do_next(desk: Desk) -> None:
    """Text, source with its link, the date it was checked, buttons to a topic and to a page."""
    (reply,) = await answer(desk, "passeport")
    said, _, checked = reply["text"].rpartition("\n\n")
    assert "86\u00a0€ pour un adulte" in said and "1 place du Beffroi" in said
    assert checked.startswith(
        "Vérifié le 23/11/2026. Source\u00a0: [service-public.gouv.fr, fiche F14929](https://"
    )
    assert reply["buttons"] == [
        {"title": "Prendre rendez-vous", "payload": "topic:rendez_vous_titres"},
        {"title": "Pré-demande", "url": "https://passeport.ants.gouv.fr/"},
        {"title": "Où en est-il", "payload": "topic:suivi_titre"},
    ]


async def test_the_case_of_the_citizen_chooses_the_variant(desk: Desk) -> None:
    """A minor's passport; what no variant knows gets the plain answer."""
    minor = "L’enfant vient avec un parent"
    for details, expected in (
        ({"public": "mineur"}, True), ({"public": "mineur", "aspect": "prix"}, True),
        ({"public": "majeur"}, False), ({"aspect": "prix"}, False), ({}, False),
    ):  # fmt: skip
        (reply,) = await answer(desk, "passeport", details=details)
        assert reply["text"].startswith(minor) is expected


async def test_a_report_can_be_started_from_its_answer(desk: Desk) -> None:
    """The button carries the topic of the report."""
    (reply,) = await answer(desk, "eclairage_public")
    assert "report:eclairage_public" in [button.get("payload") for button in reply["buttons"]]


async def test_two_requests_in_one_message_get_two_answers(desk: Desk) -> None:
    """The second is announced; the same topic twice is answered once."""
    first, second = await answer(desk, "passeport", details={"public": "mineur"}, more="cantine")
    assert (first["topic"], second["topic"]) == ("passeport", "cantine")
    assert second["text"].startswith("Pour votre autre question\u00a0:")
    assert len(await answer(desk, "passeport", more="passeport")) == 1


async def test_every_recorded_act_is_carried_out_with_the_outcome_of_the_design(desk: Desk) -> None:
    """Each leaves something to read, in French, without a brace left open."""
    wrong, citizens = [], {kind: await desk.open() for kind in OUTCOMES}
    for act in recorded():
        desk.assistant.script = lambda heard, act=act: [ACT.validate_python(act)]
        reply = (await citizens[act["act"]].ask("?"))[-1]
        form = act["act"] == "say" and act["key"].startswith("signalement_")
        expected = "clarify" if form else OUTCOMES[act["act"]]
        has_ticket = act["act"] == "handoff" or act.get("kind") == "detresse"
        clean = reply["text"] and "{" not in reply["text"] and "'" not in reply["text"]
        if reply["outcome"] != expected or bool(reply["ticket"]) is not has_ticket or not clean:
            wrong.append((act, reply))
    assert wrong == []


async def test_choices_are_buttons_with_a_way_out(desk: Desk) -> None:
    """Titles short enough for a phone; the last one says none of these."""
    (act,) = [act for act in recorded() if len(act.get("topics", [])) == 3]
    desk.assistant.script = lambda heard: [ACT.validate_python(act)]
    buttons = (await (await desk.open()).ask("poubelle"))[-1]["buttons"]
    assert [button["payload"] for button in buttons] == [
        *(f"topic:{topic}" for topic in act["topics"]),
        "none",
    ]
    assert all(len(button["title"]) <= 25 for button in buttons)
