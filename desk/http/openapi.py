"""The OpenAPI description of the public interface, from the schemas the routes use."""

from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema
from sanic import Blueprint, HTTPResponse, Request, json

from desk import __version__
from desk.channels.rest.routes import RestMessage, RestReply
from desk.channels.web.schemas import (
    Accepted,
    AttachmentView,
    ErrorView,
    Feedback,
    MessageView,
    NewConversation,
    NewMessage,
    OpenedConversation,
)

openapi = Blueprint("openapi")
REF = "#/components/schemas/{model}"
SCHEMAS: tuple[type[BaseModel], ...] = (
    Accepted, AttachmentView, ErrorView, Feedback, MessageView, NewConversation, NewMessage,
    OpenedConversation, RestMessage, RestReply,
)  # fmt: skip


def _body(model: type[BaseModel]) -> dict[str, Any]:
    return {"content": {"application/json": {"schema": {"$ref": REF.format(model=model.__name__)}}}}


def _many(model: type[BaseModel]) -> dict[str, Any]:
    item = {"$ref": REF.format(model=model.__name__)}
    return {"content": {"application/json": {"schema": {"type": "array", "items": item}}}}


def _operation(
    summary: str, status: int, reply: dict[str, Any] | None = None, *, body: type[BaseModel] | None = None,
    secured: bool = True, parameters: tuple[dict[str, Any], ...] = (),
) -> dict[str, Any]:  # fmt: skip
    operation: dict[str, Any] = {
        "summary": summary,
        "responses": {
            str(status): {"description": summary, **(reply or {})},
            "default": {"description": "A coded error", **_body(ErrorView)},
        },
    }
    if body:
        operation["requestBody"] = {"required": True, **_body(body)}
    if secured:
        operation["security"] = [{"token": []}]
    if parameters:
        operation["parameters"] = list(parameters)
    return operation


def _path(name: str, kind: str = "string") -> dict[str, Any]:
    return {"name": name, "in": "path", "required": True, "schema": {"type": kind}}


_ID = _path("conversation_id")
_NAME = {"name": "name", "in": "query", "schema": {"type": "string"}}
_AFTER = {"name": "after", "in": "query", "schema": {"type": "integer", "default": 0}}
_VERIFY = tuple(
    {"name": f"hub.{name}", "in": "query", "required": True, "schema": {"type": "string"}}
    for name in ("mode", "verify_token", "challenge")
)
_SIGNATURE = {
    "name": "X-Hub-Signature-256", "in": "header", "required": True,
    "schema": {"type": "string", "pattern": "^sha256=[0-9a-f]{64}$"},
}  # fmt: skip

PATHS: dict[str, dict[str, Any]] = {
    "/v1/conversations": {
        "post": _operation("Open a conversation", 201, _body(OpenedConversation), body=NewConversation,
                           secured=False),
    },
    "/v1/conversations/{conversation_id}/messages": {
        "post": _operation("Send a message", 202, _body(Accepted), body=NewMessage, parameters=(_ID,)),
        "get": _operation("Read messages", 200, _many(MessageView), parameters=(_ID, _AFTER)),
    },
    "/v1/conversations/{conversation_id}/attachments": {
        "post": _operation("Send a photo or PDF, as the body, for the next message", 201,
                           _body(AttachmentView), parameters=(_ID, _NAME)),
    },
    "/v1/conversations/{conversation_id}/messages/{seq}/feedback": {
        "post": _operation("Rate an answer", 204, body=Feedback, parameters=(_ID, _path("seq", "integer"))),
    },
    "/v1/conversations/{conversation_id}/live": {
        "get": _operation("Follow a conversation (WebSocket)", 101, secured=False, parameters=(_ID,)),
    },
    "/webhooks/rest/webhook": {
        "post": _operation("Ask and wait for the replies (compatible with Rasa's REST channel)", 200,
                           _many(RestReply), body=RestMessage),
    },
    "/webhooks/messenger": {
        "get": _operation("Prove to Meta that this is the town's webhook", 200, secured=False,
                          parameters=_VERIFY),
        "post": _operation("Take what happened on the town's Pages, signed by Meta", 200, secured=False,
                           parameters=(_SIGNATURE,)),
    },
    "/healthz": {"get": _operation("Whether the desk lives", 200, secured=False)},
    "/readyz": {"get": _operation("Which parts are up", 200, secured=False)},
    "/metrics": {"get": _operation("Figures for Prometheus", 200, secured=False)},
    "/openapi.json": {"get": _operation("This document", 200, secured=False)},
}  # fmt: skip


def document() -> dict[str, Any]:
    """The whole OpenAPI 3.1 document."""
    _, schemas = models_json_schema([(model, "validation") for model in SCHEMAS], ref_template=REF)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Beffroi", "version": __version__, "license": {"name": "EUPL-1.2"}},
        "paths": PATHS,
        "components": {
            "schemas": schemas["$defs"],
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


@openapi.get("/openapi.json")
async def describe(_request: Request) -> HTTPResponse:
    """The public interface, for programs."""
    return json(document())
