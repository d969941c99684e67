"""Graph component: normalises a message, ranks what it may be about, decides what to do."""

import hashlib
from itertools import chain
from typing import Any, Dict, List, Optional, Text, Tuple

import joblib
import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.utils.spacy_utils import SpacyModel
from rasa.shared.nlu.constants import INTENT, INTENT_RESPONSE_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.correction import after_correction
from bot.courtesy import after_courtesy
from bot.decision import LIGHT, NOTHING, SURE_OF_TOPIC, Decision, Heard, Ranking, decide
from bot.doubles import split_requests
from bot.evaluation.lines import LinesError, read_catalogue, read_lines
from bot.labels import label_of
from bot.model.classifier import Apart, Classifier
from bot.model.thresholds import Thresholds
from bot.parse import write_decision
from bot.paths import CALIBRATION, CODE, LEXICON
from bot.text.normalise import normalise
from bot.text.spelling import Speller

FILE = "classifier.joblib"
KEPT = 5


@DefaultV1Recipe.register(
    DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True, model_from="SpacyNLP"
)
class TopicClassifier(GraphComponent):
    """A linear model over the 85 topics and the dialogue intents, without TensorFlow."""

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
        self._speller: Any = None

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
            [text for text, _ in kept], [label for _, label in kept], _read_apart(), model.model
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
                decision, ranking = self.understand(str(text), model.model)
                write_decision(message, decision, ranking[:KEPT])
        return messages

    def understand(self, text: str, nlp: Any) -> Tuple[Decision, Ranking]:
        """The decision on one message as it was written, and the labels by probability."""
        meant = after_correction(text)
        limits: Thresholds = self._classifier.thresholds
        if meant is not None:
            text, limits = meant, limits.for_correction()
        cuts = split_requests(text)
        whole, *halves = self._hear([text, *chain.from_iterable(cut.halves for cut in cuts)], nlp)
        for cut, first, second in zip(cuts, halves[::2], halves[1::2]):
            double = decide(whole, [first, second], limits, cut.both_ask)
            if double.more:
                return double, whole.ranking
        decision = decide(whole, [], limits)
        rest = after_courtesy(text) if decision.intent in LIGHT else None
        if rest is not None:
            (asked,) = self._hear([rest], nlp)
            again = decide(asked, [], limits)
            if again.intent in SURE_OF_TOPIC or ("?" in rest and again.intent not in (*LIGHT, *NOTHING)):
                return again, asked.ranking
        return decision, whole.ranking

    def _hear(self, texts: List[str], nlp: Any) -> List[Heard]:
        normal = [self._mended(text, nlp) for text in texts]
        rows = self._classifier.predict(normal, nlp)
        return [Heard(text, mended, self._ranking(row)) for text, mended, row in zip(texts, normal, rows)]

    def _mended(self, text: str, nlp: Any) -> str:
        if self._speller is None:
            self._speller = self._classifier.speller(nlp)
        speller: Speller = self._speller
        return speller.mend(normalise(text))

    def _ranking(self, probabilities: np.ndarray) -> Ranking:
        order = np.argsort(-probabilities)[: KEPT + 3]
        return [(self._classifier.labels[index], float(probabilities[index])) for index in order]


def _read_apart() -> Apart:
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
