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


class ExportInProgress(TrainingLoopError):
    """One archive of an account at a time."""

    code = "EXPORT_IN_PROGRESS"
    status = grpc.StatusCode.RESOURCE_EXHAUSTED
    hint = "Fetch the archive that was begun to its end, or cancel it, and try again."


class ExportFailed(TrainingLoopError):
    """The archive could not be made; nothing of it is left."""

    code = "EXPORT_FAILED"
    status = grpc.StatusCode.RESOURCE_EXHAUSTED
    hint = "There is no room for the archive now; try again later."
