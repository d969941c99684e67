"""Photos, voices, films and documents of Messenger: fetched from Meta and nowhere else, kept for staff."""

import asyncio
import io
from collections.abc import AsyncIterator
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import select

from desk.channels.messenger import media
from desk.channels.messenger.media import LEASE, RETRIES, MediaFetcher, media_type_of, name_of
from desk.channels.messenger.media_source import MAX_BYTES, MediaRefused, MediaSource, NoMedia, is_allowed
from desk.clock import FixedClock
from desk.communes.registry import Communes
from desk.conversations.attachments import MOST_IN_A_MONTH, claim_wanted, settle_wanted
from desk.conversations.hub import queue_subject
from desk.conversations.media_kinds import kind_of
from desk.conversations.models import Attachment
from desk.log import configure_logging
from desk.settings import Settings
from desk.tickets.models import Ticket
from tests.desk.messenger_town import messages_of, towards
from tests.desk.running import Desk
from tests.desk.test_attachments import picture
from tests.simulators.graph_api import Meta, Person

pytestmark = pytest.mark.slow

DEMO = "100000000000001"
HOSTS = [".fbcdn.net", "cdn.example", "127.0.0.1"]
MP4 = b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom"
PDF = b"%PDF-1.7\n"
WANTED = "SELECT count(*) FROM attachment WHERE state = 'wanted'"
KEPT = "SELECT count(*) FROM attachment WHERE state = 'kept'"
LOST = "SELECT count(*) FROM attachment WHERE state = 'lost'"


# What a file is


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        (picture(), "image/png"),
        (b"\xff\xd8\xff\xe0\0\x10JFIF", "image/jpeg"),
        (b"GIF89a", "image/gif"),
        (b"RIFF\0\0\0\0WEBPVP8 ", "image/webp"),
        (PDF, "application/pdf"),
        (MP4, "video/mp4"),
        (b"\0\0\0\x14ftypqt  \0\0\0\0", "video/quicktime"),
        (b"\0\0\0\x1cftypM4A \0\0\0\0", "audio/mp4"),
        (b"\0\0\0\x1cftypheic\0\0\0\0", None),
        (b"OggS\0\x02", "audio/ogg"),
        (b"\x1a\x45\xdf\xa3\x9fB\x86\x81\x01B\x82\x84webm", "video/webm"),
        (b"\x1a\x45\xdf\xa3\x9fB\x86\x81\x01B\x82\x88matroska", None),
        (b"ID3\x04\0", "audio/mpeg"),
        (b"\xff\xfb\x90\x64", "audio/mpeg"),
        (b"\xff\xf1\x50\x80", None),
        (b"RIFF\0\0\0\0WAVEfmt ", "audio/wav"),
        (b"RIFF\0\0\0\0AVI LIST", None),
        (b"<svg onload=alert(1)>", None),
        (b"<!doctype html><script>", None),
        (b"\xff\xfe<\0h\0", None),
        (b"\xff", None),
        (b"", None),
    ],
)
def test_a_file_is_what_its_first_bytes_say(start: bytes, expected: str | None) -> None:
    """What is not known is None: never HTML or SVG."""
    assert kind_of(start) == expected


