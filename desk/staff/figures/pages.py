"""The figures' page: how many, how fast, over a period; and its spreadsheet."""

from datetime import timedelta

from sanic import Blueprint, HTTPResponse, Request

from desk.app_context import context_of
from desk.journal.record import record
from desk.staff.export import begin_csv, csv_line
from desk.staff.figures.counts import figures_of, period_of
from desk.staff.figures.words import Table, tables_of
from desk.staff.guard import Visit, form_value, staff_only
from desk.staff.labels import label
from desk.staff.pages import render

PERIODS = (7, 30, 90, 365)
USUAL = 30


def register(pages: Blueprint) -> None:
    """Add these pages' routes."""
    pages.add_route(figures, "/figures", methods=["GET"], name="figures")
    pages.add_route(export, "/figures/export", methods=["POST"], name="figures_export")


@staff_only("figures")
async def figures(request: Request, visit: Visit) -> HTTPResponse:
    """The last days, as many as were chosen."""
    days = _days(request.args.get("jours", ""))
    tables = await _tables(request, visit, days)
    return render("figures/figures.html", visit=visit, tables=tables, days=days, periods=PERIODS)


@staff_only("figures")
async def export(request: Request, visit: Visit) -> HTTPResponse | None:
    """The same tables, one under the other. Exporting is journaled."""
    context, days = context_of(request), _days(form_value(request, "jours"))
    tables = await _tables(request, visit, days)
    async with context.database.write() as session:
        record(session, visit.doer, "figures.export", context.clock.now(), days=days)
    response = await begin_csv(request, f"beffroi-chiffres-{days}-jours.csv")
    for table in tables:
        await response.send(csv_line([label("figure_table", table.code)]))
        shown = [column for column in table.columns if column != "weight"]  # a bar is for the eye
        await response.send(csv_line(label("figure_column", column) for column in shown))
        for name, cells in table.rows:
            await response.send(csv_line([name, *(cell.words for cell in cells[: len(shown) - 1])]))
        await response.send("\r\n")
    await response.eof()  # type: ignore[no-untyped-call]
    return None


async def _tables(request: Request, visit: Visit, days: int) -> list[Table]:
    context = context_of(request)
    now = context.clock.now()
    async with context.database.read() as session:
        period = await period_of(session, visit.commune, now - timedelta(days=days), now)
        found = await figures_of(session, period)
    return tables_of(found, visit.commune, discreet=not visit.may("queue"))


def _days(asked: str) -> int:
    return next((days for days in PERIODS if str(days) == asked), USUAL)
