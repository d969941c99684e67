"""Running what is measured: commands with their time, servers with their memory."""

import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PATIENCE = 300


def free_port() -> int:
    """A port nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def timed(command: list[str], folder: Path, log: Path) -> float:
    """Seconds that ``command`` takes. Raises CalledProcessError; its output is kept in ``log``."""
    log.parent.mkdir(parents=True, exist_ok=True)
    started = time.monotonic()
    with log.open("w") as output:
        subprocess.run(command, cwd=folder, stdout=output, stderr=output, env=environment(), check=True)
    return time.monotonic() - started


def environment(**more: str) -> dict[str, str]:
    """What every measured process gets."""
    quiet = {"SQLALCHEMY_SILENCE_UBER_WARNING": "1", "TF_CPP_MIN_LOG_LEVEL": "3", "PYTHONWARNINGS": "ignore"}
    return {**os.environ, **quiet, "RASA_TELEMETRY_ENABLED": "false", "PYTHONPATH": str(ROOT), **more}


@dataclass
class Servers:
    """Processes that run together."""

    processes: list[subprocess.Popen[bytes]]
    ready_after: float

    def memory_mib(self) -> float:
        """Proportional set size of all of them, in MiB."""
        return sum(_pss(process.pid) for process in self.processes) / 1024


@contextmanager
def running(commands: list[list[str]], folder: Path, env: dict[str, str], ready: str) -> Iterator[Servers]:
    """The servers, once ``ready`` (an address) answers 200 and says so."""
    started = time.monotonic()
    log = (ROOT / "var/bench/servers.log").open("ab")
    processes = [
        subprocess.Popen(command, cwd=folder, env=env, stdout=log, stderr=log) for command in commands
    ]
    try:
        while not _answers(ready):
            if time.monotonic() - started > PATIENCE or any(one.poll() is not None for one in processes):
                raise RuntimeError("a measured server did not start: see var/bench/servers.log")
            time.sleep(0.05)
        yield Servers(processes, time.monotonic() - started)
    finally:
        for process in processes:
            process.send_signal(signal.SIGTERM)
        for process in processes:
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
        log.close()


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=2) as reply:
            return b"degraded" not in reply.read()
    except (urllib.error.URLError, OSError):
        return False


def _pss(pid: int) -> int:
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1])
    return 0
