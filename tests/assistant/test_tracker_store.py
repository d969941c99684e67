"""The assistant's conversations: in one file, for one process or several."""

import asyncio
import json
import sqlite3

import pytest
from rasa.shared.core.events import ActionExecuted, ActiveLoop, SlotSet, UserUttered
from rasa.shared.core.slots import TextSlot

from bot.serving.tracker import Conversation
from bot.tracker_store import LONGEST, RowTrackerStore


class Slots:
    """All that the store asks of a domain."""

    slots = (TextSlot("topic", mappings=[{"type": "custom"}]),)


@pytest.fixture
def file(tmp_path, monkeypatch):
    path = tmp_path / "assistant.db"
    monkeypatch.setenv("BEFFROI_TRACKER_FILE", str(path))
    return path


def opened():
    store = RowTrackerStore()
    store.domain = Slots()
    return store


def save(store, tracker):
    asyncio.run(store.save(tracker))


def read(store, sender="a"):
    return asyncio.run(store.retrieve(sender))


def say(tracker, text):
    tracker.update(UserUttered(text, {"name": "faq", "confidence": 1.0}))
    tracker.update(ActionExecuted("action_listen"))


def texts(tracker):
    return [event.text for event in tracker.events if isinstance(event, UserUttered)]


def test_a_conversation_nobody_had_is_not_there(file):
    assert read(opened()) is None


def test_what_was_saved_is_read_by_a_process_started_later(file):
    tracker = Conversation("a", Slots.slots)
    for word in ("un", "deux", "trois"):
        store = opened()
        say(tracker, word)
        save(store, tracker)
        say(tracker, f"{word} bis")
        save(store, tracker)
        assert [event.as_dict() for event in read(opened()).events] == [e.as_dict() for e in tracker.events]


def test_what_is_changed_after_a_save_or_a_read_is_not_saved(file):
    store, tracker = opened(), Conversation("a", Slots.slots)
    say(tracker, "un")
    save(store, tracker)
    say(tracker, "deux")
    say(read(store), "trois")
    assert texts(read(store)) == texts(read(opened())) == ["un"]


def test_two_processes_on_one_file_see_what_the_other_saved(file):
    one, other = opened(), opened()
    tracker = Conversation("a", Slots.slots)
    say(tracker, "un")
    save(one, tracker)
    for place, (store, word) in enumerate(
        [(other, "deux"), (one, "trois"), (one, "quatre"), (other, "cinq")]
    ):
        tracker = read(store)
        assert len(texts(tracker)) == place + 1
        say(tracker, word)
        save(store, tracker)
    assert texts(read(one)) == texts(read(other)) == ["un", "deux", "trois", "quatre", "cinq"]
    asyncio.run(one.delete("a"))
    assert read(other) is None


def test_a_long_conversation_keeps_its_slots_its_form_and_its_last_turns(file):
    store, tracker = opened(), Conversation("a", Slots.slots)
    tracker.update(SlotSet("topic", "passeport"))
    tracker.update(ActiveLoop("report_form"))
    for turn in range(LONGEST):
        say(tracker, f"tour {turn}")
    save(store, tracker)
    for kept in (read(store), read(opened())):
        assert texts(kept) == [f"tour {LONGEST - back}" for back in (3, 2, 1)]
        assert kept.get_slot("topic") == "passeport"
        assert kept.active_loop_name == "report_form"


def test_a_file_of_an_earlier_version_is_still_read(file):
    events = json.dumps([UserUttered("un", {"name": "faq"}).as_dict()])
    with sqlite3.connect(file) as earlier:
        earlier.execute("CREATE TABLE tracker (sender TEXT PRIMARY KEY, events TEXT NOT NULL)")
        earlier.execute("INSERT INTO tracker VALUES ('a', ?)", (events,))
    store = opened()
    tracker = read(store)
    assert texts(tracker) == ["un"]
    say(tracker, "deux")
    save(store, tracker)
    assert texts(read(opened())) == ["un", "deux"]
