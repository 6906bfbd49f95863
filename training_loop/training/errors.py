"""What can go wrong while a model is made. None of it quotes what anybody said."""

from __future__ import annotations

import grpc

from training_loop.errors import InvalidArgument, TrainingLoopError


class NothingToLearn(InvalidArgument):
    code = "NOTHING_TO_LEARN"
    hint = "Wait until people have reviewed more, or check the base data."


class TrainingFailed(TrainingLoopError):
    code = "TRAINING_FAILED"
    hint = "Check the base data; its log lies below logs/training of the state directory."


class TrainerKilled(TrainingFailed):
    """Somebody else ended the trainer's process. Nothing of it is kept."""

    code = "TRAINER_KILLED"
    status = grpc.StatusCode.ABORTED
    hint = "Start it again: what it left is removed then."


class OverLimit(TrainingFailed):
    """The trainer wanted more memory or time than it may have."""

    code = "TRAINING_OVER_LIMIT"
    status = grpc.StatusCode.RESOURCE_EXHAUSTED
    hint = "Raise the limit, or train on less."


class DiskFull(TrainingFailed):
    code = "DISK_FULL"
    status = grpc.StatusCode.RESOURCE_EXHAUSTED
    hint = "Make room in the state directory and start again; what the run wrote was removed."


class TrainingUnderWay(TrainingLoopError):
    """Another run holds the lock of this state directory."""

    code = "TRAINING_UNDER_WAY"
    status = grpc.StatusCode.FAILED_PRECONDITION
    hint = "Wait for it, or end it."
