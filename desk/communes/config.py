"""A commune's settings, read from ``communes/<id>/commune.yml`` (data, never code)."""

from datetime import date, time
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import yaml
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)

Weekday = Literal["lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"]
WEEKDAYS: tuple[Weekday, ...] = (
    "lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche",
)  # fmt: skip


class CommuneError(Exception):
    """A commune's folder cannot be used; the message names the file and the field."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Span(_Strict):
    """Open from ``start`` to ``end``, the same day, local time."""

    start: time
    end: time

    @field_validator("start", "end", mode="before")
    @classmethod
    def _written_between_quotes(cls, value: object) -> object:
        """YAML reads a bare 13:30 as the number 810."""
        if isinstance(value, int | float):
            raise ValueError('write hours between quotes: "13:30"')
        return value

    @model_validator(mode="after")
    def _forwards(self) -> "Span":
        if self.start >= self.end:
            raise ValueError(f"{self.end:%H:%M} does not come after {self.start:%H:%M}")
        return self


def _apart(spans: list[Span]) -> list[Span]:
    """In order; two that overlap would count, or be told, twice."""
    ordered = sorted(spans, key=lambda span: span.start)
    for earlier, later in pairwise(ordered):
        if later.start < earlier.end:
            raise ValueError(f"two spans overlap at {later.start:%H:%M}")
    return ordered


Spans = Annotated[list[Span], AfterValidator(_apart)]
"""The spans of one day."""


class Closure(_Strict):
    """Days on which a place is closed, or open other hours, first and last included."""

    first: date
    last: date
    reason: str
    hours: Spans = Field(default_factory=list)

    @model_validator(mode="after")
    def _forwards(self) -> "Closure":
        if self.first > self.last:
            raise ValueError(f"{self.last} comes before {self.first}")
        return self


class Place(_Strict):
    """Somewhere citizens go: its name with article, address, contacts and hours."""

    name: str
    address: str = ""
    phone: str = ""
    email: str = ""
    hours: dict[Weekday, Spans] = Field(default_factory=dict)
    closures: list[Closure] = Field(default_factory=list)
    open_on_holidays: bool = False
    note: str = ""


class District(_Strict):
    """A part of the town: its streets, and what else citizens call it."""

    name: str
    also: list[str] = Field(default_factory=list)
    streets: list[str] = Field(default_factory=list)


class Department(_Strict):
    """A department that owns topics (the ``services`` of data/topics.yml)."""

    name: str
    place: str = "mairie"
    phone: str = ""
    email: str = ""


class MessengerPage(_Strict):
    """A Facebook Page of the town. Its token is a secret: see ``messenger_tokens`` in desk/settings.py.

    ``human_agent``: Meta has granted Human Agent, so that staff may write up to 7 days. ``persona_picture``:
    the address of a picture; with it, staff write under their own name.
    """

    id: str = Field(pattern=r"^[0-9]{1,32}$")
    name: str
    human_agent: bool = False
    persona_picture: str = ""


class MessengerSettings(_Strict):
    """What the town shows on Messenger before anything is written; ``ice_breakers`` are topics."""

    pages: list[MessengerPage] = Field(default_factory=list)
    ice_breakers: list[str] = Field(default_factory=list, max_length=4)


class CommuneSettings(_Strict):
    """Everything that makes a commune itself; one per folder of ``communes/``."""

    id: str = Field(pattern=r"^[a-z0-9-]{2,64}$")
    name: str
    fictional: bool = False
    insee: str = ""
    website: str = ""
    timezone: str = "Europe/Paris"
    reply_hours: int = Field(default=72, ge=1)
    reply_clock: Literal["calendar", "working"] = "calendar"
    working_hours: dict[Weekday, Spans] = Field(default_factory=dict)
    days_off: list[Closure] = Field(default_factory=list)
    soon_hours: int = Field(default=24, ge=1)
    reassign_hours: int = Field(default=24, ge=1)
    reopen_days: int = Field(default=7, ge=1)
    quiet_minutes: int = Field(default=30, ge=1)
    privacy_url: str = ""
    dpo_email: str = ""
    places: dict[str, Place]
    departments: dict[str, Department]
    districts: dict[str, District] = Field(default_factory=dict)
    topic_departments: dict[str, str] = Field(default_factory=dict)
    messenger: MessengerSettings = Field(default_factory=MessengerSettings)

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except ZoneInfoNotFoundError as error:
            raise ValueError(f"unknown time zone {value}") from error
        return value

    @model_validator(mode="after")
    def _hours_to_count(self) -> "CommuneSettings":
        """A promise in working hours needs some, or it would never be due."""
        if self.reply_clock == "working" and not any(self.working_hours.values()):
            raise ValueError("reply_clock: working needs working_hours")
        return self

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)


def load_commune(folder: Path) -> CommuneSettings:
    """Read one commune's folder. Raises CommuneError with the file and the first wrong field."""
    path = folder / "commune.yml"
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
        settings = CommuneSettings.model_validate(data)
    except (OSError, yaml.YAMLError) as error:
        raise CommuneError(f"{path}: {error}") from error
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"])
        raise CommuneError(f"{path}: {field}: {first['msg']}") from error
    if settings.id != folder.name:
        raise CommuneError(f"{path}: id: {settings.id} differs from the folder's name")
    return settings


@cache
def load_communes(folder: Path) -> dict[str, CommuneSettings]:
    """Every commune of the installation by id. Raises CommuneError, also when there is none."""
    found = [load_commune(path.parent) for path in sorted(folder.glob("*/commune.yml"))]
    if not found:
        raise CommuneError(f"{folder}: no commune here (expected <id>/commune.yml)")
    return {commune.id: commune for commune in found}
