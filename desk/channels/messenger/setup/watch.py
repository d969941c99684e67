"""One Page watched, and nothing changed: what would keep citizens from being heard or answered."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from desk.channels.messenger.config import CHANNEL, Page
from desk.channels.messenger.graph import GraphError, NoAnswer, NotReached
from desk.channels.messenger.setup.fields import COUNT, missing_fields
from desk.channels.messenger.setup.inspect import subscribed_fields
from desk.channels.messenger.setup.refusals import UNREACHABLE, refused
from desk.channels.messenger.setup.report import Line, State, line
from desk.channels.messenger.setup.terms import Terms
from desk.communes.registry import Commune
from desk.conversations.channel_models import ChannelPage, OddEvent
from desk.conversations.channel_pages import page_state

LOOK_BACK = timedelta(hours=24)


async def watched_at_meta(terms: Terms, page: Page) -> list[Line]:
    """What Meta says: the token, and the events that the Page sends."""
    lines, token = await terms.token(page)
    if token is None:
        return lines
    try:
        return [*lines, await _fields(terms, token, page.id)]
    except (NotReached, NoAnswer):
        return [*lines, UNREACHABLE]


async def _fields(terms: Terms, token: str, page: str) -> Line:
    try:
        missing = missing_fields(await subscribed_fields(terms.graph, token, page, terms.app_id))
    except GraphError as error:
        return refused(error, "fields")
    if missing:
        return line(State.TODO, "fields_missing", fields=", ".join(missing))
    return line(State.OK, "fields", count=COUNT)


async def watched_here(session: AsyncSession, page: Page, commune: Commune, now: datetime) -> list[Line]:
    """What the desk has noted: a Page stopped, warned or punished, events that nobody understands."""
    state = await page_state(session, CHANNEL, page.id)
    lines = list(_troubles(state, commune)) if state else []
    odd = await session.scalar(
        select(func.count()).select_from(OddEvent)
        .where(OddEvent.channel == CHANNEL, OddEvent.page == page.id, OddEvent.at > now - LOOK_BACK)
    )  # fmt: skip
    return [*lines, line(State.NOTE, "odd_events", count=odd)] if odd else lines


def _troubles(state: ChannelPage, commune: Commune) -> Iterator[Line]:
    def told(moment: datetime | None) -> str:
        return f"{commune.local(moment):%d/%m/%Y %H:%M}" if moment else "?"

    if state.stopped:
        yield line(State.TODO, "page_stopped", moment=told(state.stopped_at), code=state.stopped)
    if state.warned:
        yield line(State.TODO, "page_warned", moment=told(state.warned_at), code=state.warned)
    if state.policy:
        yield line(State.TODO, "page_sanctioned", moment=told(state.policy_at), policy=state.policy)
