"""What the provider signed, checked: pure decisions on its answers."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from authlib.oidc.core import CodeIDToken  # type: ignore[import-untyped]
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from desk.staff.oidc.errors import OidcFailure

ALGORITHMS = ["RS256", "ES256"]
"""Signed with a key that only the provider has; never ``none``, never a shared secret."""

LEEWAY = 60
"""Seconds that two clocks may differ by."""


@dataclass(frozen=True)
class Identity:
    """Who the provider says it is. ``email`` only when it vouches for it."""

    subject: str
    email: str | None = None
    siret: str | None = None


@dataclass(frozen=True)
class Expected:
    """What a token of this log-in must say."""

    issuer: str
    client_id: str
    nonce: str
    now: datetime


def read_keys(found: dict[str, Any]) -> KeySet:
    """The provider's public keys. Raises OidcFailure when there is none to use."""
    try:
        return KeySet.import_key_set({"keys": found["keys"]})
    except (JoseError, KeyError, TypeError, ValueError) as error:
        raise OidcFailure("down", "keys") from error


def check_id_token(token: str, keys: KeySet, access_token: str, expected: Expected) -> str:
    """The subject. Raises OidcFailure unless signature, iss, aud, azp, exp, iat and nonce are all good."""
    opened = _open(token, keys)
    issuers: list[str] = [expected.issuer, f"{expected.issuer}/"]
    claims = CodeIDToken(
        opened.claims, opened.header,
        {"iss": {"essential": True, "values": issuers},
         "aud": {"essential": True, "value": expected.client_id}},
        {"nonce": expected.nonce, "client_id": expected.client_id, "access_token": access_token},
    )  # fmt: skip
    try:
        claims.validate(now=int(expected.now.timestamp()), leeway=LEEWAY)
    except (JoseError, TypeError, ValueError) as error:
        raise OidcFailure("refused", f"id token: {error}") from error
    return _subject(claims)


def read_person(
    body: str, content_type: str, keys: KeySet, expected: Expected, *, signed_only: bool
) -> dict[str, Any]:
    """The user information, signed or (unless ``signed_only``) not. Raises OidcFailure."""
    if content_type.partition(";")[0].strip().lower() == "application/jwt":
        claims = _open(body, keys).claims
        if str(claims.get("iss", "")).rstrip("/") != expected.issuer or not _is_for(claims, expected):
            raise OidcFailure("refused", "user information for somebody else")
        return claims
    if signed_only:
        raise OidcFailure("refused", "user information is not signed")
    try:
        found = json.loads(body)
    except ValueError as error:
        raise OidcFailure("refused", "user information") from error
    return found if isinstance(found, dict) else {}


def identity_of(subject: str, person: dict[str, Any], *, vouches: bool) -> Identity:
    """Who it is. ``vouches``: the provider checks every address, without saying so each time.

    Raises OidcFailure when the information is not about the person who logged in.
    """
    if person.get("sub") != subject:
        raise OidcFailure("refused", "another subject")
    email, siret = person.get("email"), person.get("siret")
    verified = person.get("email_verified", vouches) is True
    return Identity(
        subject, email if verified and isinstance(email, str) else None,
        siret if isinstance(siret, str) else None,
    )  # fmt: skip


def _open(token: str, keys: KeySet) -> jwt.Token:
    try:
        return jwt.decode(token.strip(), keys, algorithms=ALGORITHMS)
    except (JoseError, ValueError, TypeError, KeyError) as error:
        raise OidcFailure("refused", f"signature: {type(error).__name__}") from error


def _is_for(claims: dict[str, Any], expected: Expected) -> bool:
    """Whether signed information is for us, and not too old when it says how long it lasts."""
    audience, ends = claims.get("aud"), claims.get("exp")
    ours = audience == expected.client_id or (isinstance(audience, list) and expected.client_id in audience)
    return ours and (ends is None or _moment(ends) > expected.now.timestamp() - LEEWAY)


def _moment(value: object) -> float:
    return float(value) if isinstance(value, int | float) else 0.0


def _subject(claims: dict[str, Any]) -> str:
    subject = claims.get("sub")
    if not isinstance(subject, str) or not 0 < len(subject) <= 255:
        raise OidcFailure("refused", "subject")
    return subject
