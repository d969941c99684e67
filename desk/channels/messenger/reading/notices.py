"""What Meta tells by itself: what has arrived or was read, who has the thread, what a Page is blamed for."""

from datetime import datetime
from typing import Any

from desk.channels.messenger.events import Control, Malformed, Policy, Received, Source, What
from desk.channels.messenger.values import app_id, mapping, message_id, moment, sequence, short

MOST_MIDS = 1_000


def read_delivery(found: Any, source: Source, now: datetime) -> What:
    """``mids`` is optional."""
    delivery = mapping(found)
    known = [message_id(mid) for mid in sequence(delivery.get("mids"))[:MOST_MIDS]]
    mids = tuple(mid for mid in known if mid)
    watermark = moment(delivery.get("watermark"), now)
    if not source.person or (watermark is None and not mids):
        return Malformed()
    return Received(mids, delivered=watermark)


def read_read(found: Any, source: Source, now: datetime) -> What:
    """All up to the watermark was read, and so had arrived."""
    watermark = moment(mapping(found).get("watermark"), now)
    if not source.person or watermark is None:
        return Malformed()
    return Received(delivered=watermark, read=watermark)


def read_control(found: Any, source: Source) -> What:
    """Who has the thread now, passed to or taken."""
    control = mapping(found)
    owner = app_id(control.get("new_owner_app_id"))
    if not source.person or (owner is None and control.get("new_owner_app_id") is not None):
        return Malformed()
    return Control(owner) if control else Malformed()


def read_policy(found: Any, _source: Source) -> What:
    """Of the Page, so nobody is named."""
    policy = mapping(found)
    action = policy.get("action")
    if action not in ("warning", "block", "unblock"):
        return Malformed()
    return Policy(action, short(policy.get("reason"), 1000))
