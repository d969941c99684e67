"""What both commands need to look at a Page, and the look at its token that both begin with."""

from dataclasses import dataclass
from datetime import datetime

from desk.channels.messenger.config import Page
from desk.channels.messenger.graph import Graph, GraphError, NoAnswer, NotReached
from desk.channels.messenger.setup.inspect import token_facts
from desk.channels.messenger.setup.refusals import UNREACHABLE, app_refused
from desk.channels.messenger.setup.report import Line, State, line
from desk.channels.messenger.setup.tokens import judge


@dataclass(frozen=True)
class Terms:
    """The application at Meta, now, and what expires ``soon`` enough to be mended at once."""

    graph: Graph
    app_id: str
    now: datetime
    soon: datetime

    async def token(self, page: Page) -> tuple[list[Line], str | None]:
        """What is said of a Page's token; the token itself when it is of use."""
        if page.token is None:
            return [line(State.TODO, "no_token", page=page.id)], None
        try:
            facts = await token_facts(self.graph, page.token)
        except GraphError as error:
            return [app_refused(error)], None
        except (NotReached, NoAnswer):
            return [UNREACHABLE], None
        is_of_use = facts.valid and facts.app_id == self.app_id
        return list(judge(facts, self.app_id, self.now, self.soon)), page.token if is_of_use else None
