"""Button payloads: what the desk offers citizens, and how the assistant hears a click."""

import json
import re

_TOPIC = re.compile(r"^(topic|report):([a-z0-9_]{2,64})$")
HUMAN = "human"
NONE_OF_THESE = "none"


def topic_payload(topic: str) -> str:
    """The payload of a button that asks for a topic."""
    return f"topic:{topic}"


def report_payload(topic: str) -> str:
    """The payload of a button that starts a report about a topic."""
    return f"report:{topic}"


def payload_in(text: str) -> str | None:
    """The payload that ``text`` is, for channels where a click sends it as words; else None."""
    said = text.strip()
    return said if said in (HUMAN, NONE_OF_THESE) or _TOPIC.match(said) else None


def to_rasa(text: str, payload: str | None) -> str:
    """What Rasa is sent: a command for a known payload, else the citizen's words.

    Rasa takes a leading slash as a command; a citizen who types one must not reach it.
    """
    if payload == HUMAN:
        return "/parler_humain"
    if payload == NONE_OF_THESE:
        return "/aucune"
    match = _TOPIC.match(payload or "")
    if match:
        command = "choisir" if match[1] == "topic" else "signaler"
        return f"/{command}{json.dumps({'topic': match[2]})}"
    return text.strip().lstrip("/").strip() or "?"
