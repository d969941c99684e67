"""The simulated Meta answers our calls as the real one does: what it takes, and all that it refuses."""

import json
from collections.abc import AsyncIterator, Awaitable
from datetime import timedelta
from typing import Any

import httpx
import pytest

from desk.channels.messenger.graph import Graph, GraphError, NoAnswer, appsecret_proof
from desk.clock import FixedClock
from desk.settings import Settings
from tests.desk.graph_requests import (
    BAD_PROFILES,
    BUTTON,
    HELLO,
    PROFILE,
    QUICK,
    REFUSED,
    TAKEN,
    template,
    to_lea,
)
from tests.desk.messenger_town import towards
from tests.simulators.graph_api import INBOX, PAGE, TOKENS, VALBREUIL, Meta, Person

TOKEN = TOKENS[PAGE]


@pytest.fixture
async def graph(meta: Meta) -> AsyncIterator[Graph]:
    """The desk's own client."""
    graph = Graph(towards(Settings(_env_file=None), meta))
    yield graph
    await graph.close()


@pytest.fixture
async def lea(meta: Meta) -> Person:
    """Somebody who has just written to Sainte-Aure."""
    lea = meta.page().person("7001")
    await lea.says("Bonjour")
    return lea


async def refusal(doing: Awaitable[Any]) -> tuple[int, int]:
    """The code and subcode of what is refused."""
    with pytest.raises(GraphError) as caught:
        await doing
    return caught.value.code, caught.value.subcode


async def send(graph: Graph, body: dict[str, Any], page: str = PAGE) -> dict[str, Any]:
    return await graph.post(TOKENS[page], f"{page}/messages", body)


@pytest.mark.parametrize("body", TAKEN.values(), ids=TAKEN)
async def test_what_is_within_the_limits_is_taken(graph: Graph, meta: Meta, lea: Person, body: Any):
    """The very limits included."""
    answer = await send(graph, body)
    assert answer["recipient_id"] == "7001"
    assert [got.mid for got in lea.inbox] == ([answer["message_id"]] if "message" in body else [])
    assert lea.actions == ([] if "message" in body else ["typing_on"])
    assert not meta.refused


@pytest.mark.parametrize("body", REFUSED.values(), ids=REFUSED)
async def test_what_is_outside_the_limits_is_refused(graph: Graph, meta: Meta, lea: Person, body: Any):
    """With error 100, and it is noted."""
    assert await refusal(send(graph, body)) == (100, 0)
    assert [call.error[:3] for call in meta.refused] == ["100"]
    assert lea.inbox == []
    assert lea.actions == []


async def test_what_was_received_can_be_looked_at(graph: Graph, lea: Person):
    """Text, buttons, quick replies, tag, persona and metadata."""
    persona = {"name": "Camille", "profile_picture_url": "https://sainte-aure.example/c.png"}
    made = await graph.post(TOKEN, f"{PAGE}/personas", persona)
    await send(graph, to_lea(template() | {"metadata": "bf:2:0"}))
    await send(graph, to_lea({"text": "Oui ?", "quick_replies": [QUICK]}, messaging_type="MESSAGE_TAG",
                             tag="HUMAN_AGENT", persona_id=made["id"]))  # fmt: skip
    button, quick = lea.inbox
    assert (button.text, button.buttons, button.metadata) == ("Et ensuite ?", [BUTTON], "bf:2:0")
    assert (quick.text, quick.quick_replies, quick.template) == ("Oui ?", [QUICK], None)
    assert (quick.messaging_type, quick.tag, quick.persona_id) == ("MESSAGE_TAG", "HUMAN_AGENT", made["id"])


