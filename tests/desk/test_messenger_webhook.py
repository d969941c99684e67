"""Meta's webhook: who may knock, what is refused, and that nothing signed is lost or refused for ever."""

import asyncio
import json
from typing import Any

import httpx
import pytest

from desk.assistant.acts import Act
from desk.assistant.port import Heard
from desk.channels.messenger.graph import appsecret_proof
from desk.channels.messenger.signature import is_signed
from tests.desk.messenger_town import WEBHOOK
from tests.desk.outages import database_down
from tests.desk.running import Desk
from tests.desk.test_health import figures
from tests.simulators.graph_api import PAGE, VALBREUIL, VERIFY_TOKEN, Meta

pytestmark = pytest.mark.slow

VECTOR = (
    b'{"object":"page","entry":[{"id":"1","time":1,"messaging":[{"sender":{"id":"2"},"recipient":{"id":"1"},'
    b'"timestamp":1,"message":{"mid":"m_1","text":"O\\u00f9 ?"}}]}]}'
)
NOW = 1_795_424_400_000  # Monday 23 November 2026, ten in the morning in Paris
CITIZENS = "SELECT count(*) FROM message WHERE author = 'citizen'"


def said(text: str, mid: str = "m_1", psid: str = "7001", page: str = PAGE, at: Any = NOW) -> dict[str, Any]:
    """A message as Meta tells it."""
    return {"sender": {"id": psid}, "recipient": {"id": page}, "timestamp": at,
            "message": {"mid": mid, "text": text}}  # fmt: skip


def body(*events: Any, page: Any = PAGE) -> dict[str, Any]:
    """One entry with these events."""
    return {"object": "page", "entry": [{"id": page, "time": NOW, "messaging": list(events)}]}


async def post(desk: Desk, raw: bytes, header: str | None) -> httpx.Response:
    headers = {} if header is None else {"x-hub-signature-256": header.encode("latin-1")}
    return await desk.http.post(WEBHOOK, content=raw, headers=headers)


async def heard(desk: Desk) -> list[str]:
    """Everything that citizens said, in the order it was stored."""
    async with desk.context.database.read() as session:
        rows = await session.connection()
        found = await rows.exec_driver_sql("SELECT text FROM message WHERE author = 'citizen' ORDER BY id")
        return [row[0] for row in found]


def test_the_published_signature_is_ours() -> None:
    """The vector of the platform's facts: an accent stays escaped in the bytes that are signed."""
    signed = "56e41588f5028c2c3a6187d5e3f726f1a2279c637bd34427d03918fc76cbdbde"
    assert is_signed("secret", VECTOR, f"sha256={signed}")
    written_again = json.dumps(json.loads(VECTOR), ensure_ascii=False, separators=(",", ":")).encode()
    assert not is_signed("secret", written_again, f"sha256={signed}")


def test_the_published_proof_of_a_token_is_ours() -> None:
    """What every call of ours carries beside the token."""
    proof = "2356b17ae2860016a34575ada27f94b543ed2cbe59a85ba2e0c62dc4aba7a5c6"
    assert appsecret_proof("secret", "TOKEN") == proof


async def test_meta_is_given_its_challenge_back(messenger: Desk) -> None:
    """Bare, as text."""
    query = {"hub.mode": "subscribe", "hub.verify_token": VERIFY_TOKEN, "hub.challenge": "1158201444"}
    reply = await messenger.http.get(WEBHOOK, params=query)
    assert (reply.status_code, reply.text) == (200, "1158201444")
    assert reply.headers["content-type"].startswith("text/plain")
    for change in ({"hub.verify_token": "verify-of-test"}, {"hub.mode": "unsubscribe"},
                   {"hub.verify_token": "é"}, {"hub.challenge": "<script>"}):  # fmt: skip
        refused = await messenger.http.get(WEBHOOK, params=query | change)
        assert (refused.status_code, refused.json()["error"]["code"]) == (403, "bad_verify_token")
    assert (await messenger.http.get(WEBHOOK)).status_code == 403


