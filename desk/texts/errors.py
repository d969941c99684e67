"""What people read about an error that has a code."""

from desk.errors import DeskError
from desk.texts.catalogue import Texts


def sentence(texts: Texts, error: DeskError) -> str:
    """The sentence of the error's code, or of its kind when the code has none."""
    key = f"errors.{error.code}"
    if not texts.has(key):
        key = f"errors.{type(error).code}"
    return texts(key, **error.data)