@pytest.mark.parametrize(
    ("kind", "start", "url", "name", "media_type"),
    [
        ("image", b"\xff\xd8\xff", "https://x.fbcdn.net/1_n.jpg?oh=1", "photo.jpg", "image/jpeg"),
        ("audio", MP4, "https://cdn.fbsbx.com/v/audioclip-1.mp4?oh=1", "message-vocal.mp4", "audio/mp4"),
        ("audio", b"OggS", "https://x/", "message-vocal.ogg", "audio/ogg"),
        ("video", MP4, "https://x/", "vidéo.mp4", "video/mp4"),
        ("file", PDF, "https://x/devis.pdf", "document.pdf", "application/pdf"),
        ("file", picture(), "https://x/scan.png", "photo.png", "image/png"),
        ("file", b"PK\3\4", "https://x/lettre.DOCX?oh=1", "document.docx", "application/octet-stream"),
        ("file", b"<html>", "https://x/page.html", "document", "application/octet-stream"),
        ("file", b"MZ", "https://x/virus.exe", "document", "application/octet-stream"),
        ("image", b"<svg>", "https://x/image.svg", "photo", "application/octet-stream"),
        ("hologram", b"?", "https://x/", "document", "application/octet-stream"),
    ],
)
def test_a_file_gets_a_name_that_staff_understand(
    communes_dir: Any, kind: str, start: bytes, url: str, name: str, media_type: str
) -> None:
    """Its kind in French, and the ending of what it really is."""
    texts = Communes(communes_dir)["demo"].texts
    found = kind_of(start)
    assert (name_of(texts, kind, found, url), media_type_of(kind, found)) == (name, media_type)


@pytest.mark.parametrize(
    ("url", "allowed"),
    [
        ("https://scontent-cdg4-1.xx.fbcdn.net/v/t1/photo.jpg?oh=1", True),
        ("https://SCONTENT.FBCDN.NET/1", True),
        ("https://cdn.example/1", True),
        ("http://127.0.0.1:8123/1", True),
        ("https://fbcdn.net/1", False),
        ("https://evilfbcdn.net/1", False),
        ("https://fbcdn.net.evil.example/1", False),
        ("https://sub.cdn.example/1", False),
        ("http://x.fbcdn.net/1", False),
        ("https://x.fbcdn.net:8443/1", False),
        ("https://someone@x.fbcdn.net/1", False),
        ("https://evil.example/?x.fbcdn.net", False),
        ("https://evil.example#.fbcdn.net", False),
        ("https://x.fbcdn.net@evil.example/1", False),
        ("https://x.fbcdn.net./1", False),
        ("http://localhost/1", False),
        ("http://169.254.169.254/latest/meta-data/", False),
        ("http://[::1]/1", False),
        ("file:///etc/passwd", False),
        ("ftp://x.fbcdn.net/1", False),
        ("//x.fbcdn.net/1", False),
        ("x.fbcdn.net/1", False),
        ("https://", False),
        ("", False),
        ("https://x.fbcdn.net:port/", False),
        ("https://\0.fbcdn.net/", False),
    ],
)
def test_files_come_from_meta_s_servers_alone(url: str, allowed: bool) -> None:
    """HTTPS, a name that is listed, nothing more in the address."""
    assert is_allowed(url, HOSTS) is allowed


def test_nothing_of_this_machine_is_fetched_unless_it_is_listed() -> None:
    """Plain HTTP is the simulator's."""
    assert not is_allowed("http://127.0.0.1:8123/1", [".fbcdn.net"])
    assert not is_allowed("https://127.0.0.1/1", [".fbcdn.net"])


# Downloading


@pytest.fixture
async def source(meta: Meta) -> AsyncIterator[MediaSource]:
    """A client of the simulated servers alone, which gives up after half a second."""
    settings = Settings(_env_file=None, messenger_media_hosts="127.0.0.1", messenger_timeout=5)
    source = MediaSource(settings, longest_seconds=0.5)
    yield source
    await source.close()


async def refusal(source: MediaSource, url: str) -> tuple[type[NoMedia], str]:
    with pytest.raises(NoMedia) as caught:
        await source.fetch(url)
    return caught.type, caught.value.code


async def test_a_redirection_is_followed_where_it_is_allowed(source: MediaSource, meta: Meta) -> None:
    """To the same hosts, a few times."""
    photo = meta.media(picture(), "image/png")
    assert await source.fetch(meta.moved_media(meta.moved_media(photo))) == picture()
    relative = meta.moved_media(photo.removeprefix(meta.url))
    assert await source.fetch(relative) == picture()
    for elsewhere in ("http://169.254.169.254/", "https://evil.example/", "file:///etc/passwd"):
        kind, code = await refusal(source, meta.moved_media(elsewhere))
        assert (kind, code) == (MediaRefused, "host")
    assert await refusal(source, meta.moved_media("http://x:y/")) == (NoMedia, "no_answer")
    far = photo
    for _ in range(4):
        far = meta.moved_media(far)
    assert await refusal(source, far) == (MediaRefused, "redirected")


