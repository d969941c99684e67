"""Graph component: normalises a message, ranks what it may be about, decides what to do."""

import hashlib
from typing import Any, Dict, List, Optional, Text

import joblib
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.utils.spacy_utils import SpacyModel
from rasa.shared.nlu.constants import INTENT, INTENT_RESPONSE_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.evaluation.lines import LinesError, read_catalogue, read_lines
from bot.labels import label_of
from bot.model.classifier import Apart, Classifier
from bot.parse import write_decision
from bot.paths import CALIBRATION, CODE, LEXICON
from bot.text.normalise import normalise
from bot.understanding import Understanding

FILE = "classifier.joblib"
KEPT = 5


@DefaultV1Recipe.register(
    DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True, model_from="SpacyNLP"
)
class TopicClassifier(GraphComponent):
    """A linear model and a small network over the 85 topics and the dialogue intents, without TensorFlow."""

    @staticmethod
    def required_packages() -> List[Text]:
        return ["sklearn", "symspellpy", "spacy"]

    @staticmethod
    def get_default_config() -> Dict[Text, Any]:
        """``answer`` and ``clarify``: thresholds that replace those chosen at training when not None."""
        return {"answer": None, "clarify": None}

    def __init__(self, config: Dict[Text, Any], storage: ModelStorage, resource: Resource) -> None:
        self._config = config
        self._storage = storage
        self._resource = resource
        self._classifier: Any = None
        self._understanding: Optional[Understanding] = None

    @classmethod
    def create(
        cls,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> "TopicClassifier":
        return cls(config, model_storage, resource)

    @classmethod
    def fingerprint_addon(cls, config: Dict[str, Any]) -> Optional[str]:
        """Rasa trains again when our code, our word lists or the messages written apart have changed."""
        digest = hashlib.sha256()
        for folder, files in ((CODE, "*.py"), (LEXICON, "*.yml"), (CALIBRATION, "*.jsonl")):
            for path in sorted(folder.rglob(files)):
                digest.update(path.read_bytes())
        return digest.hexdigest()

    def train(self, training_data: TrainingData, model: SpacyModel) -> Resource:
        """Fit on every intent example, then keep the model with Rasa's."""
        said = [message for message in training_data.intent_examples if not _is_command(message)]
        pairs = [(normalise(str(message.get(TEXT))), _label(message)) for message in said]
        kept = [pair for pair in pairs if pair[0]]
        self._classifier = Classifier.train(
            [text for text, _ in kept], [label for _, label in kept], read_apart(), model.model
        )
        with self._storage.write_to(self._resource) as folder:
            joblib.dump(self._classifier, folder / FILE)
        return self._resource

    @classmethod
    def load(
        cls,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> "TopicClassifier":
        component = cls(config, model_storage, resource)
        with model_storage.read_from(resource) as folder:
            component._classifier = joblib.load(folder / FILE)
        for name in ("answer", "clarify"):
            if config.get(name) is not None:
                setattr(component._classifier.thresholds, name, float(config[name]))
        return component

    def process(self, messages: List[Message], model: SpacyModel) -> List[Message]:
        """Write intent, ranking, entities and the decision on each message that has text."""
        for message in messages:
            text = message.get(TEXT)
            if text is not None and not str(text).startswith("/"):
                decision, ranking = self._reading(model.model).understand(str(text))
                write_decision(message, decision, ranking[:KEPT])
        return messages

    def _reading(self, nlp: Any) -> Understanding:
        """Made at the first message: the speller takes a second, which training does not need."""
        if self._understanding is None:
            self._understanding = Understanding(self._classifier, nlp)
        return self._understanding


def read_apart() -> Apart:
    """The messages of data/calibration, normalised, with their right labels. Raises LinesError."""
    topics = read_catalogue().topics
    lines = [line for path in sorted(CALIBRATION.glob("*.jsonl")) for line in read_lines(path)]
    if not lines:
        raise LinesError(f"{CALIBRATION}: no message to calibrate on")
    return [(normalise(line.text), {label_of(one, topics) for one in line.accepted}) for line in lines]


def _label(message: Message) -> str:
    """``faq/passeport`` for a topic, the intent's name for the rest of the dialogue."""
    return str(message.get(INTENT_RESPONSE_KEY) or message.get(INTENT))


def _is_command(message: Message) -> bool:
    """Buttons and decisions are declared to Rasa by examples with a slash, which are not learnt."""
    return str(message.get(TEXT)).startswith("/")
