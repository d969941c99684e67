"""Work that goes on until it is cancelled, whatever happens to one step of it."""

from collections.abc import Awaitable, Callable

from desk.log import get_logger


async def tried(step: Callable[[], Awaitable[bool]], failed: str) -> bool:
    """Whether ``step`` found something to do; one that raises is logged as ``failed``, and found nothing."""
    try:
        return await step()
    except Exception:
        get_logger().exception(failed)
        return False
