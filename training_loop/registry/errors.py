"""What can be wrong with a model or its release."""

from __future__ import annotations

import grpc

from training_loop.errors import TrainingLoopError


class ModelUnknown(TrainingLoopError):
    code = "MODEL_UNKNOWN"
    status = grpc.StatusCode.NOT_FOUND
    hint = "See `training-loop models list`."


class ModelAmbiguous(TrainingLoopError):
    """Several models begin as it was said."""

    code = "MODEL_AMBIGUOUS"
    status = grpc.StatusCode.INVALID_ARGUMENT
    hint = "Say more of its id; see `training-loop models list`."


class ModelTampered(TrainingLoopError):
    """Its manifest or archive is not what was registered."""

    code = "MODEL_TAMPERED"
    status = grpc.StatusCode.DATA_LOSS
    hint = "The model is not used. Train again with `training-loop retrain nlu`."


class ModelRefused(TrainingLoopError):
    """It did not pass the gate, or lost the consent of something it learned from."""

    code = "MODEL_REFUSED"
    status = grpc.StatusCode.FAILED_PRECONDITION
    hint = "Train again with `training-loop retrain nlu`."


class ServingChanged(TrainingLoopError):
    """Another model was put into service in between."""

    code = "SERVING_CHANGED"
    status = grpc.StatusCode.ABORTED
    hint = "Train again, so that the candidate is compared with the model that serves now."


class NothingToRollBackTo(TrainingLoopError):
    code = "NOTHING_TO_ROLL_BACK_TO"
    status = grpc.StatusCode.FAILED_PRECONDITION
    hint = "The model that serves is the base model, or none was released yet."


class ReleaseFailed(TrainingLoopError):
    """A server could not load the model that was put into service."""

    code = "RELEASE_FAILED"
    status = grpc.StatusCode.ABORTED
    hint = "That server goes on with the model it has; its log says more."


class TrialEnded(TrainingLoopError):
    """A candidate is no longer tried, before it was judged."""

    code = "TRIAL_ENDED"
    status = grpc.StatusCode.ABORTED
    hint = "Nothing changed: the model in service goes on, the candidate stays one."
