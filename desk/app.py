"""The desk's Sanic application: its parts put together, its background work started."""

import asyncio
from dataclasses import dataclass
from pathlib import Path

from sanic import HTTPResponse, Request, Sanic

from desk.app_context import App, Context, context_of
from desk.assistant.port import Assistant
from desk.assistant.rasa import RasaAssistant
from desk.channels.messenger.channel import MessengerChannel
from desk.channels.messenger.config import Pages
from desk.channels.messenger.graph import Graph
from desk.channels.messenger.lateness import Lateness
from desk.channels.messenger.media import MediaFetcher
from desk.channels.messenger.media_source import MediaSource
from desk.channels.messenger.pace import Pace
from desk.channels.messenger.personas import Personas
from desk.channels.messenger.routes import messenger
from desk.channels.messenger.sending import Carrier
from desk.channels.messenger.typing import Typist
from desk.channels.outbox import Outbox
from desk.channels.port import Channel
from desk.channels.rest.routes import rest
from desk.channels.throttle import Throttle
from desk.channels.web import live as _live  # noqa: F401  (adds its route to the blueprint)
from desk.channels.web.channel import WebChannel
from desk.channels.web.routes import web
from desk.clock import Clock, SystemClock
from desk.communes.registry import Communes
from desk.conversations.hub import Hub
from desk.conversations.relay import Relay
from desk.db.engine import Database
from desk.dialogue.process import Processor
from desk.dialogue.worker import Workers
from desk.http.errors import install_error_handlers
from desk.http.headers import install_headers
from desk.http.health import health
from desk.http.openapi import openapi
from desk.keys import secret_file
from desk.mail.postman import Postman
from desk.rounds.closing import Closing
from desk.rounds.odd_events import OddEvents
from desk.rounds.page_alerts import PageAlerts
from desk.rounds.quiet import QuietReleaser
from desk.rounds.reassign import Reassigner
from desk.rounds.reminders import Reminders
from desk.rounds.run import Rounds
from desk.rounds.strays import Strays
from desk.settings import ROOT, Settings
from desk.staff.circuit.outside import advice
from desk.staff.directory import colleagues
from desk.staff.routes import staff_pages

WIDGET = ROOT / "widget"
KNOCKS_PER_MINUTE = 30  # at the one-time links, from one address


@dataclass(frozen=True)
class Parts:
    """What a test may replace; None means the real thing."""

    assistant: Assistant | None = None
    clock: Clock | None = None


def create_app(settings: Settings, parts: Parts | None = None, name: str = "beffroi") -> App:
    """The application, ready to be served. Raises CommuneError, UnsupportedDatabase."""
    app = Sanic(name, configure_logging=False)
    app.config.REQUEST_MAX_SIZE = 256 * 1024
    app.config.KEEP_ALIVE_TIMEOUT = 60
    app.config.WEBSOCKET_MAX_SIZE = 64 * 1024
    app.config.GRACEFUL_SHUTDOWN_TIMEOUT = 5
    app.config.AUTO_EXTEND = False  # nothing of sanic-ext is used, and its HEAD of an event stream never ends
    app.ctx.desk = make_context(settings, parts or Parts())
    app.ctx.knocks = Throttle(KNOCKS_PER_MINUTE)
    install_error_handlers(app)
    install_headers(app)
    for blueprint in (web, rest, messenger, health, openapi, staff_pages, advice):
        app.blueprint(blueprint)
    _serve_widget(app)
    app.after_server_start(_start_background)
    app.before_server_stop(_stop_background)
    return app


def make_context(settings: Settings, parts: Parts) -> Context:
    """The parts of the desk, from its settings."""
    assistant = parts.assistant or RasaAssistant(str(settings.assistant_url), settings.assistant_timeout)
    communes = Communes(settings.communes_dir)
    communes.check_default(settings.default_commune)
    key = settings.rest_key.get_secret_value() or secret_file(settings.var_dir / "rest.key")
    return Context(
        settings=settings, database=Database(settings.database_url),
        communes=communes, assistant=assistant, hub=Hub(),
        clock=parts.clock or SystemClock(), rest_key=key,
    )  # fmt: skip


async def _start_background(app: App) -> None:
    context = context_of(app)
    processor = Processor(context.database, context.assistant, context.communes, context.hub, context.clock)
    channels: list[Channel] = [WebChannel(context.hub), WebChannel(context.hub, "rest")]
    app.ctx.rounds, app.ctx.graph = _rounds(context), None
    jobs = [
        Workers(context.database, processor, context.hub, context.clock, context.roster).run(),
        app.ctx.rounds.run(),
        Postman(context.database, context.settings, context.clock).run(),
    ]
    if context.settings.messenger_app_secret.get_secret_value():
        app.ctx.graph = Graph(context.settings)
        channel, typist = _messenger(context, app.ctx.graph, app.ctx.messenger_lateness)
        channels.append(channel)
        jobs += [typist.run(), _media_fetcher(context).run()]
    jobs.append(Outbox(context.database, channels, context.hub, context.clock).run())
    if not context.database.is_sqlite:
        jobs.append(Relay(context.database, context.hub).run())
    app.ctx.jobs = [asyncio.create_task(job) for job in jobs]


def _messenger(context: Context, graph: Graph, lateness: Lateness) -> tuple[MessengerChannel, Typist]:
    database, communes, hub, clock = context.database, context.communes, context.hub, context.clock
    pages = Pages(context.settings, communes)
    pace = Pace(context.settings.messenger_per_second)
    carrier = Carrier(database, graph, pace, lateness, hub, clock)
    channel = MessengerChannel(database, communes, pages, Personas(database, graph), carrier, clock)
    return channel, Typist(database, communes, pages, graph, hub, clock)


def _media_fetcher(context: Context) -> MediaFetcher:
    source = MediaSource(context.settings)
    return MediaFetcher(context.database, source, context.communes, context.hub, context.clock)


def _rounds(context: Context) -> Rounds:
    parts = context.database, context.communes, context.hub, context.clock
    staff = *parts, colleagues, context.settings.site
    reminders, reassigner, alerts = Reminders(*staff), Reassigner(*staff), PageAlerts(*staff)
    strays, odd = Strays(context.database, context.clock), OddEvents(context.database, context.clock)
    quiet, closing = QuietReleaser(*parts), Closing(*parts)
    return Rounds(
        [quiet.step, reminders.step, reassigner.step, closing.step, strays.step, odd.step, alerts.step]
    )


async def _stop_background(app: App) -> None:
    for job in app.ctx.jobs:
        job.cancel()
    await asyncio.gather(*app.ctx.jobs, return_exceptions=True)
    context = context_of(app)
    if app.ctx.graph is not None:
        await app.ctx.graph.close()
    await context.assistant.close()
    await context.database.close()


def _serve_widget(app: App) -> None:
    if (WIDGET / "src").is_dir():
        app.static("/widget/src", WIDGET / "src", name="widget")
        app.static("/widget/demo", WIDGET / "demo", name="demo")
    page = WIDGET / "demo" / "index.html"

    async def demo(_request: Request) -> HTTPResponse:
        """The demo town's home page, with the widget."""
        body = await asyncio.to_thread(Path(page).read_text, "utf-8")
        return HTTPResponse(body, content_type="text/html; charset=utf-8")

    app.add_route(demo, "/", methods=["GET", "HEAD"], name="demo_page")
