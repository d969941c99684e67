"""The braces of a reply kept ready: named in French, filled when it is used."""

import re
from collections.abc import Mapping

from desk.answers.words import plain
from desk.communes.registry import Commune
from desk.staff.labels import label
from desk.staff.models import Staff
from desk.staff.pages import moment
from desk.tickets.models import Ticket

NAMES = ("référence", "échéance", "prénom", "métier", "service", "ville", "sujet")

_BRACES = re.compile(r"\{([^{}\n]*)\}")
_KNOWN = {plain(name): name for name in NAMES}


def unknown_in(body: str) -> list[str]:
    """The braces that nothing can fill, as written, each once. Accents and capitals do not matter."""
    written = dict.fromkeys(match[0] for match in _BRACES.finditer(body))
    return [braces for braces in written if plain(braces) not in _KNOWN]


def filled(body: str, values: Mapping[str, str]) -> str:
    """``body`` with its braces replaced; those that nothing fills stay as they are."""
    return _BRACES.sub(lambda match: values.get(_KNOWN.get(plain(match[1]), ""), match[0]), body)


def values_for(commune: Commune, ticket: Ticket, staff: Staff, title: str | None) -> dict[str, str]:
    """What the braces stand for on a ticket; ``title`` is that of the town's answer on its topic, if any."""
    return {
        "référence": ticket.reference,
        "échéance": moment(commune, ticket.due_at),
        "prénom": staff.first_name,
        "métier": staff.job,
        "service": commune.department_name(ticket.service),
        "ville": commune.settings.name,
        "sujet": title or label("canned", "no_subject"),
    }
