"""What docs/configuration.md says is what the desk reads."""

import re

import pytest
from pydantic import SecretStr

from desk.communes.config import CommuneSettings
from desk.settings import ROOT, Settings

PAGE = (ROOT / "docs/configuration.md").read_text("utf-8")
OTHERS = {"BEFFROI_ACTIONS_PORT", "BEFFROI_ASSISTANT_PORT", "BEFFROI_TRACKER_FILE"}
"""Read by the other processes and the scripts."""


def documented(pattern: str, text: str = PAGE) -> dict[str, str]:
    """The first two columns of the table rows whose first one matches."""
    return dict(re.findall(rf"^\| `({pattern})` \| *([^|]*?) *\|", text, re.MULTILINE))


def shown(default: object) -> set[str]:
    """How a default may be written."""
    if isinstance(default, SecretStr):
        default = default.get_secret_value()
    if default == "":
        return {"", "empty"}
    return {f"`{str(default).lower() if isinstance(default, bool) else str(default).rstrip('/')}`"}


def test_every_setting_is_documented_and_no_other() -> None:
    """By the name of its variable."""
    expected = {f"BEFFROI_{name.upper()}" for name in Settings.model_fields}
    assert documented(r"BEFFROI_\w+").keys() == expected | OTHERS


@pytest.mark.parametrize("name", sorted(Settings.model_fields.keys() - {"communes_dir", "var_dir"}))
def test_the_default_of_a_setting_is_the_one_documented(name: str) -> None:
    """The two folders are said in words."""
    default = Settings.model_fields[name].default
    assert documented(r"BEFFROI_\w+")[f"BEFFROI_{name.upper()}"] in shown(default)


def test_every_field_of_a_commune_is_documented() -> None:
    """And no field that does not exist."""
    table = PAGE.partition("### `commune.yml`")[2].partition("A **place**")[0]
    assert documented(r"\w+", table).keys() == CommuneSettings.model_fields.keys()
