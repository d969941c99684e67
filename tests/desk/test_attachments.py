"""Photos and documents: sent ahead, joined to their message, seen by staff alone."""

import asyncio
import struct
import zlib

import httpx
import pytest

from desk.assistant.acts import SayAct
from desk.clock import FixedClock
from desk.conversations.attachments import MAX_BYTES, drop_strays
from tests.desk.people import HUGO, MALIK, Citizen
from tests.desk.running import Desk


def picture(padding: int = 0) -> bytes:
    """A PNG of one white point."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(b"\0\xff")) + bytes(padding)


async def attach(citizen: Citizen, data: bytes, name: str = "trou.png") -> httpx.Response:
    headers = {**citizen.headers, "content-type": "application/octet-stream"}
    return await citizen.desk.http.post(
        f"{citizen.path}/attachments", params={"name": name}, content=data, headers=headers
    )


async def say_with(citizen: Citizen, text: str, *files: str) -> httpx.Response:
    citizen.sent += 1
    body = {"text": text, "client_id": f"f{citizen.sent}", "attachments": list(files)}
    return await citizen.desk.http.post(f"{citizen.path}/messages", json=body, headers=citizen.headers)


async def test_a_photo_goes_with_its_message(desk: Desk) -> None:
    """Name, kind and size are shown with the message, and only there."""
    desk.assistant.script = lambda heard: [SayAct(act="say", key="saluer")]
    citizen = await desk.open()
    kept = await attach(citizen, picture(), "dossier\\Trou rue des Arts.png")
    assert kept.status_code == 201, kept.text
    assert (await say_with(citizen, "Regardez ce trou", kept.json()["id"])).status_code == 202
    said = await citizen.until(lambda found: found[-1]["author"] == "assistant" and len(found) > 2)
    assert [message["attachments"] for message in said if message["author"] == "citizen"] == [[kept.json()]]
    assert kept.json()["name"] == "Trou rue des Arts.png" and kept.json()["media_type"] == "image/png"


async def test_a_photo_alone_asks_what_it_is_about_then_joins_the_ticket(desk: Desk) -> None:
    """The assistant is not asked about an empty text."""
    citizen = await desk.open()
    kept = (await attach(citizen, picture())).json()
    await say_with(citizen, "  ", kept["id"])
    said = (await citizen.until(lambda found: found[-1]["outcome"] == "clarify"))[-1]
    assert "je ne sais pas lire les images" in said["text"]
    assert [one["payload"] for one in said["buttons"]] == ["report:signalement_voirie", "human"]
    assert desk.assistant.heard == []
    reference = await citizen.ticket()
    kept = (await attach(citizen, picture())).json()
    await say_with(citizen, "", kept["id"])
    joined = (await citizen.until(lambda found: "Un agent le verra" in found[-1]["text"]))[-1]
    assert joined["ticket"] == reference


@pytest.mark.parametrize(
    ("data", "status", "code"),
    [
        (b"<svg onload=alert(1)>", 400, "file_kind"),
        (b"", 400, "file_kind"),
        (b"MZ\x90", 400, "file_kind"),
        (picture(MAX_BYTES), 413, "file_too_large"),
    ],
    ids=["svg", "empty", "program", "too large"],
)
async def test_what_is_not_taken_is_refused_with_its_reason(
    desk: Desk, data: bytes, status: int, code: str
) -> None:
    """Whatever the name or the header say."""
    citizen = await desk.open()
    refused = await attach(citizen, data, "photo.png")
    assert (refused.status_code, refused.json()["error"]["code"]) == (status, code)
    assert await desk.count("SELECT count(*) FROM attachment") == 0


async def test_another_conversation_s_file_cannot_be_taken(desk: Desk) -> None:
    """Nor the same file by two messages, nor without the token."""
    citizen, other = await desk.open(), await desk.open()
    kept = (await attach(citizen, picture())).json()
    await say_with(other, "À moi", kept["id"])
    await say_with(citizen, "Le mien", kept["id"])
    await say_with(citizen, "Encore", kept["id"])
    mine = [message["attachments"] for message in await citizen.messages() if message["author"] == "citizen"]
    theirs = [message["attachments"] for message in await other.messages() if message["author"] == "citizen"]
    assert (mine, theirs) == ([[kept], []], [[]])
    stranger = await desk.http.post(f"{citizen.path}/attachments", content=picture())
    assert stranger.status_code == 401


async def test_an_empty_message_without_a_file_is_still_refused(desk: Desk) -> None:
    """As before files existed."""
    refused = await say_with(await desk.open(), " ")
    assert (refused.status_code, refused.json()["error"]["code"]) == (400, "empty")


async def test_a_file_whose_message_never_came_is_forgotten_after_a_day(
    desk: Desk, clock: FixedClock
) -> None:
    """What came with a message stays."""
    citizen = await desk.open()
    sent, stray = (await attach(citizen, picture())).json(), (await attach(citizen, picture())).json()
    await say_with(citizen, "Voici", sent["id"])
    clock.move(days=1)
    async with desk.context.database.write() as session:
        assert await drop_strays(session, clock.now()) == 1
    assert await desk.count(f"SELECT count(*) FROM attachment WHERE id = '{stray['id']}'") == 0
    assert await desk.count("SELECT count(*) FROM attachment") == 1


async def test_many_files_at_once_are_all_kept(desk: Desk) -> None:
    """Up to a limit a conversation, then a sentence."""
    citizen = await desk.open()
    replies = await asyncio.gather(*(attach(citizen, picture()) for _ in range(6)))
    assert {reply.status_code for reply in replies} == {201}
    ids = [reply.json()["id"] for reply in replies]
    assert (await say_with(citizen, "Trois", *ids[:3])).status_code == 202
    assert (await say_with(citizen, "Quatre", *ids[:4])).status_code == 400


async def test_staff_see_what_was_sent_and_nobody_else_does(desk: Desk) -> None:
    """Shown in the thread, served inert; out of reach for another town, another department, the public."""
    citizen = await desk.open()
    kept = (await attach(citizen, picture(), "rue d’Arcole.png")).json()
    await say_with(citizen, "Où acheter des tuiles bleues ?", kept["id"])
    reference = (await citizen.until(lambda found: found[-1]["ticket"]))[-1]["ticket"]
    path = f"/staff/tickets/{reference}/attachments/{kept['id']}"
    agent = await desk.agent()
    assert path in await agent.page(f"/staff/tickets/{reference}")
    shown = await agent.http.get(path)
    assert (shown.status_code, shown.content) == (200, picture())
    assert (
        shown.headers["content-type"] == "image/png" and "sandbox" in shown.headers["content-security-policy"]
    )
    for email in (HUGO, MALIK):
        assert (await (await desk.agent(email)).http.get(path)).status_code == 404
    assert (await (await desk.browser()).http.get(path)).status_code == 303
    assert (await agent.http.get(path[:-4] + "0000")).status_code == 404
