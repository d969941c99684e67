"""Identifiers that cannot be guessed, and ticket references a person can read aloud."""

import hashlib
import secrets

# No vowel (no word by accident), no 0/O, 1/I/L, 5/S, 2/Z, 8/B, U/V look-alikes.
REFERENCE_ALPHABET = "3479CDFGHJKMNPQRTWXY"
REFERENCE_LENGTH = 8


def new_id() -> str:
    """A conversation's identifier: 128 random bits."""
    return secrets.token_hex(16)


def new_token() -> str:
    """A secret given once: 256 random bits, URL-safe."""
    return secrets.token_urlsafe(32)


def hash_token(token: str) -> str:
    """What is stored of a token, 64 hexadecimal digits."""
    return hashlib.sha256(token.encode()).hexdigest()


def new_reference() -> str:
    """``BEF-7K3M-Q29T``: 20^8 possibilities (34 bits), and a look-up also needs the conversation."""
    chars = "".join(secrets.choice(REFERENCE_ALPHABET) for _ in range(REFERENCE_LENGTH))
    return f"BEF-{chars[:4]}-{chars[4:]}"


def normal_reference(said: str) -> str:
    """A reference as written by a citizen, in the stored form: case, spaces and hyphens forgiven."""
    chars = "".join(char for char in said.upper() if char.isalnum()).removeprefix("BEF")
    return f"BEF-{chars[:4]}-{chars[4:]}"
