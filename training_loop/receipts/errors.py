"""Why a receipt is not believed."""

from __future__ import annotations

import grpc

from training_loop.errors import TrainingLoopError


class ReceiptRefused(TrainingLoopError):
    """The message says which check failed, in words for a person."""

    code = "RECEIPT_NOT_VALID"
    status = grpc.StatusCode.DATA_LOSS
    hint = "Ask for the receipt again; if it still fails, do not rely on it."
