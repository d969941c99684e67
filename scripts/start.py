"""Starts everything: trains if needed, migrates, runs the Procfile, tells when it is ready."""

import asyncio
import os
import socket
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlparse

from honcho.environ import parse_procfile
from honcho.manager import Manager

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.chdir(ROOT)

from desk.cli.__main__ import main as desk
from desk.settings import Settings, SettingsError, load_settings
from scripts.train import main as train

PATIENCE = 180


def port_is_free(host: str, port: int) -> bool:
    """Whether something may listen there."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def busy_port(settings: Settings, environment: dict[str, str]) -> str:
    """One sentence about the first port that is taken, empty when all are free."""
    wanted = {
        "BEFFROI_PORT": (settings.host, settings.port),
        "BEFFROI_ASSISTANT_URL": ("127.0.0.1", int(environment["BEFFROI_ASSISTANT_PORT"])),
        "BEFFROI_ACTIONS_PORT": ("127.0.0.1", int(environment["BEFFROI_ACTIONS_PORT"])),
    }
    for name, address in wanted.items():
        if not port_is_free(*address):
            return f"port {address[1]} is already taken: stop what uses it, or choose another with {name}."
    return ""


def announce(address: str, then: Callable[[], None] | None = None) -> None:
    """Wait for the desk to say that every part is up, print where it is, and do what comes ``then``."""
    started = time.monotonic()
    while time.monotonic() - started < PATIENCE:
        time.sleep(0.5)
        try:
            with urllib.request.urlopen(f"{address}/readyz", timeout=2) as reply:
                if b'"ready"' in reply.read():
                    break
        except (urllib.error.URLError, OSError):
            continue
    else:
        print(
            "beffroi: still not ready after three minutes; see the messages above.",
            file=sys.stderr,
            flush=True,
        )
        return
    print(f"\nbeffroi: ready after {time.monotonic() - started:.0f} s.\n"
          f"  Demo town   {address}/\n  Staff       {address}/staff/\n  Interface   {address}/openapi.json\n"
          "  Ctrl-C stops everything.\n", flush=True)  # fmt: skip
    if then is not None:
        then()


def main(beside: dict[str, str] | None = None, then: Callable[[], None] | None = None) -> int:
    """0 after a clean stop; 1 after one clear sentence.

    ``beside``: commands to run beside the Procfile's, by name; ``then``: what to do once all is ready.
    """
    try:
        settings = load_settings()
    except SettingsError as error:
        print(f"beffroi: {error}", file=sys.stderr)
        return 1
    port = urlparse(str(settings.assistant_url)).port or 5005
    environment = {
        **os.environ,
        "BEFFROI_ASSISTANT_PORT": str(port),
        "PYTHONUNBUFFERED": "1",
        "PYTHONWARNINGS": "ignore",
    }
    environment.setdefault("BEFFROI_ACTIONS_PORT", "5055")
    os.environ["BEFFROI_ACTIONS_PORT"] = environment["BEFFROI_ACTIONS_PORT"]
    taken = busy_port(settings, environment)
    if taken:
        print(f"beffroi: {taken}", file=sys.stderr)
        return 1
    for step in (train, lambda: desk(["prepare"]), lambda: desk(["staff", "demo"])):
        if step() != 0:
            return 1
    asyncio.set_event_loop(None)
    shown = settings.host if settings.host not in {"127.0.0.1", "0.0.0.0"} else "localhost"
    print("beffroi: starting the assistant, its actions and the desk…", file=sys.stderr, flush=True)
    address = f"http://{shown}:{settings.port}"
    threading.Thread(target=announce, args=(address, then), daemon=True).start()
    manager = Manager()
    processes = parse_procfile((ROOT / "Procfile").read_text()).processes | (beside or {})
    for name, command in processes.items():
        manager.add_process(name, command, env=environment, cwd=str(ROOT))
    manager.loop()
    return 0 if manager.returncode in {0, 130, 143, -2, -15} else 1


if __name__ == "__main__":
    sys.exit(main())
