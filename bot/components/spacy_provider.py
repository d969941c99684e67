"""The French spaCy model, loaded for its tokens and vectors only."""

from typing import Any, Dict, List, Text

import spacy
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.utils.spacy_utils import SpacyModel
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

UNUSED = ["tok2vec", "morphologizer", "parser", "senter", "ner", "attribute_ruler", "lemmatizer"]


@DefaultV1Recipe.register(
    DefaultV1Recipe.ComponentType.MODEL_LOADER, is_trainable=False, model_from="SpacyNLP"
)
class SpacyNLP(GraphComponent):
    """Named as Rasa's own, which recipes look for by class name.

    Rasa's refuses fr_core_news_md 3.8.0 on spaCy 3.7.5 for its version label, and runs the whole pipeline
    (6 ms a message) where we need words and vectors (0.02 ms). The data itself loads and works.
    """

    @staticmethod
    def required_packages() -> List[Text]:
        return ["spacy", "fr_core_news_md"]

    @staticmethod
    def get_default_config() -> Dict[Text, Any]:
        """``model``: an installed spaCy package with vectors."""
        return {"model": "fr_core_news_md"}

    def __init__(self, config: Dict[Text, Any]) -> None:
        """Raises OSError when the package is not installed."""
        name = config["model"]
        self._model = SpacyModel(model=spacy.load(name, exclude=UNUSED), model_name=name)

    @classmethod
    def create(
        cls,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> "SpacyNLP":
        return cls(config)

    def provide(self) -> SpacyModel:
        """The model, loaded once: Rasa asks for it again at every message."""
        return self._model

    def process_training_data(self, training_data: TrainingData, model: SpacyModel) -> TrainingData:
        """Nothing to add: the classifier asks for vectors itself."""
        return training_data

    def process(self, messages: List[Message], model: SpacyModel) -> List[Message]:
        """Nothing to add: the classifier asks for vectors itself."""
        return messages
