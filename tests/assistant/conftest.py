"""The trained assistant behind its HTTP door, with its action server, on free ports."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from uuid import uuid4

import pytest

ROOT = Path(__file__).resolve().parents[2]
MODEL = ROOT / "models" / "beffroi.tar.gz"
PATIENCE = 120


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Bot:
    """Rasa and its actions as the Procfile runs them; conversations in a file of their own."""

    def __init__(self, folder):
        self.folder = folder
        self.port, actions = free_port(), free_port()
        self.environment = {
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "PYTHONWARNINGS": "ignore",
            "BEFFROI_ACTIONS_PORT": str(actions),
            "BEFFROI_TRACKER_FILE": str(folder / "assistant.db"),
        }
        self.actions = self._start("-m", "rasa_sdk", "--actions", "actions", "--port", str(actions))
        self.rasa = None
        self.restart()

    def _start(self, *arguments):
        with (self.folder / "bot.log").open("ab") as log:
            return subprocess.Popen(
                [sys.executable, *arguments], cwd=ROOT, env=self.environment, stdout=log, stderr=log
            )

    def restart(self, signal_number=signal.SIGKILL):
        """Kill Rasa without warning when it runs, start it again, wait for its model."""
        if self.rasa is not None:
            self.rasa.send_signal(signal_number)
            self.rasa.wait()
        run = ("-m", "rasa", "run", "--model", str(MODEL), "--interface", "127.0.0.1", "--port")
        self.rasa = self._start(*run, str(self.port))
        give_up = time.monotonic() + PATIENCE
        while time.monotonic() < give_up:
            try:
                if self.get("/webhooks/desk/")["model"]:
                    return
            except (urllib.error.URLError, OSError):
                time.sleep(0.2)  # a process starting: there is nothing to wait on but its port
        raise AssertionError((self.folder / "bot.log").read_text()[-2000:])

    def stop(self):
        for process in (self.rasa, self.actions):
            process.kill()
            process.wait()

    def get(self, path):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=10) as reply:
            return json.load(reply)

    def post(self, body):
        """Status and JSON body."""
        data = json.dumps(body).encode()
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}/webhooks/desk/webhook", data, {"Content-Type": "application/json"}
        )
        try:
            with urllib.request.urlopen(request, timeout=30) as reply:
                return reply.status, json.load(reply)
        except urllib.error.HTTPError as error:
            return error.code, json.load(error)

    def talk(self):
        """A new conversation."""
        return Talk(self)


class Talk:
    """One citizen's conversation: ``talk("bonjour")`` gives the acts."""

    def __init__(self, bot):
        self.bot = bot
        self.sender = uuid4().hex

    def __call__(self, text, message_id=None):
        metadata = {"message_id": message_id or uuid4().hex}
        status, said = self.bot.post({"sender": self.sender, "message": text, "metadata": metadata})
        assert status == 200, said
        return [message["custom"] for message in said]


@pytest.fixture(scope="session")
def bot(tmp_path_factory):
    if not MODEL.exists():
        pytest.fail("no trained model: run make train")
    running = Bot(tmp_path_factory.mktemp("bot"))
    yield running
    running.stop()


@pytest.fixture
def talk(bot):
    return bot.talk()
