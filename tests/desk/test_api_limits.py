"""Limits, other websites, and the headers that keep browsers careful."""

import pytest

from desk.clock import FixedClock
from desk.settings import Settings
from tests.desk.running import Desk, client, running

EMBEDDER = "https://www.sainte-aure.example"


@pytest.fixture
def backend() -> str:
    """The database plays no part here: one is enough."""
    return "sqlite"


async def test_a_conversation_that_floods_is_slowed_and_told_for_how_long(
    settings: Settings, clock: FixedClock
) -> None:
    """429 with Retry-After; a minute later all is well; the neighbour never noticed."""
    async with running(settings.model_copy(update={"messages_per_minute": 3}), clock) as desk:
        citizen, neighbour = await desk.open(), await desk.open()
        for _ in range(3):
            assert (await citizen.say("x")).status_code == 202
            clock.move(seconds=10)
        refused = await citizen.say("x")
        assert refused.status_code == 429
        assert (refused.headers["retry-after"], refused.json()["error"]["code"]) == ("30", "too_many")
        assert "30 secondes" in refused.json()["error"]["message"]
        assert (await neighbour.say("x")).status_code == 202
        clock.move(seconds=30)
        assert (await citizen.say("x")).status_code == 202


async def test_an_address_that_opens_too_many_conversations_is_slowed(
    settings: Settings, clock: FixedClock
) -> None:
    """Counted per address, the one the trusted proxy saw; a made-up header changes nothing."""
    told = {"conversations_per_minute": 2, "trusted_proxies": 1}
    async with running(settings.model_copy(update=told), clock) as desk:

        async def opened(forwarded: str) -> int:
            headers = {"x-forwarded-for": forwarded}
            return (await desk.http.post("/v1/conversations", json={}, headers=headers)).status_code

        assert [await opened("192.0.2.1") for _ in range(3)] == [201, 201, 429]
        assert await opened("198.51.100.7, 192.0.2.1") == 429
        assert await opened("192.0.2.2") == 201
    async with running(settings.model_copy(update={"conversations_per_minute": 2}), clock) as desk:
        assert [await opened(f"192.0.2.{number}") for number in range(3)] == [201, 201, 429]


async def test_only_the_websites_allowed_may_embed_the_widget(settings: Settings, clock: FixedClock) -> None:
    """The browser learns it from the headers, on replies, errors and its first question alike."""
    told = settings.model_copy(update={"allowed_origins": f"{EMBEDDER}, https://other.example"})
    async with running(told, clock) as desk:
        for origin, allowed in ((EMBEDDER, True), ("https://evil.example", False), ("null", False)):
            headers = {"origin": origin}
            opened = await desk.http.post("/v1/conversations", json={}, headers=headers)
            asked = await desk.http.options(
                "/v1/conversations/x/messages",
                headers={**headers, "access-control-request-method": "POST",
                         "access-control-request-headers": "authorization, content-type"},
            )  # fmt: skip
            missing = await desk.http.get("/v1/nothing", headers=headers)
            expected = origin if allowed else None
            for reply in (opened, asked, missing):
                assert reply.headers.get("access-control-allow-origin") == expected
                assert reply.headers["vary"] == "origin"
                assert "access-control-allow-credentials" not in reply.headers
            assert asked.status_code == 204
            assert ("authorization" in asked.headers.get("access-control-allow-headers", "")) is allowed


async def test_any_website_may_embed_by_default_but_never_reach_staff_pages(desk: Desk) -> None:
    """The widget's interface is public; the staff pages and the webhook are not."""
    headers = {"origin": "https://any.example"}
    opened = await desk.http.post("/v1/conversations", json={}, headers=headers)
    assert opened.headers["access-control-allow-origin"] == "https://any.example"
    for path in ("/staff/login", "/webhooks/rest/webhook", "/metrics"):
        for method in ("GET", "OPTIONS"):
            reply = await desk.http.request(method, path, headers=headers)
            assert "access-control-allow-origin" not in reply.headers


async def test_every_page_tells_the_browser_to_be_careful(desk: Desk) -> None:
    """Same-origin scripts only, no framing, no guessing of types; errors included."""
    for path in ("/", "/staff/login", "/staff/nothing", "/v1/nothing", "/healthz", "/staff/static/live.js"):
        headers = (await desk.http.get(path)).headers
        policy = headers["content-security-policy"]
        assert (
            "default-src 'self'" in policy and "frame-ancestors 'none'" in policy and "unsafe" not in policy
        )
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"
        assert "server" not in headers


async def test_what_is_personal_is_never_cached(desk: Desk) -> None:
    """Conversations and staff pages; a shared computer keeps no copy."""
    citizen, agent = await desk.open(), await desk.agent()
    replies = [
        await desk.http.get(f"{citizen.path}/messages", headers=citizen.headers),
        await citizen.say("x"),
        await agent.http.get("/staff/"),
        await desk.http.get("/staff/login"),
    ]
    assert [reply.headers["cache-control"] for reply in replies] == ["no-store"] * 4


async def test_the_demo_page_shows_the_widget_without_inline_script(desk: Desk) -> None:
    """It works under its own policy; a monitor may ask for its head only."""
    page = await desk.http.get("/")
    assert page.status_code == 200 and "/widget/src/beffroi.js" in page.text
    assert "<script>" not in page.text and "style=" not in page.text and " onclick" not in page.text
    script = await desk.http.get("/widget/src/beffroi.js")
    assert script.status_code == 200 and "javascript" in script.headers["content-type"]
    async with client(desk.url) as http:
        for path in ("/", "/healthz", "/readyz", "/metrics", "/widget/src/beffroi.js"):
            head = await http.head(path)
            assert (head.status_code, head.text) == (200, "")
        outside = await http.get("/widget/src/%2e%2e/%2e%2e/pyproject.toml")
        assert outside.status_code == 404
