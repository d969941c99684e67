"""``beffroi``: the commands of the person who installs and runs the desk."""

import argparse
import asyncio
import sys
from collections.abc import Callable, Coroutine
from typing import Any

from sqlalchemy.exc import DBAPIError

from desk.answers.seed import read_answers
from desk.answers.store import seed_answers
from desk.cli import mail, messenger, serve, staff
from desk.clock import SystemClock
from desk.communes.config import CommuneError
from desk.communes.registry import Communes
from desk.db.engine import Database, UnsupportedDatabase, alone
from desk.db.migrate import LOCK_KEY, NotPrepared, check_current, migrate
from desk.errors import DeskError
from desk.settings import Settings, SettingsError, load_settings
from desk.staff.canned.seed import read_canned
from desk.staff.canned.store import seed_canned
from desk.texts import load_texts
from desk.texts.errors import sentence

Command = Callable[[Settings, argparse.Namespace], Coroutine[Any, Any, int | None]]


async def prepare(settings: Settings, _arguments: argparse.Namespace) -> None:
    """Migrate the database, seed every commune's answers and its first replies kept ready."""
    communes = Communes(settings.communes_dir)
    communes.check_default(settings.default_commune)
    database, clock = Database(settings.database_url), SystemClock()
    try:
        await migrate(database)
        for commune in communes.all():
            answers, canned = read_answers(commune.folder, commune.settings), read_canned(commune.folder)
            async with database.write() as session:
                await alone(session, LOCK_KEY)
                counts = await seed_answers(session, commune.id, answers, clock)
                await seed_canned(session, commune.id, canned, clock.now())
            print(f"{commune.id}: " + ", ".join(f"{count} {name}" for name, count in counts.items()))
    finally:
        await database.close()


async def check_prepared(settings: Settings) -> None:
    """Raises NotPrepared before a command that needs the tables."""
    database = Database(settings.database_url)
    try:
        await check_current(database)
    finally:
        await database.close()


def parser() -> argparse.ArgumentParser:
    """The command line."""
    top = argparse.ArgumentParser(prog="beffroi", description="Beffroi: the desk's commands.")
    commands = top.add_subparsers(required=True, metavar="command")
    commands.add_parser("prepare", help="migrate the database and seed the answers").set_defaults(run=prepare)
    serve.add_parser(commands)
    staff.add_parser(commands)
    mail.add_parser(commands)
    messenger.add_parser(commands)
    return top


def main(arguments: list[str] | None = None) -> int:
    """Run one command; its exit code, or 1 after one clear sentence on what is wrong."""
    try:
        return _run(parser().parse_args(arguments))
    except (SettingsError, CommuneError, NotPrepared) as error:
        wrong = str(error)
    except UnsupportedDatabase as error:
        wrong = f"BEFFROI_DATABASE_URL: {error}"
    except DBAPIError as error:
        wrong = f"BEFFROI_DATABASE_URL: the database cannot be used: {str(error.orig).partition('\n')[0]}"
    except DeskError as error:
        wrong = sentence(load_texts(), error)
    print(f"beffroi: {wrong}", file=sys.stderr)
    return 1


def _run(parsed: argparse.Namespace) -> int:
    settings = load_settings()
    if hasattr(parsed, "serve"):
        asyncio.run(check_prepared(settings))
        return int(parsed.serve(settings))
    if parsed.run is not prepare:
        asyncio.run(check_prepared(settings))
    run: Command = parsed.run
    return asyncio.run(run(settings, parsed)) or 0


if __name__ == "__main__":
    sys.exit(main())
