"""Logs: constant event names and identifiers, one JSON object a line, never a citizen's words."""

import logging
import sys
import traceback
from typing import Any

import structlog


def configure_logging(level: str) -> None:
    """Send structlog to standard error as JSON lines, at ``level`` and above."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.ExceptionRenderer(_places),
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level.upper())),
        logger_factory=lambda *_names: structlog.PrintLogger(sys.stderr),
        cache_logger_on_first_use=False,
    )


def _places(exc_info: Any) -> str:
    """An exception as its types and where they were raised: its message may quote a citizen."""
    told: list[str] = []
    error = exc_info[1]
    while error is not None:
        told.insert(0, "".join(traceback.format_tb(error.__traceback__)) + type(error).__qualname__)
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return "\n".join(told)


def get_logger() -> structlog.stdlib.BoundLogger:
    """The logger every module uses: ``get_logger().info("ticket_opened", ticket_id=…)``."""
    logger: structlog.stdlib.BoundLogger = structlog.get_logger()
    return logger
