"""Why a clip is not prepared for review at all."""

from __future__ import annotations

import grpc

from training_loop.errors import TrainingLoopError


class ClipTooLong(TrainingLoopError):
    """Nobody is asked to review a clip this long, not even its transcript."""

    code = "CLIP_TOO_LONG"
    status = grpc.StatusCode.INVALID_ARGUMENT
    hint = "Only utterances of up to five minutes are prepared for review."
