"""What can go wrong with members of staff and their sign-in."""

from __future__ import annotations

import grpc

from training_loop.errors import TooManySignIns, TrainingLoopError, Unauthenticated


class SignInRefused(Unauthenticated):
    """The same for an unknown name, a wrong password and a disabled member."""

    code = "SIGN_IN_REFUSED"
    hint = "Check name and password; an administrator can invite you again."


class SecondFactorRefused(Unauthenticated):
    """A code that is wrong, was used already, or a key that did not fit."""

    code = "SECOND_FACTOR_REFUSED"
    hint = "Wait for the next code, or use another second factor."


class TicketRefused(Unauthenticated):
    """A ticket that is wrong, was used, ran out, or was tried too often: which is not told."""

    code = "TICKET_REFUSED"
    hint = "Begin again."


class InvitationRefused(Unauthenticated):
    """An invitation that is wrong, used or out of date: which is not told."""

    code = "INVITATION_REFUSED"
    hint = "Ask an administrator for a new invitation."


class SignInLocked(TooManySignIns):
    """Under this name, or by everybody together."""

    code = "SIGN_IN_LOCKED"


class PasswordRefused(TrainingLoopError):
    code = "PASSWORD_REFUSED"
    status = grpc.StatusCode.INVALID_ARGUMENT
    hint = "Choose 12 to 128 characters that are hard to guess, for example five random words."


class NameTaken(TrainingLoopError):
    code = "STAFF_NAME_TAKEN"
    status = grpc.StatusCode.ALREADY_EXISTS
    hint = "Choose a name that no other member of staff has."


class TooManyMembers(TrainingLoopError):
    code = "TOO_MANY_STAFF"
    status = grpc.StatusCode.RESOURCE_EXHAUSTED
    hint = "Remove members who have left."


class NoSuchMember(TrainingLoopError):
    code = "NO_SUCH_STAFF"
    status = grpc.StatusCode.NOT_FOUND
    hint = "List the members of staff."


class LastAdministrator(TrainingLoopError):
    code = "LAST_ADMINISTRATOR"
    status = grpc.StatusCode.FAILED_PRECONDITION
    hint = "Make somebody else an administrator first, and let them enrol."


class OnlyAdministrators(TrainingLoopError):
    code = "ONLY_ADMINISTRATORS"
    status = grpc.StatusCode.PERMISSION_DENIED
    hint = "The operator adds administrators; an administrator adds everybody else."


class NoSuchSession(TrainingLoopError):
    code = "NO_SUCH_SESSION"
    status = grpc.StatusCode.NOT_FOUND
    hint = "List your sessions."


class TooManyPasskeys(TrainingLoopError):
    code = "TOO_MANY_PASSKEYS"
    status = grpc.StatusCode.RESOURCE_EXHAUSTED
    hint = "Remove a passkey that is no longer used."


class NoSuchPasskey(TrainingLoopError):
    code = "NO_SUCH_PASSKEY"
    status = grpc.StatusCode.NOT_FOUND
    hint = "List your passkeys."


class LastFactor(TrainingLoopError):
    code = "LAST_SECOND_FACTOR"
    status = grpc.StatusCode.FAILED_PRECONDITION
    hint = "Add another second factor first."


class IdentityTaken(TrainingLoopError):
    code = "IDENTITY_TAKEN"
    status = grpc.StatusCode.ALREADY_EXISTS
    hint = "Unlink the identity from the member who has it."


class OidcNotConfigured(TrainingLoopError):
    code = "OIDC_NOT_CONFIGURED"
    status = grpc.StatusCode.FAILED_PRECONDITION
    hint = "Set EARMARK_OIDC_ISSUER, EARMARK_OIDC_CLIENT_ID and EARMARK_OIDC_REDIRECT_URI."


class OidcUnavailable(TrainingLoopError):
    code = "OIDC_UNAVAILABLE"
    status = grpc.StatusCode.UNAVAILABLE
    hint = "Try again in a moment, or sign in with a password."


class OidcRefused(Unauthenticated):
    """A flow that is not this browser's, a token that does not hold, or a stranger."""

    code = "OIDC_REFUSED"
    hint = "Begin again; an administrator must have linked you."


class OidcFactorMissing(OidcRefused):
    code = "OIDC_SECOND_FACTOR_MISSING"
    hint = "Sign in to the provider with a second factor."
