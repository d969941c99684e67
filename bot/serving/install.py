"""Rasa told to serve with our lighter parts."""

from rasa.core import agent, processor
from rasa.core.actions import action
from threadpoolctl import threadpool_limits

from bot.serving.graph import PlainGraphRunner
from bot.serving.processor import LightProcessor
from bot.serving.remote import RemoteAction


def install() -> None:
    """Must come before the model is loaded; doing it again changes nothing.

    Rasa has no setting for any of the three: it names these classes in its modules, where we put ours.
    Training, ``rasa test`` and ``rasa shell`` keep Rasa's, whose results are the same.
    """
    processor.DaskGraphRunner = PlainGraphRunner
    agent.MessageProcessor = LightProcessor
    action.RemoteAction = RemoteAction
    # One message makes matrices too small to share: a second thread of OpenBLAS only spins on another core.
    threadpool_limits(1)
