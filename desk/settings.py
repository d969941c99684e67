"""Every setting of the desk, declared once and read from ``BEFFROI_<NAME>``."""

import re
import unicodedata
import warnings
from email.utils import parseaddr
from pathlib import Path
from typing import Literal

from pydantic import Field, HttpUrl, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict
from pydantic_settings import SettingsError as UnreadableSource

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
        default="", description="Address citizens and staff type, for links; when empty, http://host:port."
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
    oidc_issuer: str = Field(
        default="", description="Address of the OpenID Connect provider of staff; when empty, there is none."
    )
    oidc_client_id: str = Field(default="", validate_default=True, description="Our name at the provider.")
    oidc_client_secret: SecretStr = Field(default=SecretStr(""), description="Our secret at the provider.")
    oidc_label: str = Field(default="ProConnect", description="What the log-in button calls the provider.")
    oidc_profile: Literal["standard", "proconnect"] = Field(
        default="standard", description="proconnect: its scopes and its signed user information."
    )
    oidc_siret: str = Field(
        default="", validate_default=True, description="The town's SIRET, which ProConnect must confirm."
    )
    smtp_host: str = Field(default="", description="The town's mail server; when empty, no e-mail is sent.")
    smtp_port: int = Field(default=587, ge=1, le=65535, description="Port of the mail server.")
    smtp_security: Literal["starttls", "tls", "none"] = Field(
        default="starttls", description="How the line to the mail server is protected."
    )
    smtp_user: str = Field(default="", description="Account on the mail server; when empty, no log-in.")
    smtp_password: SecretStr = Field(default=SecretStr(""), description="Password of that account.")
    mail_from: str = Field(
        default="", validate_default=True,
        description="Sender of the e-mails, an address with or without a name.",
    )  # fmt: skip
    messenger_app_id: str = Field(default="", description="Number of the town's application at Meta.")
    messenger_app_secret: SecretStr = Field(
        default=SecretStr(""), description="The application's secret; without it there is no Messenger."
    )
    messenger_verify_token: SecretStr = Field(
        default=SecretStr(""), description="The words, of your choice, that Meta says to prove itself."
    )
    messenger_tokens: SecretStr = Field(
        default=SecretStr(""),
        description="The Pages' access tokens: page=token, separated by spaces or commas.",
    )
    messenger_graph_url: str = Field(
        default="https://graph.facebook.com", description="Address of Meta's interface."
    )
    messenger_graph_version: str = Field(
        default="v26.0", pattern=r"^v\d+\.\d+$", description="Version of Meta's interface."
    )
    messenger_timeout: float = Field(default=10.0, gt=0, description="Seconds Meta may take for one answer.")
    messenger_per_second: float = Field(
        default=20.0, gt=0, description="Messages a Page sends in a second at most."
    )
    messenger_media_hosts: str = Field(
        default=".fbcdn.net,.fbsbx.com,.facebook.com",
        description="Where photos and documents are fetched from, separated by commas.",
    )
    secrets_dir: str = Field(
        default="",
        description="Folder of files named beffroi_<setting>, read where the environment is silent.",
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="Least level that is logged (identifiers only, never words)."
    )

    @field_validator("public_url")
    @classmethod
    def _starts_a_link(cls, value: str) -> str:
        if value and not re.fullmatch(r"https?://\S+", value):
            raise ValueError("expected https://desk.town.example")
        return value

    @field_validator("oidc_issuer")
    @classmethod
    def _out_of_reach_of_listeners(cls, value: str) -> str:
        if value and not is_out_of_reach(value):
            raise ValueError("expected https://provider.example, as its documentation writes it")
        return value

    @field_validator("oidc_client_id")
    @classmethod
    def _named_there(cls, value: str, others: ValidationInfo) -> str:
        if others.data.get("oidc_issuer") and not value:
            raise ValueError("needed with BEFFROI_OIDC_ISSUER")
        return value

    @field_validator("oidc_siret")
    @classmethod
    def _one_organisation(cls, value: str, others: ValidationInfo) -> str:
        asked = others.data.get("oidc_issuer") and others.data.get("oidc_profile") == "proconnect"
        if asked and not re.fullmatch(r"\d{14}", value):
            raise ValueError("proconnect needs the town's SIRET, 14 digits")
        return value

    @field_validator("mail_from")
    @classmethod
    def _one_sender(cls, value: str, others: ValidationInfo) -> str:
        if not value and not others.data.get("smtp_host"):
            return value
        if "@" not in parseaddr(value)[1] or any(unicodedata.category(char) == "Cc" for char in value):
            raise ValueError(
                "with a mail server, one address is needed, such as Beffroi <beffroi@town.example>"
            )
        return value

    @property
    def site(self) -> str:
        """What people type to come here, without a slash at the end: where links start."""
        return self.public_url.rstrip("/") or f"http://{self.host}:{self.port}"


def is_out_of_reach(url: str) -> bool:
    """Whether nobody on the way hears what is said to this address: TLS, or this very machine."""
    return re.fullmatch(r"https://\S+|http://(localhost|127\.0\.0\.1)(:\d+)?(/\S*)?", url) is not None


class SettingsError(Exception):
    """A setting cannot be used; the message is one clear sentence for the person installing."""


class _SecretsFolder(BaseSettings):
    """Where the secrets are: to be known before the settings are read."""

    model_config = Settings.model_config

    secrets_dir: str = ""


def load_settings() -> Settings:
    """Read the environment, then the folder of secrets. Raises SettingsError naming the first wrong one."""
    folder = _SecretsFolder().secrets_dir
    if folder and not Path(folder).is_dir():
        raise SettingsError(f"BEFFROI_SECRETS_DIR: {folder} is not a folder")
    try:
        with warnings.catch_warnings(action="error", category=UserWarning):  # a secret passed over
            return Settings(_secrets_dir=folder or None)
    except ValidationError as error:
        first = error.errors()[0]
        name = "_".join(str(part) for part in first["loc"]).upper()
        raise SettingsError(f"BEFFROI_{name}: {first['msg']}") from error
    except UnreadableSource as error:
        cause = error.__cause__  # only some say where, and none of these quotes what it read
        why = cause if isinstance(cause, OSError | UserWarning) else f"a file of {folder} is not UTF-8 text"
        raise SettingsError(f"BEFFROI_SECRETS_DIR: {why}") from None
