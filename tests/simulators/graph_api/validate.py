"""What the Send API refuses in a request, before it looks at who it is for."""

from typing import Any

from tests.simulators.graph_api.errors import bad
from tests.simulators.graph_api.fields import check_fields, check_list, check_text, is_https

TEXT, TEMPLATE_TEXT, TITLE, PAYLOAD, METADATA = 2000, 640, 20, 1000, 1000
QUICK_REPLIES, BUTTONS, ELEMENTS, ELEMENT_TITLE = 13, 3, 10, 80
ACTIONS = {"typing_on", "typing_off", "mark_seen"}
FIELDS = {
    "recipient", "messaging_type", "message", "tag", "persona_id", "reply_to", "thread_control",
    "notification_type",
}  # fmt: skip
FILES = {"image", "audio", "video", "file"}


def check_send(body: Any) -> None:
    """Raises Refusal for what is not a sender action, nor a message within every limit."""
    check_fields(body, "body", FIELDS | {"sender_action"}, {"recipient"})
    check_fields(body["recipient"], "recipient", {"id"}, {"id"})
    check_text(body["recipient"]["id"], "recipient[id]", 64)
    if "sender_action" in body:
        check_fields(body, "sender action", {"recipient", "sender_action"})
        if body["sender_action"] not in ACTIONS:
            raise bad(f"sender_action must be one of {sorted(ACTIONS)}")
        return
    _messaging_type(body)
    _beside(body)
    _message(body.get("message"))


def _messaging_type(body: dict[str, Any]) -> None:
    kind, tag = body.get("messaging_type"), body.get("tag")
    if kind not in {"RESPONSE", "UPDATE", "MESSAGE_TAG"}:
        raise bad("messaging_type must be one of RESPONSE, UPDATE, MESSAGE_TAG")
    if kind == "MESSAGE_TAG" and tag != "HUMAN_AGENT":
        raise bad(f"tag {tag} is not supported")
    if kind != "MESSAGE_TAG" and "tag" in body:
        raise bad("tag goes with MESSAGE_TAG only")


def _beside(body: dict[str, Any]) -> None:
    if "persona_id" in body:
        check_text(body["persona_id"], "persona_id", 64)
    if "reply_to" in body:
        check_fields(body["reply_to"], "reply_to", {"mid"}, {"mid"})
    if "thread_control" in body:
        check_fields(body["thread_control"], "thread_control", {"control_type", "app_id", "metadata"},
                {"control_type"})  # fmt: skip
    if body.get("notification_type", "REGULAR") not in {"REGULAR", "SILENT_PUSH", "NO_PUSH"}:
        raise bad("notification_type is unknown")


def _message(message: Any) -> None:
    check_fields(message, "message", {"text", "attachment", "quick_replies", "metadata"})
    if ("text" in message) == ("attachment" in message):
        raise bad("message needs text or attachment, and not both")
    if "text" in message:
        check_text(message["text"], "message[text]", TEXT - 1)
    else:
        _attachment(message["attachment"])
    if "metadata" in message:
        check_text(message["metadata"], "message[metadata]", METADATA - 1)
    if "quick_replies" in message:
        for reply in check_list(message["quick_replies"], "message[quick_replies]", QUICK_REPLIES):
            _quick_reply(reply)


def _quick_reply(reply: Any) -> None:
    check_fields(reply, "quick reply", {"content_type", "title", "payload", "image_url"}, {"content_type"})
    if reply["content_type"] in {"user_phone_number", "user_email"}:
        return
    if reply["content_type"] != "text":
        raise bad("quick reply content_type is unknown")
    check_text(reply.get("title"), "quick reply title", TITLE)
    check_text(reply.get("payload"), "quick reply payload", PAYLOAD)


def _attachment(attachment: Any) -> None:
    check_fields(attachment, "attachment", {"type", "payload"}, {"type", "payload"})
    kind, payload = attachment["type"], attachment["payload"]
    if kind in FILES:
        check_fields(payload, "attachment payload", {"url", "is_reusable", "attachment_id"})
        if "attachment_id" not in payload and not is_https(payload.get("url")):
            raise bad("attachment payload needs an https url")
    elif kind == "template":
        _template(payload)
    else:
        raise bad("attachment type is unknown")


def _template(payload: Any) -> None:
    kind = payload.get("template_type") if isinstance(payload, dict) else None
    if kind == "button":
        check_fields(payload, "template", {"template_type", "text", "buttons", "sharable"})
        check_text(payload.get("text"), "template text", TEMPLATE_TEXT)
        buttons = payload.get("buttons")
    elif kind == "generic":
        check_fields(payload, "template", {"template_type", "elements", "sharable"})
        for element in check_list(payload.get("elements"), "elements", ELEMENTS):
            check_fields(element, "element", {"title", "subtitle", "image_url", "buttons", "default_action"})
            check_text(element.get("title"), "element title", ELEMENT_TITLE)
            for button in element.get("buttons", []):
                check_button(button)
        return
    else:
        raise bad("template_type is unknown")
    for button in check_list(buttons, "buttons", BUTTONS):
        check_button(button)


def check_button(button: Any, title: int = TITLE) -> None:
    """A button of a template, or of the menu when ``title`` says so."""
    kind = button.get("type") if isinstance(button, dict) else None
    if kind == "postback":
        check_fields(button, "button", {"type", "title", "payload"})
        check_text(button.get("payload"), "button payload", PAYLOAD)
    elif kind == "web_url":
        check_fields(button, "button", {"type", "title", "url", "webview_height_ratio"})
        if not is_https(button.get("url")):
            raise bad("button url must be https")
    elif kind == "phone_number":
        check_fields(button, "button", {"type", "title", "payload"})
        if not str(button.get("payload")).startswith("+"):
            raise bad("button payload must be an international phone number")
    else:
        raise bad("button type is unknown")
    check_text(button.get("title"), "button title", title)
