"""An identity provider on loopback, in a thread of its own, that makes the mistakes it is told to."""

import base64
import hashlib
import json
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import ECKey, OctKey, RSAKey

from desk.clock import Clock

CLIENT_ID, CLIENT_SECRET, SIRET = "beffroi-desk", "s3cret-of-the-desk", "21330001800013"
SUBJECT = "b6048e95-bb13-4e1a-8c5e-b9c1c3f4b1d7"
Asked = dict[str, str]


@cache
def rsa_key(kid: str) -> RSAKey:
    """Drawn once for all the tests: it takes a while."""
    return RSAKey.generate_key(2048, parameters={"kid": kid, "use": "sig"}, private=True)


@cache
def elliptic_key(kid: str) -> ECKey:
    """The other kind that is accepted."""
    return ECKey.generate_key("P-256", parameters={"kid": f"{kid}-elliptic", "use": "sig"}, private=True)


@dataclass
class Provider:
    """What it says of the person, how it signs, and what it was asked.

    ``claims`` and ``person`` replace what the ID token and the user information would say.
    """

    clock: Clock
    proconnect: bool = False
    email: str = ""
    subject: str = SUBJECT
    algorithm: str = "RS256"
    kid: str = "first"
    published: list[str] = field(default_factory=lambda: ["first"])
    claims: dict[str, Any] = field(default_factory=dict)
    person: dict[str, Any] = field(default_factory=dict)
    signs_person: bool | None = None
    error: str = ""
    broken: set[str] = field(default_factory=set)
    silent_on: set[str] = field(default_factory=set)
    """Endpoints that its description leaves out."""
    url: str = ""
    asked: list[tuple[str, Asked]] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    """Codes and tokens that it gave: none may be logged."""
    codes: dict[str, Asked] = field(default_factory=dict)

    def describe(self) -> dict[str, Any]:
        """The discovery document."""
        endpoints = {
            "authorization_endpoint": f"{self.url}/authorize?tenant=1", "token_endpoint": f"{self.url}/token",
            "userinfo_endpoint": f"{self.url}/person", "jwks_uri": f"{self.url}/keys",
            "end_session_endpoint": f"{self.url}/leave",
        }  # fmt: skip
        return {"issuer": self.url} | {
            name: url for name, url in endpoints.items() if name not in self.silent_on
        }

    def keys(self) -> dict[str, Any]:
        """The public keys, and one of a kind that nobody knows."""
        made = [
            make(kid).as_dict(private=False) for kid in self.published for make in (rsa_key, elliptic_key)
        ]
        return {"keys": [{"kty": "FUTURE", "kid": "later"}, *made]}

    def authorize(self, asked: Asked) -> str:
        """Where the browser goes back to: the person is already logged in here."""
        if self.error:
            return f"{asked['redirect_uri']}?{urlencode({'error': self.error, 'state': asked['state']})}"
        code = self._draw()
        self.codes[code] = asked
        return f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}"

    def exchange(self, form: Asked, authorization: str) -> dict[str, Any] | None:
        """Tokens for a code that serves once, for the client that asked for it. None: refused."""
        began = self.codes.pop(form.get("code", ""), None)
        proof = base64.urlsafe_b64encode(hashlib.sha256(form.get("code_verifier", "").encode()).digest())
        if (
            began is None or not self._is_client(form, authorization)
            or began["redirect_uri"] != form["redirect_uri"] or began["code_challenge_method"] != "S256"
            or proof.decode().rstrip("=") != began["code_challenge"]
        ):  # fmt: skip
            return None
        now = int(self.clock.now().timestamp())
        claims = {"iss": self.url, "sub": self.subject, "aud": CLIENT_ID, "exp": now + 60, "iat": now,
                  "nonce": began["nonce"]} | self.claims  # fmt: skip
        access = self._draw()
        return {"access_token": access, "token_type": "Bearer", "id_token": self.sign(claims)}

    def information(self) -> tuple[str, str]:
        """The user information and its content type."""
        person: dict[str, Any] = {"sub": self.subject, "email": self.email}
        if self.proconnect:
            person |= {"siret": SIRET, "iss": self.url, "aud": CLIENT_ID}
        person = {name: value for name, value in (person | self.person).items() if value is not None}
        signed = self.proconnect if self.signs_person is None else self.signs_person
        return (self.sign(person), "application/jwt") if signed else (json.dumps(person), "application/json")

    def sign(self, claims: dict[str, Any]) -> str:
        """A token, well signed or not."""
        header = {"alg": self.algorithm, "kid": self.kid + ("-elliptic" if self.algorithm == "ES256" else "")}
        if self.algorithm == "none":
            parts = (base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=")
                     for part in (header, claims))  # fmt: skip
            token = f"{'.'.join(parts)}."
        else:
            key: Any = {"HS256": OctKey.import_key(CLIENT_SECRET), "ES256": elliptic_key(self.kid)}.get(
                self.algorithm, rsa_key(self.kid)
            )
            token = jwt.encode(header, claims, key, algorithms=[self.algorithm])
        self.told.append(token)
        return token

    def _draw(self) -> str:
        self.told.append(secrets.token_urlsafe(24))
        return self.told[-1]

    def _is_client(self, form: Asked, authorization: str) -> bool:
        basic = base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
        posted = (form.get("client_id"), form.get("client_secret")) == (CLIENT_ID, CLIENT_SECRET)
        return posted if self.proconnect else authorization == f"Basic {basic}"


@contextmanager
def provider_running(provider: Provider) -> Iterator[Provider]:
    """The provider, serving on a free port."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path, asked = self._asked(urlsplit(self.path).query)
            if path in provider.broken:
                self._say(500, "{}")
            elif path == "/.well-known/openid-configuration":
                self._say(200, json.dumps(provider.describe()))
            elif path == "/keys":
                self._say(200, json.dumps(provider.keys()))
            elif path == "/authorize":
                self._say(302, "", location=provider.authorize(asked))
            elif path == "/person" and self.headers["authorization"].removeprefix("Bearer ") in provider.told:
                body, kind = provider.information()
                self._say(200, body, kind)
            else:
                self._say(404, "{}")

        def do_POST(self) -> None:
            length = int(self.headers["content-length"])
            path, form = self._asked(self.rfile.read(length).decode())
            tokens = provider.exchange(form, self.headers.get("authorization", ""))
            if path in provider.broken:
                self._say(500, "{}")
            elif tokens is None:
                self._say(400, json.dumps({"error": "invalid_grant"}))
            else:
                self._say(200, json.dumps(tokens))

        def log_message(self, *_args: object) -> None:
            """Say nothing."""

        def _asked(self, written: str) -> tuple[str, Asked]:
            asked = (urlsplit(self.path).path, dict(parse_qsl(written)))
            provider.asked.append(asked)
            return asked

        def _say(self, status: int, body: str, kind: str = "application/json", **headers: str) -> None:
            self.send_response(status)
            for name, value in {"content-type": kind, "content-length": str(len(body)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body.encode())

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    provider.url = f"http://127.0.0.1:{server.server_port}"
    serving = Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    serving.start()
    try:
        yield provider
    finally:
        server.shutdown()
        server.server_close()
        serving.join()
