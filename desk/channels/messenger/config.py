"""The Facebook Pages that this installation answers, each with its commune and its token."""

import re
from dataclasses import dataclass, field

from desk.communes.registry import Communes
from desk.settings import Settings, SettingsError

CHANNEL = "messenger"
_PAIR = re.compile(r"([0-9]{1,32})=(\S+)")


@dataclass(frozen=True)
class Page:
    """A Page. ``token`` is None when none was given: the Page is known, and nothing can be sent from it."""

    id: str
    commune: str
    name: str
    token: str | None = field(repr=False)
    human_agent: bool = False
    persona_picture: str = ""


class Pages:
    """Every Page by its identifier. Raises SettingsError for a stray token, or a Page of two communes."""

    def __init__(self, settings: Settings, communes: Communes) -> None:
        tokens = page_tokens(settings.messenger_tokens.get_secret_value())
        self._by_id: dict[str, Page] = {}
        for commune in communes.all():
            for page in commune.settings.messenger.pages:
                if page.id in self._by_id:
                    raise SettingsError(f"commune.yml: messenger: page {page.id} belongs to two communes")
                self._by_id[page.id] = Page(
                    page.id, commune.id, page.name, tokens.pop(page.id, None), page.human_agent,
                    page.persona_picture,
                )  # fmt: skip
        if tokens:
            raise SettingsError(f"BEFFROI_MESSENGER_TOKENS: page {min(tokens)} is in no commune.yml")

    def get(self, page_id: str) -> Page | None:
        return self._by_id.get(page_id)

    def all(self) -> list[Page]:
        return list(self._by_id.values())


def page_tokens(written: str) -> dict[str, str]:
    """The tokens by Page, from ``1234=EAAB… 5678=EAAC…``. Raises SettingsError, without quoting a secret."""
    pairs = [one for one in re.split(r"[\s,]+", written) if one]
    matches = [_PAIR.fullmatch(one) for one in pairs]
    if not all(matches):
        raise SettingsError("BEFFROI_MESSENGER_TOKENS: expected page=token, separated by spaces or commas")
    return {match[1]: match[2] for match in matches if match}


def sender_id(page: str, person: str) -> str:
    """What a conversation is found by: people have another number on each Page."""
    return f"{page}:{person}"
