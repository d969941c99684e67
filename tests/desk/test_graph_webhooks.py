"""The simulated Meta tells of what happens as the real one does: signed, escaped, again until it is heard."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest

from desk.channels.messenger.graph import Graph
from desk.clock import FixedClock
from desk.settings import Settings
from tests.desk.messenger_town import towards
from tests.desk.running import until
from tests.simulators.graph_api import INBOX, OTHER_APP, PAGE, TOKENS, VALBREUIL, Meta, Person
from tests.simulators.graph_api.http import Answer, Request, Server


@dataclass
class Listener:
    """A webhook that notes what comes, and answers what a test wants."""

    status: int = 200
    challenge: bool = True
    requests: list[Request] = field(default_factory=list)
    url: str = ""

    async def answer(self, request: Request) -> Answer:
        if request.method == "GET":
            shown = request.query["hub.challenge"] if self.challenge else "no"
            return Answer(200, shown.encode(), "text/plain")
        self.requests.append(request)
        return Answer(self.status, b"EVENT_RECEIVED")

    @property
    def events(self) -> list[dict[str, Any]]:
        """Everything that was told, in the order it came."""
        return [
            event for request in self.requests for entry in json.loads(request.body)["entry"]
            for event in entry.get("messaging", entry.get("standby"))
        ]  # fmt: skip

    def kinds(self) -> list[str]:
        """What each event is about."""
        envelope = {"sender", "recipient", "timestamp", "client_hints"}
        return ["".join(key for key in event if key not in envelope) for event in self.events]

    def texts(self) -> list[str]:
        return [event["message"]["text"] for event in self.events if "message" in event]


@pytest.fixture
async def listener() -> AsyncIterator[Listener]:
    """On a port of its own."""
    listener = Listener()
    server = Server(listener.answer)
    listener.url = f"http://127.0.0.1:{await server.start()}/webhooks/messenger"
    yield listener
    await server.close()


@pytest.fixture
def lea(meta: Meta, listener: Listener) -> Person:
    """Somebody whose words reach the listener."""
    meta.connect(listener.url)
    return meta.page().person("7001")


async def send(meta: Meta, text: str = "Réponse", **more: Any) -> dict[str, Any]:
    """A message of ours to Léa."""
    graph = Graph(towards(Settings(_env_file=None), meta))
    body = {"recipient": {"id": "7001"}, "messaging_type": "RESPONSE", "message": {"text": text} | more}
    found = await graph.post(TOKENS[PAGE], f"{PAGE}/messages", body)
    await graph.close()
    return found


def test_the_published_signature_vector(meta: Meta):
    """The body of Meta's samples, under the secret of our facts."""
    body = (
        b'{"object":"page","entry":[{"id":"1","time":1,"messaging":[{"sender":{"id":"2"},'
        b'"recipient":{"id":"1"},"timestamp":1,"message":{"mid":"m_1","text":"O\\u00f9 ?"}}]}]}'
    )
    expected = "56e41588f5028c2c3a6187d5e3f726f1a2279c637bd34427d03918fc76cbdbde"
    assert meta.sign(body, "secret") == f"sha256={expected}"


async def test_a_body_is_escaped_signed_and_more_than_was_announced(
    meta: Meta, listener: Listener, lea: Person, clock: FixedClock
):
    """Only ASCII, slashes escaped, the signature over those bytes, milliseconds, fields nobody knows."""
    mid = await lea.says("Où ? https://sainte-aure.example 😍")
    request = listener.requests[0]
    assert b"O\\u00f9 ? https:\\/\\/sainte-aure.example \\ud83d\\ude0d" in request.body
    assert request.headers["x-hub-signature-256"] == meta.sign(request.body)
    assert request.headers["content-type"] == "application/json"
    body = json.loads(request.body)
    now = round(clock.now().timestamp() * 1000)
    assert (body["object"], body["entry"][0]["id"], body["entry"][0]["time"]) == ("page", PAGE, now)
    event = body["entry"][0]["messaging"][0]
    assert (event["sender"], event["recipient"]) == ({"id": "7001"}, {"id": PAGE})
    assert (event["timestamp"], event["message"]["mid"]) == (now, mid)
    assert "client_hints" in event
    assert "hop_context" in body["entry"][0]