async def test_the_window_closes_after_24_hours_and_the_human_one_after_seven_days(
    graph: Graph, clock: FixedClock, lea: Person
):
    """At their very instants; a reaction opens both again."""
    tagged = to_lea(messaging_type="MESSAGE_TAG", tag="HUMAN_AGENT")
    clock.move(hours=24, seconds=-1)
    await send(graph, to_lea())
    clock.move(seconds=1)
    assert await refusal(send(graph, to_lea())) == (10, 2018278)
    typing = {"recipient": {"id": "7001"}, "sender_action": "typing_on"}
    assert await refusal(send(graph, typing)) == (10, 2018278)
    await send(graph, tagged)
    clock.move(days=6, seconds=-1)
    await send(graph, tagged)
    clock.move(seconds=1)
    assert await refusal(send(graph, tagged)) == (10, 2018278)
    await lea.reacts(lea.inbox[0].mid, "👍")
    await send(graph, to_lea())


async def test_the_tag_needs_the_permission(graph: Graph, meta: Meta):
    """Valbreuil has not got it."""
    paul = meta.page(VALBREUIL).person("7002")
    await paul.says("Bonjour")
    body = {"recipient": {"id": "7002"}, "message": HELLO}
    tagged = body | {"messaging_type": "MESSAGE_TAG", "tag": "HUMAN_AGENT"}
    assert await refusal(send(graph, tagged, VALBREUIL)) == (10, 2018278)
    await send(graph, body | {"messaging_type": "RESPONSE"}, VALBREUIL)


async def test_people_who_cannot_be_written_to(graph: Graph, meta: Meta, lea: Person):
    """Unknown on this Page, never having written, having blocked the Page; and a Page under a sanction."""
    stranger = to_lea(recipient={"id": "404"})
    assert await refusal(send(graph, stranger)) == (100, 2018001)
    meta.page().person("404")
    assert await refusal(send(graph, stranger)) == (10, 2018278)
    lea.is_blocked = True
    assert await refusal(send(graph, to_lea())) == (551, 1545041)
    lea.is_blocked = False
    await meta.page().policy("block", "spam")
    assert await refusal(send(graph, to_lea())) == (10, 1893063)
    await meta.page().policy("unblock")
    await send(graph, to_lea())


async def test_only_who_controls_a_thread_writes_there(
    graph: Graph, meta: Meta, clock: FixedClock, lea: Person
):
    """The Page inbox takes it; we take it back, pass it, and after a day of silence nobody has it."""
    where = {"recipient": {"id": "7001"}}
    await meta.page().inbox_reply(lea, "Je m’en occupe.")
    assert await refusal(send(graph, to_lea())) == (2018300, 0)
    owner = await graph.get(TOKEN, f"{PAGE}/thread_owner", recipient="7001")
    assert owner["data"][0]["thread_owner"]["app_id"] == INBOX
    assert await graph.post(TOKEN, f"{PAGE}/take_thread_control", where) == {"success": True}
    await send(graph, to_lea())
    await graph.post(TOKEN, f"{PAGE}/pass_thread_control", where | {"target_app_id": INBOX})
    assert await refusal(send(graph, to_lea())) == (2018300, 0)
    clock.move(hours=24)
    assert await graph.get(TOKEN, f"{PAGE}/thread_owner", recipient="7001") == {"data": []}
    await lea.says("Toujours là ?")
    await send(graph, to_lea())
    week = where | {"duration": 7 * 86400}
    await graph.post(TOKEN, f"{PAGE}/extend_thread_control", week)
    assert lea.holder_until == clock.now() + timedelta(days=7)
    too_long = where | {"duration": 7 * 86400 + 1}
    assert await refusal(graph.post(TOKEN, f"{PAGE}/extend_thread_control", too_long)) == (100, 0)
    await graph.post(TOKEN, f"{PAGE}/release_thread_control", where)
    assert lea.holder is None


async def test_a_message_can_pass_the_thread_on(graph: Graph, lea: Person):
    """Once it has arrived."""
    await send(graph, to_lea(thread_control={"control_type": "pass", "app_id": INBOX}))
    assert len(lea.inbox) == 1
    assert await refusal(send(graph, to_lea())) == (2018300, 0)


