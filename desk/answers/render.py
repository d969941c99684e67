"""From a published answer to what the citizen reads: variant, placeholders, source, buttons."""

from datetime import datetime
from typing import Any

from desk.answers.days import asked_dates
from desk.answers.districts import district_of
from desk.answers.hours import say_days
from desk.answers.models import Answer
from desk.answers.placeholders import HOURS_FIRST, Moment, fill, place_with_hours, without_hours
from desk.assistant.payloads import report_payload, topic_payload
from desk.communes.config import CommuneSettings
from desk.texts import Texts


def render_answer(
    answer: Answer, details: dict[str, str], commune: CommuneSettings, texts: Texts, now: datetime
) -> str:
    """The Markdown of an answer for one citizen. ``now`` is in the commune's time zone."""
    moment = Moment(now, asked_dates(texts, details.get("day", ""), now.date()))
    said = _say(answer, choose_body(answer, details, commune), commune, texts, moment)
    checked = texts("checked", date=answer.checked_on.strftime("%d/%m/%Y"), source=_sources(answer))
    return f"{said}\n\n{checked}"


def choose_body(answer: Answer, details: dict[str, str], commune: CommuneSettings) -> str:
    """The first variant whose every condition is met, the plain body otherwise."""
    known: dict[str, str | None] = dict(details)
    if "place" in known:
        known["place"] = district_of(commune, details["place"])
    for variant in answer.variants:
        if all(_meets(known.get(name), wanted) for name, wanted in variant["when"].items()):
            return str(variant["body"])
    return answer.body


def _meets(value: str | None, wanted: str | list[str]) -> bool:
    return value == wanted if isinstance(wanted, str) else value in wanted


def _say(answer: Answer, body: str, commune: CommuneSettings, texts: Texts, moment: Moment) -> str:
    """``body`` filled; a citizen who asked for a day first reads the hours of that day."""
    key = place_with_hours(body, commune) or place_with_hours(answer.body, commune)
    if not moment.asked or key is None:
        return fill(body, commune, texts, moment)
    # An answer that begins with hours is about that place: its name would only be repeated.
    of_another = not HOURS_FIRST.match(answer.body)
    lead = say_days(texts, commune.places[key], moment.now, moment.asked, named=of_another)
    return f"{lead}\n\n{fill(without_hours(body, key), commune, texts, moment)}".strip()


def answer_buttons(answer: Answer) -> list[dict[str, Any]]:
    """The answer's buttons as the channels know them: a title with a payload or a url."""
    buttons: list[dict[str, Any]] = []
    for button in answer.buttons:
        if button.get("url"):
            buttons.append({"title": button["title"], "url": button["url"]})
        elif button.get("report"):
            buttons.append({"title": button["title"], "payload": report_payload(button["report"])})
        else:
            buttons.append({"title": button["title"], "payload": topic_payload(button["topic"])})
    return buttons


def _sources(answer: Answer) -> str:
    return ", ".join(f"[{source['label']}]({source['url']})" for source in answer.sources)
