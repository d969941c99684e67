"""Ten thousand bodies that Meta would not send: never a 5xx, and the desk still answers people."""

import json
from collections.abc import Iterator
from random import Random
from typing import Any

import hypothesis
import pytest
from hypothesis import HealthCheck, Phase, given
from hypothesis import strategies as st
from pydantic import SecretStr

from desk.assistant.acts import SayAct
from desk.assistant.memory import MemoryAssistant
from desk.clock import FixedClock
from desk.settings import Settings
from tests.desk.messenger_town import WEBHOOK
from tests.desk.running import Desk, running
from tests.desk.test_health import figures
from tests.simulators.graph_api.credentials import APP_ID, APP_SECRET, PAGE
from tests.simulators.graph_api.webhooks import encode, signature

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

A_POST = 20
"""Bodies in one example: what is drawn together is sent together."""

NOW = 1_795_424_400_000
_APART = {"sender": {"id": "7001"}, "recipient": {"id": PAGE}, "timestamp": NOW}
_BY_PAGE = {"sender": {"id": PAGE}, "recipient": {"id": "7001"}, "timestamp": NOW}
_FILE = {"url": "https://scontent.example/a.jpg", "sticker_id": 369239263222822, "title": "t",
         "coordinates": {"lat": 44.1, "long": 4.2}}  # fmt: skip
EVENTS: list[dict[str, Any]] = [
    _APART | {"message": {"mid": "m_1", "text": "Bonjour"}},
    _APART | {"message": {"mid": "m_2", "text": "Horaires", "quick_reply": {"payload": "topic:piscine"}}},
    _APART | {"message": {"mid": "m_3", "text": "oui", "reply_to": {"mid": "m_1", "is_self_reply": False}}},
    *(
        _APART | {"message": {"mid": f"m_{kind}", "attachments": [{"type": kind, "payload": _FILE}]}}
        for kind in ("image", "audio", "video", "file", "reel", "sticker", "location", "fallback", "?")
    ),
    _BY_PAGE | {"message": {"mid": "m_4", "is_echo": True, "app_id": int(APP_ID), "metadata": "bf:1:0"}},
    _BY_PAGE | {"message": {"mid": "m_5", "is_echo": True, "app_id": 26390203743090, "text": "humain"}},
    _APART | {"postback": {"mid": "m_6", "title": "Démarrer", "payload": "GET_STARTED",
                           "referral": {"ref": "site", "source": "SHORTLINK", "type": "OPEN_THREAD"}}},
    _APART | {"referral": {"ref": "site", "source": "SHORTLINK", "type": "OPEN_THREAD"}},
    {"sender": {"id": "7001"}, "recipient": {"id": PAGE}, "delivery": {"mids": ["m_7"], "watermark": NOW}},
    _APART | {"read": {"watermark": NOW}},
    _APART | {"reaction": {"reaction": "love", "emoji": "❤️", "action": "react", "mid": "m_1"}},
    _APART | {"message_edit": {"mid": "m_1", "text": "new", "num_edit": 1}},
    _APART | {"pass_thread_control": {"previous_owner_app_id": None, "new_owner_app_id": APP_ID}},
    _APART | {"take_thread_control": {"previous_owner_app_id": APP_ID, "new_owner_app_id": "456"}},
    _APART | {"request_thread_control": {"requested_owner_app_id": 456, "metadata": ".."}},
    {"recipient": {"id": PAGE}, "timestamp": NOW, "app_roles": {APP_ID: ["primary_receiver"]}},
    {"recipient": {"id": PAGE}, "timestamp": NOW, "policy_enforcement": {"action": "block", "reason": "r"}},
    _APART | {"response_feedback": {"feedback": "Good response", "mid": "m_1"}},
]  # fmt: skip


def nested(depth: int) -> Any:
    """Lists in lists."""
    return [nested(depth - 1)] if depth else 1


HARD: list[Any] = [
    "a\x00b", "\ud83d x", 2**70, 10**400, float("nan"), nested(700), "x" * 5000,
    "bf:9223372036854775807:2147483648",
]  # fmt: skip
"""What a database cannot take, or what is too much of it."""

NASTY: list[Any] = [
    *HARD, None, True, False, 0, -1, 2**31, 2**63, -(2**63) - 1, 2**64, 1e308, float("inf"), -0.0, "", " ",
    "\x00", "\udc00 fin", "m_1", PAGE, "7001", "é" * 300, "\u202e", "%s", "'", "GET_STARTED", "bf:-1:0",
    "bf:1:999999999", "sha256:", [], {}, [[]], {"": {}}, {"id": "7001"}, {"mid": "m_1"}, [None] * 100, NOW,
    nested(50), str(NOW), NOW / 1000, "block", "react",
]  # fmt: skip

scalars = st.one_of(st.sampled_from(NASTY), st.integers(), st.floats(), st.text(max_size=20), st.booleans())
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


def places(node: Any) -> Iterator[tuple[Any, Any]]:
    """Every container and key below a node."""
    pairs = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, value in list(pairs):
        yield node, key
        yield from places(value)


