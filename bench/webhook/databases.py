"""Databases on the disk, which is waited for at every commit, as in a town.

The tests' own live in memory, and their PostgreSQL waits for nothing.
"""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.desk.postgres import postgres_in

DISK = "/var/tmp"  # what is there outlives the machine's restart: it is no memory
BACKENDS = ("sqlite", "postgresql")


@contextmanager
def database(backend: str) -> Iterator[tuple[str, Path]]:
    """The address of an empty database, and its folder, which goes away."""
    with tempfile.TemporaryDirectory(prefix="beffroi-webhook-", dir=DISK) as name:
        folder = Path(name)
        if backend == "sqlite":
            yield f"sqlite:///{folder}/desk.db", folder
        else:
            with postgres_in(folder) as server:
                yield f"{server}/postgres", folder