async def test_every_gesture_is_told_in_its_own_shape(
    meta: Meta, listener: Listener, lea: Person, clock: FixedClock
):
    """As the samples of the facts write them."""
    mid = await lea.says("Bonjour", reply_to="m_0", at=clock.now() - timedelta(minutes=5))
    await lea.quick_reply("Oui", "yes")
    await lea.taps("Oui", "yes")
    await lea.get_started("site")
    await lea.opens_link("site")
    await lea.sends({"type": "image", "url": "https://cdn.example/a"}, text="Regardez")
    await lea.sends_like()
    await lea.sends_image()
    await lea.reacts(mid, "❤️")
    await lea.unreacts(mid)
    await lea.edits(mid, "Bonsoir")
    await lea.edits(mid, "Bonne nuit")
    await lea.reads()
    await meta.page().policy("warning", "spam")
    said, quick, tap, start, link, photo, like, own, love, none, once, twice, look, policy = listener.events
    assert said["message"]["reply_to"] == {"mid": "m_0", "is_self_reply": False}
    assert said["timestamp"] == (clock.now() - timedelta(minutes=5)).timestamp() * 1000
    assert quick["message"]["quick_reply"] == {"payload": "yes"}
    assert (tap["postback"]["title"], tap["postback"]["payload"]) == ("Oui", "yes")
    referral = {"ref": "site", "source": "SHORTLINK", "type": "OPEN_THREAD"}
    assert (start["postback"]["payload"], start["postback"]["referral"]) == ("GET_STARTED", referral)
    assert link["referral"] == referral
    assert photo["message"]["attachments"] == [
        {"type": "image", "payload": {"url": "https://cdn.example/a"}}
    ]  # fmt: skip
    assert photo["message"]["text"] == "Regardez"
    assert like["message"]["attachments"][0]["payload"]["sticker_id"] == 369239263222822
    assert own["message"]["attachments"][0]["payload"]["url"].startswith(f"{meta.url}/media/")
    assert love["reaction"] == {"reaction": "love", "emoji": "❤️", "action": "react", "mid": mid}
    assert none["reaction"] == {"action": "unreact", "mid": mid}
    assert once["message_edit"] == {"mid": mid, "text": "Bonsoir", "num_edit": 1}
    assert twice["message_edit"]["num_edit"] == 2
    assert look["read"] == {"watermark": round(clock.now().timestamp() * 1000)}
    assert (policy["policy_enforcement"], "sender" in policy) == (
        {"action": "warning", "reason": "spam"}, False,
    )  # fmt: skip


async def test_what_we_send_comes_back_as_an_echo_with_its_receipt(
    meta: Meta, listener: Listener, lea: Person
):
    """With our number, sometimes written as a string, and our metadata; held back when a test wants."""
    await lea.says("Bonjour")
    meta.reads_at_once = True
    sent = await send(meta, metadata="bf:1:0")
    await meta.settled()
    echo, delivery, read = listener.events[1:]
    assert (echo["sender"], echo["recipient"]) == ({"id": PAGE}, {"id": "7001"})
    assert echo["message"] == {
        "mid": sent["message_id"], "is_echo": True, "app_id": 123456789, "text": "Réponse",
        "metadata": "bf:1:0",
    }  # fmt: skip
    assert (delivery["sender"], delivery["delivery"]["mids"]) == ({"id": "7001"}, [sent["message_id"]])
    assert "timestamp" not in delivery
    assert read["sender"] == {"id": "7001"}
    meta.hold_echoes()
    await send(meta)
    await meta.settled()
    assert len(listener.events) == 4
    await meta.release_echoes()
    await meta.settled()
    assert listener.kinds()[4:] == ["message", "delivery", "read"]
    assert listener.events[4]["message"]["app_id"] == "123456789"


