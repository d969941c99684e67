"""Sending messages through the trained assistant, actions included, without a server."""

import json
from typing import Any, Dict, List, Text
from uuid import uuid4

from rasa.core.agent import Agent
from rasa.core.channels.channel import CollectingOutputChannel, UserMessage
from rasa.core.tracker_store import InMemoryTrackerStore
from rasa.utils.endpoints import EndpointConfig
from rasa_sdk.executor import ActionExecutor

from bot.nlg import ActGenerator
from bot.serving.install import install


class LocalActions(EndpointConfig):
    """The action server's work done in this process."""

    def __init__(self) -> None:
        super().__init__(url="http://localhost/actions")
        self._executor = ActionExecutor()
        self._executor.register_package("actions")

    async def request(self, *args: Any, **kwargs: Any) -> Any:
        """Run the action that Rasa asks the server for."""
        result = await self._executor.run(json.loads(json.dumps(kwargs["json"])))
        return result if isinstance(result, dict) else result.model_dump()


class Assistant:
    """A trained model answering in acts."""

    def __init__(self, model: Text) -> None:
        install()  # what is measured is what is served
        self._agent = Agent(
            tracker_store=InMemoryTrackerStore(domain=None), action_endpoint=LocalActions(), generator=None
        )
        self._agent.load_model(model)
        self._agent.nlg = ActGenerator(domain=self._agent.domain)
        if self._agent.processor:
            self._agent.processor.nlg = self._agent.nlg

    async def acts(self, text: Text, sender: Text = "") -> List[Dict[Text, Any]]:
        """What the assistant does about one message; a new conversation unless ``sender`` is given."""
        output = CollectingOutputChannel()
        await self._agent.handle_message(UserMessage(text, output, sender or uuid4().hex))
        return [message["custom"] for message in output.messages if "custom" in message]
