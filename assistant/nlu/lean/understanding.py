"""The Rasa component: intents by support vectors, then entities by a random field.

The intent is a feature of the entity tagger ("seven" is a time in an alarm and a number in a
sum). While training, each example is given the intent that a model which never saw it finds, so
that the tagger learns with the mistakes it will meet.
"""

from __future__ import annotations

from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.nlu.constants import TOKENS_NAMES
from rasa.nlu.extractors.extractor import EntityExtractorMixin
from rasa.nlu.tokenizers.tokenizer import Tokenizer
from rasa.shared.exceptions import RasaException
from rasa.shared.nlu.constants import ENTITIES, INTENT, INTENT_RANKING_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from assistant.nlu.lean import entity_model, intent_model
from assistant.nlu.lean.tagging import Span

_ROLE = "#"


@DefaultV1Recipe.register(
    [
        DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER,
        DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR,
    ],
    is_trainable=True,
)
class LinearUnderstanding(GraphComponent, IntentClassifier, EntityExtractorMixin):  # type: ignore[misc]
    """Trains in seconds and parses in well under a millisecond; no third party's weights."""

    def __init__(self, config: dict[str, Any], storage: ModelStorage, resource: Resource) -> None:
        self._config = config
        self._storage = storage
        self._resource = resource
        self._intents: intent_model.IntentModel | None = None
        self._entities: entity_model.EntityModel | None = None

    @classmethod
    def required_components(cls) -> list[type]:
        return [Tokenizer]

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {
            # The support vectors' C: the smaller, the smoother.
            "regularisation": 0.5,
            "random_state": 42,
            # Intents that a parse returns.
            "ranking_length": 10,
            # CRFsuite's L-BFGS: weights of the L1 and L2 penalties, most iterations.
            "c1": 0.05,
            "c2": 0.05,
            "max_iterations": 100,
        }

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> LinearUnderstanding:
        return cls(config, model_storage, resource)

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> LinearUnderstanding:
        component = cls(config, model_storage, resource)
        with model_storage.read_from(resource) as directory:
            component._intents = intent_model.IntentModel.open(directory)
            component._entities = entity_model.EntityModel(directory)
        return component

    def train(self, training_data: TrainingData) -> Resource:
        """Needs at least two intents; raises RasaException otherwise."""
        messages = [m for m in training_data.intent_examples if m.get(TEXT)]
        labels = [message.get(INTENT) for message in messages]
        if len(set(labels)) < 2:
            raise RasaException("training needs examples of at least two intents")
        texts = [_lower_words(message) for message in messages]
        intents, held_out = intent_model.train(
            texts,
            labels,
            regularisation=self._config["regularisation"],
            seed=self._config["random_state"],
        )
        with self._storage.write_to(self._resource) as directory:
            intents.save(directory)
            entity_model.train(
                directory,
                (
                    (message.get(TEXT), _words(message), intent, _spans(message))
                    for message, intent in zip(messages, held_out, strict=True)
                ),
                _word_lists(training_data),
                _patterns(training_data),
                {name: self._config[name] for name in ("c1", "c2", "max_iterations")},
            )
        return self._resource

    def process(self, messages: list[Message]) -> list[Message]:
        """Adds intent, ranking and entities."""
        assert self._intents is not None
        assert self._entities is not None
        for message in messages:
            ranked = self._intents.ranking(_lower_words(message))
            ranking = [
                {"name": name, "confidence": confidence}
                for name, confidence in ranked[: self._config["ranking_length"]]
            ]
            message.set(INTENT, ranking[0], add_to_output=True)
            message.set(INTENT_RANKING_KEY, ranking, add_to_output=True)
            text = message.get(TEXT)
            spans = self._entities.spans(text, _words(message), ranked[0][0])
            found = self.add_extractor_name([_entity(text, span) for span in spans])
            message.set(ENTITIES, message.get(ENTITIES, []) + found, add_to_output=True)
        return messages


def _words(message: Message) -> list[tuple[int, int]]:
    return [(token.start, token.end) for token in message.get(TOKENS_NAMES[TEXT], [])]


def _lower_words(message: Message) -> list[str]:
    return [token.text.lower() for token in message.get(TOKENS_NAMES[TEXT], [])]


def _spans(message: Message) -> list[Span]:
    return [
        Span(
            start=entity["start"],
            end=entity["end"],
            label=entity["entity"] + (_ROLE + entity["role"] if entity.get("role") else ""),
        )
        for entity in message.get(ENTITIES, [])
    ]


def _entity(text: str, span: Span) -> dict[str, Any]:
    name, _, role = span.label.partition(_ROLE)
    entity = {
        "entity": name,
        "start": span.start,
        "end": span.end,
        "value": text[span.start : span.end],
        "confidence_entity": span.confidence,
    }
    return entity | ({"role": role, "confidence_role": span.confidence} if role else {})


def _patterns(training_data: TrainingData) -> dict[str, str]:
    """Rasa gives each line of a regex on its own, under one name."""
    patterns: dict[str, str] = {}
    for regex in training_data.regex_features:
        before = patterns.get(regex["name"])
        pattern = f"(?:{regex['pattern']})"
        patterns[regex["name"]] = f"{before}|{pattern}" if before else pattern
    return patterns


def _word_lists(training_data: TrainingData) -> dict[str, list[str]]:
    return {
        table["name"]: table["elements"]
        for table in training_data.lookup_tables
        if isinstance(table["elements"], list)
    }