async def test_an_echo_may_come_before_the_answer(meta: Meta, listener: Listener, lea: Person):
    """And it comes when the answer never does."""
    await lea.says("Bonjour")
    meta.echo_first = True
    sent = await send(meta)
    assert listener.events[1]["message"]["mid"] == sent["message_id"]


async def test_a_human_in_the_page_inbox_answers_and_we_only_listen(
    meta: Meta, listener: Listener, lea: Person, clock: FixedClock
):
    """A foreign echo; then standby, with taps that do not say what they are, until we are given it back."""
    await lea.says("Bonjour")
    await meta.page().inbox_reply(lea, "Je m’en occupe.")
    await lea.says("Merci")
    await lea.taps("Oui", "yes")
    await lea.reads()
    await meta.page().pass_control(lea)
    await lea.says("Encore moi")
    await meta.page().take_control(lea)
    await meta.page().request_control(lea, OTHER_APP)
    entries = [json.loads(request.body)["entry"][0] for request in listener.requests]
    where = ["standby" if "standby" in entry else "messaging" for entry in entries]
    assert where == [
        "messaging", "messaging", "standby", "standby", "standby", "messaging", "messaging", "messaging",
        "messaging",
    ]  # fmt: skip
    _, echo, _, tap, _, passed, _, taken, wanted = listener.events
    assert echo["message"]["app_id"] == 26390203743090
    assert (tap["postback"]["title"], "payload" in tap["postback"]) == ("Oui", False)
    assert passed["pass_thread_control"]["previous_owner_app_id"] == INBOX
    assert passed["pass_thread_control"]["new_owner_app_id"] == "123456789"
    assert taken["take_thread_control"]["new_owner_app_id"] == INBOX
    assert wanted["request_thread_control"]["requested_owner_app_id"] == int(OTHER_APP)
    clock.move(hours=24)
    await lea.says("Le lendemain")
    assert "messaging" in json.loads(listener.requests[-1].body)["entry"][0]


async def test_several_things_go_in_one_post(meta: Meta, listener: Listener, lea: Person):
    """An entry each, of several people and Pages."""
    paul = meta.page(VALBREUIL).person("7002")
    mids = await meta.together(lea.says("Un"), paul.says("Deux"))
    async with meta.batch():
        await lea.says("Trois")
        await lea.reads()
    first, second = (json.loads(request.body)["entry"] for request in listener.requests)
    assert [entry["id"] for entry in first] == [PAGE, VALBREUIL]
    assert [entry["messaging"][0]["message"]["mid"] for entry in first] == mids
    assert len(second) == 2
    assert listener.kinds() == ["message", "message", "message", "read"]


async def test_what_fails_is_told_again_and_holds_back_the_same_person_only(
    meta: Meta, listener: Listener, lea: Person
):
    """The very same bytes, until 200."""
    listener.status = 500
    paul = meta.page().person("7002")
    saying = asyncio.gather(lea.says("Un"), lea.says("Deux"), paul.says("Trois"))
    await until(lambda: _count(listener, 4), True)
    assert set(listener.texts()) == {"Un", "Trois"}
    listener.status = 200
    await saying
    posts = [request.body for request in listener.requests if b'"Un"' in request.body]
    assert len(posts) > 1
    assert len(set(posts)) == 1
    assert listener.texts()[-3:].count("Deux") == 1
    assert [post.status for post in meta.posted if post.status != 500] == [200, 200, 200]


