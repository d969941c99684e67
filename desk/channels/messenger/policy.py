"""Meta's sanctions against a Page, and their end."""

from desk.channels.messenger.config import CHANNEL
from desk.channels.messenger.events import Policy
from desk.channels.messenger.office import Office, Place, Result
from desk.conversations.channel_pages import page_state, page_works, sanction_page, stop_page
from desk.conversations.deliveries import hasten_page
from desk.conversations.hub import OUTBOX
from desk.log import get_logger

BLOCKED = "policy_block"


async def sanction(office: Office, place: Place, policy: Policy) -> Result:
    """Staff are shown it. A blocked Page sends nothing until a probe, or an unblock, says otherwise."""
    page, now = place.page, office.clock.now()
    said = None if policy.action == "unblock" else f"{policy.action}: {policy.reason}"
    async with office.database.write() as session:
        before = await page_state(session, CHANNEL, page.id)
        is_news = before is None or before.policy != said
        await sanction_page(session, CHANNEL, page.id, page.commune, said, now)
        if policy.action == "block":
            await stop_page(session, CHANNEL, page.id, page.commune, BLOCKED, now)
        elif policy.action == "unblock":
            await page_works(session, CHANNEL, page.id)
            await hasten_page(session, page.id, now)
    if policy.action == "unblock":
        office.hub.publish(OUTBOX)
    elif is_news:
        get_logger().error("messenger_page_sanctioned", page=page.id, action=policy.action)
    return "done" if is_news else "duplicate"
