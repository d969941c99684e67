"""From a published answer to what the citizen reads: variant, placeholders, source, buttons."""

from datetime import datetime
from typing import Any

from desk.answers.days import asked_date
from desk.answers.models import Answer
from desk.answers.placeholders import Moment, fill
from desk.assistant.payloads import report_payload, topic_payload
from desk.communes.config import CommuneSettings
from desk.texts import Texts


def render_answer(
    answer: Answer, details: dict[str, str], commune: CommuneSettings, texts: Texts, now: datetime
) -> str:
    """The Markdown of an answer for one citizen. ``now`` is in the commune's time zone."""
    asked = asked_date(texts, details.get("day", ""), now.date())
    body = fill(choose_body(answer, details), commune, texts, Moment(now, asked))
    checked = texts("checked", date=answer.checked_on.strftime("%d/%m/%Y"), source=_sources(answer))
    return f"{body}\n\n{checked}"


def choose_body(answer: Answer, details: dict[str, str]) -> str:
    """The first variant whose every condition is met, the plain body otherwise."""
    for variant in answer.variants:
        if all(details.get(name) == value for name, value in variant["when"].items()):
            return str(variant["body"])
    return answer.body


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
