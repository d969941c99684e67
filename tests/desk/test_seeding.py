"""From a commune's files to published answers, as often as one likes, never over staff's work."""

from pathlib import Path

import pytest
from sqlalchemy import select

from desk.answers.models import Answer
from desk.answers.seed import SeedAnswer, read_answers
from desk.answers.store import seed_answers
from desk.assistant.acts import AnswerAct, ClarifyAct
from desk.clock import FixedClock
from desk.communes.config import CommuneError
from desk.communes.registry import Communes
from desk.db.engine import Database
from tests.desk.running import Desk

GOOD = """
topic: piscine
title: Piscine
checked_on: 2026-11-23
sources: [{label: Ville, url: "https://www.sainte-aure.example/piscine"}]
body: "{{horaires:piscine}}"
"""


@pytest.fixture
def seeds(communes_dir: Path) -> list[SeedAnswer]:
    demo = Communes(communes_dir)["demo"]
    return read_answers(demo.folder, demo.settings)


async def seed(database: Database, seeds: list[SeedAnswer], clock: FixedClock) -> dict[str, int]:
    async with database.write() as session:
        return await seed_answers(session, "demo", seeds, clock)


async def answer(database: Database, topic: str) -> Answer:
    async with database.read() as session:
        query = select(Answer).where(Answer.commune == "demo", Answer.topic == topic)
        return (await session.scalars(query)).one()


async def test_seeding_again_changes_nothing(database: Database, seeds: list, clock: FixedClock) -> None:
    """The rows of the first time stay as they were, dates included."""
    before = await answer(database, "piscine")
    clock.move(days=1)
    assert await seed(database, seeds, clock) == {"created": 0, "refreshed": 0, "kept": len(seeds)}
    after = await answer(database, "piscine")
    assert (after.version, after.updated_at) == (before.version, before.updated_at)


async def test_a_changed_file_refreshes_an_answer_staff_never_touched(
    database: Database, seeds: list, clock: FixedClock
) -> None:
    """A new price in the file reaches citizens at the next start, once."""
    changed = [
        one.model_copy(update={"body": "Nouveau texte."} if one.topic == "piscine" else {}) for one in seeds
    ]
    assert (await seed(database, changed, clock))["refreshed"] == 1
    assert (await answer(database, "piscine")).body == "Nouveau texte."
    assert (await seed(database, changed, clock))["refreshed"] == 0


@pytest.mark.parametrize("mark", [True, False], ids=["marked as changed", "changed without the mark"])
async def test_what_staff_changed_is_never_overwritten(
    database: Database, seeds: list, clock: FixedClock, mark: bool
) -> None:
    """Neither their words nor their decision to withdraw an answer, even when the file changes too."""
    async with database.write() as session:
        for topic, values in (("piscine", {"body": "Mot des agents."}), ("marche", {"published": False})):
            query = select(Answer).where(Answer.commune == "demo", Answer.topic == topic)
            row = (await session.scalars(query)).one()
            for name, value in values.items():
                setattr(row, name, value)
            row.seed_hash = None if mark else row.seed_hash
    changed = [one.model_copy(update={"body": "Nouveau texte."}) for one in seeds]
    counts = await seed(database, changed, clock)
    assert counts == {"created": 0, "refreshed": len(seeds) - 2, "kept": 2}
    assert (await answer(database, "piscine")).body == "Mot des agents."
    assert (await answer(database, "marche")).published is False
    assert (await answer(database, "cantine")).body == "Nouveau texte."


async def test_a_withdrawn_answer_is_neither_given_nor_offered(desk: Desk) -> None:
    """The question goes to a human, and no button leads to it."""
    async with desk.context.database.write() as session:
        query = select(Answer).where(Answer.commune == "demo", Answer.topic == "piscine")
        (await session.scalars(query)).one().published = False
    citizen = await desk.open()
    desk.assistant.script = lambda heard: [AnswerAct(act="answer", topic="piscine")]
    reply = (await citizen.ask("piscine"))[-1]
    assert (reply["outcome"], reply["topic"]) == ("handoff", "piscine")
    desk.assistant.script = lambda heard: [ClarifyAct(act="clarify", topics=["piscine", "marche"])]
    buttons = (await citizen.ask("sam"))[-1]["buttons"]
    assert [button["payload"] for button in buttons] == ["topic:marche", "none"]


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        (GOOD.replace("piscine\ntitle", "plage\ntitle"), "plage is not in the catalogue"),
        (GOOD.replace("horaires:piscine", "horaires:plage"), "{{horaires:plage}} names no place"),
        (GOOD.replace("horaires:piscine", "horairs:piscine"), "{{horairs:piscine}} names no place"),
        (GOOD.replace("https", "http"), "sources.0.url"),
        (GOOD.replace("checked_on", "checked"), "checked_on"),
        (GOOD.replace("title: Piscine", "title: Un titre bien trop long pour un bouton"), "title"),
        (GOOD + "buttons: [" + "{title: Marché, topic: marche}," * 4 + "]", "buttons"),
        (GOOD + "buttons: [{title: Marché, topic: marche, url: 'https://x.example'}]", "exactly one"),
        (GOOD + "buttons: [{title: Plage, topic: plage}]", "unknown topic plage"),
        (GOOD + "variants: [{when: {}, body: x}]", "variants.0.when"),
        (GOOD + "colour: blue", "colour"),
        ("topic: [", "piscine.yml"),
    ],
)  # fmt: skip
def test_a_wrong_file_is_named_with_what_is_wrong(
    communes_dir: Path, tmp_path: Path, wrong: str, why: str
) -> None:
    """One clear sentence for the person who writes the answers."""
    (tmp_path / "answers").mkdir()
    (tmp_path / "answers" / "piscine.yml").write_text(wrong, "utf-8")
    with pytest.raises(CommuneError) as refused:
        read_answers(tmp_path, Communes(communes_dir)["demo"].settings)
    assert "piscine.yml" in str(refused.value) and why in str(refused.value)


def test_two_files_for_one_topic_are_refused(communes_dir: Path, tmp_path: Path) -> None:
    """Which one is right is not for us to guess."""
    (tmp_path / "answers").mkdir()
    for name in ("a.yml", "b.yml"):
        (tmp_path / "answers" / name).write_text(GOOD, "utf-8")
    with pytest.raises(CommuneError, match="more than one answer for piscine"):
        read_answers(tmp_path, Communes(communes_dir)["demo"].settings)
