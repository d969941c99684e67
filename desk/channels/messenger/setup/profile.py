"""What citizens find on the Page before they write: what should be there, and what differs. Pure."""

from collections.abc import Mapping
from typing import Any

from desk.answers.messenger_text import shorten, size
from desk.assistant.payloads import HUMAN, STATUS, topic_payload
from desk.communes.registry import Commune

GET_STARTED = "GET_STARTED"
"""The payload of the button that opens a conversation."""

MAX_GREETING = 160  # not in Meta's current pages; what its interface took before
MAX_QUESTION = 80  # the same
MAX_MENU_TITLE = 30

PARTS = ("get_started", "greeting", "ice_breakers", "persistent_menu")
"""In this order: the menu needs the Get Started button."""

Profile = dict[str, Any]
"""The parts as Meta takes them; one that is absent should not be there."""


def greeting(commune: Commune) -> str:
    """The words above the first message; more than MAX_GREETING is for a human to shorten."""
    return commune.texts("messenger.greeting", commune=commune.settings.name)


def wanted_profile(commune: Commune, titles: Mapping[str, str]) -> Profile:
    """What the commune wants shown. ``titles``: those of the topics that have a published answer."""
    profile: Profile = {
        "get_started": {"payload": GET_STARTED},
        "persistent_menu": [_everywhere(composer_input_disabled=False, call_to_actions=_menu(commune))],
    }
    words = greeting(commune)
    if size(words) <= MAX_GREETING:
        profile["greeting"] = [_everywhere(text=words)]
    questions = [
        {"question": shorten(titles[topic], MAX_QUESTION), "payload": topic_payload(topic)}
        for topic in commune.settings.messenger.ice_breakers
        if topic in titles
    ]
    if questions:
        profile["ice_breakers"] = [_everywhere(call_to_actions=questions)]
    return profile


def differing(wanted: Profile, found: Mapping[str, Any]) -> Profile:
    """The parts of ``wanted`` that are not there as they should be."""
    return {
        part: wanted[part]
        for part in PARTS
        if part in wanted and _seen(part, wanted[part]) != _seen(part, found.get(part))
    }


def surplus(commune: Commune, found: Mapping[str, Any]) -> list[str]:
    """What is there although the commune asks for none: questions, and nothing else."""
    return (
        ["ice_breakers"] if found.get("ice_breakers") and not commune.settings.messenger.ice_breakers else []
    )


def _everywhere(**values: Any) -> dict[str, Any]:
    return {"locale": "default", **values}


def _menu(commune: Commune) -> list[dict[str, str]]:
    texts, website = commune.texts, commune.settings.website
    items = [
        {"type": "postback", "title": texts("bouton_humain"), "payload": HUMAN},
        {"type": "postback", "title": texts("messenger.menu_status"), "payload": STATUS},
    ]
    if website.startswith("https://"):
        items.append({"type": "web_url", "title": texts("messenger.menu_website"), "url": website})
    return [{**item, "title": shorten(item["title"], MAX_MENU_TITLE)} for item in items]


def _seen(part: str, value: Any) -> Any:
    """What a citizen would see or send of a part, whatever else Meta adds; None for what is not its shape."""
    try:
        return _READ[part](value)
    except (AttributeError, KeyError, TypeError):
        return None


def _locales(value: list[dict[str, Any]], key: str) -> dict[str, Any]:
    return {one.get("locale", "default"): one[key] for one in value}


def _questions(value: list[dict[str, Any]]) -> Any:
    """By locale; Meta may still answer in the form without locales."""
    if value and "question" in value[0]:
        value = [{"call_to_actions": value}]
    return {
        locale: [(one["question"], one["payload"]) for one in actions]
        for locale, actions in _locales(value, "call_to_actions").items()
    }


def _items(value: list[dict[str, Any]]) -> Any:
    return {
        one.get("locale", "default"): (
            bool(one.get("composer_input_disabled")),
            [
                (item["type"], item["title"], item.get("payload") or item["url"].rstrip("/"))
                for item in one["call_to_actions"]
            ],
        )
        for one in value
    }


_READ = {
    "get_started": lambda value: value["payload"],
    "greeting": lambda value: _locales(value, "text"),
    "ice_breakers": _questions,
    "persistent_menu": _items,
}
