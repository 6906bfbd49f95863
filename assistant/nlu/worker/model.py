"""One trained Rasa model, ready to parse."""

from __future__ import annotations

import hashlib
import tempfile
from pathlib import Path
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphNode, GraphSchema
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.shared.nlu.constants import ENTITIES, INTENT, INTENT_RANKING_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message

_BYPASS = "RegexMessageHandler"
_ENTRY = "nlu_message_converter"
_WARM_UP = ("what time is it", "set a timer for ten minutes", "add milk to my shopping list")


class ModelRefused(Exception):
    """The archive is missing, damaged or not an NLU model."""


class LoadedModel:
    """Parses with exactly the archive it was given. Not thread-safe.

    Rasa's own agent loads the newest archive of the folder when the path does not exist, lets a
    text that starts with `/intent` choose its intent, and looks up the graph anew for each text.
    Here the nodes of the model's prediction graph run one after another, and none of that is so.
    """

    def __init__(self, archive: Path) -> None:
        """Loads and warms up. Raises ModelRefused."""
        if not archive.is_file():
            raise ModelRefused("there is no such model archive")
        self.path = archive
        self.fingerprint = hashlib.sha256(archive.read_bytes()).hexdigest()
        try:
            self._steps = _prediction_steps(archive)
            for text in _WARM_UP:
                self.parse(text)
        except Exception as broken:
            raise ModelRefused(f"the model archive cannot be used ({_kind(broken)})") from broken

    def parse(self, text: str) -> dict[str, Any]:
        """Rasa's `intent_ranking` (best first) and `entities` of the text."""
        messages = [Message(data={TEXT: text})]
        for step in self._steps:
            _, messages = step((_only_input(step), messages))
        parsed = messages[0]
        ranking = parsed.get(INTENT_RANKING_KEY) or [parsed.get(INTENT)]
        return {
            "intent_ranking": [intent for intent in ranking if intent and intent.get("name")],
            "entities": parsed.get(ENTITIES, []),
        }


def _prediction_steps(archive: Path) -> list[GraphNode]:
    """The nodes between the text and Rasa's last one, in order of execution."""
    with tempfile.TemporaryDirectory(prefix="earmark-model-") as unpacked:
        storage, metadata = LocalModelStorage.from_model_archive(Path(unpacked), archive)
        schema: GraphSchema = metadata.predict_schema
        context = ExecutionContext(graph_schema=schema, model_id=metadata.model_id)
        return [
            GraphNode.from_schema_node(name, schema.nodes[name], storage, context)
            for name in _order(schema, metadata.nlu_target)
        ]


def _order(schema: GraphSchema, target: str) -> list[str]:
    """Follows the messages back from the target; an NLU pipeline is a chain."""
    names: list[str] = []
    name = target
    while name != _ENTRY:
        node = schema.nodes[name]
        if node.uses.__name__ != _BYPASS:
            names.append(name)
        name = node.needs["messages"]
    return names[::-1]


def _only_input(step: GraphNode) -> str:
    return str(step._inputs["messages"])


def _kind(error: BaseException) -> str:
    """The name of the first cause: never its text, which may quote what somebody said."""
    while error.__cause__ is not None:
        error = error.__cause__
    return type(error).__name__
