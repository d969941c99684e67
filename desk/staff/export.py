"""Spreadsheets: CSV as French offices open it, in which nothing is ever a formula."""

from collections.abc import Iterable

from sanic import HTTPResponse, Request

BOM = "\ufeff"  # without it, a spreadsheet reads UTF-8 as something else
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def csv_line(cells: Iterable[object]) -> str:
    """One line, separated by semicolons; a cell that would be run is written as text."""
    return ";".join(_cell(cell) for cell in cells) + "\r\n"


async def begin_csv(request: Request, name: str) -> HTTPResponse:
    """A response that is written line by line and saved as ``name``."""
    headers = {"content-disposition": f'attachment; filename="{name}"', "cache-control": "no-store"}
    response: HTTPResponse | None = await request.respond(
        content_type="text/csv; charset=utf-8", headers=headers
    )
    assert response is not None
    await response.send(BOM)
    return response


def _cell(value: object) -> str:
    text = str(value)
    if isinstance(value, str) and text.lstrip().startswith(_FORMULA):
        text = "'" + text
    return '"' + text.replace('"', '""') + '"' if any(char in text for char in ';"\r\n\t') else text
