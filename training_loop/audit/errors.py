"""What goes wrong with signatures and logs, in words for a person."""

from __future__ import annotations

import grpc

from training_loop.errors import TrainingLoopError


class SigningKeyRefused(TrainingLoopError):
    code = "SIGNING_KEY_REFUSED"
    status = grpc.StatusCode.FAILED_PRECONDITION
    hint = (
        "Put the file keys/signing.key of the state directory back, readable by its owner alone. "
        "Without it nothing can be signed; what was signed can still be verified."
    )


class SignatureWrong(TrainingLoopError):
    code = "SIGNATURE_WRONG"
    status = grpc.StatusCode.DATA_LOSS
    hint = "Either the content was changed, or another key signed it."


class AuditLogBroken(TrainingLoopError):
    code = "AUDIT_LOG_BROKEN"
    status = grpc.StatusCode.DATA_LOSS
    hint = "Run 'training-loop audit verify' to see where."


class TransparencyLogDamaged(TrainingLoopError):
    code = "TRANSPARENCY_LOG_DAMAGED"
    status = grpc.StatusCode.DATA_LOSS
    hint = "Restore the directory 'transparency' of the state directory from a copy."
