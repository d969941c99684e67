"""The replies that a commune's folder brings (``canned.yml``: a list of ``title`` and ``body``)."""

from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from desk.communes.config import CommuneError
from desk.errors import BadRequest
from desk.staff.canned.store import Wording


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)
    title: str = Field(min_length=1)
    body: str = Field(min_length=1)


_ENTRIES = TypeAdapter(list[_Entry])


def read_canned(folder: Path) -> list[Wording]:
    """The file's replies, none without one. Raises CommuneError naming the file and what is wrong."""
    path = folder / "canned.yml"
    if not path.exists():
        return []
    try:
        entries = _ENTRIES.validate_python(yaml.safe_load(path.read_text(encoding="utf-8")))
        wordings = [Wording(entry.title, entry.body) for entry in entries]
        for wording in wordings:
            wording.check()
    except (yaml.YAMLError, ValidationError) as error:
        raise CommuneError(f"{path}: {error}") from error
    except BadRequest as error:
        raise CommuneError(f"{path}: {error.code} {error.data}") from error
    return wordings
