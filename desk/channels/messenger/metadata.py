"""What every part that we send carries, so that its echo is known again."""

import re

_OURS = re.compile(r"bf:([0-9]{1,18}):([0-9]{1,6})")


def metadata_of(message_id: int, part: int) -> str:
    """The mark of a message's part, counted from 0."""
    return f"bf:{message_id}:{part}"


def part_of(metadata: str) -> tuple[int, int] | None:
    """The message and the part that a mark names, None for a mark that is not ours."""
    found = _OURS.fullmatch(metadata)
    return (int(found[1]), int(found[2])) if found else None
