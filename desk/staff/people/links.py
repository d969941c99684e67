"""Where a one-time link leads."""

from desk.settings import Settings


def invitation_link(settings: Settings, token: str) -> str:
    """What the person opens to join or to choose a new password."""
    return f"{settings.site}/staff/invitation?jeton={token}"
