"""What can go wrong with a conversation, as coded errors."""

from desk.errors import BadRequest, TooLarge

MAX_TEXT = 4000


def check_text(text: object) -> str:
    """The words, trimmed. Raises BadRequest when there are none, TooLarge past the limit."""
    if not isinstance(text, str):
        raise BadRequest()
    # A NUL cannot be stored by PostgreSQL and means nothing to a reader; nor can a lone surrogate.
    words = text.replace("\x00", "").encode("utf-8", "replace").decode("utf-8").strip()
    if not words:
        raise BadRequest("empty")
    if len(words) > MAX_TEXT:
        raise TooLarge("too_large", limit=MAX_TEXT)
    return words
