"""Starts everything and, beside it, a simulated Meta with a telephone to write from: no account is needed."""

import argparse
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from desk.settings import SettingsError, load_settings
from scripts.start import main as start
from scripts.start import port_is_free
from tests.simulators.graph_api.credentials import APP_ID, APP_SECRET, PAGE, TOKENS, VERIFY_TOKEN

PORT = 8100
FOLDER = ROOT / "var" / "messenger"  # talks with invented people stay apart from the town's


def main() -> int:
    """0 after a clean stop; 1 after one clear sentence."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=PORT, help="port of the simulated Meta")
    port = parser.parse_args().port
    if not port_is_free("127.0.0.1", port):
        print(f"beffroi: port {port} is already taken: choose another with SIMULATOR_PORT.", file=sys.stderr)
        return 1
    FOLDER.mkdir(parents=True, exist_ok=True)
    os.environ |= towards(f"http://127.0.0.1:{port}")
    try:
        settings = load_settings()
    except SettingsError as error:
        print(f"beffroi: {error}", file=sys.stderr)
        return 1
    desk = f"http://127.0.0.1:{settings.port}"
    simulator = f".venvs/desk/bin/python -m tests.simulators.graph_api --port {port} --desk {desk}"
    return start({"meta": simulator}, lambda: set_up(port))


def towards(graph: str) -> dict[str, str]:
    """The settings of a town that the simulated Meta knows, and of data of its own."""
    return {
        "BEFFROI_MESSENGER_APP_ID": APP_ID, "BEFFROI_MESSENGER_APP_SECRET": APP_SECRET,
        "BEFFROI_MESSENGER_VERIFY_TOKEN": VERIFY_TOKEN, "BEFFROI_MESSENGER_TOKENS": f"{PAGE}={TOKENS[PAGE]}",
        "BEFFROI_MESSENGER_GRAPH_URL": graph, "BEFFROI_MESSENGER_MEDIA_HOSTS": "127.0.0.1",
        "BEFFROI_VAR_DIR": str(FOLDER), "BEFFROI_DATABASE_URL": f"sqlite:///{FOLDER}/beffroi.db",
        "BEFFROI_TRACKER_FILE": str(FOLDER / "assistant.db"),
    }  # fmt: skip


def set_up(port: int) -> None:
    """Greeting, Get Started, menu: with the very command that a town uses."""
    done = subprocess.run(
        [sys.executable, "-m", "desk.cli", "messenger", "setup"], cwd=ROOT, check=False,
        capture_output=True, text=True,
    )  # fmt: skip
    print(done.stdout + done.stderr, flush=True)
    print(f"  Messenger   http://localhost:{port}/  (simulated)\n", flush=True)


if __name__ == "__main__":
    sys.exit(main())
