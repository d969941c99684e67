"""After a change on the circuit: other pages learn that something moved, the visitor is led back."""

from sanic import HTTPResponse, Request
from sanic.response import redirect

from desk.app_context import Context, context_of
from desk.conversations.hub import queue_subject
from desk.tickets.models import Ticket


def moved(request: Request, ticket: Ticket) -> HTTPResponse:
    """Tell, once the change is committed, and go back to the ticket's page."""
    tell(context_of(request), ticket)
    return redirect(f"/staff/tickets/{ticket.reference}#circuit", status=303)


def tell(context: Context, ticket: Ticket) -> None:
    """The queue and the ticket's page look again."""
    context.hub.publish(queue_subject(ticket.commune), kind="changed", conversation=ticket.conversation_id)
