"""Rasa's own SpacyNLP, whole pipeline and all, without the version label that refuses the 3.8.0 model."""

import spacy
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.nlu.utils.spacy_utils import SpacyModel
from rasa.nlu.utils.spacy_utils import SpacyNLP as RasaSpacyNLP


@DefaultV1Recipe.register(
    [DefaultV1Recipe.ComponentType.MODEL_LOADER, DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER],
    is_trainable=False,
    model_from="SpacyNLP",
)
class SpacyNLP(RasaSpacyNLP):
    """Named as Rasa's, which recipes look for by class name."""

    @staticmethod
    def load_model(spacy_model_name: str) -> SpacyModel:
        """Every component of the spaCy pipeline, as stock Rasa loads them."""
        return SpacyModel(model=spacy.load(spacy_model_name), model_name=spacy_model_name)
