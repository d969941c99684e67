"""``beffroi staff``: accounts for the people who answer."""

import argparse
import getpass
import sys
from typing import Any

from desk.clock import SystemClock
from desk.communes.registry import Communes
from desk.db.engine import Database
from desk.errors import BadRequest
from desk.settings import Settings
from desk.staff.accounts import NewStaff, add_staff, has_staff
from desk.staff.passwords import new_password

DEMO_EMAIL = "camille@sainte-aure.example"


def add_parser(commands: Any) -> None:
    """Add this command and its own sub-commands."""
    verbs = commands.add_parser("staff", help="staff accounts").add_subparsers(required=True, metavar="verb")
    add = verbs.add_parser("add", help="create an account; the password is asked for, or generated")
    add.add_argument("email")
    add.add_argument("--commune", help="the commune's id (default: BEFFROI_DEFAULT_COMMUNE)")
    add.add_argument("--first-name", required=True, help="shown to citizens")
    add.add_argument("--job", required=True, help="shown to citizens, e.g. « relation avec les habitants »")
    add.add_argument("--generate", action="store_true", help="draw a password and print it once")
    add.set_defaults(run=add_account)
    demo = verbs.add_parser("demo", help="create the demo town's account when there is none")
    demo.set_defaults(run=add_demo)


async def add_account(settings: Settings, arguments: argparse.Namespace) -> None:
    """Create one account."""
    commune = arguments.commune or settings.default_commune
    if Communes(settings.communes_dir).get(commune) is None:
        raise BadRequest("unknown_commune")
    password = new_password() if arguments.generate else _ask()
    new = NewStaff(commune, arguments.email, arguments.first_name, arguments.job, password)
    await _store(settings, new)
    if arguments.generate:
        print(f"{arguments.email}  {password}")


def _ask() -> str:
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n")
    password = getpass.getpass("Password: ")
    if password != getpass.getpass("Again: "):
        raise BadRequest("passwords_differ")
    return password


async def add_demo(settings: Settings, _arguments: argparse.Namespace) -> None:
    """The demo town's community manager; the password is printed once and stored nowhere in clear."""
    demo = Communes(settings.communes_dir).get("demo")
    if demo is None or not demo.settings.fictional:
        return
    database = Database(settings.database_url)
    try:
        async with database.read() as session:
            if await has_staff(session, demo.id):
                return
    finally:
        await database.close()
    password = new_password()
    job = demo.texts("demo_job")
    await _store(settings, NewStaff(demo.id, DEMO_EMAIL, "Camille", job, password))
    print(f"demo account: {DEMO_EMAIL}  {password}  (shown once)")


async def _store(settings: Settings, new: NewStaff) -> None:
    database = Database(settings.database_url)
    try:
        async with database.write() as session:
            await add_staff(session, new, SystemClock().now())
    finally:
        await database.close()
