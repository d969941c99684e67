"""Whether the desk lives, whether its parts are up, and its figures for monitoring."""

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, generate_latest
from sanic import Blueprint, HTTPResponse, Request, json
from sqlalchemy import func, select, text
from sqlalchemy.exc import SQLAlchemyError

from desk.app_context import Context, context_of
from desk.conversations.models import Conversation, Delivery, Message
from desk.mail.outbox import count_mails
from desk.tickets.models import Ticket

health = Blueprint("health")


async def alive(_request: Request) -> HTTPResponse:
    """200 as long as the process answers."""
    return json({"status": "ok"})


async def ready(request: Request) -> HTTPResponse:
    """Which parts are up; 503 when the database is not (messages could not be stored).

    An assistant that is down is told but is not a reason to turn citizens away: they get a ticket.
    """
    context = context_of(request)
    parts = {"database": await _database_up(context), "assistant": await context.assistant.ready()}
    state = "ready" if all(parts.values()) else "degraded" if parts["database"] else "down"
    body = {"status": state, "parts": {name: "up" if up else "down" for name, up in parts.items()}}
    return json(body, status=200 if parts["database"] else 503)


async def _database_up(context: Context) -> bool:
    try:
        async with context.database.read() as session:
            await session.execute(text("SELECT 1"))
    except (SQLAlchemyError, OSError):
        return False
    return True


async def metrics(request: Request) -> HTTPResponse:
    """Counts in Prometheus' format, no words and no identifiers in them."""
    context = context_of(request)
    registry = CollectorRegistry()
    async with context.database.read() as session:
        outcomes = await session.execute(
            select(Message.commune, Message.outcome, func.count()).where(Message.outcome.is_not(None))
            .group_by(Message.commune, Message.outcome)
        )  # fmt: skip
        replies = Gauge("beffroi_replies", "Replies by outcome", ["commune", "outcome"], registry=registry)
        for commune, outcome, count in outcomes.tuples():
            replies.labels(commune, outcome).set(count)
        states = await session.execute(
            select(Ticket.commune, Ticket.state, func.count()).group_by(Ticket.commune, Ticket.state)
        )
        tickets = Gauge("beffroi_tickets", "Tickets by state", ["commune", "state"], registry=registry)
        for commune, state, count in states.tuples():
            tickets.labels(commune, state).set(count)
        waiting = await session.scalar(
            select(func.count()).select_from(Conversation).where(Conversation.waiting_since.is_not(None))
        )
        Gauge("beffroi_waiting_conversations", "Conversations with an unanswered message",
              registry=registry).set(waiting or 0)  # fmt: skip
        deliveries = await session.execute(select(Delivery.state, func.count()).group_by(Delivery.state))
        gauge = Gauge("beffroi_deliveries", "Delivery orders by state", ["state"], registry=registry)
        for state, count in deliveries.tuples():
            gauge.labels(state).set(count)
        mails = Gauge("beffroi_mails", "E-mails to staff by state", ["state"], registry=registry)
        for state, count in (await count_mails(session)).items():
            mails.labels(state).set(count)
    events = Gauge("beffroi_messenger_events", "Events that Meta sent to this process, by their fate",
                   ["kind", "result"], registry=registry)  # fmt: skip
    for kind, result, count in request.app.ctx.messenger_tally:
        events.labels(kind, result).set(count)
    Gauge("beffroi_assistant_up", "1 when the assistant answers", registry=registry).set(
        await context.assistant.ready()
    )
    return HTTPResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


for page, path in ((alive, "/healthz"), (ready, "/readyz"), (metrics, "/metrics")):
    health.add_route(page, path, methods=["GET", "HEAD"])  # monitors often send HEAD
