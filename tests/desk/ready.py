"""What a database holds before a test starts: tables, answers, and staff of every role."""

from pathlib import Path

from argon2 import PasswordHasher

from desk.answers.seed import read_answers
from desk.answers.store import seed_answers
from desk.clock import Clock
from desk.communes.registry import Communes
from desk.db.engine import Database
from desk.db.migrate import migrate
from desk.staff.models import Staff
from tests.desk.people import CAMILLE, HUGO, INES, MALIK, NADIA, PASSWORD, PAUL, SOFIA

PEOPLE = (
    ("demo", CAMILLE, "Camille", "chargée de la relation avec les habitants", "manager", []),
    ("demo", NADIA, "Nadia", "agente d’accueil", "manager", []),
    ("demo", INES, "Inès", "responsable informatique", "admin", []),
    ("demo", MALIK, "Malik", "agent de la voirie", "agent", ["voirie"]),
    ("demo", SOFIA, "Sofia", "officière d’état civil", "agent", ["etat_civil"]),
    ("demo", PAUL, "Paul", "adjoint au maire", "elected", []),
    ("valbreuil", HUGO, "Hugo", "secrétaire de mairie", "manager", []),
)


def cheap_hash(password: str) -> str:
    """A real argon2id hash, quick to check."""
    return PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(password)


async def fill(url: str, communes_dir: Path, clock: Clock) -> None:
    """Migrate and seed an empty database. The passwords' hashes are real but cheap to check."""
    database = Database(url)
    try:
        await migrate(database)
        async with database.write() as session:
            for commune in Communes(communes_dir).all():
                answers = read_answers(commune.folder, commune.settings)
                await seed_answers(session, commune.id, answers, clock)
            for commune_id, email, first_name, job, role, services in PEOPLE:
                session.add(
                    Staff(commune=commune_id, email=email, first_name=first_name, job=job, role=role,
                          services=services, password_hash=cheap_hash(PASSWORD), active=True,
                          created_at=clock.now())
                )  # fmt: skip
    finally:
        await database.close()