async def test_without_messenger_there_is_no_webhook(desk: Desk, meta: Meta) -> None:
    """No secret, no signature to believe; an empty token proves nothing."""
    raw = json.dumps(body(said("Bonjour"))).encode()
    assert (await post(desk, raw, meta.sign(raw))).status_code == 404
    assert (await post(desk, raw, meta.sign(raw, ""))).status_code == 404
    query = {"hub.mode": "subscribe", "hub.verify_token": "", "hub.challenge": "1"}
    assert (await desk.http.get(WEBHOOK, params=query)).status_code == 403


async def test_what_meta_did_not_sign_is_refused_and_not_stored(messenger: Desk, meta: Meta) -> None:
    """No header, another secret, one byte more, the old SHA-1 header, another hash's name."""
    raw = json.dumps(body(said("Bonjour"))).encode()
    good = meta.sign(raw)
    wrong = [None, "", meta.sign(raw, "another"), good.removeprefix("sha256="), good[:-1], good.upper(),
             good.replace("sha256", "md5"), f"{good},{good}", "sha256=é"]  # fmt: skip
    for header in wrong:
        reply = await post(messenger, raw, header)
        assert (reply.status_code, reply.json()["error"]["code"]) == (403, "bad_signature"), header
    assert (await post(messenger, raw + b" ", good)).status_code == 403
    old = await messenger.http.post(WEBHOOK, content=raw, headers={"x-hub-signature": good})
    assert old.status_code == 403
    assert await messenger.count(CITIZENS) == 0
    counted = await figures(messenger)
    assert counted['beffroi_messenger_events{kind="webhook",result="bad_signature"}'] == len(wrong) + 2


@pytest.mark.parametrize(
    "raw",
    [b"", b"{", b"[]", b"null", b'"page"', b"\xff\xfe\x00", b"{}", b'{"object":"instagram","entry":[]}',
     b'{"object":"page"}', b'{"object":"page","entry":{}}', b"[" * 100_000, b"1" * 5000],
)  # fmt: skip
async def test_what_is_no_envelope_is_refused(messenger: Desk, meta: Meta, raw: bytes) -> None:
    """400 with a code; nobody at Meta sends that."""
    reply = await post(messenger, raw, meta.sign(raw))
    assert (reply.status_code, reply.json()["error"]["code"]) == (400, "bad_request")


async def test_an_empty_envelope_is_taken(messenger: Desk, meta: Meta) -> None:
    """Nothing happened: nothing to do."""
    assert await meta.post({"object": "page", "entry": []}) == 200
    assert await meta.post({"object": "page", "entry": [{"id": PAGE, "time": 1, "changes": [{}]}]}) == 200


async def test_every_event_of_every_entry_is_stored_in_the_order_it_happened(
    messenger: Desk, meta: Meta
) -> None:
    """Rasa's connector takes the first one of a batch and drops the others."""
    entries = [
        {"id": PAGE, "messaging": [said("trois", "m_3", at=NOW - 1), said("un", "m_1", at=NOW - 3)]},
        {"id": VALBREUIL, "time": NOW, "messaging": [said("deux", "m_2", "8001", VALBREUIL, NOW - 2)]},
        {"id": PAGE, "time": NOW, "standby": [said("quatre", "m_4", "7002")]},
    ]  # fmt: skip
    assert await meta.post({"object": "page", "entry": entries}) == 200
    assert await heard(messenger) == ["un", "deux", "trois", "quatre"]
    communes = "SELECT count(*) FROM conversation WHERE commune = 'valbreuil' AND external_id = '{}:8001'"
    assert await messenger.count(communes.format(VALBREUIL)) == 1
    assert await messenger.count("SELECT count(*) FROM conversation") == 3


async def test_the_same_event_twice_is_one_message_and_one_answer(messenger: Desk, meta: Meta) -> None:
    """One after the other, eight at once, and twice in one body."""
    event = said("Où acheter des tuiles ?")
    statuses = await asyncio.gather(*(meta.post(body(event)) for _ in range(8)))
    assert set(statuses) | {await meta.post(body(event, event))} == {200}
    await messenger.until_count("SELECT count(*) FROM ticket", 1)
    await messenger.until_count("SELECT count(*) FROM message WHERE outcome = 'handoff'", 1)
    assert await messenger.count(CITIZENS) == 1 and len(messenger.assistant.heard) == 1
    counted = await figures(messenger)
    assert counted['beffroi_messenger_events{kind="message",result="stored"}'] == 1
    assert counted['beffroi_messenger_events{kind="message",result="duplicate"}'] == 9


