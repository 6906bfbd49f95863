"""Expected failures of backups."""

from __future__ import annotations

import grpc

from training_loop.errors import TrainingLoopError


class BackupRefused(TrainingLoopError):
    """The directory holds no complete backup of this installation, or is in use already."""

    code = "BACKUP_REFUSED"
    status = grpc.StatusCode.FAILED_PRECONDITION
    hint = "Name an empty directory to create a backup in, or a complete one to restore."


class StoreNotEmpty(TrainingLoopError):
    """A backup is restored into an empty store alone."""

    code = "STORE_NOT_EMPTY"
    status = grpc.StatusCode.FAILED_PRECONDITION
    hint = "Move the old store's directory away first; keep the tombstones and the keys."
