"""What the vault refuses."""

from __future__ import annotations

import grpc

from training_loop.errors import StoreUnavailable, TrainingLoopError


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


class KeyProviderUnavailable(StoreUnavailable):
    """The service that holds the master key does not answer."""

    code = "KEY_PROVIDER_UNAVAILABLE"


class KeyVersionMissing(StoreUnavailable):
    """A key is wrapped by a version that this process has not taken up yet."""

    code = "KEY_VERSION_MISSING"


class KeyRotationHeld(TrainingLoopError):
    """A running process has not taken up the new version of the master key."""

    code = "KEY_ROTATION_HELD"
    status = grpc.StatusCode.FAILED_PRECONDITION
    hint = (
        "See `training-loop keys status`, let every process reach the master key, and run "
        "`training-loop keys rotate` again: it goes on where it stopped. Nothing was lost."
    )


class BlobsUnavailable(StoreUnavailable, OSError):
    """Audio cannot be written, read or removed now: the disk or the object store fails."""

    code = "BLOBS_UNAVAILABLE"
