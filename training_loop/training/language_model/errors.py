"""What can go wrong with a language model; no message repeats a text or a word."""

from __future__ import annotations

import grpc

from training_loop.errors import TrainingLoopError


class GraphUnreadable(TrainingLoopError):
    """A graph is damaged or of a kind that is not read here."""

    code = "GRAPH_UNREADABLE"
    status = grpc.StatusCode.FAILED_PRECONDITION
    hint = "Use a Vosk model with graph/HCLr.fst and graph/Gr.fst (a 'small' or lookahead model)."


class NewWordsUnsupported(TrainingLoopError):
    """The model's phones depend on more context than can be read from its graph."""

    code = "NEW_WORDS_UNSUPPORTED"
    status = grpc.StatusCode.FAILED_PRECONDITION
    hint = "Train without new words, or use a chain model of monophones or left biphones."


class ModelTampered(TrainingLoopError):
    """A model's files are not what its manifest says."""

    code = "LANGUAGE_MODEL_TAMPERED"
    status = grpc.StatusCode.DATA_LOSS
    hint = "Train the model again; don't put this one into service."