async def test_a_file_that_is_too_large_is_never_fetched_again(source: MediaSource, meta: Meta) -> None:
    """Neither by what it says of itself nor by what comes."""
    for manner in ("plain", "endless"):
        assert await refusal(source, meta.big_media(MAX_BYTES + 1, manner=manner)) == (
            MediaRefused, "too_large"
        )  # fmt: skip


async def test_what_fails_by_chance_may_come_another_time(source: MediaSource, meta: Meta) -> None:
    """A page that is gone, a file without a byte, a server that falls silent, one that is not there."""
    assert await refusal(source, meta.missing_media()) == (NoMedia, "status_404")
    assert await refusal(source, meta.media(b"")) == (NoMedia, "empty")
    assert await refusal(source, meta.media(picture(), manner="slow")) == (NoMedia, "too_slow")
    assert await refusal(source, "http://127.0.0.1:9/photo.jpg") == (NoMedia, "no_answer")


# From the webhook to the staff's pages


def fetcher(desk: Desk, settings: Settings) -> MediaFetcher:
    """Another desk's, on the same database."""
    context = desk.context
    return MediaFetcher(context.database, MediaSource(settings), context.communes, context.hub, context.clock)


async def files_of(desk: Desk, person: Person) -> list[dict[str, Any]]:
    """What the last message of a citizen shows."""
    return [one for one in await messages_of(desk, person) if one.author == "citizen"][-1].attachments


async def rows(desk: Desk) -> list[Attachment]:
    async with desk.context.database.read() as session:
        return list(await session.scalars(select(Attachment).order_by(Attachment.id)))


async def reference_of(desk: Desk, person: Person) -> str:
    await person.says("Où acheter des tuiles bleues ?")
    await desk.until_count("SELECT count(*) FROM ticket", 1)
    async with desk.context.database.read() as session:
        return str(await session.scalar(select(Ticket.reference)))


async def test_a_photo_is_fetched_and_shown_to_staff(messenger: Desk, meta: Meta) -> None:
    """Its address, which holds a key, is forgotten; the message shows what it is."""
    lea = meta.page(DEMO).person("7001")
    reference = await reference_of(messenger, lea)
    await lea.sends({"type": "image", "url": meta.media(picture(), "image/png")})
    await messenger.until_count(KEPT, 1)
    (shown,) = await files_of(messenger, lea)
    assert (shown["name"], shown["media_type"], shown["state"]) == ("photo.png", "image/png", "kept")
    assert shown["size"] == len(picture())
    assert [one.url for one in await rows(messenger)] == [None]
    agent = await messenger.agent()
    served = await agent.http.get(f"/staff/tickets/{reference}/attachments/{shown['id']}")
    assert (served.status_code, served.content) == (200, picture())
    assert served.headers["content-disposition"].startswith("inline")
    assert shown["id"] in await agent.page(f"/staff/tickets/{reference}")


async def test_a_voice_and_whatever_else_is_saved_and_never_run(messenger: Desk, meta: Meta) -> None:
    """A page that calls itself a picture is a file of unknown kind."""
    lea = meta.page(DEMO).person("7001")
    reference = await reference_of(messenger, lea)
    await lea.sends(
        {"type": "audio", "url": meta.media(MP4, "audio/mp4")},
        {"type": "image", "url": meta.media(b"<script>alert(1)</script>", "text/html")},
    )
    await messenger.until_count(KEPT, 2)
    voice, page = await files_of(messenger, lea)
    assert (voice["name"], voice["media_type"]) == ("message-vocal.mp4", "audio/mp4")
    assert (page["name"], page["media_type"]) == ("photo", "application/octet-stream")
    agent = await messenger.agent()
    for one in (voice, page):
        served = await agent.http.get(f"/staff/tickets/{reference}/attachments/{one['id']}")
        assert served.headers["content-disposition"].startswith("attachment")
        assert served.headers["content-type"] == one["media_type"]
        assert served.headers["x-content-type-options"] == "nosniff"
        assert "sandbox" in served.headers["content-security-policy"]


