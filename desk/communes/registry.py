"""The communes of this installation, with their wording and their local time."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from desk.communes.config import CommuneError, CommuneSettings, load_communes
from desk.texts import Texts, load_texts


@dataclass(frozen=True)
class Commune:
    """A commune's settings, its wording and where its files are."""

    settings: CommuneSettings
    texts: Texts
    folder: Path

    @property
    def id(self) -> str:
        return self.settings.id

    def local(self, moment: datetime) -> datetime:
        """A moment in the commune's own time zone."""
        return moment.astimezone(self.settings.zone)

    def service_of(self, topic: str | None, default: str | None) -> str | None:
        """The department that owns a topic here, ``default`` being the catalogue's."""
        return self.settings.topic_departments.get(topic or "", default or "") or None

    def department_name(self, service: str | None) -> str:
        """What citizens call a department; the town's name for an unknown one."""
        department = self.settings.departments.get(service or "")
        return department.name if department else self.settings.name


class Communes:
    """Every commune by id."""

    def __init__(self, folder: Path) -> None:
        self._by_id = {
            settings.id: Commune(settings, load_texts(folder / settings.id), folder / settings.id)
            for settings in load_communes(folder).values()
        }

    def check_default(self, commune_id: str) -> None:
        """Raises CommuneError when a request that names no commune could not be served."""
        if commune_id not in self._by_id:
            known = ", ".join(self._by_id)
            raise CommuneError(f"BEFFROI_DEFAULT_COMMUNE: {commune_id} is not served here ({known})")

    def get(self, commune_id: str) -> Commune | None:
        return self._by_id.get(commune_id)

    def __getitem__(self, commune_id: str) -> Commune:
        return self._by_id[commune_id]

    def all(self) -> list[Commune]:
        return list(self._by_id.values())
