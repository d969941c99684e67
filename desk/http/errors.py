"""Errors on their way out: coded JSON for programs, a French page for people."""

from http import HTTPStatus

from sanic import HTTPResponse, Request, json
from sanic.exceptions import MethodNotAllowed, PayloadTooLarge, SanicException
from sanic.exceptions import NotFound as NoRoute
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from desk.app_context import App
from desk.errors import BadRequest, DeskError, NotFound, TooLarge, TooMany, Unavailable
from desk.log import get_logger
from desk.staff.circuit.outside import failed
from desk.staff.pages import render
from desk.texts import load_texts
from desk.texts.errors import sentence

ADVICE = "/avis/"


def install_error_handlers(app: App) -> None:
    """Every exception leaves as JSON with a code and a French sentence, never a stack trace."""
    app.error_handler.add(DeskError, _desk_error)
    app.error_handler.add(SanicException, _sanic_error)
    app.error_handler.add(Exception, _unexpected)
    for gone in (OperationalError, InterfaceError, PoolTimeout):
        app.error_handler.add(gone, _database_gone)


def _desk_error(request: Request, error: DeskError) -> HTTPResponse:
    if request.path.startswith("/staff"):
        return render("error.html", status=int(error.status), sentence=sentence(load_texts(), error))
    if request.path.startswith(ADVICE):
        return failed(error)
    headers = {"retry-after": str(error.data["retry_after"])} if isinstance(error, TooMany) else {}
    body = {"code": error.code, "message": sentence(load_texts(), error), **error.data}
    return json({"error": body}, status=int(error.status), headers=headers)


def _sanic_error(request: Request, error: SanicException) -> HTTPResponse:
    if isinstance(error, NoRoute):
        return _desk_error(request, NotFound())
    if isinstance(error, PayloadTooLarge):
        return _desk_error(request, TooLarge(limit=4000))
    if isinstance(error, MethodNotAllowed):
        body = {"code": "method_not_allowed", "message": load_texts()("errors.method")}
        return json({"error": body}, status=405, headers=error.headers)
    if error.status_code < HTTPStatus.INTERNAL_SERVER_ERROR:
        wrong = _desk_error(request, BadRequest())
        wrong.status = error.status_code
        return wrong
    return _unexpected(request, error)


def _unexpected(request: Request, error: Exception) -> HTTPResponse:
    get_logger().error("request_failed", path=_place(request), exc_info=error)
    return _desk_error(request, DeskError())


def _database_gone(request: Request, error: Exception) -> HTTPResponse:
    """The widget keeps what was typed and tries again."""
    get_logger().error("database_gone", path=_place(request), error=type(error).__name__)
    return _desk_error(request, Unavailable())


def _place(request: Request) -> str:
    """What was asked for, without the key of a one-time link."""
    return ADVICE if request.path.startswith(ADVICE) else request.path