def mutated(seed: int) -> bytes:
    """An envelope of real events in which a few values are gone, or others."""
    luck = Random(seed)
    events = luck.choices(EVENTS, k=luck.choice((1, 1, 1, 2, 3)))
    name = "standby" if luck.random() < 0.2 else "messaging"
    body = json.loads(json.dumps({"object": "page", "entry": [{"id": PAGE, "time": NOW, name: events}]}))
    for node, key in luck.sample(list(places(body))[1:], k=luck.choice((0, 1, 1, 1, 2, 2, 4))):
        if luck.random() < 0.15 and isinstance(node, dict):
            del node[key]
        else:
            node[key] = luck.choice(NASTY)
    return encode(body)


def around(events: Any) -> bytes:
    return encode({"object": "page", "entry": [{"id": PAGE, "time": NOW, "messaging": events}]})


seeded = st.integers(0, 2**32).map(mutated)
bodies = st.one_of(
    seeded, seeded, seeded, seeded, seeded, seeded, st.lists(values, max_size=2).map(around),
    values.map(encode), st.binary(max_size=200),
)  # fmt: skip
posts = st.lists(st.tuples(bodies, st.integers(0, 9)), min_size=A_POST, max_size=A_POST)


@pytest.fixture
async def town(settings: Settings, clock: FixedClock, assistant: MemoryAssistant) -> Any:
    """A desk with Messenger, that nobody answers: what citizens say is only stored."""
    assistant.script = lambda heard: []
    told = settings.model_copy(
        update={"messenger_app_id": APP_ID, "messenger_app_secret": SecretStr(APP_SECRET),
                "messenger_graph_url": "http://127.0.0.1:9", "messenger_media_hosts": "127.0.0.1"}
    )  # fmt: skip
    async with running(told, clock, assistant) as desk:
        yield desk


async def survives(desk: Desk, post: list[tuple[bytes, int]]) -> None:
    """Each body gets 200, 400 or, one in ten being signed wrongly, 403."""
    for raw, luck in post:
        header = signature(raw, APP_SECRET if luck else "another")
        reply = await desk.http.post(WEBHOOK, content=raw, headers={"x-hub-signature-256": header})
        allowed = {200, 400} if luck else {403}
        assert reply.status_code in allowed, (reply.status_code, raw)


async def still_answers(desk: Desk, least: int) -> None:
    """After all that a citizen is heard, ``least`` events were understood, and no fault of ours was met."""
    assert (await desk.http.get("/healthz")).status_code == 200
    counted = {name: count for name, count in (await figures(desk)).items() if "messenger_events" in name}
    assert [name for name in counted if 'result="failed"' in name] == []
    assert sum(counted.values()) > least
    for kind, result in (("message", "stored"), ("message", "malformed"), ("echo", "stored")):
        assert counted[f'beffroi_messenger_events{{kind="{kind}",result="{result}"}}'] > 0
    desk.assistant.script = lambda heard: [SayAct(act="say", key="saluer")]
    who = {"sender": {"id": "7999"}, "recipient": {"id": PAGE}}
    raw = around([who | {"message": {"mid": "m_last", "text": "Bonjour"}}])
    reply = await desk.http.post(WEBHOOK, content=raw, headers={"x-hub-signature-256": signature(raw)})
    assert reply.status_code == 200
    await desk.until_count("SELECT count(*) FROM message WHERE outcome = 'smalltalk'", 1)


def drawn(count: int) -> list[list[tuple[bytes, int]]]:
    """``count`` bodies, the same ones every time."""
    sent: list[list[tuple[bytes, int]]] = []

    @hypothesis.settings(
        max_examples=count // A_POST, deadline=None, derandomize=True, database=None,
        suppress_health_check=list(HealthCheck), phases=[Phase.generate],
    )  # fmt: skip
    @given(posts)
    def draw(post: list[tuple[bytes, int]]) -> None:
        sent.append(post)

    draw()
    return sent


@pytest.mark.parametrize(
    ("backend", "count"), [("sqlite", 10_000), ("postgresql", 600)], indirect=["backend"]
)
async def test_no_body_breaks_it(town: Desk, count: int) -> None:
    """Real events with other values in them, any JSON, any bytes, some of it signed wrongly."""
    sent = drawn(count)
    assert sum(map(len, sent)) == count
    for post in sent:
        await survives(town, post)
    await still_answers(town, count // 2)


async def test_no_value_anywhere_in_an_event_breaks_it(town: Desk) -> None:
    """Each place of each event in turn holds what a database or a number's size cannot take."""
    for value in HARD:
        events = []
        for event in EVENTS:
            for where in range(len(list(places(event)))):
                copy = json.loads(json.dumps(event))
                node, key = list(places(copy))[where]
                node[key] = value
                events.append(copy)
        raw = around(events)
        reply = await town.http.post(WEBHOOK, content=raw, headers={"x-hub-signature-256": signature(raw)})
        assert reply.status_code == 200
        assert len(events) > 150
    await still_answers(town, 150 * len(HARD))
