"""What the widget's interface accepts and returns (also the source of /openapi.json)."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, Field

Plain = Annotated[str, Field(pattern=r"^[^\x00]*$")]
"""A string without NUL, which PostgreSQL can neither store nor compare."""


class NewConversation(BaseModel):
    """``POST /v1/conversations``."""

    commune: str | None = Field(default=None, max_length=64, description="The commune asked, by id.")


class NewMessage(BaseModel):
    """``POST /v1/conversations/{id}/messages``; ``client_id`` makes a retry harmless."""

    text: str = Field(description="What the citizen says, at most 4,000 characters; may be empty with files.")
    client_id: str = Field(min_length=1, max_length=100, pattern=r"^[\x21-\x7e]+$")
    payload: Plain | None = Field(default=None, max_length=1000, description="Of the button clicked.")
    attachments: list[Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]] = Field(
        default_factory=list, max_length=3, description="Ids of the files sent for it before."
    )


class Feedback(BaseModel):
    """``POST …/messages/{seq}/feedback``."""

    useful: bool


class Button(BaseModel):
    """A choice (``payload``) or a link (``url``)."""

    title: str
    payload: str | None = None
    url: str | None = None


class AttachmentView(BaseModel):
    """A picture or document; ``size`` in bytes."""

    id: str
    name: str
    media_type: str
    size: int


class MessageView(BaseModel):
    """One message of a conversation."""

    id: int
    seq: int
    author: Literal["citizen", "assistant", "staff", "system"]
    author_name: str | None
    text: str
    buttons: list[Button]
    attachments: list[AttachmentView]
    outcome: str | None
    topic: str | None
    ticket: str | None
    client_id: str | None
    useful: bool | None
    created_at: datetime


class OpenedConversation(BaseModel):
    """A new conversation: ``token`` is its key, told once."""

    id: str
    token: str
    messages: list[MessageView]


class Accepted(BaseModel):
    """The message is stored under this id."""

    id: int


class ErrorBody(BaseModel):
    """What went wrong."""

    code: str
    message: str


class ErrorView(BaseModel):
    """Every error of the JSON interface."""

    error: ErrorBody