async def test_what_failed_may_be_overtaken(clock: FixedClock, listener: Listener):
    """Order is not kept after a failure, when a test wants it so."""
    async with Meta(clock, overtaking=True, retry_seconds=0.02) as meta:
        meta.connect(listener.url)
        lea = meta.page().person("7001")
        listener.status = 500
        saying = asyncio.create_task(lea.says("Un"))
        await until(lambda: _count(listener, 1), True)
        following = asyncio.create_task(lea.says("Deux"))
        await until(lambda: _said(listener, "Deux"), True)
        listener.status = 200
        await asyncio.gather(saying, following)
    assert set(listener.texts()) == {"Un", "Deux"}


async def test_after_an_hour_of_failures_nothing_is_told_until_we_subscribe_again(
    meta: Meta, listener: Listener, lea: Person, clock: FixedClock
):
    """What is told meanwhile is lost; one success within the hour starts it anew."""
    graph = Graph(towards(Settings(_env_file=None), meta))
    path = f"{PAGE}/subscribed_apps"
    listener.status = 503
    saying = asyncio.create_task(lea.says("Un"))
    await until(lambda: _count(listener, 1), True)
    clock.move(minutes=59)
    listener.status = 200
    await saying
    listener.status = 503
    saying = asyncio.create_task(lea.says("Deux"))
    await until(lambda: _said(listener, "Deux"), True)
    clock.move(minutes=59)
    again = len(listener.requests) + 1
    await until(lambda: _count(listener, again), True)
    assert meta.page().subscribed is not None
    clock.move(minutes=1)
    await saying
    assert await graph.get(TOKENS[PAGE], path) == {"data": []}
    listener.status = 200
    heard = len(listener.requests)
    await lea.says("Trois")
    assert len(listener.requests) == heard
    fields = {"subscribed_fields": "messages,message_echoes,messaging_handovers"}
    assert await graph.post(TOKENS[PAGE], path, **fields) == {"success": True}
    await lea.says("Quatre")
    await lea.reads()
    assert listener.texts()[-1] == "Quatre"
    assert listener.kinds()[-1] == "message"
    shown = (await graph.get(TOKENS[PAGE], path))["data"][0]
    assert shown["subscribed_fields"] == ["message_echoes", "messages", "messaging_handovers"]
    assert await graph.delete(TOKENS[PAGE], path) == {"success": True}
    assert meta.page().subscribed is None
    await graph.close()


async def test_bad_habits_are_counted_from_the_seed(clock: FixedClock, listener: Listener):
    """Some told twice, some told after the next one; nothing is lost."""
    async with Meta(clock, seed=5, duplicates=0.3, shuffles=0.3) as meta:
        meta.connect(listener.url)
        lea = meta.page().person("7001")
        said = [str(number) for number in range(40)]
        for word in said:
            await lea.says(word)
        await meta.settled()
    told = listener.texts()
    assert set(told) == set(said)
    assert 45 < len(told) < 60
    assert list(dict.fromkeys(told)) != said


async def test_the_webhook_proves_itself(meta: Meta, listener: Listener, lea: Person):
    """With the bare challenge."""
    assert await meta.verify()
    listener.challenge = False
    assert not await meta.verify()


async def test_any_body_can_be_posted(meta: Meta, listener: Listener, lea: Person):
    """Signed, badly signed, not signed, or with nobody at home."""
    assert await meta.post({"object": "page"}) == 200
    assert await meta.post(b"\xff", "sha256=00") == 200
    assert await meta.post(b"{}", None) == 200
    first, second, third = listener.requests
    assert first.headers["x-hub-signature-256"] == meta.sign(first.body)
    assert (second.body, second.headers["x-hub-signature-256"]) == (b"\xff", "sha256=00")
    assert "x-hub-signature-256" not in third.headers
    meta.connect("http://127.0.0.1:9/nobody")
    assert await meta.post(b"{}") == 0
    await meta.disconnect()
    await lea.says("Personne n’écoute")


async def _count(listener: Listener, least: int) -> bool:
    return len(listener.requests) >= least


async def _said(listener: Listener, text: str) -> bool:
    return text in listener.texts()
