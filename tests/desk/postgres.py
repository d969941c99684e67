"""A PostgreSQL server for the tests: a throwaway cluster on a free port of loopback."""

import os
import shutil
import socket
import subprocess
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from tests.desk.memory_disk import scratch


def _binaries() -> Path:
    """Where initdb and postgres are; Debian keeps them out of the PATH."""
    found = shutil.which("initdb")
    if found:
        return Path(found).parent
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not versions:
        raise RuntimeError("PostgreSQL is not installed (apt-get install postgresql)")
    return versions[-1].parent


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _as_user() -> list[str]:
    """PostgreSQL refuses to run as root: it is then run as the user Debian made for it."""
    return ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"] if os.geteuid() == 0 else []


@contextmanager
def postgres_server() -> Iterator[str]:
    """The address of a running server that waits for no disk, without a database name."""
    with scratch("beffroi-pg-") as folder, postgres_in(folder, "-c fsync=off") as url:
        yield url


@contextmanager
def postgres_in(folder: Path, settings: str = "") -> Iterator[str]:
    """The same as it is installed, or with other ``settings``, its files in ``folder``."""
    port, run = _free_port(), _as_user()
    if run:
        shutil.chown(folder, "postgres", "postgres")
    binaries, data = _binaries(), folder / "data"
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": "/"}
    subprocess.run([*run, binaries / "initdb", "-D", data, "-U", "beffroi", "-A", "trust", "-E", "UTF8"],
                   check=True, **quiet)  # fmt: skip
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= {settings}"
    server = [*run, binaries / "pg_ctl", "-D", data]
    subprocess.run([*server, "-w", "-o", options, "-l", folder / "log", "start"], check=True, **quiet)
    try:
        yield f"postgresql://beffroi@127.0.0.1:{port}"
    finally:
        subprocess.run([*server, "-m", "immediate", "stop"], check=False, **quiet)


@contextmanager
def fresh_database(server: str, copied: str = "template1", name: str = "") -> Iterator[str]:
    """The address of a new database on ``server``, a copy of ``copied``, dropped at the end."""
    name = name or f"t{uuid.uuid4().hex}"
    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {copied}")
    try:
        yield f"{server}/{name}"
    finally:
        with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
