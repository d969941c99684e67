"""The journal's page: who did what, and its export."""

from collections.abc import Callable
from datetime import date
from functools import partial
from urllib.parse import urlencode

from sanic import Blueprint, HTTPResponse, Request

from desk.app_context import context_of
from desk.journal.models import JournalEntry
from desk.journal.record import record
from desk.staff.accounts import staff_of
from desk.staff.export import begin_csv, csv_line
from desk.staff.guard import Visit, clean, form_value, staff_only
from desk.staff.journal.listing import MAX_ID, PAGE, Sieve, entries, every_entry
from desk.staff.labels import codes, label
from desk.staff.pages import render

ROLE_DETAILS = ("role", "before")
FIELDS = ("who", "action", "subject", "first", "last")


def register(pages: Blueprint) -> None:
    """Add these pages' routes."""
    pages.add_route(journal, "/journal", methods=["GET"], name="journal")
    pages.add_route(export, "/journal/export", methods=["POST"], name="journal_export")


@staff_only("journal")
async def journal(request: Request, visit: Visit) -> HTTPResponse:
    """Fifty lines, the newest first, and where the next ones are."""
    sieve, wrong = sieve_of(request.args.get)
    async with context_of(request).database.read() as session:
        found = await entries(session, visit.commune, sieve, PAGE + 1)
        people = await staff_of(session, visit.commune.id)
    shown, typed = found[:PAGE], _typed(request.args.get)
    more = {**typed, "before": shown[-1].id} if len(found) > PAGE else {}
    return render(
        "journal/journal.html", visit=visit, lines=[_line(visit, entry) for entry in shown], typed=typed,
        people=people, actions=_actions(), wrong=wrong, following=urlencode(more), here=sieve.before,
    )  # fmt: skip


@staff_only("journal")
async def export(request: Request, visit: Visit) -> HTTPResponse | None:
    """The same lines, all of them, as a spreadsheet. Exporting is itself journaled."""
    context = context_of(request)
    sieve, _ = sieve_of(partial(form_value, request))  # what cannot be read asks for nothing, as on the page
    async with context.database.write() as session:
        record(session, visit.doer, "journal.export", context.clock.now(), sieve.subject)
    response = await begin_csv(request, "beffroi-journal.csv")
    await response.send(csv_line(label("journal_column", column) for column in _COLUMNS))
    async for entry in every_entry(context.database, visit.commune, sieve):
        at = visit.commune.local(entry.at).isoformat(sep=" ", timespec="seconds")
        await response.send(csv_line((at, entry.who, _words(entry), entry.subject, entry.action)))
    await response.eof()  # type: ignore[no-untyped-call]
    return None


_COLUMNS = ("at", "who", "what", "subject", "code")


def sieve_of(get: Callable[[str], object]) -> tuple[Sieve, bool]:
    """What is asked for, and whether a date could not be read (it then asks for nothing)."""
    typed = _typed(get)
    first, bad_first = _day(typed["first"])
    last, bad_last = _day(typed["last"])
    before = str(get("before") or "")
    number = min(int(before), MAX_ID) if before.isascii() and before.isdigit() and len(before) < 20 else None
    sieve = Sieve(typed["who"], typed["action"], typed["subject"], first, last, number)
    return sieve, bad_first or bad_last


def _typed(get: Callable[[str], object]) -> dict[str, str]:
    return {name: clean(get(name) or "").strip()[:254] for name in FIELDS}


def _day(typed: str) -> tuple[date | None, bool]:
    """A day, or none; whether something else was typed. The calendar's two ends have no day beside them."""
    if not typed:
        return None, False
    try:
        day = date.fromisoformat(typed)
    except ValueError:
        return None, True
    return (day, False) if date.min.year < day.year < date.max.year else (None, True)


def _actions() -> list[tuple[str, str]]:
    """What can be looked for, in the order of its French words."""
    return sorted(((code, label("journal", code)) for code in codes("journal")), key=lambda pair: pair[1])


def _line(visit: Visit, entry: JournalEntry) -> dict[str, str]:
    return {
        "at": visit.commune.local(entry.at).strftime("%d/%m/%Y %H:%M"),  # a journal goes back for years
        "exact": entry.at.isoformat(),
        "who": entry.who,
        "words": _words(entry),
        "subject": entry.subject,
        "link": f"/staff/tickets/{entry.subject}" if entry.subject.startswith("BEF-") else "",
    }


def _words(entry: JournalEntry) -> str:
    """What was done; the roles among its details in words."""
    details = {
        name: label("role", value) if name in ROLE_DETAILS else value for name, value in entry.data.items()
    }
    return label("journal", entry.action, **details)