async def test_without_a_default_application_everybody_may_write_and_nobody_may_take(
    graph: Graph, meta: Meta, lea: Person
):
    """As the routing page says."""
    meta.page().has_default_app = False
    await meta.page().inbox_reply(lea, "Je m’en occupe.")
    await send(graph, to_lea())
    body = {"recipient": {"id": "7001"}}
    assert (await refusal(graph.post(TOKEN, f"{PAGE}/take_thread_control", body)))[0] == 10


async def test_a_bad_token_a_bad_proof_and_a_missing_permission(
    graph: Graph, meta: Meta, lea: Person, clock: FixedClock
):
    """Wrong, revoked, out of date, of another Page, signed with another secret, without the right."""
    path = f"{PAGE}/messages"
    assert await refusal(graph.post("WRONG", path, to_lea())) == (190, 0)
    token = meta.token(PAGE)
    token.is_valid = False
    assert await refusal(send(graph, to_lea())) == (190, 0)
    token.is_valid, token.expires_at = True, int(clock.now().timestamp())
    assert await refusal(send(graph, to_lea())) == (190, 0)
    token.expires_at = 0
    assert await refusal(graph.post(TOKENS[VALBREUIL], path, to_lea())) == (200, 0)
    token.scopes.remove("pages_messaging")
    assert await refusal(send(graph, to_lea())) == (200, 0)
    token.scopes.append("pages_messaging")
    async with httpx.AsyncClient(trust_env=False) as bare:
        for proof in ({}, {"appsecret_proof": appsecret_proof("another", TOKEN)}):
            query = {"access_token": TOKEN} | proof
            reply = await bare.post(f"{meta.url}/v26.0/{path}", params=query, json=to_lea())
            assert (reply.status_code, reply.json()["error"]["code"]) == (400, 100)
    assert lea.inbox == []


async def test_errors_have_metas_shape(meta: Meta, lea: Person):
    """Message, type, code, subcode, trace; whether it is passing."""
    query = {"access_token": TOKEN, "appsecret_proof": appsecret_proof("secret-of-tests", TOKEN)}
    meta.fail(2, status=500)
    async with httpx.AsyncClient(trust_env=False, base_url=meta.url) as bare:
        unknown = await bare.post(
            f"/v26.0/{PAGE}/messages", params=query, json=to_lea(recipient={"id": "404"})
        )
        passing = await bare.post(f"/v19.0/{PAGE}/messages", params=query, json=to_lea())
        dead = await bare.post(f"/v2.12/{PAGE}/messages", params=query, json=to_lea())
    error = unknown.json()["error"]
    assert (error["type"], error["code"], error["error_subcode"]) == ("OAuthException", 100, 2018001)
    assert error["message"] == "(#100) No matching user found"
    assert error["fbtrace_id"]
    assert (passing.status_code, passing.json()["error"]["is_transient"]) == (500, True)
    assert (dead.status_code, dead.json()["error"]["code"]) == (400, 2635)


async def test_a_body_that_is_not_one_is_refused(meta: Meta, lea: Person):
    """No JSON, no object, half an emoji; a form is read as well."""
    query = {"access_token": TOKEN, "appsecret_proof": appsecret_proof("secret-of-tests", TOKEN)}
    half = to_lea({"text": "\ud83d"})
    async with httpx.AsyncClient(trust_env=False, base_url=meta.url) as bare:
        for content in (b"{", b"[]", json.dumps(half).encode()):
            reply = await bare.post(
                f"/v26.0/{PAGE}/messages", params=query, content=content,
                headers={"content-type": "application/json"},
            )  # fmt: skip
            assert (reply.status_code, reply.json()["error"]["code"]) == (400, 100)
        form = {"recipient": '{"id":"7001"}', "message": '{"text":"Bonjour"}', "messaging_type": "RESPONSE"}
        reply = await bare.post(f"/v26.0/{PAGE}/messages", params=query, data=form)
    assert reply.status_code == 200
    assert [got.text for got in lea.inbox] == ["Bonjour"]


