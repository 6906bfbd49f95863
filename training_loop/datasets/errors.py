"""What can be wrong with a data set or an export of one."""

from __future__ import annotations

import grpc

from training_loop.errors import InvalidArgument, TrainingLoopError


class DatasetUnknown(TrainingLoopError):
    code = "DATA_SET_UNKNOWN"
    status = grpc.StatusCode.NOT_FOUND
    hint = "training-loop dataset list shows them."


class DatasetTampered(TrainingLoopError):
    """The manifest is not what was signed."""

    code = "DATA_SET_TAMPERED"
    status = grpc.StatusCode.DATA_LOSS
    hint = "Make a new data set; find out who changed this one."


class LatestTampered(DatasetTampered):
    """Of `data_set`, which is the newest, or may be. Older ones do not take its place by
    themselves: somebody would learn from less than they believe, and what it held out could
    train."""

    hint = (
        "Find out who changed it. `training-loop dataset set-aside NAME` goes on with the one "
        "before it; the audit log has both."
    )

    def __init__(self, message: str, *, data_set: str) -> None:
        super().__init__(message)
        self.data_set = data_set


class DatasetEmpty(InvalidArgument):
    code = "DATA_SET_EMPTY"
    hint = "Wait until people have reviewed more."


class HoldOutWouldTrain(InvalidArgument):
    """Accounts that were kept apart to prove models would teach one."""

    code = "HOLD_OUT_WOULD_TRAIN"
    hint = "Keep the hold-out's share, or raise it."


class ExportClosed(TrainingLoopError):
    code = "EXPORT_CLOSED"
    status = grpc.StatusCode.FAILED_PRECONDITION
    hint = "Its recipient has confirmed all of it; nothing more is expected."


class ExportUnknown(TrainingLoopError):
    code = "EXPORT_UNKNOWN"
    status = grpc.StatusCode.NOT_FOUND
    hint = "training-loop dataset tombstones shows exports."


class ExportFailed(TrainingLoopError):
    """Nothing was delivered."""

    code = "EXPORT_FAILED"
    status = grpc.StatusCode.UNAVAILABLE
    hint = "Nothing was left behind. Make room, or choose another place, and try again."


class ExporterMissing(TrainingLoopError):
    code = "EXPORTER_MISSING"
    status = grpc.StatusCode.FAILED_PRECONDITION
    hint = "pip install 'earmark[exports]'"
