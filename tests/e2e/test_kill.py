"""kill -9 of each process in mid-conversation: nothing lost, nothing doubled."""

import pytest

from tests.e2e.town import Conversation, Town


def ask_through_a_crash(town: Town, talk: Conversation, name: str) -> None:
    """Write, kill at once, start again: the message must be answered exactly once."""
    said = f"bonjour au moment où {name} tombe"
    talk.say("bonjour", "c1")
    town.until(lambda: talk.answered("bonjour"))
    talk.say(said, "c2")
    town.kill(name)
    town.start(name)
    talk.say(said, "c2")  # the browser that got no reply sends again
    town.until(lambda: talk.answered(said))


@pytest.mark.parametrize("name", ["actions", "assistant", "desk"])
def test_kill(town: Town, name: str):
    talk = town.open()
    ask_through_a_crash(town, talk, name)
    talk.say("merci beaucoup", "c3")
    town.until(lambda: talk.answered("merci beaucoup"))
    found = talk.messages()
    mine = [message["text"] for message in found if message["author"] == "citizen"]
    assert mine == ["bonjour", f"bonjour au moment où {name} tombe", "merci beaucoup"]
    assert [message["seq"] for message in found] == list(range(1, len(found) + 1))
    assert len(found) - len(mine) == 1 + 3, "the welcome and one reply to each message"
