"""Every setting of the desk, declared once and read from ``BEFFROI_<NAME>``."""

from pathlib import Path
from typing import Literal

from pydantic import Field, HttpUrl, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

ROOT = Path(__file__).resolve().parent.parent


class Settings(BaseSettings):
    """The desk's configuration; docs/configuration.md lists each field (a test compares)."""

    model_config = SettingsConfigDict(env_prefix="BEFFROI_", env_file=".env", extra="ignore")

    database_url: str = Field(
        default="sqlite:///var/beffroi.db",
        description="Where everything lives: sqlite:///file or postgresql://user:password@host/base.",
    )
    host: str = Field(default="127.0.0.1", description="Address the desk listens on.")
    port: int = Field(default=8000, ge=1, le=65535, description="Port the desk listens on.")
    public_url: str = Field(
        default="", description="Address citizens and staff type, when it differs from host and port."
    )
    assistant_url: HttpUrl = Field(
        default=HttpUrl("http://127.0.0.1:5005"), description="Address of the Rasa server (loopback)."
    )
    assistant_timeout: float = Field(
        default=10.0, gt=0, description="Seconds the assistant may take before a human is asked."
    )
    communes_dir: Path = Field(
        default=ROOT / "communes", description="Folder with one sub-folder of settings per commune."
    )
    default_commune: str = Field(default="demo", description="Commune served when a request names none.")
    var_dir: Path = Field(
        default=ROOT / "var", description="Folder for the database file, generated keys and logs."
    )
    rest_key: SecretStr = Field(
        default=SecretStr(""),
        description="Key of the server-to-server webhook; when empty, generated in var/rest.key.",
    )
    rest_timeout: float = Field(
        default=25.0, gt=0, description="Seconds the synchronous webhook waits for a reply."
    )
    allowed_origins: str = Field(
        default="*", description="Websites that may embed the widget, separated by commas; * for any."
    )
    trusted_proxies: int = Field(
        default=0, ge=0, description="Number of reverse proxies whose X-Forwarded-For is believed."
    )
    messages_per_minute: int = Field(
        default=30, ge=1, description="Messages one conversation may send in a minute."
    )
    conversations_per_minute: int = Field(
        default=60, ge=1, description="Conversations one address may open in a minute."
    )
    secure_cookies: bool = Field(
        default=False, description="Set to true behind HTTPS: staff cookies then travel only over TLS."
    )
    session_hours: int = Field(default=12, ge=1, description="Hours a staff session lasts.")
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="Least level that is logged (identifiers only, never words)."
    )


class SettingsError(Exception):
    """A setting cannot be used; the message is one clear sentence for the person installing."""


def load_settings() -> Settings:
    """Read the environment. Raises SettingsError naming the first wrong variable."""
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors()[0]
        name = "_".join(str(part) for part in first["loc"]).upper()
        raise SettingsError(f"BEFFROI_{name}: {first['msg']}") from error
