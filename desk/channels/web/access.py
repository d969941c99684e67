"""The only way from a request to a conversation: the token it was opened with."""

import hmac

from sanic import Request

from desk.app_context import context_of
from desk.conversations.models import Conversation
from desk.errors import NotFound, Unauthorized
from desk.ids import hash_token


def bearer(request: Request) -> str:
    """The token of the Authorization header. Raises Unauthorized."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise Unauthorized()
    return token.strip()


async def conversation_for(request: Request, conversation_id: str, token: str) -> Conversation:
    """The conversation, for whoever holds its token. Raises NotFound, Unauthorized."""
    async with context_of(request).database.read() as session:
        conversation = await session.get(Conversation, conversation_id[:32])
    if conversation is None or conversation.token_hash is None:
        raise NotFound("unknown_conversation")
    if not hmac.compare_digest(conversation.token_hash, hash_token(token)):
        raise Unauthorized()
    return conversation
