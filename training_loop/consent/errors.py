"""What the rights refuse."""

from __future__ import annotations

import grpc

from training_loop.errors import TrainingLoopError


class UtteranceNotFound(TrainingLoopError):
    """Nothing is kept under that id, at least not for this account."""

    code = "UTTERANCE_NOT_FOUND"
    status = grpc.StatusCode.NOT_FOUND
    hint = "List the utterances to see what is kept."


class NoRecording(TrainingLoopError):
    """The request was typed: there is nothing to hear."""

    code = "NO_RECORDING"
    status = grpc.StatusCode.FAILED_PRECONDITION


class ExportFailed(TrainingLoopError):
    """The archive could not be made; nothing of it is left."""

    code = "EXPORT_FAILED"
    status = grpc.StatusCode.RESOURCE_EXHAUSTED
    hint = "There is no room for the archive now; try again later."
