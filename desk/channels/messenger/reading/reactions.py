"""What a citizen does to a message that is there: changes it, puts an emoji on it, rates it."""

from typing import Any

from desk.channels.messenger.events import Edited, Malformed, Rated, Reacted, Source, What
from desk.channels.messenger.values import mapping, message_id, short, words

MOST_EDITS = 1_000
LONGEST_EMOJI = 32
_MEANT = {"love": "❤", "like": "👍", "dislike": "👎", "smile": "😆", "wow": "😮", "sad": "😢", "angry": "😠"}
"""Meta's names of the reactions, for an event that has only the name."""


def read_edit(found: Any, source: Source) -> What:
    """``num_edit`` counts from 1; Meta allows five."""
    edit = mapping(found)
    mid, (text, _) = message_id(edit.get("mid")), words(edit.get("text"))
    number = edit.get("num_edit")
    is_number = isinstance(number, int) and not isinstance(number, bool) and 0 < number <= MOST_EDITS
    if mid is None or not text or not source.person:
        return Malformed()
    return Edited(mid, text, number if is_number else None)


def read_reaction(found: Any, source: Source) -> What:
    """``react`` with an emoji, or ``unreact``."""
    reaction = mapping(found)
    mid, action = message_id(reaction.get("mid")), reaction.get("action")
    if mid is None or not source.person or action not in ("react", "unreact"):
        return Malformed()
    if action == "unreact":
        return Reacted(mid, None)
    name = reaction.get("reaction")
    meant = _MEANT.get(name) if isinstance(name, str) else None
    emoji = short(reaction.get("emoji"), LONGEST_EMOJI) or meant
    return Reacted(mid, emoji) if emoji else Malformed()


def read_feedback(found: Any, _source: Source) -> What:
    """« Good response » or « Bad response », in whatever words may follow."""
    feedback = mapping(found)
    mid, said = message_id(feedback.get("mid")), short(feedback.get("feedback"), 100).lower()
    if mid is None or not said.startswith(("good", "bad")):
        return Malformed()
    return Rated(mid, said.startswith("good"))
