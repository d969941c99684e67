"""What changed between two contents of an answer, field by field, in words that stay and words that go."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date
from difflib import SequenceMatcher
from typing import Any, Literal, NamedTuple

from desk.communes.registry import Commune
from desk.staff.answers.words import case_name, goal_name
from desk.staff.labels import label

MOST_WORDS = 1500
"""Beyond, two passages are shown one after the other: comparing their words would take too long."""

type Kind = Literal["same", "del", "ins"]


class Part(NamedTuple):
    """A piece of text that stays, goes or comes."""

    kind: Kind
    text: str


class Change(NamedTuple):
    """A field that differs."""

    name: str
    parts: list[Part]


def changes(before: Mapping[str, Any], after: Mapping[str, Any], commune: Commune) -> list[Change]:
    """The fields that differ, in the order of the form, those that vanished last."""
    old, new = dict(fields(before, commune)), dict(fields(after, commune))
    names = [*new, *(name for name in old if name not in new)]
    return [
        Change(name, compared(old.get(name, ""), new.get(name, "")))
        for name in names
        if old.get(name, "") != new.get(name, "")
    ]


def fields(typed: Mapping[str, Any], commune: Commune) -> Iterator[tuple[str, str]]:
    """Every field by its French name, as text; two cases of the same name are numbered.

    Files end their texts with a line end, which the editor drops: it is no difference.
    """
    yield label("answer_field", "title"), typed["title"]
    yield label("answer_field", "body"), typed["body"].strip()
    cases: Counter[str] = Counter()
    for variant in typed["variants"]:
        case = case_name(variant["when"], commune)
        cases[case] += 1
        name = label("answer_field", "variant", case=case)
        yield name if cases[case] == 1 else f"{name} ({cases[case]})", variant["body"].strip()
    order = (case_name(variant["when"], commune) for variant in typed["variants"])
    yield label("answer_field", "order"), "\n".join(order)
    yield label("answer_field", "buttons"), "\n".join(map(goal_name, typed["buttons"]))
    yield label("answer_field", "sources"), "\n".join(f"{s['label']} {s['url']}" for s in typed["sources"])
    for name in ("checked_on", "review_on"):
        yield label("answer_field", name), _day(typed[name])


def compared(before: str, after: str) -> list[Part]:
    """``after`` beside ``before``: whole lines first, then the words of lines that changed."""
    old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    parts: list[Part] = []
    for tag, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        gone, come = "".join(old[a:b]), "".join(new[c:d])
        parts += [Part("same", gone)] if tag == "equal" else _words(gone, come)
    return parts


def _words(before: str, after: str) -> Iterator[Part]:
    old, new = re.findall(r"\S+\s*|\s+", before), re.findall(r"\S+\s*|\s+", after)
    if max(len(old), len(new)) > MOST_WORDS:
        old, new = [before], [after]
    for tag, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            yield Part("same", "".join(old[a:b]))
            continue
        if b > a:
            yield Part("del", "".join(old[a:b]))
        if d > c:
            yield Part("ins", "".join(new[c:d]))


def _day(written: str | None) -> str:
    try:
        return date.fromisoformat(written or "").strftime("%d/%m/%Y")
    except ValueError:
        return written or ""
