"""``beffroi serve``: the desk's web server."""

import socket
import sys
from typing import Any

from sanic import Sanic

from desk.app import create_app
from desk.channels.messenger.config import Pages
from desk.communes.registry import Communes
from desk.log import configure_logging
from desk.settings import Settings


def add_parser(commands: Any) -> None:
    """Add this command."""
    commands.add_parser("serve", help="serve citizens and staff").set_defaults(serve=run)


def run(settings: Settings) -> int:
    """Serve until stopped; 1 when the port is taken. Raises SettingsError, CommuneError."""
    configure_logging(settings.log_level)
    Pages(settings, Communes(settings.communes_dir))  # a wrong token is said before anything listens
    busy = _port_error(settings)
    if busy:
        print(f"beffroi: {busy}", file=sys.stderr)
        return 1
    app = create_app(settings)
    app.prepare(host=settings.host, port=settings.port, single_process=True, access_log=False, motd=False)
    Sanic.serve_single(primary=app)
    return 0


def _port_error(settings: Settings) -> str:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as error:
            return (f"cannot listen on {settings.host}:{settings.port} ({error.strerror}); "
                    "choose another port with BEFFROI_PORT")  # fmt: skip
    return ""
