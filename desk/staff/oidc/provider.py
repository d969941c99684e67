"""The identity provider, spoken to over HTTP: its description, its keys, a code changed into tokens.

Nothing is kept between two log-ins: there are a few a day, and keys that turned are seen at once.
"""

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import httpx
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri  # type: ignore[import-untyped]
from authlib.oauth2.rfc7636 import create_s256_code_challenge  # type: ignore[import-untyped]

from desk.settings import Settings, is_out_of_reach
from desk.staff.oidc.errors import OidcFailure
from desk.staff.oidc.secrets import Secrets

TIMEOUT = httpx.Timeout(5.0)
STANDARD_SCOPE = "openid profile email"
PROCONNECT_SCOPE = "openid given_name usual_name email siret"
PROCONNECT_LEVEL = "eidas1"
LONGEST_ANSWER = 256 * 1024
"""Bytes: ten times what a provider with many keys says of itself."""


@dataclass(frozen=True)
class Tokens:
    """What a code was changed into."""

    access_token: str
    id_token: str


class Provider:
    """The provider of the settings. Every method raises OidcFailure: ``down``, or ``failed``."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.issuer = settings.oidc_issuer.rstrip("/")
        self.client_id = settings.oidc_client_id
        self.is_proconnect = settings.oidc_profile == "proconnect"
        self.redirect_uri = f"{settings.site}/staff/oidc/callback"

    async def describe(self) -> dict[str, Any]:
        """Its discovery document."""
        found = _object(await _send("GET", f"{self.issuer}/.well-known/openid-configuration"))
        if str(found.get("issuer", "")).rstrip("/") != self.issuer:
            raise OidcFailure("failed", "issuer")
        return found

    def address(self, description: dict[str, Any], secrets: Secrets) -> str:
        """Where the browser goes to log in."""
        more = {"acr_values": PROCONNECT_LEVEL} if self.is_proconnect else {}
        return str(prepare_grant_uri(
            _endpoint(description, "authorization_endpoint"), self.client_id, "code",
            redirect_uri=self.redirect_uri, scope=PROCONNECT_SCOPE if self.is_proconnect else STANDARD_SCOPE,
            state=secrets.state, nonce=secrets.nonce, code_challenge_method="S256",
            code_challenge=create_s256_code_challenge(secrets.verifier), **more,
        ))  # fmt: skip

    async def tokens(self, description: dict[str, Any], code: str, secrets: Secrets) -> Tokens:
        """Change the browser's code, which serves once, into tokens."""
        secret = self._settings.oidc_client_secret.get_secret_value()
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": self.redirect_uri,
                "code_verifier": secrets.verifier}  # fmt: skip
        auth = None
        if self.is_proconnect or "client_secret_basic" not in _ways_to_sign(description):
            form |= {"client_id": self.client_id, "client_secret": secret}
        else:
            auth = httpx.BasicAuth(quote(self.client_id, safe=""), quote(secret, safe=""))
        url = _endpoint(description, "token_endpoint")
        answer = _object(await _send("POST", url, data=form, auth=auth))
        access, identity = answer.get("access_token"), answer.get("id_token")
        if not isinstance(access, str) or not isinstance(identity, str):
            raise OidcFailure("failed", "no tokens")
        return Tokens(access, identity)

    async def keys(self, description: dict[str, Any]) -> dict[str, Any]:
        """The public keys that it signs with."""
        return _object(await _send("GET", _endpoint(description, "jwks_uri")))

    async def person(self, description: dict[str, Any], access_token: str) -> httpx.Response | None:
        """What it knows of whoever logged in, signed or not; None where the ID token tells it all."""
        if not self.is_proconnect and not description.get("userinfo_endpoint"):
            return None
        url = _endpoint(description, "userinfo_endpoint")
        return await _send("GET", url, headers={"authorization": f"Bearer {access_token}"})


async def _send(method: str, url: str, **options: Any) -> httpx.Response:
    try:
        async with httpx.AsyncClient(timeout=TIMEOUT, trust_env=False) as client:
            answer = await client.request(method, url, **options)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise OidcFailure("down", type(error).__name__) from error
    if answer.is_server_error:
        raise OidcFailure("down", str(answer.status_code))
    if not answer.is_success or len(answer.content) > LONGEST_ANSWER:
        raise OidcFailure("failed", str(answer.status_code))
    return answer


def _object(answer: httpx.Response) -> dict[str, Any]:
    try:
        found = answer.json()
    except ValueError as error:
        raise OidcFailure("down", "not JSON") from error
    if not isinstance(found, dict):
        raise OidcFailure("down", "not an object")
    return found


def _endpoint(description: dict[str, Any], name: str) -> str:
    url = description.get(name)
    if not isinstance(url, str) or not is_out_of_reach(url):
        raise OidcFailure("down", name)
    return url


def _ways_to_sign(description: dict[str, Any]) -> list[str]:
    """How the provider lets a client prove itself; the standard's default when it does not say."""
    said = description.get("token_endpoint_auth_methods_supported")
    return said if isinstance(said, list) and said else ["client_secret_basic"]
