"""What those who look after the desk can see from outside."""

import re
from typing import Any

from desk.assistant.acts import AnswerAct, SafetyAct, SayAct
from desk.assistant.memory import MemoryAssistant
from tests.desk.outages import database_down
from tests.desk.running import Desk


async def figures(desk: Desk) -> dict[str, float]:
    """The samples of /metrics by name and labels."""
    reply = await desk.http.get("/metrics")
    assert reply.status_code == 200 and reply.headers["content-type"].startswith("text/plain")
    samples = [line.rsplit(" ", 1) for line in reply.text.splitlines() if not line.startswith("#")]
    return {name: float(value) for name, value in samples}


async def test_a_desk_whose_parts_are_all_up_is_ready(desk: Desk) -> None:
    """200 everywhere."""
    assert (await desk.http.get("/healthz")).json() == {"status": "ok"}
    ready = await desk.http.get("/readyz")
    assert ready.json() == {"status": "ready", "parts": {"database": "up", "assistant": "up"}}
    assert ready.status_code == 200


async def test_a_desk_without_its_assistant_is_degraded_and_still_takes_messages(desk: Desk) -> None:
    """Citizens get a ticket: that is no reason to send them away."""
    desk.assistant.up = False
    ready = await desk.http.get("/readyz")
    assert (ready.status_code, ready.json()["status"]) == (200, "degraded")
    assert ready.json()["parts"] == {"database": "up", "assistant": "down"}
    assert (await figures(desk))["beffroi_assistant_up"] == 0


async def test_a_desk_without_its_database_says_so_and_recovers_by_itself(desk: Desk) -> None:
    """503 and a code meanwhile; alive all along; afterwards the message goes through."""
    citizen = await desk.open()
    async with database_down(desk):
        assert (await desk.http.get("/healthz")).status_code == 200
        ready = await desk.http.get("/readyz")
        assert (ready.status_code, ready.json()["status"]) == (503, "down")
        assert ready.json()["parts"] == {"database": "down", "assistant": "up"}
        refused = await citizen.say("Bonjour", "c1")
        assert (refused.status_code, refused.json()["error"]["code"]) == (503, "unavailable")
        assert "Traceback" not in refused.text
    assert (await citizen.say("Bonjour", "c1")).status_code == 202
    found = await citizen.until(lambda found: found[-1]["outcome"] == "handoff")
    assert len(found) == 3
    assert (await desk.http.get("/readyz")).json()["status"] == "ready"


async def test_the_figures_are_right(desk: Desk) -> None:
    """Replies by outcome, tickets by state, deliveries, conversations that wait; each commune apart."""
    desk.assistant.script = lambda heard: [AnswerAct(act="answer", topic="piscine")]
    citizen, neighbour = await desk.open(), await desk.open("valbreuil")
    await citizen.ask("piscine")
    desk.assistant.script = MemoryAssistant().script
    reference = await citizen.ticket()
    await neighbour.ticket()
    await (await desk.agent()).reply(reference, "Bonjour", then="resolve")
    desk.assistant.script = lambda heard: [SafetyAct(act="safety", kind="detresse")]
    await citizen.ask("je n’en peux plus")
    await desk.until_count("SELECT count(*) FROM delivery WHERE state = 'sent'", 8)
    found = await figures(desk)
    demo, valbreuil = 'commune="demo"', 'commune="valbreuil"'
    assert {name: value for name, value in found.items() if value} == {
        f'beffroi_replies{{{demo},outcome="answered"}}': 1,
        f'beffroi_replies{{{demo},outcome="handoff"}}': 1,
        f'beffroi_replies{{{demo},outcome="safety"}}': 1,
        f'beffroi_replies{{{demo},outcome="staff"}}': 1,
        f'beffroi_replies{{{demo},outcome="system"}}': 2,
        f'beffroi_replies{{{valbreuil},outcome="handoff"}}': 1,
        f'beffroi_replies{{{valbreuil},outcome="system"}}': 1,
        f'beffroi_tickets{{{demo},state="resolved"}}': 1,
        f'beffroi_tickets{{{demo},state="new"}}': 1,
        f'beffroi_tickets{{{valbreuil},state="new"}}': 1,
        'beffroi_deliveries{state="sent"}': 8,
        "beffroi_assistant_up": 1,
    }
    assert found["beffroi_waiting_conversations"] == 0


async def test_the_figures_hold_no_word_and_no_name(desk: Desk) -> None:
    """Not even when citizens and staff say something memorable."""
    desk.assistant.script = lambda heard: [SayAct(act="say", key="saluer")]
    citizen = await desk.open()
    await citizen.ask("Rhododendron, lea@courriel.example")
    desk.assistant.script = MemoryAssistant().script
    reference = await citizen.ticket()
    await (await desk.agent()).reply(reference, "Hortensia")
    text = (await desk.http.get("/metrics")).text
    for word in ("Rhododendron", "courriel", "Hortensia", "Camille", citizen.id, citizen.token, reference):
        assert word.lower() not in text.lower()


ROUTE = re.compile(r"<(\w+)(?::\w+)?>")


def routes(desk: Desk) -> set[tuple[str, str]]:
    """Path and method of each public route that the application really has."""
    found = set()
    for route in desk.app.router.routes:
        path = "/" + ROUTE.sub(r"{\1}", route.path)
        if path.startswith(("/v1/", "/webhooks/", "/healthz", "/readyz", "/metrics", "/openapi")):
            found |= {(path.rstrip("/"), method.lower()) for method in route.methods - {"HEAD", "OPTIONS"}}
    return found


def references(node: Any) -> set[str]:
    """Every ``$ref`` below a node."""
    if isinstance(node, dict):
        own = {node["$ref"]} if "$ref" in node else set()
        return own.union(*(references(value) for value in node.values()))
    return set().union(*(references(value) for value in node)) if isinstance(node, list) else set()


async def test_the_description_covers_every_public_route_and_holds_together(desk: Desk) -> None:
    """OpenAPI 3.1: no route missing or made up, no dangling reference, each path parameter declared."""
    document = (await desk.http.get("/openapi.json")).json()
    assert document["openapi"].startswith("3.1.") and document["info"].keys() >= {"title", "version"}
    described = {(path, method) for path, methods in document["paths"].items() for method in methods}
    assert described == routes(desk)
    schemas = {f"#/components/schemas/{name}" for name in document["components"]["schemas"]}
    assert references(document) <= schemas
    secured = 0
    for path, methods in document["paths"].items():
        for operation in methods.values():
            assert operation["summary"] and "default" in operation["responses"]
            assert all("description" in response for response in operation["responses"].values())
            declared = {one["name"] for one in operation.get("parameters", []) if one["in"] == "path"}
            assert declared == set(re.findall(r"\{(\w+)\}", path))
            secured += "security" in operation
    assert secured == 5 and document["components"]["securitySchemes"]["token"]["scheme"] == "bearer"


async def test_what_is_returned_is_what_is_described(desk: Desk) -> None:
    """A field added to one and not to the other is seen here."""
    schemas = (await desk.http.get("/openapi.json")).json()["components"]["schemas"]
    opened = (await desk.http.post("/v1/conversations", json={})).json()
    assert opened.keys() == schemas["OpenedConversation"]["properties"].keys()
    assert opened["messages"][0].keys() == schemas["MessageView"]["properties"].keys()
    asked = {"sender": "one", "message": "x"}
    (reply,) = (await desk.http.post("/webhooks/rest/webhook", params={"token": "k" * 20}, json=asked)).json()
    assert reply.keys() == schemas["RestReply"]["properties"].keys() - {"buttons"}
