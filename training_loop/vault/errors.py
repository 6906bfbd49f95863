"""What the vault refuses."""

from __future__ import annotations

import grpc

from training_loop.errors import TrainingLoopError


class Corrupted(TrainingLoopError):
    """Sealed data is damaged, or stands where it does not belong."""

    code = "CORRUPTED"
    status = grpc.StatusCode.DATA_LOSS
    hint = "The data was changed outside of Earmark; restore it from a backup."


class MasterKeyRefused(TrainingLoopError):
    """The master key is missing, unsafe or not the one this store was made with."""

    code = "MASTER_KEY_REFUSED"
    status = grpc.StatusCode.FAILED_PRECONDITION
    hint = (
        "Put the right key back at its place, readable by its owner alone (0600). Nothing was "
        "changed; without that key what the store holds cannot be read."
    )
