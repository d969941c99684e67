"""The Graph API's addresses: who calls, with what right, and what is answered."""

import json
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from desk.channels.messenger.graph import appsecret_proof
from tests.simulators.graph_api.control import GESTURES, change_control, thread_owner
from tests.simulators.graph_api.credentials import APP_ID, APP_SECRET
from tests.simulators.graph_api.errors import Refusal, bad
from tests.simulators.graph_api.fields import check_fields, check_text, is_https
from tests.simulators.graph_api.http import Answer, Request, json_answer
from tests.simulators.graph_api.page import Page
from tests.simulators.graph_api.phone import Phone
from tests.simulators.graph_api.profile import delete_profile, read_profile, write_profile
from tests.simulators.graph_api.sending import check, lose, planned, send
from tests.simulators.graph_api.state import FIELDS, OTHER_FIELDS, Call, Token

if TYPE_CHECKING:
    from tests.simulators.graph_api.meta import Meta

OLDEST_VERSION = 19
APP_TOKEN = f"{APP_ID}|{APP_SECRET}"
_SCOPE = {"subscribed_apps": "pages_manage_metadata"}


class HangUp(Exception):
    """A test wants no answer to come."""


class Routes:
    """Answers every request: Graph's, the files', the telephone's page."""

    def __init__(self, meta: "Meta", phone: Phone) -> None:
        self._meta, self._phone, self._traces = meta, phone, 0

    async def answer(self, request: Request) -> Answer | None:
        if request.path.startswith("/media/"):
            return self._meta.media_server.answer(request.path)
        version = re.fullmatch(r"/v(\d+)\.\d+(/.+)", request.path)
        if version is None:
            return await self._phone.answer(request)
        return await self._graph(request, int(version[1]), version[2])

    async def _graph(self, request: Request, version: int, path: str) -> Answer | None:
        call = Call(request.method, path, request.query, {})
        self._meta.calls.append(call)
        try:
            call.body = _body(request)
            if version < OLDEST_VERSION:
                raise Refusal(2635, 0, "You are calling a deprecated version of the Graph API")
            found = await self._do(call, request)
        except HangUp:
            return None
        except Refusal as refusal:
            if not refusal.on_purpose:
                call.error = str(refusal)
                self._meta.refused.append(call)
            return self._refused(refusal)
        return None if found is None else json_answer(found)

    def _refused(self, refusal: Refusal) -> Answer:
        if refusal.code == 0:
            return Answer(refusal.status, b"<!doctype html><title>Sorry</title>", "text/html")
        self._traces += 1
        return json_answer(refusal.body(f"A{self._traces:022x}"), refusal.status)

    async def _do(self, call: Call, request: Request) -> dict[str, Any] | None:
        page = self._caller(call, request)
        parts = call.path.strip("/").split("/")
        node, edge = parts[0], "/".join(parts[1:])
        if node == "debug_token":
            return self._debug(page, call.query.get("input_token", ""))
        if page is None:
            raise Refusal(210, 0, "A page access token is required")
        if not edge:
            self._fails(node, None)
            return self._node(page, node, call.query.get("fields", "id").split(","))
        if node not in {"me", page.id}:
            raise Refusal(200, 0, "The token is of another Page")
        if _SCOPE.get(edge, "pages_messaging") not in page.token.scopes:
            raise Refusal(200, 0, f"Requires {_SCOPE.get(edge, 'pages_messaging')}")
        if edge == "messages" and call.method == "POST":
            return await self._message(page, call.body)
        self._fails(edge, _whose(call.body))
        return self._edge(page, edge, call)

    async def _message(self, page: Page, body: dict[str, Any]) -> dict[str, Any] | None:
        """A message that fails on purpose was one that Meta would have taken."""
        person = check(self._meta, page, body)
        failure = None
        if "message" in body:
            failure = planned(self._meta, "messages", person.psid)
        if failure is not None and failure.does == "lose":
            await lose(self._meta, page, person, body)
            raise HangUp
        self._happens(failure)
        return await send(self._meta, page, person, body)

    def _fails(self, on: str, psid: str | None) -> None:
        self._happens(planned(self._meta, on, psid))

    def _happens(self, failure: Any) -> None:
        if failure is None:
            return
        if failure.does == "ignore":
            raise HangUp
        code = failure.code if failure.does == "refuse" else 0
        raise Refusal(code, failure.subcode, status=failure.status, on_purpose=True)

    def _caller(self, call: Call, request: Request) -> Page | None:
        """The Page whose token came; None for the application itself. Raises Refusal."""
        bearer = request.headers.get("authorization", "").removeprefix("Bearer ")
        given = call.query.get("access_token") or call.body.pop("access_token", "") or bearer
        proof = call.query.get("appsecret_proof") or call.body.pop("appsecret_proof", "")
        page = next((one for one in self._meta.pages.values() if one.token.value == given), None)
        if given != APP_TOKEN and (page is None or not self._is_good(page.token)):
            raise Refusal(190)
        if proof != appsecret_proof(APP_SECRET, given) or (page and page.token.app_id != APP_ID):
            raise bad("Invalid appsecret_proof provided in the API argument")
        return page

    def _is_good(self, token: Token) -> bool:
        over = 0 < token.expires_at <= self._meta.clock.now().timestamp()
        return token.is_valid and not over

    def _debug(self, page: Page | None, given: str) -> dict[str, Any]:
        if page is not None:
            raise Refusal(100, 0, "The access token must be an app access token")
        found = next((one for one in self._meta.pages.values() if one.token.value == given), None)
        if found is None or not self._is_good(found.token):
            error = {"code": 190, "message": "Error validating access token"}
            return {"data": {"error": error, "is_valid": False, "scopes": []}}
        token = found.token
        return {"data": {
            "app_id": token.app_id, "type": "PAGE", "application": "Beffroi", "is_valid": True,
            "expires_at": token.expires_at, "data_access_expires_at": token.data_access_expires_at,
            "profile_id": found.id, "scopes": token.scopes, "user_id": "42",
        }}  # fmt: skip

    def _node(self, page: Page, node: str, fields: list[str]) -> dict[str, Any]:
        if node in {"me", page.id}:
            known = {
                "id": page.id, "name": page.name, "messaging_feature_status": page.feature_status
            }  # fmt: skip
        else:
            person = page.people.get(node)
            if person is None:
                raise bad(f"Object with ID '{node}' does not exist")
            if person.has_no_name:
                raise Refusal(100, 2018218, "Profile not available for phone accounts")
            known = {
                "id": node, "first_name": person.first_name, "last_name": "Martin",
                "profile_pic": f"{self._meta.url}/media/face",
            }  # fmt: skip
        unknown = set(fields) - set(known)
        if unknown:
            raise bad(f"Tried accessing nonexisting field ({min(unknown)})")
        return {name: known[name] for name in {"id", *fields}}

    def _edge(self, page: Page, edge: str, call: Call) -> dict[str, Any]:
        match (call.method, edge):
            case (_, "subscribed_apps"):
                return self._subscribe(page, call)
            case ("GET", "messenger_profile"):
                return read_profile(page, call.query.get("fields", ""))
            case ("POST", "messenger_profile"):
                return write_profile(self._meta, page, call.body)
            case ("DELETE", "messenger_profile"):
                return delete_profile(self._meta, page, call.body)
            case ("POST", "personas"):
                return _new_persona(page, call.body)
            case ("GET", "personas"):
                return {"data": [{"id": id, **persona} for id, persona in page.personas.items()]}
            case ("GET", "thread_owner"):
                return thread_owner(page, call.query.get("recipient", ""))
            case ("POST", gesture) if gesture in GESTURES:
                return change_control(self._meta, page, gesture, call.body)
        raise Refusal(2500, 0, f"Unknown path components: /{edge}")

    def _subscribe(self, page: Page, call: Call) -> dict[str, Any]:
        if call.method == "GET":
            if page.subscribed is None:
                return {"data": []}
            fields = sorted(page.subscribed)
            return {"data": [{"id": APP_ID, "name": "Beffroi", "subscribed_fields": fields}]}
        if call.method == "DELETE":
            page.subscribed = None
            return {"success": True}
        asked = call.query.get("subscribed_fields") or call.body.get("subscribed_fields") or ""
        names = set(asked if isinstance(asked, list) else asked.split(","))
        handovers = self._meta.handovers_field
        known = {name for name in FIELDS if name != "messaging_handovers"} | OTHER_FIELDS | {handovers}
        if not names <= known:
            raise bad(f"Param subscribed_fields must be one of {sorted(known)}")
        page.subscribed, page.failing_since = names, None
        return {"success": True}


def _new_persona(page: Page, body: dict[str, Any]) -> dict[str, Any]:
    check_fields(body, "body", {"name", "profile_picture_url"}, {"name", "profile_picture_url"})
    check_text(body["name"], "name", 50)
    if not is_https(body["profile_picture_url"]):
        raise bad("profile_picture_url must be https")
    found = str(900000 + len(page.personas))
    page.personas[found] = dict(body)
    return {"id": found}


def _whose(body: dict[str, Any]) -> str | None:
    """Who a call is about, None when it does not say."""
    recipient = body.get("recipient")
    return recipient.get("id") if isinstance(recipient, dict) else None


def _body(request: Request) -> dict[str, Any]:
    """JSON, or a form whose values may be JSON; nothing for an empty one. Raises Refusal."""
    if not request.body:
        return {}
    try:
        if "json" in request.headers.get("content-type", ""):
            found = json.loads(request.body)
        else:
            form = parse_qsl(request.body.decode())
            found = {name: json.loads(value) if value[:1] in {"{", "["} else value for name, value in form}
    except ValueError:
        raise bad("the body is not JSON") from None
    if not isinstance(found, dict):
        raise bad("the body must be an object")
    return found
