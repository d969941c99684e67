"""The server's own parts do what Rasa's do."""

import asyncio

import pytest
from jsonschema import ValidationError
from rasa.core import agent as rasa_agent
from rasa.core import processor as rasa_processor
from rasa.core.actions import action as rasa_action
from rasa.core.agent import Agent
from rasa.core.channels.channel import CollectingOutputChannel, UserMessage
from rasa.engine.exceptions import GraphRunError
from rasa.engine.graph import GraphSchema, SchemaNode
from rasa.engine.runner.dask import DaskGraphRunner
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import (
    ActionExecuted,
    ActiveLoop,
    Restarted,
    SessionStarted,
    SlotSet,
    UserUtteranceReverted,
    UserUttered,
)
from rasa.shared.core.slots import TextSlot
from rasa.shared.core.trackers import DialogueStateTracker

from bot.evaluation.runner import LocalActions
from bot.nlg import ActGenerator
from bot.serving.graph import PlainGraphRunner
from bot.serving.install import install
from bot.serving.remote import RemoteAction
from bot.serving.rules import RulePolicy, last_states
from bot.serving.tracker import Conversation
from bot.tracker_store import RowTrackerStore

from .conftest import MODEL

TALKS = [
    ["bonjour", "c'est combien un passeport pour un mineur ?", "et le samedi ?", "merci beaucoup"],
    ['/choisir{"topic": "piscine"}', "non, je parlais du passeport", "???", "???", "au revoir"],
    ["je veux parler à un humain", "/aucune", "donne-moi une recette de tarte aux pommes"],
    [
        '/signaler{"topic": "eclairage_public"}',
        "le lampadaire clignote toute la nuit",
        '/choisir{"topic": "horaires_mairie"}',
        "???",
        "êtes-vous un robot ?",
        "rue des Arts, devant le 12",
        "depuis lundi",
        "merci",
    ],
    ['/signaler{"topic": "depot_sauvage"}', "laissez tomber", "/restart", "bonjour"],
    ['/signaler{"topic": "eclairage_public"}', "au secours il y a le feu dans l'immeuble", "merci"],
]


class StoreOfRasasTrackers(RowTrackerStore):
    """Ours but for the trackers it makes."""

    def _rebuilt(self, sender_id, events):
        return DialogueStateTracker.from_events(sender_id, events, slots=self.domain.slots)


def loaded(store):
    agent = Agent(tracker_store=store, action_endpoint=LocalActions())
    agent.load_model(MODEL)
    agent.processor.nlg = ActGenerator(domain=agent.domain)
    return agent


@pytest.fixture
def rasas(monkeypatch):
    """What ``install`` replaces, put back at the end."""
    for module, name in (
        (rasa_processor, "DaskGraphRunner"),
        (rasa_agent, "MessageProcessor"),
        (rasa_action, "RemoteAction"),
    ):
        monkeypatch.setattr(module, name, getattr(module, name))


async def hold(agent, talks):
    """What was said back, and the events, of each talk."""
    held = []
    for number, talk in enumerate(talks):
        said = []
        for place, text in enumerate(talk):
            output = CollectingOutputChannel()
            await agent.handle_message(
                UserMessage(text, output, f"s{number}", input_channel="desk", message_id=f"{number}-{place}")
            )
            said.append(output.messages)
        tracker = await agent.tracker_store.retrieve(f"s{number}")
        held.append((said, [timeless(event) for event in tracker.events]))
    return held


def timeless(event):
    """An event without the one thing in which two runs differ."""
    return {key: value for key, value in event.as_dict().items() if key != "timestamp"}


