"""Conversation Routing: who answers in a thread."""

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from tests.simulators.graph_api.credentials import APP_ID
from tests.simulators.graph_api.errors import NO_SUCH_PERSON, Refusal, bad
from tests.simulators.graph_api.fields import check_fields, check_text
from tests.simulators.graph_api.page import Page
from tests.simulators.graph_api.person import Person

if TYPE_CHECKING:
    from tests.simulators.graph_api.meta import Meta

LONGEST = timedelta(days=7)
_FIELDS = {
    "pass_thread_control": {"target_app_id", "metadata"}, "take_thread_control": {"metadata"},
    "release_thread_control": {"metadata"}, "request_thread_control": {"metadata"},
    "extend_thread_control": {"duration"},
}  # fmt: skip
GESTURES = set(_FIELDS)


def change_control(meta: "Meta", page: Page, gesture: str, body: dict[str, Any]) -> dict[str, Any]:
    """Pass, take, release, request or extend. Raises Refusal."""
    check_fields(body, "body", {"recipient"} | _FIELDS[gesture], {"recipient"})
    check_fields(body["recipient"], "recipient", {"id"}, {"id"})
    person = _person(page, body["recipient"]["id"])
    if gesture == "take_thread_control":
        if not page.has_default_app:
            raise Refusal(10, 0, "take_thread_control needs a default application")
        person.give_to(APP_ID)
    elif gesture != "request_thread_control":
        if page.has_default_app and person.is_elsewhere:
            raise Refusal(*meta.other_app_error, "Another app is controlling this thread now.")
        _ours(person, gesture, body)
    return {"success": True}


def thread_owner(page: Page, psid: str) -> dict[str, Any]:
    """Who controls a thread; nobody when it is idle."""
    person = _person(page, psid)
    if person.holder is None or person.holder_until is None:
        return {"data": []}
    owner = {"app_id": person.holder, "expiration": int(person.holder_until.timestamp())}
    return {"data": [{"thread_owner": owner}]}


def hand_over(person: Person, asked: dict[str, Any]) -> None:
    """What a message asks to become of its thread once it is sent."""
    person.give_to(asked.get("app_id") if asked["control_type"] == "pass" else None)


def _ours(person: Person, gesture: str, body: dict[str, Any]) -> None:
    if gesture == "pass_thread_control":
        check_text(str(body.get("target_app_id", "")), "target_app_id", 32)
        person.give_to(str(body["target_app_id"]))
    elif gesture == "release_thread_control":
        person.give_to(None)
    else:
        duration = body.get("duration")
        if not isinstance(duration, int) or not 0 < duration <= LONGEST.total_seconds():
            raise bad("duration must be a number of seconds up to seven days")
        person.give_to(APP_ID, timedelta(seconds=duration))


def _person(page: Page, psid: str) -> Person:
    if psid not in page.people:
        raise Refusal(*NO_SUCH_PERSON, "No matching user found")
    return page.people[psid]
