"""What can go wrong when an account holder signs in."""

from __future__ import annotations

import grpc

from training_loop.errors import TooManySignIns, TrainingLoopError, Unauthenticated


class CodeRefused(Unauthenticated):
    """A code or link that is wrong, was used, ran out, was tried too often, or fits no account:
    which is not told."""

    code = "CODE_REFUSED"
    hint = "Check the code, or ask for a new one."


class EmailOff(TrainingLoopError):
    code = "EMAIL_OFF"
    status = grpc.StatusCode.FAILED_PRECONDITION
    hint = "Use a passkey or the account key, or ask whoever runs this server for a link."


class MailServerAway(TrainingLoopError):
    """Nothing was sent, and no code is valid."""

    code = "MAIL_UNAVAILABLE"
    status = grpc.StatusCode.UNAVAILABLE
    hint = "Try again in a few minutes, or use another way to sign in."


class RecipientRefused(TrainingLoopError):
    """The mail server does not take letters to this address."""

    code = "EMAIL_UNDELIVERABLE"
    status = grpc.StatusCode.INVALID_ARGUMENT
    hint = "Check the address."


class EmailTaken(TrainingLoopError):
    """Told to somebody who has just shown that the address is theirs."""

    code = "EMAIL_TAKEN"
    status = grpc.StatusCode.ALREADY_EXISTS
    hint = "Sign in with this address to reach the account that has it, and remove it there."


class EmailBusy(TrainingLoopError):
    code = "EMAIL_BUSY"
    status = grpc.StatusCode.ABORTED
    hint = "Another change of the address is under way; try again in a moment."


class TooManyAttempts(TooManySignIns):
    code = "SIGN_IN_BUSY"


class TooManyPasskeys(TrainingLoopError):
    code = "TOO_MANY_PASSKEYS"
    status = grpc.StatusCode.RESOURCE_EXHAUSTED
    hint = "Remove a passkey that is no longer used."


class NoSuchPasskey(TrainingLoopError):
    code = "NO_SUCH_PASSKEY"
    status = grpc.StatusCode.NOT_FOUND
    hint = "List the ways to sign in."


class NoSuchSession(TrainingLoopError):
    code = "NO_SUCH_SESSION"
    status = grpc.StatusCode.NOT_FOUND
    hint = "List the ways to sign in."
