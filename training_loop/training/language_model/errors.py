"""What can go wrong with a language model; no message repeats a text or a word."""

from __future__ import annotations

import grpc

from training_loop.errors import TrainingLoopError


class NothingToLearn(TrainingLoopError):
    code = "NOTHING_TO_LEARN"
    status = grpc.StatusCode.FAILED_PRECONDITION
    hint = "Review utterances first, or give base texts."


class GraphUnreadable(TrainingLoopError):
    """A graph is damaged or of a kind that is not read here."""

    code = "GRAPH_UNREADABLE"
    status = grpc.StatusCode.FAILED_PRECONDITION
    hint = "Use a Vosk model with graph/HCLr.fst and graph/Gr.fst (a 'small' or lookahead model)."


class NewWordsUnsupported(TrainingLoopError):
    """The model's phones depend on more context than can be read from its graph."""

    code = "NEW_WORDS_UNSUPPORTED"
    status = grpc.StatusCode.FAILED_PRECONDITION
    hint = "Train with the words the model has, or use a monophone or left-biphone chain model."


class LanguageModelFailed(TrainingLoopError):
    code = "TRAINING_FAILED"
    hint = "See the step that is named; texts are never shown in logs."
