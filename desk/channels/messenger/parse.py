"""From the bytes of a webhook to its events, in the order they happened."""

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from desk.channels.messenger.events import Echo, Event, Ignored, Malformed, Source
from desk.channels.messenger.reading import NOTED, READERS, read
from desk.channels.messenger.values import identifier, mapping, moment
from desk.errors import BadRequest

_KINDS = ("postback", "delivery", "read", *READERS, *sorted(NOTED))
_LISTS = {"messaging": False, "standby": True}


def events_in(body: bytes, now: datetime) -> list[Event]:
    """Every event of every entry, by Meta's clock. Raises BadRequest for what is no envelope.

    Inside an envelope nothing raises: what makes no sense is an event too, ``Malformed``. A body that is
    always refused would be sent again for an hour; then Meta unsubscribes the application from the Page.
    """
    found = [event for entry in _entries(body) for event in _events_of(entry, now)]
    return sorted(found, key=lambda event: event.source.at)


def _entries(body: bytes) -> list[Any]:
    try:
        envelope = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise BadRequest() from error
    if not isinstance(envelope, dict) or envelope.get("object") != "page":
        raise BadRequest(field="object")
    entries = envelope.get("entry")
    if not isinstance(entries, list):
        raise BadRequest(field="entry")
    return entries


def _events_of(found: Any, now: datetime) -> Iterator[Event]:
    entry = mapping(found)
    page = identifier(entry.get("id"))
    at = moment(entry.get("time"), now) or now
    if page is None:
        yield Event("entry", Source("", "", at, standby=False), Malformed(), found)
        return
    for name, standby in _LISTS.items():
        events = entry.get(name)
        for event in events if isinstance(events, list) else ():
            yield _event(event, page, entry.get("time"), standby, now)
        if name in entry and not isinstance(events, list):
            yield Event("entry", Source(page, "", at, standby), Malformed(), found)
    if not _LISTS.keys() & entry.keys():  # "changes": of the Page itself, which nobody subscribes to
        yield Event("entry", Source(page, "", at, standby=False), Ignored(), found)


def _event(found: Any, page: str, entry_time: Any, standby: bool, now: datetime) -> Event:
    event = {key.replace("-", "_"): value for key, value in mapping(found).items()}
    kind = next((kind for kind in _KINDS if kind in event), "unknown")
    at = moment(event.get("timestamp"), now) or moment(entry_time, now) or now
    source = Source(page, _person(event, page), at, standby)
    if not isinstance(found, dict):
        return Event(kind, source, Malformed(), found)
    stamp = next((str(one) for one in (event.get("timestamp"), entry_time) if one), now.isoformat())
    what = read(kind, event.get(kind), source, stamp, now)
    return Event("echo" if isinstance(what, Echo) else kind, source, what, found)


def _person(event: dict[str, Any], page: str) -> str:
    """Who sent it, or received the Page's own message; empty when that is nobody but the Page."""
    is_echo = mapping(event.get("message")).get("is_echo") is True
    person = identifier(mapping(event.get("recipient" if is_echo else "sender")).get("id"))
    return person if person and person != page else ""
