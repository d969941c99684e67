"""Two requests in one message: where to cut it."""

import re
from typing import List

SHORTEST = 12
"""Characters; a shorter half cannot be a request by itself."""

_CUT = re.compile(
    r"(?<=[?!.;\n])\s+|,?\s+(?:et (?:aussi|sinon|puis|au passage|autre chose|en plus|je voudrais|j.aimerais|"
    r"est.ce|comment|o[uù]|quand|quels?|quelles?|combien|pour)|"
    r"ainsi que|sinon|par ailleurs|et aussi|aussi|puis|en plus)\s+"
    r"|\s+(?:et|\+)\s+|\s*/\s*",
    re.IGNORECASE,
)


def split_requests(text: str) -> List[List[str]]:
    """Every way to cut ``text`` in two at a sentence end or a link word, as pairs of halves."""
    pairs = []
    for match in _CUT.finditer(text):
        halves = [text[: match.start()].strip(), text[match.end() :].strip()]
        if all(len(half) >= SHORTEST for half in halves):
            pairs.append(halves)
    return pairs[:4]
