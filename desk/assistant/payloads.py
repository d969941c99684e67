"""Button payloads: what the desk offers citizens, and how the assistant hears a click."""

import json
import re
from typing import NamedTuple

_TOPIC = re.compile(r"^(topic|report):([a-z0-9_]{2,64})$")
_RESOLVED = re.compile(r"^resolved:(yes|no|word):(BEF-[0-9A-Z]{4}-[0-9A-Z]{4})$")
HUMAN = "human"
NONE_OF_THESE = "none"
STATUS = "status"
"""Where one's requests stand, from a menu."""
START = "start"
"""Somebody opens a conversation on a platform: the desk says its first words, nobody else hears it."""


class Resolution(NamedTuple):
    """A click on a resolved ticket: ``said`` is yes, no, or word (the citizen wants to add one)."""

    said: str
    reference: str


def topic_payload(topic: str) -> str:
    """The payload of a button that asks for a topic."""
    return f"topic:{topic}"


def report_payload(topic: str) -> str:
    """The payload of a button that starts a report about a topic."""
    return f"report:{topic}"


def resolved_payload(said: str, reference: str) -> str:
    """The payload of a button under a resolved ticket, see Resolution."""
    return f"resolved:{said}:{reference}"


def resolution_in(payload: str | None) -> Resolution | None:
    """What was clicked under a resolved ticket: the desk hears it itself, the assistant never does."""
    match = _RESOLVED.match(payload or "")
    return Resolution(match[1], match[2]) if match else None


def payload_in(text: str) -> str | None:
    """The payload that ``text`` is, for channels where a click sends it as words; else None."""
    said = text.strip()
    known = said in (HUMAN, NONE_OF_THESE) or _TOPIC.match(said) or _RESOLVED.match(said)
    return said if known else None


def to_rasa(text: str, payload: str | None) -> str:
    """What Rasa is sent: a command for a known payload, else the citizen's words.

    Rasa takes a leading slash as a command; a citizen who types one must not reach it.
    """
    if payload == HUMAN:
        return "/parler_humain"
    if payload == NONE_OF_THESE:
        return "/aucune"
    if payload == STATUS:
        return "/suivi_ticket"
    match = _TOPIC.match(payload or "")
    if match:
        command = "choisir" if match[1] == "topic" else "signaler"
        return f"/{command}{json.dumps({'topic': match[2]})}"
    return text.strip().lstrip("/").strip() or "?"
