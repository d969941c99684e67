"""What the desk says, in French, kept as data."""

from desk.texts.catalogue import Texts, load_texts

__all__ = ["Texts", "load_texts"]
