"""The kinds of events a Page must send us. Pure."""

from collections.abc import Collection

FIELDS = (
    "messages", "messaging_postbacks", "messaging_referrals", "message_echoes", "message_deliveries",
    "message_reads", "message_reactions", "message_edits", "standby", "messaging_policy_enforcement",
)  # fmt: skip
HANDOVERS = ("messaging_handovers", "messaging_handover")
"""Meta's own pages spell it in two ways: the first that is accepted counts."""

COUNT = len(FIELDS) + 1


def missing_fields(subscribed: Collection[str]) -> list[str]:
    """What the Page does not send."""
    missing = [name for name in FIELDS if name not in subscribed]
    return missing if any(name in subscribed for name in HANDOVERS) else [*missing, HANDOVERS[0]]


def subscriptions(subscribed: Collection[str]) -> list[list[str]]:
    """The lists to ask for, until one is accepted; the last does without what Meta may not know.

    What is subscribed already stays: asking replaces the whole list, and somebody may want the rest.
    """
    others = [name for name in subscribed if name not in FIELDS and name not in HANDOVERS]
    return [[*FIELDS, *spelling, *others] for spelling in ([HANDOVERS[0]], [HANDOVERS[1]], [])]