async def test_a_file_that_does_not_come_is_tried_again_and_then_lost(
    messenger: Desk, meta: Meta, clock: FixedClock
) -> None:
    """After a minute, five, thirty, two hours, half a day; staff get no page meanwhile, nor afterwards."""
    lea = meta.page(DEMO).person("7001")
    reference = await reference_of(messenger, lea)
    await lea.sends({"type": "video", "url": meta.missing_media()})
    (shown,) = await files_of(messenger, lea)
    agent = await messenger.agent()
    path = f"/staff/tickets/{reference}/attachments/{shown['id']}"
    for tries, delay in enumerate(RETRIES, 1):
        await messenger.until_count(f"{WANTED} AND attempts = {tries}", 1)
        assert [one.next_attempt_at for one in await rows(messenger)] == [clock.now() + delay]
        if delay <= timedelta(hours=2):
            assert (await agent.http.get(path)).status_code == 404
        clock.move(seconds=delay.total_seconds())
    await messenger.until_count(LOST, 1)
    (shown,) = await files_of(messenger, lea)
    assert (shown["name"], shown["state"], shown["size"]) == ("vidéo", "lost", 0)
    assert [one.url for one in await rows(messenger)] == [None]
    agent = await messenger.agent()
    assert (await agent.http.get(path)).status_code == 404
    assert reference in await agent.page(f"/staff/tickets/{reference}")
    assert len(meta.media_server.asked) == len(RETRIES) + 1


