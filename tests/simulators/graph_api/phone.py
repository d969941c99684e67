"""The page that looks like a telephone, and what it asks: only for demonstrations, Meta has none of it."""

import asyncio
import json
from collections.abc import Callable, Coroutine
from contextlib import suppress
from pathlib import Path
from secrets import randbelow
from typing import TYPE_CHECKING, Any

from tests.simulators.graph_api.http import Answer, Request, json_answer
from tests.simulators.graph_api.person import LIKE, Line, Person
from tests.simulators.graph_api.validate import TEXT

if TYPE_CHECKING:
    from tests.simulators.graph_api.meta import Meta

FOLDER = Path(__file__).with_name("phone_page")
FILES = {"/": "index.html", "/phone.css": "phone.css", "/phone.js": "phone.js", "/lines.js": "lines.js"}
KINDS = {".html": "text/html; charset=utf-8", ".css": "text/css", ".js": "text/javascript"}
POLICY = "default-src 'self'; img-src 'self' data:; frame-ancestors 'none'"
LONGEST_WAIT = 20.0
PHOTOS = {"image/jpeg", "image/png", "image/gif", "image/webp"}

type Doing = Coroutine[Any, Any, Any]


class Phone:
    """Serves the page, and does what is tapped on it. People are of the first Page."""

    def __init__(self, meta: "Meta") -> None:
        self._meta = meta
        self._doing: set[asyncio.Task[Any]] = set()

    async def answer(self, request: Request) -> Answer:
        """404 for what the page never asks, and for people of before a restart."""
        if request.method == "GET" and request.path in FILES:
            return _file(FILES[request.path])
        if (request.method, request.path) == ("POST", "/phone/new"):
            return json_answer({"psid": self._new().psid})
        person = self._meta.page().people.get(request.query.get("psid", ""))
        if person is None:
            return json_answer({}, 404)
        match request.method, request.path:
            case "GET", "/phone/state":
                return json_answer(await self._state(person, request.query.get("after", "")))
            case "POST", "/phone/do":
                return self._start(_gesture(person, _object(request)))
            case "POST", "/phone/photo":
                return self._start(_photo(person, request))
        return json_answer({}, 404)

    async def close(self) -> None:
        """Leave what is not done."""
        for task in self._doing:
            task.cancel()
        await asyncio.gather(*self._doing, return_exceptions=True)

    def _new(self) -> Person:
        return self._meta.page().person(str(10**15 + randbelow(9 * 10**15)))

    def _start(self, doing: Doing | None) -> Answer:
        """What is tapped happens by itself: the webhook may take its time."""
        if doing is None:
            return json_answer({}, 400)
        task = asyncio.create_task(doing)
        self._doing.add(task)
        task.add_done_callback(self._doing.discard)
        return json_answer({}, 202)

    async def _state(self, person: Person, after: str) -> dict[str, Any]:
        """What the telephone shows, as soon as it is not what the page has already seen."""
        if after == str(person.version):
            with suppress(TimeoutError):
                await asyncio.wait_for(person.change(), LONGEST_WAIT)
        page = person.page
        menu = page.profile.get("persistent_menu", [{}])[0].get("call_to_actions", [])
        return {
            "version": person.version, "page": page.name, "typing": person.is_typed_to,
            "elsewhere": person.is_elsewhere, "menu": menu,
            "desk": f"{page.meta.application}/staff/",
            "greeting": page.profile.get("greeting", [{}])[0].get("text", ""),
            "questions": _questions(page.profile.get("ice_breakers", [])),
            "lines": [_line(line) for line in person.talk],
        }  # fmt: skip


def _line(line: Line) -> dict[str, Any]:
    return {
        "mid": line.mid, "author": line.author, "text": line.text, "at": line.at.isoformat(),
        "state": line.state, **line.more,
    }  # fmt: skip


def _questions(ice_breakers: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """In either shape that Meta takes."""
    if ice_breakers and "call_to_actions" in ice_breakers[0]:
        found: list[dict[str, Any]] = ice_breakers[0]["call_to_actions"]
        return found
    return ice_breakers


def _gesture(person: Person, asked: dict[str, str]) -> Doing | None:
    """What was tapped, None when it is nothing that can be."""
    text, payload, mid = (asked.get(name, "") for name in ("text", "payload", "mid"))
    gestures: dict[str, Callable[[], Doing | None]] = {
        "says": lambda: person.says(text) if text.strip() and len(text) < TEXT else None,
        "quick_reply": lambda: person.quick_reply(text, payload),
        "taps": lambda: person.taps(text, payload),
        "get_started": person.get_started,
        "likes": lambda: person.sends(LIKE),
        "reacts": lambda: person.reacts(mid, asked.get("emoji", "")),
        "unreacts": lambda: person.unreacts(mid),
        "reads": person.reads,
        "inbox_reply": lambda: person.page.inbox_reply(person, text) if text.strip() else None,
        "pass_control": lambda: person.page.pass_control(person),
    }
    return gestures.get(asked.get("do", ""), lambda: None)()


def _photo(person: Person, request: Request) -> Doing | None:
    kind = request.headers.get("content-type", "")
    if kind not in PHOTOS or not request.body:
        return None
    return person.sends({"type": "image", "url": person.page.meta.media(request.body, kind)})


def _object(request: Request) -> dict[str, str]:
    """The request's JSON, which no other website can send here; empty for anything else."""
    if request.headers.get("content-type") != "application/json":
        return {}
    try:
        found = json.loads(request.body)
    except ValueError:
        return {}
    return {name: str(value) for name, value in found.items()} if isinstance(found, dict) else {}


def _file(name: str) -> Answer:
    path = FOLDER / name
    headers = {"content-security-policy": POLICY, "cache-control": "no-cache"}
    return Answer(200, path.read_bytes(), KINDS[path.suffix], headers)
