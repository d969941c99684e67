"""``beffroi serve``, as the Procfile runs it."""

import asyncio
import json
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from desk.settings import ROOT
from tests.desk.running import client, until


@asynccontextmanager
async def serving(database_url: str, var: Path) -> AsyncIterator[tuple[asyncio.subprocess.Process, str]]:
    """The desk in a process of its own, and its address; its assistant is not there."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    settings = {"PORT": str(port), "DATABASE_URL": database_url, "VAR_DIR": str(var),
                "ASSISTANT_URL": "http://127.0.0.1:9"}  # fmt: skip
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **{f"BEFFROI_{k}": v for k, v in settings.items()}}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "desk.cli", "serve", env=environment, cwd=var,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    try:
        yield process, f"http://127.0.0.1:{port}"
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
async def test_a_stop_is_quick_and_clean_with_pages_open(database_url: str, tmp_path: Path) -> None:
    """Ctrl-C: sockets and feeds end, the process ends well, and it wrote nothing but JSON lines."""
    async with serving(database_url, tmp_path) as (process, url), client(url) as http:

        async def alive() -> int:
            try:
                return (await http.get("/healthz")).status_code
            except httpx.TransportError:
                return 0

        await until(alive, 200)
        opened = (await http.post("/v1/conversations", json={})).json()
        live = f"{url.replace('http', 'ws')}/v1/conversations/{opened['id']}/live"
        async with connect(live, proxy=None) as page, asyncio.timeout(20):
            await page.send(json.dumps({"type": "hello", "token": opened["token"], "after": 1}))
            assert json.loads(await page.recv()) == {"type": "ready"}
            process.send_signal(signal.SIGINT)
            with pytest.raises(ConnectionClosed):
                await page.recv()
            written, _ = await process.communicate()
        assert process.returncode == 0
        assert [line for line in written.decode().splitlines() if not line.startswith("{")] == []
