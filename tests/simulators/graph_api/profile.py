"""What a Page shows before anything is written: greeting, Get Started, ice breakers, menu."""

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from tests.simulators.graph_api.errors import Refusal, bad
from tests.simulators.graph_api.fields import check_fields, check_list, check_text
from tests.simulators.graph_api.page import Page
from tests.simulators.graph_api.validate import PAYLOAD, check_button

if TYPE_CHECKING:
    from tests.simulators.graph_api.meta import Meta

PROPERTIES = {"get_started", "greeting", "ice_breakers", "persistent_menu", "whitelisted_domains"}
GREETING, MENU_TITLE, MENU_ITEMS, ICE_BREAKERS = 160, 30, 20, 4
QUESTION = 80  # [U]
CALLS, EVERY = 10, timedelta(minutes=10)


def read_profile(page: Page, fields: str) -> dict[str, Any]:
    """The properties asked for that are set."""
    found = {name: page.profile[name] for name in fields.split(",") if name in page.profile}
    return {"data": [found] if found else []}


def write_profile(meta: "Meta", page: Page, body: dict[str, Any]) -> dict[str, Any]:
    """Set properties. Raises Refusal."""
    _pace(meta, page)
    check_fields(body, "body", PROPERTIES)
    if not body:
        raise bad("one property at least is needed")
    for name, value in body.items():
        _CHECKS[name](value)
    if "persistent_menu" in body and "get_started" not in page.profile | body:
        raise bad("persistent_menu needs get_started")
    page.profile |= body
    return {"result": "success"}


def delete_profile(meta: "Meta", page: Page, body: dict[str, Any]) -> dict[str, Any]:
    """Take properties away. Raises Refusal."""
    _pace(meta, page)
    check_fields(body, "body", {"fields"}, {"fields"})
    fields = check_list(body["fields"], "fields", len(PROPERTIES))
    if "get_started" in fields and "persistent_menu" in page.profile and "persistent_menu" not in fields:
        raise bad("get_started cannot go before persistent_menu")
    for name in fields:
        if name not in PROPERTIES:
            raise bad(f"fields does not support {name!r}")
        page.profile.pop(name, None)
    return {"result": "success"}


def _pace(meta: "Meta", page: Page) -> None:
    now = meta.clock.now()
    page.profile_calls = [at for at in page.profile_calls if at > now - EVERY]
    if len(page.profile_calls) >= CALLS:
        raise Refusal(613)
    page.profile_calls.append(now)


def _get_started(value: Any) -> None:
    check_fields(value, "get_started", {"payload"}, {"payload"})
    check_text(value["payload"], "get_started payload", PAYLOAD)


def _greeting(value: Any) -> None:
    for one in check_list(value, "greeting", 60):
        check_fields(one, "greeting", {"locale", "text"}, {"locale", "text"})
        check_text(one["text"], "greeting text", GREETING)
    _default(value, "greeting")


def _ice_breakers(value: Any) -> None:
    """The older flat list, or one by language."""
    if isinstance(value, list) and value and all("call_to_actions" in one for one in value):
        _default(value, "ice_breakers")
        for one in value:
            check_fields(one, "ice_breakers", {"locale", "call_to_actions"}, {"call_to_actions"})
            _questions(one["call_to_actions"])
    else:
        _questions(value)


def _questions(value: Any) -> None:
    for one in check_list(value, "ice_breakers", ICE_BREAKERS):
        check_fields(one, "ice breaker", {"question", "payload"}, {"question", "payload"})
        check_text(one["question"], "ice breaker question", QUESTION)
        check_text(one["payload"], "ice breaker payload", PAYLOAD)


def _menu(value: Any) -> None:
    _default(check_list(value, "persistent_menu", 60), "persistent_menu")
    for one in value:
        check_fields(one, "persistent_menu", {"locale", "composer_input_disabled", "call_to_actions"})
        if not isinstance(one.get("composer_input_disabled", False), bool):
            raise bad("composer_input_disabled must be true or false")
        for action in check_list(one.get("call_to_actions"), "call_to_actions", MENU_ITEMS):
            check_button(action, MENU_TITLE)


def _domains(value: Any) -> None:
    check_list(value, "whitelisted_domains", 50)


def _default(value: list[dict[str, Any]], name: str) -> None:
    if not any(one.get("locale") == "default" for one in value):
        raise bad(f"{name} needs the locale 'default'")


_CHECKS = {
    "get_started": _get_started, "greeting": _greeting, "ice_breakers": _ice_breakers,
    "persistent_menu": _menu, "whitelisted_domains": _domains,
}  # fmt: skip
