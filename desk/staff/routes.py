"""Every staff route, gathered in one blueprint."""

from importlib.resources import as_file, files
from pathlib import Path

from sanic import Blueprint

from desk.staff import login
from desk.staff.queue import pages as queue
from desk.staff.ticket import pages as ticket

staff_pages = Blueprint("staff", url_prefix="/staff")

with as_file(files("js_lib_htmx") / "static" / "htmx" / "htmx.min.js") as htmx:
    staff_pages.static("/htmx.min.js", htmx, name="staff_htmx")
staff_pages.static("/static", Path(__file__).with_name("static"), name="staff_static")
login.register(staff_pages)
queue.register(staff_pages)
ticket.register(staff_pages)
