"""Days that differ from the others: the public holidays of metropolitan France."""

from datetime import date
from functools import lru_cache

import holidays


@lru_cache(maxsize=32)
def french_holidays(year: int) -> dict[date, str]:
    """The public holidays of metropolitan France (Code du travail, L3133-1), by date."""
    return dict(holidays.country_holidays("FR", years=year, language="fr"))
