"""Databases on the disk, which is waited for at every commit, as in a town.

The tests' own live in memory, and their PostgreSQL waits for nothing.
"""

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.processes import free_port
from tests.desk.postgres import _as_user, _binaries

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
            with _postgresql(folder) as url:
                yield url, folder


@contextmanager
def _postgresql(folder: Path) -> Iterator[str]:
    """PostgreSQL as it is installed, on a free port of loopback."""
    port, run, data = free_port(), _as_user(), folder / "data"
    if run:
        shutil.chown(folder, "postgres", "postgres")
    _do(*run, _binaries() / "initdb", "-D", data, "-U", "beffroi", "-A", "trust", "-E", "UTF8")
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories="
    server: list[str | Path] = [*run, _binaries() / "pg_ctl", "-w", "-D", data]
    _do(*server, "-o", options, "-l", folder / "log", "start")
    try:
        yield f"postgresql://beffroi@127.0.0.1:{port}/postgres"
    finally:
        _do(*server, "-m", "fast", "stop")


def _do(*command: str | Path) -> None:
    subprocess.run(command, cwd="/", check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