async def test_first_messages_of_many_people_at_once_open_a_conversation_each(
    messenger: Desk, meta: Meta
) -> None:
    """Two messages of each, in parallel with their receipts."""
    bodies = [body(said("a", f"m_{psid}_{n}", str(psid))) for psid in range(10) for n in range(2)]
    reads = [body({"sender": {"id": str(psid)}, "recipient": {"id": PAGE}, "timestamp": NOW,
                   "read": {"watermark": NOW}}) for psid in range(10)]  # fmt: skip
    assert set(await asyncio.gather(*(meta.post(one) for one in bodies + reads))) == {200}
    assert await messenger.count(CITIZENS) == 20
    assert await messenger.count("SELECT count(*) FROM conversation") == 10
    assert await messenger.count("SELECT count(*) FROM channel_thread") == 10


async def test_a_page_of_nobody_and_an_unknown_kind_are_counted_and_answered_200(
    messenger: Desk, meta: Meta
) -> None:
    """Else Meta sends them again for an hour, then unsubscribes the application."""
    strange = {
        "sender": {"id": "7001"},
        "recipient": {"id": PAGE},
        "timestamp": NOW,
        "telepathy": {"mid": "m"},
    }
    optin = {"sender": {"id": "7001"}, "recipient": {"id": PAGE}, "timestamp": NOW, "optin": {"ref": "x"}}
    assert await meta.post(body(said("perdu", page="42"), page="42")) == 200
    assert await meta.post(body(strange, optin)) == 200
    counted = await figures(messenger)
    assert counted['beffroi_messenger_events{kind="message",result="unknown_page"}'] == 1
    assert counted['beffroi_messenger_events{kind="unknown",result="unknown_event"}'] == 1
    assert counted['beffroi_messenger_events{kind="optin",result="ignored"}'] == 1
    assert await messenger.count("SELECT count(*) FROM message") == 0
    assert await messenger.count("SELECT count(*) FROM odd_event") == 0


WHO = {"sender": {"id": "7001"}, "recipient": {"id": PAGE}, "timestamp": NOW}


@pytest.mark.parametrize(
    "event",
    [
        None, "x", 3, [], WHO | {"message": None}, WHO | {"message": {"text": "sans mid"}},
        WHO | {"message": {"mid": 7, "text": "x"}}, {"message": {"mid": "m_2", "text": "de qui ?"}},
        WHO | {"sender": {"id": PAGE}, "message": {"mid": "m_2", "text": "la Page elle-même"}},
        WHO | {"sender": "7001", "message": {"mid": "m_2", "text": "x"}}, WHO | {"postback": []},
        WHO | {"read": {"watermark": "hier"}}, WHO | {"delivery": {"mids": [1]}},
        WHO | {"reaction": {"mid": "m_1", "action": "x", "emoji": "❤"}}, WHO | {"message_edit": {"mid": "m"}},
        WHO | {"take_thread_control": {"new_owner_app_id": {"id": 1}}}, WHO | {"policy_enforcement": {}},
        WHO | {"response_feedback": {"mid": "m_1", "feedback": "?"}},
    ],
)  # fmt: skip
async def test_an_event_that_makes_no_sense_is_kept_and_holds_nothing_back(
    messenger: Desk, meta: Meta, event: Any
) -> None:
    """200, the others of its body stored, and the event itself there for somebody to look at, once."""
    for _ in range(2):
        assert await meta.post(body(said("avant", "m_a"), event, said("après", "m_b"))) == 200
    assert sorted(await heard(messenger)) == ["après", "avant"]
    assert await messenger.count("SELECT count(*) FROM odd_event") == 1
    kept = [name for name in await figures(messenger) if 'result="malformed"' in name]
    assert len(kept) == 1


async def test_entries_that_make_no_sense_hold_nothing_back(messenger: Desk, meta: Meta) -> None:
    """Neither do those without a Page, nor lists that are none."""
    entries = [None, {}, {"id": None, "messaging": []}, {"id": PAGE, "messaging": {"a": 1}},
               {"id": int(PAGE), "messaging": [said("là")]}]  # fmt: skip
    assert await meta.post({"object": "page", "entry": entries}) == 200
    assert await heard(messenger) == ["là"]
    assert await messenger.count("SELECT count(*) FROM odd_event") == 4


