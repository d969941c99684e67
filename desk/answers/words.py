"""Words compared as citizens write them: whatever the case, accents and hyphens."""

import re
import unicodedata


def plain(text: str) -> str:
    """Lower case letters and figures without accents, one space between words, as the assistant's are."""
    decomposed = unicodedata.normalize("NFD", text.lower().replace("œ", "oe"))
    return re.sub(r"[^a-z0-9]+", " ", "".join(c for c in decomposed if not unicodedata.combining(c))).strip()
