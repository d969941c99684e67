"""The Send API: what is refused for whom it is for, and what happens when it is not."""

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from tests.simulators.graph_api.control import hand_over
from tests.simulators.graph_api.credentials import APP_ID
from tests.simulators.graph_api.errors import NO_SUCH_PERSON, RESTRICTED, UNAVAILABLE, WINDOW, Refusal, bad
from tests.simulators.graph_api.page import Page
from tests.simulators.graph_api.person import Person
from tests.simulators.graph_api.state import Failure, Received
from tests.simulators.graph_api.validate import check_send
from tests.simulators.graph_api.webhooks import milliseconds

if TYPE_CHECKING:
    from tests.simulators.graph_api.meta import Meta

FREE, HUMAN = timedelta(hours=24), timedelta(days=7)


def check(meta: "Meta", page: Page, body: dict[str, Any]) -> Person:
    """Who it is for. Raises Refusal."""
    check_send(body)
    person = page.people.get(body["recipient"]["id"])
    if person is None:
        raise Refusal(*NO_SUCH_PERSON, "No matching user found")
    if page.restricted:
        raise Refusal(*RESTRICTED, "The Page is temporarily restricted")
    if person.is_blocked:
        raise Refusal(*UNAVAILABLE)
    _check_control(meta, page, person)
    _check_window(meta, page, person, body.get("tag"))
    if body.get("persona_id", "") and body["persona_id"] not in page.personas:
        raise bad("persona_id does not exist")
    return person


async def send(meta: "Meta", page: Page, person: Person, body: dict[str, Any]) -> dict[str, Any] | None:
    """Do it: the answer, or None when none comes. Raises Refusal for the errors that a test wants."""
    if "sender_action" in body:
        person.sees_action(body["sender_action"])
        return {"recipient_id": person.psid}
    _check_pace(meta, page)
    is_lost = meta.lost_answers > 0 and meta.luck.random() < meta.lost_answers
    if not is_lost and meta.errors > 0 and meta.luck.random() < meta.errors:
        code, subcode, status = meta.luck.choice(meta.error_kinds)
        raise Refusal(code, subcode, status=status, on_purpose=True)
    mid = await _arrives(meta, page, person, body)
    return None if is_lost else {"recipient_id": person.psid, "message_id": mid}


async def lose(meta: "Meta", page: Page, person: Person, body: dict[str, Any]) -> None:
    """Do it, whatever is said about it."""
    await _arrives(meta, page, person, body)


def planned(meta: "Meta", on: str, psid: str | None) -> Failure | None:
    """What a test wants to happen to a call, once less."""
    for failure in meta.failures:
        if failure.on == on and failure.psid in {None, psid}:
            failure.times -= 1
            if failure.times <= 0:
                meta.failures.remove(failure)
            return failure
    return None


def _check_control(meta: "Meta", page: Page, person: Person) -> None:
    """Only who controls a thread writes there; when nobody does, the default application, which we are."""
    if page.has_default_app and person.is_elsewhere:
        raise Refusal(*meta.other_app_error, "Another app is controlling this thread now.")


def _check_window(meta: "Meta", page: Page, person: Person, tag: str | None) -> None:
    if tag is not None and not page.human_agent:
        raise Refusal(*WINDOW, "The Page lacks the Human Agent permission")
    allowed = HUMAN if tag else FREE
    if person.opened_at is None or meta.clock.now() - person.opened_at >= allowed:
        raise Refusal(*WINDOW, "This message is sent outside of allowed window.")


def _check_pace(meta: "Meta", page: Page) -> None:
    """Over a sliding second of the real clock."""
    if meta.per_second is None:
        return
    now = asyncio.get_running_loop().time()
    page.sent_at = [at for at in page.sent_at if at > now - 1]
    if len(page.sent_at) >= meta.per_second:
        raise Refusal(613)
    page.sent_at.append(now)


async def _arrives(meta: "Meta", page: Page, person: Person, body: dict[str, Any]) -> str:
    """On the telephone, and in the webhook: the echo, the receipt, perhaps the look."""
    mid, now = meta.new_mid(), meta.clock.now()
    person.inbox.append(Received.from_body(mid, body, now))
    message = body["message"]
    template = message.get("attachment", {}).get("payload", {})
    person.receives(
        mid, "page", message.get("text") or template.get("text", ""), buttons=template.get("buttons", []),
        quick_replies=message.get("quick_replies", []),
        persona=page.personas.get(body.get("persona_id", ""), {}).get("name", ""),
    )  # fmt: skip
    person.give_to(APP_ID)
    delivery: dict[str, Any] = {"watermark": milliseconds(now)}
    if meta.delivery_names_mids:
        delivery["mids"] = [mid]
    echo = meta.may_hold(page, person, {"message": _echo(person, mid, message)})
    meta.may_hold(page, person, {"delivery": delivery})
    if meta.reads_at_once:
        meta.may_hold(page, person, {"read": {"watermark": milliseconds(now)}})
    if meta.echo_first and echo is not None:
        await echo.told
    if "thread_control" in body:
        hand_over(person, body["thread_control"])
    return mid


def _echo(person: Person, mid: str, message: dict[str, Any]) -> dict[str, Any]:
    """Our own words come back; the application's number is one time a number and one time a string."""
    as_number = len(person.inbox) % 2 == 1
    echo: dict[str, Any] = {"mid": mid, "is_echo": True, "app_id": int(APP_ID) if as_number else APP_ID}
    for name in ("text", "metadata"):
        if name in message:
            echo[name] = message[name]
    if "attachment" in message:
        echo["attachments"] = [message["attachment"]]
    return echo