async def test_failures_on_demand_strike_whom_they_are_meant_for(graph: Graph, meta: Meta, lea: Person):
    """So many times, one person only, an error page, and none of them is a refusal of Meta's own."""
    paul = meta.page().person("7002")
    await paul.says("Bonjour")
    meta.fail(613, times=2, psid="7001")
    await send(graph, to_lea(recipient={"id": "7002"}))
    assert await refusal(send(graph, to_lea())) == (613, 0)
    assert await refusal(send(graph, to_lea())) == (613, 0)
    meta.http(503)
    await send(graph, {"recipient": {"id": "7001"}, "sender_action": "typing_on"})
    assert await refusal(send(graph, to_lea())) == (0, 0)
    await send(graph, to_lea())
    meta.fail(2, on="personas")
    await send(graph, to_lea())
    assert await refusal(graph.post(TOKEN, f"{PAGE}/personas", {})) == (2, 0)
    assert (len(lea.inbox), len(paul.inbox), meta.refused) == (2, 1, [])
    meta.fail(1, times=9)
    meta.works_again()
    await send(graph, to_lea())


async def test_a_message_may_arrive_without_an_answer_or_not_at_all(graph: Graph, meta: Meta, lea: Person):
    """In both cases the sender hears nothing."""
    meta.time_out_but_send()
    with pytest.raises(NoAnswer):
        await send(graph, to_lea())
    assert len(lea.inbox) == 1
    meta.time_out()
    with pytest.raises(NoAnswer):
        await send(graph, to_lea())
    assert len(lea.inbox) == 1


async def test_a_share_of_the_messages_fails_when_asked(clock: FixedClock):
    """The same share each time, from the seed."""
    async with Meta(clock, seed=3, errors=0.3, lost_answers=0.2) as meta:
        graph = Graph(towards(Settings(_env_file=None), meta))
        lea = meta.page().person("7001")
        await lea.says("Bonjour")
        ends = {"sent": 0, "refused": 0, "lost": 0}
        for _ in range(60):
            try:
                await send(graph, to_lea())
                ends["sent"] += 1
            except GraphError:
                ends["refused"] += 1
            except NoAnswer:
                ends["lost"] += 1
        await graph.close()
    assert all(ends.values())
    assert len(lea.inbox) == ends["sent"] + ends["lost"]
    assert meta.refused == []


async def test_more_than_so_many_in_a_second_is_too_much(graph: Graph, meta: Meta, lea: Person):
    """For each Page on its own."""
    meta.per_second = 2
    await send(graph, to_lea())
    await send(graph, to_lea())
    assert await refusal(send(graph, to_lea())) == (613, 0)
    paul = meta.page(VALBREUIL).person("7002")
    await paul.says("Bonjour")
    await send(graph, to_lea(recipient={"id": "7002"}), VALBREUIL)


async def test_the_profile_is_set_read_and_taken_away(graph: Graph, meta: Meta, clock: FixedClock):
    """Ten changes in ten minutes at most."""
    path, fields = "me/messenger_profile", ",".join(PROFILE)
    assert await graph.get(TOKEN, path, fields=fields) == {"data": []}
    await graph.post(TOKEN, f"{PAGE}/messenger_profile", PROFILE)
    assert await graph.get(TOKEN, path, fields=fields) == {"data": [PROFILE]}
    assert await refusal(graph.delete(TOKEN, path, {"fields": ["get_started"]})) == (100, 0)
    await graph.delete(TOKEN, path, {"fields": ["persistent_menu", "get_started"]})
    assert set(meta.page().profile) == {"greeting", "ice_breakers"}
    for _ in range(7):
        await graph.post(TOKEN, path, {"greeting": PROFILE["greeting"]})
    assert await refusal(graph.post(TOKEN, path, PROFILE)) == (613, 0)
    clock.move(minutes=10)
    await graph.post(TOKEN, path, PROFILE)


