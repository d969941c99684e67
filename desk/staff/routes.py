"""Every staff route, gathered in one blueprint."""

from pathlib import Path

from sanic import Blueprint

from desk.staff import login, queue_pages, ticket_pages

staff_pages = Blueprint("staff", url_prefix="/staff")

staff_pages.static("/static", Path(__file__).with_name("static"), name="staff_static")
login.register(staff_pages)
queue_pages.register(staff_pages)
ticket_pages.register(staff_pages)
