"""Whether a request comes from Meta: an HMAC of its very bytes under the application's secret."""

import hashlib
import hmac

HEADER = "x-hub-signature-256"
_PREFIX = "sha256="


def is_signed(secret: str, body: bytes, header: str) -> bool:
    """Whether ``header`` is ``sha256=`` and the body's signature, compared in constant time.

    The bytes are those that came: parsed and written again, an accent would look different. The older
    SHA-1 header is not believed.
    """
    expected = _PREFIX + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(expected.encode(), header.encode("utf-8", "replace"))
