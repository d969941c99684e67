"""The acts: what the assistant asks the desk to do (samples in tests/contract/acts)."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

TopicId = Annotated[str, Field(pattern=r"^[a-z0-9_]{2,64}$")]


class _Act(BaseModel):
    # Unknown fields are let through: the assistant may be newer than the desk.
    model_config = ConfigDict(extra="ignore", frozen=True)


class AnswerAct(_Act):
    """Give the published answer of ``topic``, and of ``more`` when two things were asked."""

    act: Literal["answer"]
    topic: TopicId
    confidence: float = Field(default=1.0, ge=0, le=1)
    details: dict[str, str] = Field(default_factory=dict)
    more: TopicId | None = None


class ClarifyAct(_Act):
    """Ask which of two or three topics was meant."""

    act: Literal["clarify"]
    topics: list[TopicId] = Field(min_length=1, max_length=3)


class SayAct(_Act):
    """Say one of the commune's set phrases."""

    act: Literal["say"]
    key: str = Field(pattern=r"^[a-z_]{2,40}$")


class DeclineAct(_Act):
    """Not a town hall matter: say so and offer a human."""

    act: Literal["decline"]
    topic: TopicId | None = None


class HandoffAct(_Act):
    """Give the request to a human, with a ticket; ``candidates`` are topics that it may be about."""

    act: Literal["handoff"]
    reason: Literal["asked", "complaint", "not_understood", "report"]
    topic: TopicId | None = None
    candidates: list[TopicId] = Field(default_factory=list, max_length=3)
    details: dict[str, Any] = Field(default_factory=dict)


class TicketStatusAct(_Act):
    """Tell where this citizen's requests stand."""

    act: Literal["ticket_status"]
    reference: str | None = None


class SafetyAct(_Act):
    """Somebody may be in danger: the right numbers at once."""

    act: Literal["safety"]
    kind: Literal["urgence_vitale", "detresse"]


class ModerationAct(_Act):
    """An insult, a threat or hate: a calm reply."""

    act: Literal["moderation"]
    level: str = "insulte"


class TextAct(_Act):
    """A sentence passed through as it is."""

    act: Literal["text"] = "text"
    text: str


Act = (
    AnswerAct | ClarifyAct | SayAct | DeclineAct | HandoffAct | TicketStatusAct | SafetyAct | ModerationAct
    | TextAct
)  # fmt: skip

ACT: TypeAdapter[Act] = TypeAdapter(Annotated[Act, Field(discriminator="act")])
