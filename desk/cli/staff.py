"""``beffroi staff``: accounts for the people who answer."""

import argparse
import getpass
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from desk.clock import SystemClock
from desk.communes.registry import Commune, Communes
from desk.db.engine import Database
from desk.errors import BadRequest, NotFound
from desk.journal.record import Doer, record
from desk.settings import Settings
from desk.staff.accounts import NewStaff, add_staff, find_account, has_staff, normal_email, staff_of
from desk.staff.invitations import link_for
from desk.staff.password_rules import check_password
from desk.staff.passwords import hash_password, new_password
from desk.staff.people.forms import Typed, check_email, check_profile
from desk.staff.people.links import invitation_link
from desk.staff.roles import ROLES

DEMO_EMAIL = "camille@sainte-aure.example"
OPERATOR = "beffroi staff"
"""Who did it, in the journal: whoever has the machine."""


def add_parser(commands: Any) -> None:
    """Add this command and its own sub-commands."""
    verbs = commands.add_parser("staff", help="staff accounts").add_subparsers(required=True, metavar="verb")
    add = verbs.add_parser("add", help="create an account; the password is asked for, or generated")
    add.add_argument("email")
    _add_commune(add)
    add.add_argument("--first-name", required=True, help="shown to citizens")
    add.add_argument("--job", required=True, help="shown to citizens, e.g. « relation avec les habitants »")
    add.add_argument("--role", choices=ROLES, default="manager", help="what they may do (default: manager)")
    add.add_argument("--service", action="append", default=[], help="an agent's department; several times")
    add.add_argument("--generate", action="store_true", help="draw a password and print it once")
    add.set_defaults(run=add_account)
    reset = verbs.add_parser("reset", help="print a one-time link to choose a new password")
    reset.add_argument("email")
    reset.set_defaults(run=reset_password)
    listing = verbs.add_parser("list", help="the accounts of a commune")
    _add_commune(listing)
    listing.set_defaults(run=list_accounts)
    demo = verbs.add_parser("demo", help="create the demo town's account when there is none")
    demo.set_defaults(run=add_demo)


def _add_commune(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--commune", help="the commune's id (default: BEFFROI_DEFAULT_COMMUNE)")


async def add_account(settings: Settings, arguments: argparse.Namespace) -> None:
    """Create one account."""
    commune = _commune(settings, arguments.commune)
    email = check_email(normal_email(arguments.email))
    form = Typed(email, arguments.first_name.strip(), arguments.job.strip(), arguments.role,
                 tuple(arguments.service))  # fmt: skip
    profile = check_profile(form, commune)
    password = new_password() if arguments.generate else _ask()
    if not arguments.generate:
        check_password(password, email, profile.first_name, commune.settings.name)
    new = NewStaff(commune.id, email, profile.first_name, profile.job, hash_password(password), profile.role,
                   profile.services)  # fmt: skip
    await _store(settings, new)
    if arguments.generate:
        print(f"{arguments.email}  {password}")


async def reset_password(settings: Settings, arguments: argparse.Namespace) -> None:
    """A link for somebody who forgot the password, to be given by hand."""
    async with _writing(settings) as session:
        staff = await find_account(session, arguments.email)
        if staff is None:
            raise NotFound("unknown_account", email=normal_email(arguments.email))
        now = SystemClock().now()
        token = await link_for(session, staff, None, now)
        record(session, Doer(staff.commune, OPERATOR), "password.link", now, staff.email)
    print(invitation_link(settings, token))


async def list_accounts(settings: Settings, arguments: argparse.Namespace) -> None:
    """One line an account: e-mail, role, departments, state."""
    commune = _commune(settings, arguments.commune)
    async with _writing(settings) as session:
        for staff in await staff_of(session, commune.id):
            state = "active" if staff.active else "closed"
            print("\t".join((staff.email, staff.first_name, staff.role, ",".join(staff.services), state)))


def _commune(settings: Settings, named: str | None) -> Commune:
    found = Communes(settings.communes_dir).get(named or settings.default_commune)
    if found is None:
        raise BadRequest("unknown_commune")
    return found


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
    async with _writing(settings) as session:
        if await has_staff(session, demo.id):
            return
    password = new_password()
    job = demo.texts("demo_job")
    await _store(settings, NewStaff(demo.id, DEMO_EMAIL, "Camille", job, hash_password(password)))
    print(f"demo account: {DEMO_EMAIL}  {password}  (shown once)")


async def _store(settings: Settings, new: NewStaff) -> None:
    async with _writing(settings) as session:
        now = SystemClock().now()
        staff = await add_staff(session, new, now)
        record(session, Doer(new.commune, OPERATOR), "people.added", now, staff.email, role=new.role)


@asynccontextmanager
async def _writing(settings: Settings) -> AsyncIterator[AsyncSession]:
    database = Database(settings.database_url)
    try:
        async with database.write() as session:
            yield session
    finally:
        await database.close()
