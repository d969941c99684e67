"""What the desk sends on Messenger: once, in order, within Meta's rules, whatever happens on the way."""

import pytest

from tests.desk.messenger_town import messages_of
from tests.desk.running import Desk, until
from tests.simulators.graph_api import Meta


async def test_smoke(messenger: Desk, meta: Meta) -> None:
    """x"""
    lea = meta.page("100000000000001").person("7001")
    await lea.says("Où acheter des tuiles bleues ?")
    await messenger.until_count("SELECT count(*) FROM delivery WHERE state = 'sent'", 2)
    print([one for one in lea.inbox], meta.refused)
    assert 0
