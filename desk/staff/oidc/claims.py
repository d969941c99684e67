"""What the provider signed, checked: pure decisions on its answers."""

import json
from contextlib import suppress
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
    """Who the provider says it is; no ``email`` when it says that nobody checked it."""

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
    """The provider's public keys; those of a kind we do not know are for others. Raises OidcFailure."""
    usable = KeySet([])
    listed = found.get("keys")
    for key in listed if isinstance(listed, list) else []:
        with suppress(JoseError, AttributeError, KeyError, TypeError, ValueError):
            usable.keys.extend(KeySet.import_key_set({"keys": [key]}).keys)
    if not usable.keys:
        raise OidcFailure("down", "keys")
    return usable


def check_id_token(token: str, keys: KeySet, access_token: str, expected: Expected) -> dict[str, Any]:
    """What it says. Raises OidcFailure unless signature, iss, aud, azp, exp, iat and nonce are all good."""
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
        raise OidcFailure("failed", f"id token: {error}") from error
    _check_subject(claims)
    return dict(claims)


def read_person(
    body: str, content_type: str, keys: KeySet, expected: Expected, *, signed_only: bool
) -> dict[str, Any]:
    """The user information, signed or (unless ``signed_only``) not. Raises OidcFailure."""
    if content_type.partition(";")[0].strip().lower() == "application/jwt":
        claims = _open(body, keys).claims
        if str(claims.get("iss", "")).rstrip("/") != expected.issuer or not _is_for(claims, expected):
            raise OidcFailure("failed", "user information for somebody else")
        return claims
    if signed_only:
        raise OidcFailure("failed", "user information is not signed")
    try:
        found = json.loads(body)
    except ValueError as error:
        raise OidcFailure("failed", "user information") from error
    return found if isinstance(found, dict) else {}


def identity_of(claims: dict[str, Any], person: dict[str, Any]) -> Identity:
    """Who it is; the ID token's ``claims`` tell the address when the user information does not.

    Many providers never say ``email_verified``: the town chose hers, and only a denial counts.
    Raises OidcFailure when the information is not about the person who logged in.
    """
    if person.get("sub") != claims["sub"]:
        raise OidcFailure("failed", "another subject")
    source = person if "email" in person else claims
    email, siret = source.get("email"), person.get("siret")
    verified = source.get("email_verified", True) in (True, "true")
    return Identity(
        claims["sub"], email if verified and isinstance(email, str) else None,
        siret if isinstance(siret, str) else None,
    )  # fmt: skip


def _open(token: str, keys: KeySet) -> jwt.Token:
    try:
        return jwt.decode(token.strip(), keys, algorithms=ALGORITHMS)
    except (JoseError, ValueError, TypeError, KeyError) as error:
        raise OidcFailure("failed", f"signature: {type(error).__name__}") from error


def _is_for(claims: dict[str, Any], expected: Expected) -> bool:
    """Whether signed information is for us, and not too old when it says how long it lasts."""
    audience, ends = claims.get("aud"), claims.get("exp")
    ours = audience == expected.client_id or (isinstance(audience, list) and expected.client_id in audience)
    return ours and (ends is None or _moment(ends) > expected.now.timestamp() - LEEWAY)


def _moment(value: object) -> float:
    return float(value) if isinstance(value, int | float) else 0.0


def _check_subject(claims: dict[str, Any]) -> None:
    subject = claims.get("sub")
    if not isinstance(subject, str) or not 0 < len(subject) <= 255 or "\x00" in subject:
        raise OidcFailure("failed", "subject")
