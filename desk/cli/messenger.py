"""``beffroi messenger``: the Pages set up at Meta, and watched."""

import argparse
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from desk.answers.store import titles_of
from desk.channels.messenger.config import Page, Pages
from desk.channels.messenger.graph import Graph
from desk.channels.messenger.setup.installation import installation_lines
from desk.channels.messenger.setup.page import set_up
from desk.channels.messenger.setup.report import Line, State, all_well, named, written
from desk.channels.messenger.setup.terms import Terms
from desk.channels.messenger.setup.watch import watched_at_meta, watched_here
from desk.clock import SystemClock
from desk.communes.registry import Communes
from desk.db.engine import Database
from desk.errors import NotFound
from desk.settings import Settings, SettingsError
from desk.texts import Texts, load_texts

DAYS = 14
"""What expires within so many days is to be mended now."""

ALERT, UNKNOWN = 1, 2
"""What monitoring reads of ``check``: something is wrong; Meta could not be asked."""


def add_parser(commands: Any) -> None:
    """Add this command and its own sub-commands."""
    verbs = commands.add_parser("messenger", help="Facebook Pages").add_subparsers(
        required=True, metavar="verb"
    )
    setup = verbs.add_parser("setup", help="set up every Page at Meta, and say what is left to do")
    setup.add_argument("--page", help="this Page only")
    setup.add_argument("--dry-run", action="store_true", help="change nothing, say what would be changed")
    setup.set_defaults(run=setup_pages)
    check = verbs.add_parser("check", help="watch every Page, for monitoring: 0, 1 alert, 2 not known")
    check.add_argument("--days", type=int, default=DAYS, help=f"alert before an expiry (default: {DAYS})")
    check.add_argument("--quiet", action="store_true", help="print nothing while all is well")
    check.set_defaults(run=check_pages)


async def setup_pages(settings: Settings, arguments: argparse.Namespace) -> int:
    """Set the Pages up, and print what was done; 1 when something is left to do."""
    texts = load_texts()
    async with _looking(settings, DAYS) as look:
        pages = look.named_page(arguments.page) if arguments.page else look.pages.all()
        lines = await installation_lines(settings, look.terms.now.date())
        well = _print(texts, texts("messenger_setup.installation"), lines)
        for page in pages:
            commune = look.communes[page.commune]
            async with look.database.read() as session:
                titles = await titles_of(session, commune.id, commune.settings.messenger.ice_breakers)
            lines = await set_up(look.terms, page, commune, titles, dry_run=arguments.dry_run)
            well = _print(texts, named(texts, page), lines) and well
    return 0 if well else 1


async def check_pages(settings: Settings, arguments: argparse.Namespace) -> int:
    """Look at everything, change nothing, and print a line for the installation and one for each Page."""
    texts, results = load_texts(), []
    async with _looking(settings, arguments.days) as look:
        installation = await installation_lines(settings, look.terms.now.date())
        where = texts("messenger_setup.installation")
        results.append(_told(texts, where, installation, quiet=arguments.quiet))
        for page in look.pages.all():
            lines = await watched_at_meta(look.terms, page)
            async with look.database.read() as session:
                lines += await watched_here(session, page, look.communes[page.commune], look.terms.now)
            results.append(_told(texts, named(texts, page), lines, quiet=arguments.quiet))
    return ALERT if ALERT in results else max(results)


@dataclass(frozen=True)
class _Look:
    database: Database
    communes: Communes
    pages: Pages
    terms: Terms

    def named_page(self, page_id: str) -> list[Page]:
        page = self.pages.get(page_id)
        if page is None:
            raise NotFound("unknown_page")
        return [page]


@asynccontextmanager
async def _looking(settings: Settings, days: int) -> AsyncIterator[_Look]:
    """What the commands need. Raises SettingsError when Messenger is not configured."""
    if not settings.messenger_app_id:
        raise SettingsError("BEFFROI_MESSENGER_APP_ID: no application is set")
    if not settings.messenger_app_secret.get_secret_value():
        raise SettingsError("BEFFROI_MESSENGER_APP_SECRET: no secret is set")
    communes = Communes(settings.communes_dir)
    pages = Pages(settings, communes)
    if not pages.all():
        raise SettingsError("commune.yml: messenger: no page is declared")
    now = SystemClock().now()
    database, graph = Database(settings.database_url), Graph(settings)
    try:
        terms = Terms(graph, settings.messenger_app_id, now, now + timedelta(days=days))
        yield _Look(database, communes, pages, terms)
    finally:
        await graph.close()
        await database.close()


def _print(texts: Texts, title: str, lines: Sequence[Line]) -> bool:
    print(written(texts, title, lines))
    return all_well(lines)


def _told(texts: Texts, what: str, lines: Sequence[Line], *, quiet: bool) -> int:
    """Print one line on one thing: what is wrong with it, else what could not be known, else all is well."""
    for state, key, code in ((State.TODO, "alert", ALERT), (State.FAILED, "unknown", UNKNOWN)):
        why = [one for one in lines if one.state == state]
        if why:
            _say(texts, key, what, why)
            return code
    if not quiet:
        _say(texts, "fine", what, lines)
    return 0


def _say(texts: Texts, key: str, what: str, why: Sequence[Line]) -> None:
    said = " ".join(one.words(texts) for one in why)
    print(texts(f"messenger_setup.{key}", what=what, why=said))
