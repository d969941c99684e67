"""The parts of an answer put into words for staff: cases, values of details, where a button leads."""

from collections.abc import Mapping

from desk.answers.details import PLACE
from desk.answers.seed import values_of
from desk.communes.registry import Commune
from desk.staff.labels import label

type When = Mapping[str, str | list[str]]


def done_sentence(code: str | None) -> str:
    """What has just been done, as an address says it; empty for what we never say."""
    said = label("answer_done", code)
    return said if said != code else ""


def case_name(when: When, commune: Commune) -> str:
    """« Public : mineur, Motif : vol ou perte »; empty when nothing is asked for."""
    return label("answer_case", "and").join(
        label("answer_case", "condition", detail=label("answer_detail", detail),
              values=label("answer_case", "or").join(
                  value_name(detail, value, commune) for value in values_of(when, detail)))
        for detail in sorted(when)
    )  # fmt: skip


def value_name(detail: str, value: str, commune: Commune) -> str:
    """What a value of a detail is called; a district has the town's own name."""
    district = commune.settings.districts.get(value) if detail == PLACE else None
    return district.name if district else label("answer_value", value)


def goal_name(button: Mapping[str, str]) -> str:
    """« Piscine : vers le sujet piscine »."""
    kind = next((kind for kind in button if kind != "title"), "topic")
    return label("answer_button", f"{kind}_goal", title=button["title"], goal=button.get(kind, ""))
