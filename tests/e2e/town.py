"""The three processes as the Procfile runs them, on free ports, with data of their own."""

import json
import os
import re
import shlex
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 180


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Town:
    """A running Beffroi: start, kill -9 and restart each of its processes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        ports = {name: free_port() for name in ("desk", "assistant", "actions")}
        self.url = f"http://127.0.0.1:{ports['desk']}"
        self.environment = {
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "PYTHONWARNINGS": "ignore",
            "PYTHONUNBUFFERED": "1",
            "BEFFROI_PORT": str(ports["desk"]),
            "BEFFROI_ASSISTANT_PORT": str(ports["assistant"]),
            "BEFFROI_ASSISTANT_URL": f"http://127.0.0.1:{ports['assistant']}",
            "BEFFROI_ACTIONS_PORT": str(ports["actions"]),
            "BEFFROI_TRACKER_FILE": str(folder / "assistant.db"),
            "BEFFROI_DATABASE_URL": f"sqlite:///{folder}/beffroi.db",
            "BEFFROI_VAR_DIR": str(folder),
            "BEFFROI_MESSAGES_PER_MINUTE": "1000",
            "BEFFROI_CONVERSATIONS_PER_MINUTE": "1000",
        }
        self.commands = dict(re.findall(r"^(\w+): (.+)$", (ROOT / "Procfile").read_text(), re.M))
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self.password = ""

    def prepare(self) -> None:
        """Migrate, seed, and create Camille's account."""
        self._desk("prepare")
        shown = self._desk("staff", "demo")
        self.password = shown.split()[3]

    def _desk(self, *arguments: str) -> str:
        python = ROOT / ".venvs/desk/bin/python"
        done = subprocess.run(
            [python, "-m", "desk.cli", *arguments], cwd=ROOT, env=self.environment,
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout

    def start(self, *names: str) -> None:
        """Start the processes named (all of them by default) and wait until they are ready."""
        for name in names or self.commands:
            command = re.sub(r"\$(\w+)", lambda found: self.environment[found[1]], self.commands[name])
            with (self.folder / f"{name}.log").open("ab") as log:
                self.processes[name] = subprocess.Popen(
                    shlex.split(command), cwd=ROOT, env=self.environment, stdout=log, stderr=log
                )
        self.until(self.is_ready)

    def kill(self, name: str) -> None:
        """kill -9."""
        self.processes[name].send_signal(signal.SIGKILL)
        self.processes[name].wait()

    def stop(self) -> None:
        for process in self.processes.values():
            process.kill()
            process.wait()

    def is_ready(self) -> bool:
        try:
            return bool(self.get("/readyz")["status"] == "ready")
        except (urllib.error.URLError, OSError):
            return False

    def until(self, condition, patience: float = PATIENCE) -> None:
        """Wait on processes outside our own: there is no event to wait for but what they show."""
        give_up = time.monotonic() + patience
        while not condition():
            if time.monotonic() > give_up:
                logs = "\n".join(file.read_text()[-1500:] for file in self.folder.glob("*.log"))
                raise AssertionError(f"waited {patience} s in vain\n{logs}")
            time.sleep(0.05)

    def get(self, path: str, token: str = ""):
        return self._request(path, None, token)

    def post(self, path: str, body: dict, token: str = ""):
        return self._request(path, json.dumps(body).encode(), token)

    def _request(self, path: str, data: bytes | None, token: str):
        headers = {"content-type": "application/json"}
        if token:
            headers["authorization"] = f"Bearer {token}"
        request = urllib.request.Request(self.url + path, data, headers)
        with urllib.request.urlopen(request, timeout=30) as reply:
            return json.load(reply)

    def open(self) -> "Conversation":
        opened = self.post("/v1/conversations", {"commune": "demo"})
        return Conversation(self, opened["id"], opened["token"])


class Conversation:
    """A citizen without a browser."""

    def __init__(self, town: Town, id: str, token: str) -> None:
        self.town, self.id, self.token = town, id, token

    def say(self, text: str, client_id: str):
        body = {"text": text, "client_id": client_id}
        return self.town.post(f"/v1/conversations/{self.id}/messages", body, self.token)

    def messages(self) -> list[dict]:
        return self.town.get(f"/v1/conversations/{self.id}/messages?after=0", self.token)

    def answered(self, text: str) -> bool:
        """Whether something was said after ``text``."""
        found = self.messages()
        places = [at for at, message in enumerate(found) if message["text"] == text]
        return bool(places) and any(message["author"] != "citizen" for message in found[places[-1] + 1 :])
