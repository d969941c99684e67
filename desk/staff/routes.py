"""Every staff route, gathered in one blueprint."""

from importlib.resources import as_file, files
from pathlib import Path

from sanic import Blueprint

from desk.staff import login, mending
from desk.staff.account import pages as account
from desk.staff.account import second_factor
from desk.staff.answers import pages as answers
from desk.staff.canned import pages as canned
from desk.staff.circuit import pages as circuit
from desk.staff.composer import draft_pages, presence_pages
from desk.staff.composer import pages as composer
from desk.staff.figures import pages as figures
from desk.staff.frame import pages as frame
from desk.staff.journal import pages as journal
from desk.staff.notices import pages as notices
from desk.staff.oidc import pages as oidc
from desk.staff.people import pages as people
from desk.staff.people import person, welcome
from desk.staff.queue import pages as queue
from desk.staff.ticket import attachments, noting, sorting, verbs
from desk.staff.ticket import pages as ticket

staff_pages = Blueprint("staff", url_prefix="/staff")

with as_file(files("js_lib_htmx") / "static" / "htmx" / "htmx.min.js") as htmx:
    staff_pages.static("/htmx.min.js", htmx, name="staff_htmx")
staff_pages.static("/static", Path(__file__).with_name("static"), name="staff_static")
login.register(staff_pages)
welcome.register(staff_pages)
oidc.register(staff_pages)
account.register(staff_pages)
second_factor.register(staff_pages)
people.register(staff_pages)
person.register(staff_pages)
journal.register(staff_pages)
figures.register(staff_pages)
queue.register(staff_pages)
mending.register(staff_pages)
attachments.register(staff_pages)
ticket.register(staff_pages)
noting.register(staff_pages)
sorting.register(staff_pages)
verbs.register(staff_pages)
composer.register(staff_pages)
draft_pages.register(staff_pages)
presence_pages.register(staff_pages)
canned.register(staff_pages)
answers.register(staff_pages)
frame.register(staff_pages)
notices.register(staff_pages)
circuit.register(staff_pages)
