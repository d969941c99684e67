"""What programs get when something is wrong: a code, a French sentence, never a stack trace."""

from typing import Any

import pytest

from desk.texts import load_texts
from tests.desk.running import Desk

KEY = {"authorization": "Bearer " + "k" * 20}


Call = tuple[str, str, dict[str, Any]]


def wrong_calls(mine: str, token: str) -> dict[str, tuple[Call, int, str]]:
    """Name → method, path and arguments; the expected status and code."""
    auth, here = {"authorization": f"Bearer {token}"}, f"/v1/conversations/{mine}"

    def read(path: str, headers: dict[str, str] = auth) -> Call:
        return "GET", path, {"headers": headers}

    def send(content: bytes = b"", **body: Any) -> Call:
        whole = {"json": {"text": "x", "client_id": "c", **body}} if not content else {"content": content}
        return "POST", f"{here}/messages", {"headers": auth, **whole}

    def rate(seq: str, useful: Any = True) -> Call:
        return "POST", f"{here}/messages/{seq}/feedback", {"headers": auth, "json": {"useful": useful}}

    def rest(headers: dict[str, str] = KEY, **body: Any) -> Call:
        whole = {"sender": "a", "message": "x", **body}
        return "POST", "/webhooks/rest/webhook", {"headers": headers, "json": whole}

    def create(body: Any) -> Call:
        return "POST", "/v1/conversations", {"json": body}

    basic, accents = {"authorization": f"Basic {token}"}, {"authorization": "Bearer é"}
    unknown = f"/v1/conversations/{'0' * 32}/messages"
    return {
        "no such page": (read("/v1/nothing"), 404, "not_found"),
        "wrong method": (("DELETE", "/v1/conversations", {}), 405, "method_not_allowed"),
        "unknown commune": (create({"commune": "paris"}), 400, "unknown_commune"),
        "commune is a number": (create({"commune": 3}), 400, "bad_request"),
        "body is a list": (create([]), 400, "bad_request"),
        "no token": (read(f"{here}/messages", {}), 401, "unauthorized"),
        "token of another kind": (read(f"{here}/messages", basic), 401, "unauthorized"),
        "wrong token": (read(f"{here}/messages", KEY), 401, "unauthorized"),
        "token in the address": (read(f"{here}/messages?token={token}", {}), 401, "unauthorized"),
        "unknown conversation": (read(unknown), 404, "unknown_conversation"),
        "NUL for a conversation": (read("/v1/conversations/%00/messages"), 404, "unknown_conversation"),
        "after is a word": (read(f"{here}/messages?after=x"), 400, "bad_request"),
        "not JSON": (send(b"{"), 400, "bad_request"),
        "not UTF-8": (send(b'{"text": "\xff", "client_id": "c"}'), 400, "bad_request"),
        "half a character": (send(b'{"text": "\\ud83d", "client_id": "c"}'), 400, "bad_request"),
        "far too long": (send(b"x" * 300_000), 413, "too_large"),
        "too long": (send(text="é" * 4001), 413, "too_large"),
        "no text": (send(text=None), 400, "bad_request"),
        "only a NUL": (send(text="\x00 "), 400, "empty"),
        "no client id": (send(client_id=None), 400, "bad_request"),
        "long client id": (send(client_id="c" * 101), 400, "bad_request"),
        "accents in a client id": (send(client_id="é"), 400, "bad_request"),
        "NUL in a payload": (send(payload="\x00"), 400, "bad_request"),
        "no such message": (rate("99"), 404, "not_found"),
        "a message past counting": (rate("9" * 30), 404, "not_found"),
        "useful is a word": (rate("1", "so-so"), 400, "bad_request"),
        "no key": (rest({}), 401, "bad_key"),
        "wrong key": (rest(accents), 401, "bad_key"),
        "no sender": (rest(sender=""), 400, "bad_request"),
        "NUL in a sender": (rest(sender="\x00"), 400, "bad_request"),
        "NUL in a message id": (rest(message_id="\x00"), 400, "bad_request"),
        "nothing said": (rest(message=" "), 400, "empty"),
        "no commune there": (rest(commune="paris"), 400, "unknown_commune"),
    }


async def test_every_mistake_has_its_code_its_status_and_a_french_sentence(desk: Desk) -> None:
    """And stores nothing."""
    citizen = await desk.open()
    starts = {sentence[:20] for sentence in load_texts().find("errors").values()}
    wrong = {}
    for name, ((method, path, arguments), status, code) in wrong_calls(citizen.id, citizen.token).items():
        headers = {key: value.encode() for key, value in arguments.pop("headers", {}).items()}
        reply = await desk.http.request(method, path, headers=headers, **arguments)
        body = reply.json() if reply.headers.get("content-type") == "application/json" else None
        error = body["error"] if isinstance(body, dict) and body.keys() == {"error"} else {}
        french = error.get("message", "")[:20] in starts
        if (reply.status_code, error.get("code"), french) != (status, code, True):
            wrong[name] = (reply.status_code, reply.text[:200])
    assert wrong == {}
    assert len(await citizen.messages()) == 1
    assert await desk.count("SELECT count(*) FROM message WHERE channel = 'rest'") == 0


async def test_a_wrong_field_is_named(desk: Desk) -> None:
    """For whoever writes the calling program."""
    reply = await desk.http.post("/v1/conversations", json={"commune": ["demo"]})
    assert reply.json()["error"]["field"] == "commune"


async def test_a_failure_of_ours_says_nothing_of_its_cause(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """500, a code, an apology."""

    async def broken(*_arguments: object) -> None:
        raise RuntimeError("secret words")

    monkeypatch.setattr("desk.channels.web.routes.messages_after", broken)
    reply = await desk.http.post("/v1/conversations", json={})
    assert (reply.status_code, reply.json()["error"]["code"]) == (500, "internal")
    assert "secret" not in reply.text and "Traceback" not in reply.text
    page = await desk.http.get("/staff/nothing")
    assert page.status_code == 404 and "Cette page n’existe pas." in page.text
    assert page.headers["content-type"].startswith("text/html")


async def test_a_conversation_that_failed_to_open_leaves_nothing_behind(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The row and its welcome are written together or not at all."""
    monkeypatch.setattr("desk.channels.reception.store_reply", None)
    assert (await desk.http.post("/v1/conversations", json={})).status_code == 500
    assert await desk.count("SELECT count(*) FROM conversation") == 0
