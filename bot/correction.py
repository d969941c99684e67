""" "Non, je parlais du passeport": what remains of a message once the correction is taken off."""

import re
from typing import Optional

_OPENING = re.compile(
    r"^\W*(?:(?:ah|euh|mais|bah|ben)\W+)*(?:non\W+)*(?:(?:ah|euh|mais|pas (?:ça|ca|celle?[- ]là))\W+)*"
    r"(?:je (?:vous )?(?:parlais|parle|voulais (?:dire|parler)|veux (?:dire|parler)|pensais|demandais)"
    r"(?: (?:de |à |a |d['’ʼ]))?|c['’ʼ ]?(?:est|était|etait) pour|plut[oô]t|il s['’ʼ]agit)\s*"
    r"(?:du |de la |de l['’ʼ]|des |de |d['’ʼ]|au |aux |[àa] la |la |le |les |l['’ʼ])?",
    re.IGNORECASE,
)
_NO = re.compile(r"^\W*(?:non|pas (?:ça|ca)|plut[oô]t|je (?:parl|voulais|pensais))", re.IGNORECASE)


def after_correction(text: str) -> Optional[str]:
    """What the citizen really meant, or None when ``text`` corrects nothing."""
    if not _NO.match(text):
        return None
    match = _OPENING.match(text)
    rest = text[match.end() :].strip() if match else ""
    return rest or None
