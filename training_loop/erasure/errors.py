"""Expected failures of erasing."""

from __future__ import annotations

import grpc

from training_loop.errors import StoreUnavailable, TrainingLoopError


class ErasureUnknown(TrainingLoopError):
    code = "ERASURE_UNKNOWN"
    status = grpc.StatusCode.NOT_FOUND
    hint = "An erasure is known by the id that its request returned, for 400 days after its end."


class ErasurePending(StoreUnavailable):
    """What was to be erased is out of reach already; the rest goes on without the caller."""

    code = "ERASURE_PENDING"

    def __init__(self, erasure: str, waiting: str) -> None:
        super().__init__(f"the erasure goes on later: {waiting}")
        self.erasure = erasure
        self.waiting = waiting
        self.details = {"erasure": erasure}
        self.hint = f"Ask for its progress as {erasure}; it needs nothing from you."


class TombstonesTorn(TrainingLoopError):
    """The tombstone log is damaged before its end: a restore could revive what was erased."""

    code = "TOMBSTONES_DAMAGED"
    status = grpc.StatusCode.FAILED_PRECONDITION
    hint = "Put the log back from another copy before you restore anything."
