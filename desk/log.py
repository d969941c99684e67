"""Logs: constant event names and identifiers, one JSON object a line, never a citizen's words."""

import logging
import sys

import structlog


def configure_logging(level: str) -> None:
    """Send structlog to standard error as JSON lines, at ``level`` and above."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level.upper())),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
    logging.getLogger("httpx").setLevel(logging.WARNING)


def get_logger() -> structlog.stdlib.BoundLogger:
    """The logger every module uses: ``get_logger().info("ticket_opened", ticket_id=…)``."""
    logger: structlog.stdlib.BoundLogger = structlog.get_logger()
    return logger