async def test_a_file_that_breaks_something_is_not_asked_for_ever(
    messenger: Desk, meta: Meta, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fault of ours is an attempt like any other."""

    def stumble(data: bytes) -> str:
        raise KeyError(len(data))

    monkeypatch.setattr(media, "kind_of", stumble)
    lea = meta.page(DEMO).person("7001")
    await lea.sends({"type": "image", "url": meta.media(picture(), "image/png")})
    for attempt, wait in enumerate(RETRIES, 1):
        await messenger.until_count(f"{WANTED} AND attempts = {attempt}", 1)
        clock.move(seconds=wait.total_seconds())
    await messenger.until_count(LOST, 1)


async def test_a_file_that_must_not_be_fetched_is_lost_at_once(messenger: Desk, meta: Meta) -> None:
    """From a host that is not listed, or too large."""
    lea = meta.page(DEMO).person("7001")
    await lea.sends(
        {"type": "image", "url": "http://169.254.169.254/latest/meta-data"},
        {"type": "video", "url": meta.big_media(MAX_BYTES + 1)},
    )
    await messenger.until_count(LOST, 2)
    assert [one["state"] for one in await files_of(messenger, lea)] == ["lost", "lost"]
    assert len(meta.media_server.asked) == 1


async def test_the_largest_file_that_messenger_takes_is_kept(messenger: Desk, meta: Meta) -> None:
    """Twenty-five megabytes, in both databases."""
    lea = meta.page(DEMO).person("7001")
    await lea.sends({"type": "video", "url": meta.big_media(MAX_BYTES)})
    await messenger.until_count(f"{KEPT} AND size = {MAX_BYTES} AND length(data) = {MAX_BYTES}", 1)


async def test_several_files_of_a_message_do_not_forget_one_another(messenger: Desk, meta: Meta) -> None:
    """They come at the same moment, and a place among them stays as it is."""
    lea = meta.page(DEMO).person("7001")
    place = {"type": "location", "payload": {"coordinates": {"lat": 44.1, "long": 3.2}}}
    photos = [{"type": "image", "url": meta.media(picture(size), "image/png")} for size in range(5)]
    await lea.sends(*photos[:3], place, *photos[3:])
    await messenger.until_count(KEPT, 5)
    shown = await files_of(messenger, lea)
    assert [one.get("kind", one.get("state")) for one in shown] == ["kept"] * 3 + ["location"] + ["kept"] * 2
    assert [one["size"] for one in shown if one.get("state")] == [len(picture(size)) for size in range(5)]


async def test_a_conversation_brings_no_more_than_its_share_in_a_month(messenger: Desk, meta: Meta) -> None:
    """What comes after is shown as lost, and never fetched; the next month is another one."""
    lea = meta.page(DEMO).person("7001")
    photo = {"type": "image", "url": meta.media(picture(), "image/png")}
    for _ in range(4):
        await lea.sends(*[photo] * 10)
    await lea.sends(photo)
    await messenger.until_count(KEPT, MOST_IN_A_MONTH)
    assert [one["state"] for one in await files_of(messenger, lea)] == ["lost"]
    messenger.clock.move(days=30)
    await lea.sends(photo)
    await messenger.until_count(KEPT, MOST_IN_A_MONTH + 1)


async def test_two_desks_fetch_a_file_once(
    messenger: Desk, meta: Meta, settings: Settings, clock: FixedClock
) -> None:
    """Whoever comes second finds nothing due, until the first has been silent for the length of a lease."""
    lea = meta.page(DEMO).person("7001")
    await lea.sends({"type": "image", "url": meta.missing_media()})
    await messenger.until_count(f"{WANTED} AND attempts = 1", 1)
    others = [fetcher(messenger, towards(settings, meta)) for _ in range(4)]
    asked = len(meta.media_server.asked)
    clock.move(minutes=1)
    await asyncio.gather(*(other.step() for other in others))
    await messenger.until_count(f"{WANTED} AND attempts = 2", 1)
    assert len(meta.media_server.asked) == asked + 1


async def test_a_desk_that_died_on_the_way_leaves_the_file_to_another(
    desk: Desk, meta: Meta, settings: Settings, clock: FixedClock
) -> None:
    """Once its lease is over; what it would still write changes nothing."""
    citizen = await desk.open()
    async with desk.context.database.write() as session:
        session.add(
            Attachment(
                id="a" * 32, commune="demo", conversation_id=citizen.id, name="image", size=0, data=b"",
                media_type="application/octet-stream", url=meta.media(picture(), "image/png"),
                state="wanted", next_attempt_at=clock.now(), created_at=clock.now(),
            )
        )  # fmt: skip
    async with desk.context.database.write() as session:
        assert await claim_wanted(session, clock.now(), LEASE) is not None
    other = fetcher(desk, towards(settings, meta))
    assert await other.step() is False
    clock.move(minutes=5)
    with desk.context.hub.watch(queue_subject("demo")) as news:
        assert await other.step() is True
        assert news.get_nowait()["conversation"] == citizen.id  # staff who look at it see it come
    assert await desk.count(KEPT) == 1
    async with desk.context.database.write() as session:
        await settle_wanted(session, "a" * 32, "photo", None)
    assert await desk.count(KEPT) == 1


async def test_no_address_of_a_file_is_logged(
    messenger: Desk, meta: Meta, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It holds a key."""
    stream = io.StringIO()
    monkeypatch.setattr("desk.log.sys", SimpleNamespace(stderr=stream))
    configure_logging("debug")
    lea = meta.page(DEMO).person("7001")
    await lea.sends(
        {"type": "image", "url": meta.missing_media() + "?oh=glycine"},
        {"type": "image", "url": "https://glycine.example/1"},
    )
    await messenger.until_count(LOST, 1)
    await messenger.until_count(f"{WANTED} AND attempts = 1", 1)
    written = stream.getvalue()
    assert written.count("media_not_fetched") == 2 and "status_404" in written and '"host"' in written
    assert "glycine" not in written and "/media/" not in written
