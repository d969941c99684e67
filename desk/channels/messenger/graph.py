"""Meta's Graph API: one client for all calls, time-outs everywhere, refusals as GraphError."""

import hashlib
import hmac
import json
import logging
from typing import Any

import httpx

from desk.settings import Settings

CONNECT_SECONDS = 5.0
JSON = {"content-type": "application/json"}

# It writes every address it calls, and the token with it.
logging.getLogger("httpx").setLevel(logging.WARNING)


class GraphError(Exception):
    """Meta refused. ``code`` and ``subcode`` are its own, 0 when it gave none; ``status`` is HTTP's."""

    def __init__(self, status: int, code: int = 0, subcode: int = 0, *, transient: bool = False) -> None:
        super().__init__(f"{code}/{subcode} ({status})")
        self.status, self.code, self.subcode, self.transient = status, code, subcode, transient


class NotReached(Exception):
    """The call did not leave: nothing was done."""


class NoAnswer(Exception):
    """The call left and no answer came: nobody knows whether it was done."""


def appsecret_proof(secret: str, token: str) -> str:
    """HMAC-SHA256 of the token under the application's secret, in hexadecimal (Meta, Securing Graph API)."""
    return hmac.new(secret.encode(), token.encode(), hashlib.sha256).hexdigest()


class Graph:
    """Calls with a Page's token, or the application's own."""

    def __init__(self, settings: Settings) -> None:
        self._secret = settings.messenger_app_secret.get_secret_value()
        self._app_token = f"{settings.messenger_app_id}|{self._secret}"
        self._base = f"{settings.messenger_graph_url.rstrip('/')}/{settings.messenger_graph_version}"
        timeout = httpx.Timeout(settings.messenger_timeout, connect=CONNECT_SECONDS)
        self._client = httpx.AsyncClient(timeout=timeout)

    async def get(self, token: str | None, path: str, **parameters: str) -> dict[str, Any]:
        """What ``/path`` holds; ``token`` None for the application's own.

        Raises GraphError, NotReached, NoAnswer.
        """
        return await self._call("GET", token, path, parameters, None)

    async def post(
        self, token: str | None, path: str, body: dict[str, Any] | None = None, **parameters: str
    ) -> dict[str, Any]:
        """Have something done. Raises GraphError, NotReached, NoAnswer."""
        return await self._call("POST", token, path, parameters, body or {})

    async def delete(
        self, token: str | None, path: str, body: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        """Take something away. Raises GraphError, NotReached, NoAnswer."""
        return await self._call("DELETE", token, path, {}, body)

    async def close(self) -> None:
        """Let go of the connections."""
        await self._client.aclose()

    async def _call(
        self, method: str, token: str | None, path: str, parameters: dict[str, str],
        body: dict[str, Any] | None,
    ) -> dict[str, Any]:  # fmt: skip
        token = token or self._app_token
        query = {**parameters, "access_token": token, "appsecret_proof": appsecret_proof(self._secret, token)}
        content = None if body is None else json.dumps(body)  # in ASCII: no text is one that cannot leave
        try:
            reply = await self._client.request(
                method, f"{self._base}/{path}", params=query, content=content, headers=JSON
            )
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            raise NotReached from error
        except httpx.HTTPError as error:
            raise NoAnswer from error
        return _answer(reply)


def _answer(reply: httpx.Response) -> dict[str, Any]:
    """The reply's JSON object. Raises GraphError for a refusal, NoAnswer for what is not Meta's."""
    try:
        found = reply.json()
    except ValueError:
        found = None
    error = found.get("error") if isinstance(found, dict) else None
    if isinstance(error, dict):
        raise GraphError(
            reply.status_code, _number(error.get("code")), _number(error.get("error_subcode")),
            transient=error.get("is_transient") is True,
        )  # fmt: skip
    if not reply.is_success:
        raise GraphError(reply.status_code)
    if not isinstance(found, dict):
        raise NoAnswer
    return found


def _number(value: object) -> int:
    return value if isinstance(value, int) else 0
