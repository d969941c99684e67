"""The telephone's page on the simulated Meta: what it shows, and that what is tapped reaches the webhook."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from tests.desk.running import until
from tests.simulators.graph_api import PAGE, Meta, Person
from tests.simulators.graph_api.person import PIXEL

FILES = ["/", "/phone.css", "/phone.js", "/lines.js"]


@dataclass
class Telephone:
    """The page's side: it knows its owner's number."""

    http: httpx.AsyncClient
    owner: Person

    async def do(self, gesture: str, **more: str) -> int:
        """What is tapped; the status."""
        body = {"do": gesture} | more
        return (await self.http.post("/phone/do", params=self.whose, json=body)).status_code

    async def state(self, **query: str) -> dict[str, Any]:
        reply = await self.http.get("/phone/state", params=self.whose | query)
        assert reply.status_code == 200
        return reply.json()

    @property
    def whose(self) -> dict[str, str]:
        return {"psid": self.owner.psid}


@pytest.fixture
async def telephone(meta: Meta) -> AsyncIterator[Telephone]:
    """Somebody's, on whom the page has just been opened."""
    async with httpx.AsyncClient(trust_env=False, base_url=meta.url) as http:
        psid = (await http.post("/phone/new")).json()["psid"]
        yield Telephone(http, meta.page(PAGE).people[psid])


async def test_the_page_and_its_parts_are_served(telephone: Telephone):
    """Under a policy that lets nothing else in; people of before a restart are not known."""
    for path in FILES:
        reply = await telephone.http.get(path)
        assert reply.status_code == 200, path
        assert "default-src 'self'" in reply.headers["content-security-policy"]
    assert (await telephone.http.get("/phone.py")).status_code == 404
    assert (await telephone.http.get("/phone/state", params={"psid": "404"})).status_code == 404


async def test_what_is_tapped_is_told_to_the_webhook(telephone: Telephone, meta: Meta):
    """And shown, with how far it got; nonsense is refused."""
    owner = telephone.owner
    for gesture, more in [
        ("says", {"text": "Bonjour"}), ("quick_reply", {"text": "Oui", "payload": "yes"}),
        ("taps", {"text": "Non", "payload": "no"}), ("get_started", {}), ("likes", {}),
    ]:  # fmt: skip
        assert await telephone.do(gesture, **more) == 202
    photo = {"content-type": "image/png"}
    await telephone.http.post("/phone/photo", params=telephone.whose, content=PIXEL, headers=photo)
    await owner.until(lambda: [line.state for line in owner.talk] == ["delivered"] * 6)
    shown = await telephone.state()
    assert [line["text"] for line in shown["lines"]] == ["Bonjour", "Oui", "Non", "Démarrer", "", ""]
    assert shown["lines"][5]["attachments"][0]["payload"]["url"].startswith(f"{meta.url}/media/")
    assert (shown["page"], shown["typing"], shown["elsewhere"]) == ("Ville de Sainte-Aure", False, False)
    for gesture, more in [("says", {"text": " "}), ("says", {"text": "a" * 2000}), ("dances", {})]:
        assert await telephone.do(gesture, **more) == 400
    form = await telephone.http.post("/phone/do", params=telephone.whose, data={"do": "get_started"})
    assert form.status_code == 400, "another website's form must not tap here"


async def test_what_the_page_sends_is_shown(telephone: Telephone):
    """Typing, seen, buttons, a reaction, and who answers."""
    owner = telephone.owner
    await owner.says("Bonjour")
    owner.sees_action("mark_seen")
    owner.sees_action("typing_on")
    before = await telephone.state()
    assert (before["typing"], before["lines"][0]["state"]) == (True, "seen")
    owner.receives("m_1", "page", "Réponse", buttons=[], quick_replies=[{"title": "Oui", "payload": "yes"}])
    after = await telephone.state(after=str(before["version"]))
    assert (after["typing"], after["lines"][1]["quick_replies"][0]["title"]) == (False, "Oui")
    assert await telephone.do("reacts", mid="m_1", emoji="👍") == 202
    await until(lambda: _reaction(telephone), "👍")
    assert await telephone.do("unreacts", mid="m_1") == 202
    await until(lambda: _reaction(telephone), None)
    assert await telephone.do("inbox_reply", text="Je m’en occupe.") == 202
    await owner.until(lambda: owner.is_elsewhere)
    shown = await telephone.state()
    assert (shown["elsewhere"], shown["lines"][-1]["author"]) == (True, "inbox")
    assert await telephone.do("pass_control") == 202
    await owner.until(lambda: not owner.is_elsewhere)


async def test_the_page_waits_for_what_it_has_not_seen(telephone: Telephone, meta: Meta):
    """The greeting, the questions in either shape, and the menu come with the rest."""
    owner, page = telephone.owner, meta.page(PAGE)
    questions = [{"question": "La cantine ?", "payload": "topic:cantine"}]
    menu = [{"type": "postback", "title": "Parler à un agent", "payload": "human"}]
    page.profile = {
        "greeting": [{"locale": "default", "text": "Bonjour !"}], "ice_breakers": questions,
        "persistent_menu": [{"locale": "default", "call_to_actions": menu}],
    }  # fmt: skip
    shown = await telephone.state()
    assert (shown["greeting"], shown["questions"], shown["menu"]) == ("Bonjour !", questions, menu)
    page.profile["ice_breakers"] = [{"locale": "default", "call_to_actions": questions}]
    owner.receives("m_1", "page", "Réponse")
    shown = await telephone.state(after=str(shown["version"]))
    assert shown["questions"] == questions
    assert json.dumps(shown["lines"]).count("m_1") == 1


async def _reaction(telephone: Telephone) -> Any:
    return (await telephone.state())["lines"][1].get("reaction")
