"""What both commands need to look at a Page, and the look at its token that both begin with."""

from dataclasses import dataclass
from datetime import datetime

from desk.channels.messenger.graph import Graph, GraphError
from desk.channels.messenger.setup.inspect import token_facts
from desk.channels.messenger.setup.refusals import app_refused
from desk.channels.messenger.setup.report import Line
from desk.channels.messenger.setup.tokens import judge


@dataclass(frozen=True)
class Terms:
    """The application at Meta, now, and what expires ``soon`` enough to be mended at once."""

    graph: Graph
    app_id: str
    now: datetime
    soon: datetime

    async def token(self, token: str) -> tuple[list[Line], bool]:
        """What is said of a token, and whether it is of use. Raises NotReached, NoAnswer."""
        try:
            facts = await token_facts(self.graph, token)
        except GraphError as error:
            return [app_refused(error)], False
        lines = list(judge(facts, self.app_id, self.now, self.soon))
        return lines, facts.valid and facts.app_id == self.app_id
