"""Requests to the Send API and to a Page's profile: those that Meta takes, and those that it refuses."""

from typing import Any

HELLO = {"text": "Bonjour", "metadata": "bf:1:0"}
QUICK = {"content_type": "text", "title": "Oui", "payload": "yes"}
BUTTON = {"type": "postback", "title": "Oui", "payload": "yes"}
LINK = {"type": "web_url", "title": "Site", "url": "https://www.sainte-aure.example"}


def to_lea(message: Any = HELLO, **more: Any) -> dict[str, Any]:
    """A good request, but for what a test changes; a field that is None is left out."""
    body = {"recipient": {"id": "7001"}, "messaging_type": "RESPONSE", "message": message} | more
    return {name: value for name, value in body.items() if value is not None}


def template(**more: Any) -> dict[str, Any]:
    """A message with a button."""
    payload = {"template_type": "button", "text": "Et ensuite ?", "buttons": [BUTTON]} | more
    return {"attachment": {"type": "template", "payload": payload}}


TAKEN = {
    "text": to_lea(),
    "the longest text": to_lea({"text": "é" * 1999}),
    "quick replies": to_lea({"text": "Oui ?", "quick_replies": [QUICK] * 13}),
    "a long quick reply": to_lea(
        {"text": "Oui ?", "quick_replies": [QUICK | {"title": "t" * 20, "payload": "p" * 1000}]}
    ),
    "a template": to_lea(template(text="é" * 640, buttons=[BUTTON, LINK, LINK])),
    "a template with quick replies": to_lea(template() | {"quick_replies": [QUICK]}),
    "a photo": to_lea({"attachment": {"type": "image", "payload": {"url": "https://sainte-aure.example/a"}}}),
    "a telephone": to_lea(
        template(buttons=[{"type": "phone_number", "title": "Appeler", "payload": "+33465711000"}])
    ),
    "an answer to a message": to_lea(reply_to={"mid": "m_1"}),
    "an update": to_lea(messaging_type="UPDATE"),
    "what a human wrote": to_lea(messaging_type="MESSAGE_TAG", tag="HUMAN_AGENT"),
    "a typing bubble": {"recipient": {"id": "7001"}, "sender_action": "typing_on"},
}

REFUSED = {
    "no recipient": {"messaging_type": "RESPONSE", "message": HELLO},
    "a recipient without number": to_lea(recipient={}),
    "an unknown field": to_lea(text="Bonjour"),
    "an unknown field of the message": to_lea(HELLO | {"buttons": [BUTTON]}),
    "no messaging type": to_lea(messaging_type=None),
    "an unknown messaging type": to_lea(messaging_type="UTILITY"),
    "a tag that is dead": to_lea(messaging_type="MESSAGE_TAG", tag="ACCOUNT_UPDATE"),
    "no tag": to_lea(messaging_type="MESSAGE_TAG"),
    "a tag on an answer": to_lea(tag="HUMAN_AGENT"),
    "nothing": to_lea({}),
    "no message": to_lea(None),
    "text and attachment": to_lea(template() | {"text": "Bonjour"}),
    "an empty text": to_lea({"text": ""}),
    "a blank text": to_lea({"text": " \n"}),
    "a text that is none": to_lea({"text": 12}),
    "a text of 2000": to_lea({"text": "é" * 2000}),
    "a thousand emojis": to_lea({"text": "😍" * 1000}),
    "metadata of 1000": to_lea({"text": "Bonjour", "metadata": "m" * 1000}),
    "no quick reply": to_lea({"text": "Oui ?", "quick_replies": []}),
    "14 quick replies": to_lea({"text": "Oui ?", "quick_replies": [QUICK] * 14}),
    "a quick reply of 21": to_lea({"text": "Oui ?", "quick_replies": [QUICK | {"title": "t" * 21}]}),
    "a payload of 1001": to_lea({"text": "Oui ?", "quick_replies": [QUICK | {"payload": "p" * 1001}]}),
    "a quick reply without payload": to_lea(
        {"text": "Oui ?", "quick_replies": [{"content_type": "text", "title": "Oui"}]}
    ),
    "a quick reply of no kind": to_lea({"text": "Oui ?", "quick_replies": [{"title": "a", "payload": "b"}]}),
    "a template of 641": to_lea(template(text="é" * 641)),
    "a template without text": to_lea(template(text="")),
    "no button": to_lea(template(buttons=[])),
    "four buttons": to_lea(template(buttons=[BUTTON] * 4)),
    "a button of 21": to_lea(template(buttons=[BUTTON | {"title": "t" * 21}])),
    "a button's payload of 1001": to_lea(template(buttons=[BUTTON | {"payload": "p" * 1001}])),
    "a link without TLS": to_lea(template(buttons=[LINK | {"url": "http://sainte-aure.example"}])),
    "a link to a telephone": to_lea(template(buttons=[LINK | {"url": "tel:+33465711000"}])),
    "a button of no kind": to_lea(template(buttons=[{"title": "Oui", "payload": "yes"}])),
    "an unknown template": to_lea(template(template_type="receipt")),
    "a photo without TLS": to_lea({"attachment": {"type": "image", "payload": {"url": "http://x.example"}}}),
    "an unknown attachment": to_lea({"attachment": {"type": "fallback", "payload": {}}}),
    "an unknown action": {"recipient": {"id": "7001"}, "sender_action": "wave"},
    "an action in company": to_lea(sender_action="typing_on"),
    "a typed action": {
        "recipient": {"id": "7001"}, "sender_action": "typing_on", "messaging_type": "RESPONSE",
    },
    "an unknown persona": to_lea(persona_id="900123"),
}  # fmt: skip

ACTION = {"type": "postback", "title": "t" * 30, "payload": "human"}
PROFILE = {
    "get_started": {"payload": "GET_STARTED"},
    "greeting": [{"locale": "default", "text": "é" * 160}],
    "ice_breakers": [{"question": f"Question {number} ?", "payload": "topic:cantine"} for number in range(4)],
    "persistent_menu": [
        {"locale": "default", "composer_input_disabled": False, "call_to_actions": [ACTION] * 19 + [LINK]}
    ],
}
BAD_PROFILES: dict[str, dict[str, Any]] = {
    "a menu without Get Started": {"persistent_menu": PROFILE["persistent_menu"]},
    "a greeting of 161": {"greeting": [{"locale": "default", "text": "é" * 161}]},
    "a greeting without default": {"greeting": [{"locale": "fr_FR", "text": "Bonjour"}]},
    "five ice breakers": {"ice_breakers": [{"question": "Q ?", "payload": "p"}] * 5},
    "an ice breaker without payload": {"ice_breakers": [{"question": "Q ?"}]},
    "21 items": {
        "get_started": {"payload": "x"},
        "persistent_menu": [{"locale": "default", "call_to_actions": [ACTION] * 21}],
    },
    "an item of 31": {
        "get_started": {"payload": "x"},
        "persistent_menu": [{"locale": "default", "call_to_actions": [ACTION | {"title": "t" * 31}]}],
    },
    "an unknown property": {"account_linking_url": "https://sainte-aure.example"},
    "nothing": {},
}
