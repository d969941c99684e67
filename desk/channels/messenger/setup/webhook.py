"""Whether our own public address answers Meta's verification, asked as Meta would."""

import secrets

import httpx

from desk.channels.messenger.setup.report import Line, State, line
from desk.settings import Settings, is_out_of_reach

PATH = "/webhooks/messenger"


async def ask_webhook(settings: Settings) -> Line:
    """How it answers. The words that Meta says are secret: they travel over TLS only, or on this machine."""
    url = f"{settings.site}{PATH}"
    token = settings.messenger_verify_token.get_secret_value()
    if not settings.public_url:
        return line(State.NOTE, "webhook_unset")
    if not token:
        return line(State.TODO, "webhook_no_words")
    if not is_out_of_reach(url):
        return line(State.TODO, "webhook_clear", url=url)
    challenge = str(secrets.randbelow(10**9))
    query = {"hub.mode": "subscribe", "hub.verify_token": token, "hub.challenge": challenge}
    try:
        async with httpx.AsyncClient(timeout=settings.messenger_timeout) as client:
            reply = await client.get(url, params=query)
    except (httpx.HTTPError, httpx.InvalidURL):
        return line(State.TODO, "webhook_unreachable", url=url)
    return _judge(reply, challenge, url)


def _judge(reply: httpx.Response, challenge: str, url: str) -> Line:
    if reply.status_code == 200 and reply.text == challenge:
        return line(State.OK, "webhook", url=url)
    key = {403: "webhook_refused", 404: "webhook_closed"}.get(reply.status_code)
    if key:
        return line(State.TODO, key, url=url)
    return line(State.TODO, "webhook_odd", url=url, status=reply.status_code)