@pytest.mark.parametrize("body", BAD_PROFILES.values(), ids=BAD_PROFILES)
async def test_a_profile_outside_the_limits_is_refused(graph: Graph, meta: Meta, body: Any):
    """And nothing of it is kept."""
    assert await refusal(graph.post(TOKEN, "me/messenger_profile", body)) == (100, 0)
    assert meta.page().profile == {}


async def test_what_a_token_is_worth_can_be_asked(graph: Graph, meta: Meta):
    """With the application's own token."""
    meta.token(PAGE).expires_at = 4102444800
    told = (await graph.get(None, "debug_token", input_token=TOKEN))["data"]
    assert (told["is_valid"], told["app_id"], told["profile_id"]) == (True, "123456789", PAGE)
    assert (told["expires_at"], "pages_messaging" in told["scopes"]) == (4102444800, True)
    meta.token(PAGE).is_valid = False
    told = (await graph.get(None, "debug_token", input_token=TOKEN))["data"]
    assert (told["is_valid"], told["error"]["code"]) == (False, 190)
    assert await refusal(graph.get(TOKENS[VALBREUIL], "debug_token", input_token=TOKEN)) == (100, 0)


async def test_what_the_page_and_its_people_are_called(graph: Graph, meta: Meta, lea: Person):
    """A telephone account has no name to give."""
    assert await graph.get(TOKEN, PAGE, fields="name") == {"id": PAGE, "name": "Ville de Sainte-Aure"}
    assert "messaging_feature_status" in await graph.get(TOKEN, "me", fields="messaging_feature_status")
    assert await graph.get(TOKEN, "7001", fields="first_name") == {"id": "7001", "first_name": "Léa"}
    lea.has_no_name = True
    assert await refusal(graph.get(TOKEN, "7001", fields="first_name")) == (100, 2018218)
    assert await refusal(graph.get(TOKEN, PAGE, fields="birthday")) == (100, 0)
    assert (await refusal(graph.get(TOKEN, f"{PAGE}/conversations")))[0] == 2500


BAD_PERSONAS = [{"name": ""}, {"name": "é" * 51}, {"profile_picture_url": "http://sainte-aure.example"}]


@pytest.mark.parametrize("change", BAD_PERSONAS, ids=["no name", "a long name", "no TLS"])
async def test_a_persona_outside_the_limits_is_refused(graph: Graph, change: dict[str, str]):
    """Fifty characters, and a picture over TLS."""
    persona = {"name": "Camille", "profile_picture_url": "https://sainte-aure.example/c.png"} | change
    assert await refusal(graph.post(TOKEN, f"{PAGE}/personas", persona)) == (100, 0)


async def test_files_are_served_as_they_are_sent(meta: Meta):
    """Small, of 26 MB, without a length, moved away, gone; and one that stops half-way."""
    async with httpx.AsyncClient(trust_env=False, timeout=httpx.Timeout(5, read=0.3)) as bare:
        small = await bare.get(meta.media(b"data", "image/png"))
        assert (small.content, small.headers["content-type"]) == (b"data", "image/png")
        assert len((await bare.get(meta.big_media(26 * 1024 * 1024))).content) == 26 * 1024 * 1024
        endless = await bare.get(meta.media(b"e" * 100_000, manner="endless"))
        assert ("content-length" in endless.headers, len(endless.content)) == (False, 100_000)
        assert (await bare.get(meta.missing_media())).status_code == 404
        moved = await bare.get(meta.moved_media("http://169.254.169.254/secrets"))
        assert (moved.status_code, moved.headers["location"]) == (302, "http://169.254.169.254/secrets")
        with pytest.raises(httpx.ReadTimeout):
            await bare.get(meta.media(b"slow" * 100, manner="slow"))