def test_whole_conversations_leave_the_same_events_as_with_rasas_own_parts(rasas, tmp_path, monkeypatch):
    monkeypatch.setenv("BEFFROI_TRACKER_FILE", str(tmp_path / "rasa.db"))
    stock = loaded(StoreOfRasasTrackers())
    assert isinstance(stock.processor.graph_runner, DaskGraphRunner)
    install()
    monkeypatch.setenv("BEFFROI_TRACKER_FILE", str(tmp_path / "ours.db"))
    ours = loaded(RowTrackerStore())
    assert isinstance(ours.processor.graph_runner, PlainGraphRunner)
    # Twice: the second time every verdict of the rules is remembered.
    for _ in range(2):
        assert asyncio.run(hold(ours, TALKS)) == asyncio.run(hold(stock, TALKS))
    rules = [node._component for node in ours.processor.graph_runner._nodes.values()]
    assert any(isinstance(one, RulePolicy) and one._verdicts for one in rules)
    remembered = repr([list(one._verdicts) for one in rules if isinstance(one, RulePolicy)])
    assert "lampadaire" not in remembered


def conversation(events, kind=Conversation):
    return kind.from_events("a", events, slots=[TextSlot("topic", mappings=[{"type": "custom"}])])


def said(intent):
    return [ActionExecuted("action_listen"), UserUttered("mots", {"name": intent, "confidence": 1.0})]


PASTS = [
    [],
    [SessionStarted(), *said("faq"), SlotSet("topic", "passeport"), ActionExecuted("utter_faq")],
    [*said("faq"), SessionStarted(), *said("suite"), ActionExecuted("action_follow_up")],
    [*said("faq"), ActionExecuted("utter_faq"), Restarted(), *said("faq")],
    [*said("faq"), ActionExecuted("utter_faq"), *said("vide"), UserUtteranceReverted()],
    [*said("signaler"), ActionExecuted("report_form"), ActiveLoop("report_form"), *said("faq"),
     ActionExecuted("report_form"), *said("faq"), ActionExecuted("utter_faq"), ActionExecuted("report_form")],
]  # fmt: skip


@pytest.mark.parametrize("past", PASTS)
def test_a_conversation_and_its_copies_read_as_rasas(past):
    ours, rasas_own = conversation(past), conversation(past, DialogueStateTracker)
    state = rasas_own.current_state()
    assert ours.applied_events() == rasas_own.applied_events()
    assert {**ours.copy().current_state(), "latest_message": None} == {**state, "latest_message": None}
    assert ours.copy().events == rasas_own.events
    assert ours.init_copy().current_slot_values() == {"topic": None}
    assert not ours.init_copy().events


@pytest.mark.parametrize("past", PASTS)
@pytest.mark.parametrize("count", [1, 2, 4, 40])
def test_the_last_states_are_the_end_of_all_states(past, count):
    domain = Domain.from_dict({"intents": ["faq", "suite", "vide", "signaler"], "forms": {"report_form": {}}})
    tracker = conversation(past)
    assert last_states(tracker, domain, count) == tracker.past_states(domain)[-count:]


def test_what_happens_to_a_copy_stays_with_it():
    original = conversation([*said("signaler"), ActiveLoop("report_form")])
    copied = original.copy()
    copied.update(SlotSet("topic", "passeport"))
    copied.interrupt_loop(True)
    assert original.get_slot("topic") is None
    assert not original.is_active_loop_interrupted
    assert len(original.events) + 1 == len(copied.events)


def test_a_graph_with_a_loop_is_refused():
    node = {"uses": None, "constructor_name": "create", "fn": "run", "config": {}}
    schema = GraphSchema(
        {"a": SchemaNode(needs={"x": "b"}, **node), "b": SchemaNode(needs={"x": "a"}, **node)}
    )
    with pytest.raises(GraphRunError):
        PlainGraphRunner(schema, {}).run(targets=["a"])


def test_a_malformed_answer_of_the_action_server_is_refused():
    remote = RemoteAction("action_choose", None)
    assert remote._validate_action_result(
        {"events": [{"event": "slot", "name": "topic", "value": "piscine"}]}
    )
    with pytest.raises(ValidationError):
        remote._validate_action_result({"events": [{"event": "slot"}]})
