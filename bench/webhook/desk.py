"""The desk that is measured: a process of its own, the real application with an assistant in memory."""

from sanic import Sanic

from desk.app import Parts, create_app
from desk.assistant.acts import Act, AnswerAct
from desk.assistant.memory import MemoryAssistant
from desk.assistant.port import Heard
from desk.log import configure_logging
from desk.settings import Settings

TOPIC = "piscine"


def answer(_heard: Heard) -> list[Act]:
    """Every message gets an answer of the town's, which then leaves for Meta."""
    return [AnswerAct(act="answer", topic=TOPIC)]


def main() -> None:
    """Serve until stopped, as ``beffroi serve`` does."""
    settings = Settings(_env_file=None)
    configure_logging(settings.log_level)
    app = create_app(settings, Parts(MemoryAssistant(answer)))
    app.prepare(host=settings.host, port=settings.port, single_process=True, access_log=False, motd=False)
    Sanic.serve_single(primary=app)


if __name__ == "__main__":
    main()
