"""``beffroi``: the commands of the person who installs and runs the desk."""

import argparse
import asyncio
import sys
from collections.abc import Awaitable, Callable

from desk.answers.seed import read_answers
from desk.answers.store import seed_answers
from desk.cli import serve, staff
from desk.clock import SystemClock
from desk.communes.config import CommuneError
from desk.communes.registry import Communes
from desk.db.engine import Database, UnsupportedDatabase
from desk.db.migrate import migrate
from desk.errors import DeskError
from desk.http.errors import sentence
from desk.settings import Settings, SettingsError, load_settings
from desk.texts import load_texts

Command = Callable[[Settings, argparse.Namespace], Awaitable[None]]


async def prepare(settings: Settings, _arguments: argparse.Namespace) -> None:
    """Migrate the database and seed every commune's answers."""
    database, clock = Database(settings.database_url), SystemClock()
    try:
        await migrate(database)
        for commune in Communes(settings.communes_dir).all():
            answers = read_answers(commune.folder, commune.settings)
            async with database.write() as session:
                counts = await seed_answers(session, commune.id, answers, clock)
            print(f"{commune.id}: " + ", ".join(f"{count} {name}" for name, count in counts.items()))
    finally:
        await database.close()


def parser() -> argparse.ArgumentParser:
    """The command line."""
    top = argparse.ArgumentParser(prog="beffroi", description="Beffroi: the desk's commands.")
    commands = top.add_subparsers(required=True, metavar="command")
    commands.add_parser("prepare", help="migrate the database and seed the answers").set_defaults(run=prepare)
    serve.add_parser(commands)
    staff.add_parser(commands)
    return top


def main(arguments: list[str] | None = None) -> int:
    """Run one command; 0, or 1 after one clear sentence on what is wrong."""
    parsed = parser().parse_args(arguments)
    try:
        settings = load_settings()
        if hasattr(parsed, "serve"):
            return int(parsed.serve(settings))
        asyncio.run(parsed.run(settings, parsed))
    except (SettingsError, CommuneError, UnsupportedDatabase) as error:
        print(f"beffroi: {error}", file=sys.stderr)
        return 1
    except DeskError as error:
        print(f"beffroi: {sentence(load_texts(), error)}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