async def test_a_database_that_is_away_makes_meta_send_again(messenger: Desk, meta: Meta) -> None:
    """503 meanwhile; nothing is lost and nothing is doubled."""
    two = body(said("un", "m_1"), said("deux", "m_2"))
    async with database_down(messenger):
        assert await meta.post(two) == 503
    assert [await meta.post(two), await meta.post(two)] == [200, 200]
    assert await heard(messenger) == ["un", "deux"]


@pytest.mark.parametrize("stamp", [None, "x", True, -5, 0, NOW + 86_400_000, 2**70, 1e300, NOW / 1000, []])
async def test_a_strange_clock_is_ours(messenger: Desk, meta: Meta, stamp: Any) -> None:
    """Missing, in seconds or in the future: the window opens now, and never later."""
    event = said("Bonjour", at=stamp)
    if stamp is None:
        del event["timestamp"]
    assert await meta.post(body(event) | {}) == 200
    async with messenger.context.database.read() as session:
        rows = await session.connection()
        found = (await rows.exec_driver_sql("SELECT opened_at FROM channel_thread")).scalar_one()
    assert str(found)[:19] == "2026-11-23 09:00:00"


async def test_a_body_larger_than_a_page_is_taken(messenger: Desk, meta: Meta) -> None:
    """What piled up while the desk was away comes at once; past four megabytes it is refused."""
    many = json.dumps(body(*(said("é" * 1900, f"m_{number}", str(7000 + number)) for number in range(30))))
    assert len(many) > 300_000
    assert (await post(messenger, many.encode(), meta.sign(many.encode()))).status_code == 200
    assert await messenger.count(CITIZENS) == 30
    assert await meta.post(b" " * (5 * 1024 * 1024)) == 413


async def test_no_word_and_no_secret_gets_into_the_logs(
    messenger: Desk, meta: Meta, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also when our own code fails on an event: it is kept, told by its kind, and answered 200."""
    word = "Rhododendron"

    async def broken(*_arguments: object) -> None:
        raise RuntimeError(word)

    monkeypatch.setattr("desk.channels.messenger.hearing.opened", broken)
    assert await meta.post(body(said(word), WHO | {"read": {"watermark": NOW}})) == 200
    assert await messenger.count("SELECT count(*) FROM odd_event") == 1
    counted = await figures(messenger)
    assert counted['beffroi_messenger_events{kind="message",result="failed"}'] == 1
    assert counted['beffroi_messenger_events{kind="read",result="nobody"}'] == 1
    told = capsys.readouterr().err
    assert "messenger_event_failed" in told
    for secret in (word, "secret-of-tests", VERIFY_TOKEN, "TOKEN-DEMO", "7001"):
        assert secret not in told


async def test_it_waits_for_nobody(messenger: Desk, meta: Meta, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither for the assistant nor for Meta's own interface: Meta waits 5 s (make bench-webhook)."""
    free = asyncio.Event()

    async def think(_heard: Heard) -> list[Act]:
        await free.wait()
        return []

    monkeypatch.setattr(messenger.assistant, "reply", think)
    calls = len(meta.calls)
    for number in range(20):
        assert await meta.post(body(said("Bonjour", f"m_{number}"))) == 200
    assert not [call for call in meta.calls[calls:] if call.method == "GET"]
    free.set()


async def test_a_whole_body_is_stored_before_the_first_of_it_is_answered(messenger: Desk, meta: Meta) -> None:
    """Else each event waits for its turn among the answers, and Meta gives up waiting; all are answered."""
    stored: list[int] = []

    async def think(_heard: Heard) -> list[Act]:
        stored.append(await messenger.count(CITIZENS))
        return []

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(messenger.assistant, "reply", think)
        assert await meta.post(body(*(said("Bonjour", f"m_{n}", f"{7001 + n}") for n in range(12)))) == 200
        await messenger.until_count("SELECT count(*) FROM message WHERE answered_at IS NOT NULL", 12)
    assert stored == [12] * 12
