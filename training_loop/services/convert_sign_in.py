"""Between the messages of the SignIn service and the values of `training_loop.sign_in`."""

from __future__ import annotations

from google.protobuf.duration_pb2 import Duration

from training_loop.services.fields import timestamp
from training_loop.sign_in.passkey_sign_in import PasskeyChallenge
from training_loop.sign_in.sessions import NewSession
from training_loop.sign_in.sign_in import Ways
from training_loop.sign_in.tickets import Letter
from training_loop.v1 import sign_in_pb2


def letter_message(letter: Letter) -> sign_in_pb2.StartEmailSignInResponse:
    return sign_in_pb2.StartEmailSignInResponse(
        ticket=letter.ticket, valid_for=Duration(seconds=letter.valid_s)
    )


def session_message(opened: NewSession) -> sign_in_pb2.HolderSession:
    return sign_in_pb2.HolderSession(
        session_token=opened.token,
        expire_time=timestamp(opened.expires_at_s),
        account=opened.account,
    )


def challenge_message(challenge: PasskeyChallenge) -> sign_in_pb2.PasskeyChallenge:
    return sign_in_pb2.PasskeyChallenge(
        ticket=challenge.ticket, options_json=challenge.options_json
    )


def ways_message(ways: Ways, current: str) -> sign_in_pb2.SignInWays:
    """`current` is the session of the call, or empty."""
    return sign_in_pb2.SignInWays(
        email=ways.email,
        passkeys=[
            sign_in_pb2.Passkey(
                passkey=one.passkey,
                display_name=one.display_name,
                create_time=timestamp(one.created_at_s),
                last_use_time=timestamp(one.used_at_s) if one.used_at_s else None,
            )
            for one in ways.passkeys
        ],
        open_sessions=len(ways.sessions),
        sessions=[
            sign_in_pb2.OpenHolderSession(
                session=one.session,
                create_time=timestamp(one.opened_at_s),
                use_time=timestamp(one.seen_at_s),
                expire_time=timestamp(one.expires_at_s),
                signed_in_with=one.signed_in_with,
                current=one.session == current,
            )
            for one in ways.sessions
        ],
    )
