"""A stored message as the Send API takes it."""

import re
from typing import Any

from desk.answers.messenger_parts import Choice, Layout, Part, lay_out, signed_parts
from desk.answers.messenger_text import plain_text
from desk.conversations.models import Message
from desk.texts import Texts
from desk.tickets.windows import Way

_NUMBER = re.compile(r"(?:(?:le|la|n°|numéro|choix)\s*)?([1-9]\d?)\s*[.)]?", re.IGNORECASE)


def render(message: Message, texts: Texts, *, named: bool = False) -> list[Part]:
    """The messages that it makes, in order; always cut in the same places.

    ``named``: the platform shows who of staff writes, so that the text need not.
    """
    if message.author == "staff":
        return signed_parts(message.text, texts, message.author_name, named=named)
    return _layout(message).parts


def chosen(text: str, message: Message) -> str | None:
    """The payload of the choice whose number a citizen typed below ``message``: « 2 », « 2. », « le 2 »."""
    number = typed_number(text)
    numbered = _layout(message).numbered if number and message.author != "staff" else ()
    return numbered[number - 1].payload if number and number <= len(numbered) else None


def typed_number(text: str) -> int | None:
    """The number that is all that was typed."""
    found = _NUMBER.fullmatch(text.strip())
    return int(found[1]) if found else None


def send_body(part: Part, person: str, way: Way, metadata: str, persona: str | None = None) -> dict[str, Any]:
    """The Send API's request for one part."""
    body: dict[str, Any] = {
        "recipient": {"id": person}, "messaging_type": "RESPONSE",
        "message": {**_content(part), "metadata": metadata},
    }  # fmt: skip
    if way == "human_tag":
        body |= {"messaging_type": "MESSAGE_TAG", "tag": "HUMAN_AGENT"}
    if persona is not None:
        body["persona_id"] = persona
    return body


def _layout(message: Message) -> Layout:
    return lay_out(plain_text(message.text), message.buttons or [])


def _content(part: Part) -> dict[str, Any]:
    if part.buttons:
        buttons = [_button(one) for one in part.buttons]
        payload = {"template_type": "button", "text": part.text, "buttons": buttons}
        return {"attachment": {"type": "template", "payload": payload}}
    if not part.quick_replies:
        return {"text": part.text}
    replies = [
        {"content_type": "text", "title": one.title, "payload": one.payload} for one in part.quick_replies
    ]
    return {"text": part.text, "quick_replies": replies}


def _button(choice: Choice) -> dict[str, str]:
    if choice.payload:
        return {"type": "postback", "title": choice.title, "payload": choice.payload}
    return {"type": "web_url", "title": choice.title, "url": choice.url}
