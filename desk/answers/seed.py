"""Seeding: a commune's answer files become published answers, staff's changes are never touched."""

import hashlib
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from desk.answers.catalogue import load_topics
from desk.answers.placeholders import unknown_placeholders
from desk.communes.config import CommuneError, CommuneSettings

HTTPS = r"^https://[^\s()]+$"  # what stands in a Markdown link without breaking it
MAX_BUTTONS = 3
MAX_BUTTON_TITLE = 20


class SeedVariant(BaseModel):
    """Another body, for a citizen in the case ``when``: each detail has the value, or one of the values."""

    model_config = ConfigDict(extra="forbid")
    when: dict[str, str | list[str]] = Field(min_length=1)
    body: str = Field(min_length=1)

    @field_validator("when")
    @classmethod
    def _in_order(cls, when: dict[str, str | list[str]]) -> dict[str, str | list[str]]:
        """PostgreSQL gives the details back in another order, which must not pass for a change."""
        return dict(sorted(when.items()))


class SeedButton(BaseModel):
    """A follow-up: to a topic, a page, or the start of a report."""

    model_config = ConfigDict(extra="forbid")
    title: str = Field(min_length=1, max_length=MAX_BUTTON_TITLE)
    topic: str | None = None
    url: str | None = Field(default=None, pattern=HTTPS)
    report: str | None = None

    @model_validator(mode="after")
    def _one_target(self) -> "SeedButton":
        targets = [self.topic, self.url, self.report]
        if sum(target is not None for target in targets) != 1:
            raise ValueError("a button has exactly one of topic, url, report")
        for topic in (self.topic, self.report):
            if topic is not None and topic not in load_topics():
                raise ValueError(f"unknown topic {topic}")
        return self


class SeedSource(BaseModel):
    """Where the facts come from."""

    model_config = ConfigDict(extra="forbid")
    label: str = Field(pattern=r"^[^\[\]\n]+$")
    url: str = Field(pattern=HTTPS)


class SeedAnswer(BaseModel):
    """One file of ``communes/<id>/answers/<service>/<topic>.yml``."""

    model_config = ConfigDict(extra="forbid")
    topic: str
    title: str = Field(min_length=1, max_length=MAX_BUTTON_TITLE)
    checked_on: date
    sources: list[SeedSource] = Field(min_length=1)
    body: str = Field(min_length=1)
    variants: list[SeedVariant] = Field(default_factory=list)
    buttons: list[SeedButton] = Field(default_factory=list, max_length=MAX_BUTTONS)

    def fingerprint(self) -> str:
        """A hash of the content, to know whether the file changed since it was seeded."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()

    def columns(self) -> dict[str, Any]:
        """The values of the answer's row that come from the file."""
        data = self.model_dump(mode="json", exclude_none=True)
        data["checked_on"] = self.checked_on
        return data


def read_answers(folder: Path, commune: CommuneSettings) -> list[SeedAnswer]:
    """The answer files below ``folder``. Raises CommuneError naming the file and what is wrong."""
    found = [_read(path, commune) for path in sorted(folder.glob("answers/**/*.yml"))]
    topics = [answer.topic for answer in found]
    twice = {topic for topic in topics if topics.count(topic) > 1}
    if twice:
        raise CommuneError(f"{folder}: more than one answer for {', '.join(sorted(twice))}")
    return found


def _read(path: Path, commune: CommuneSettings) -> SeedAnswer:
    try:
        answer = SeedAnswer.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except yaml.YAMLError as error:
        raise CommuneError(f"{path}: {error}") from error
    except ValidationError as error:
        first = error.errors()[0]
        raise CommuneError(f"{path}: {'.'.join(map(str, first['loc']))}: {first['msg']}") from error
    if answer.topic not in load_topics():
        raise CommuneError(f"{path}: topic: {answer.topic} is not in the catalogue")
    for strange in misfits(answer.model_dump(), commune):
        if strange.where[-1] == "when":
            raise CommuneError(f"{path}: variants: {strange.what} is no district of the commune")
        raise CommuneError(f"{path}: {strange.what} names no place of the commune")
    return answer


class Misfit(NamedTuple):
    """Something this commune does not have: where in the answer, and what."""

    where: tuple[str | int, ...]
    what: str


def misfits(answer: Mapping[str, Any], commune: CommuneSettings) -> Iterator[Misfit]:
    """The placeholders of ``answer`` that cannot be filled here, and its districts that are not here."""
    for wrong in unknown_placeholders(answer["body"], commune):
        yield Misfit(("body",), wrong)
    for index, variant in enumerate(answer["variants"]):
        for wrong in unknown_placeholders(variant["body"], commune):
            yield Misfit(("variants", index, "body"), wrong)
        for district in values_of(variant["when"], "place"):
            if district not in commune.districts:
                yield Misfit(("variants", index, "when"), district)


def values_of(when: Mapping[str, str | list[str]], detail: str) -> list[str]:
    """The values of ``detail`` that a variant is for, none when it does not look at it."""
    wanted = when.get(detail, [])
    return [wanted] if isinstance(wanted, str) else wanted
