"""The SignIn service: how account holders sign in, and out."""

from __future__ import annotations

import re
from typing import Any

from training_loop.access import principal
from training_loop.passkeys.ceremonies import LONGEST_RESPONSE
from training_loop.services import convert_sign_in as convert
from training_loop.services.fields import InvalidField, identifier, short_text
from training_loop.sign_in.sign_in import SignIn
from training_loop.v1 import sign_in_pb2, sign_in_pb2_grpc

_LONGEST_TICKET = 256
_LONGEST_ADDRESS = 320
_LONGEST_NAME = 64
_PASSKEY = re.compile(r"[A-Za-z0-9_-]{1,1400}", re.ASCII)

Context = Any


class SignInService(sign_in_pb2_grpc.SignInServicer):
    """Acts on the account of the credential, where it needs one."""

    def __init__(self, sign_in: SignIn) -> None:
        self._sign_in = sign_in

    async def StartEmailSignIn(  # noqa: N802
        self, request: sign_in_pb2.StartEmailSignInRequest, context: Context
    ) -> sign_in_pb2.StartEmailSignInResponse:
        email = _text("email", request.email, most=_LONGEST_ADDRESS)
        return convert.letter_message(await self._sign_in.email.start(email))

    async def CompleteEmailSignIn(  # noqa: N802
        self, request: sign_in_pb2.CompleteEmailSignInRequest, context: Context
    ) -> sign_in_pb2.HolderSession:
        ticket = short_text("ticket", request.ticket, most=_LONGEST_TICKET)
        code = _text("code", request.code)
        return convert.session_message(await self._sign_in.email.complete(ticket, code))

    async def StartPasskeySignIn(  # noqa: N802
        self, request: sign_in_pb2.StartPasskeySignInRequest, context: Context
    ) -> sign_in_pb2.PasskeyChallenge:
        return convert.challenge_message(await self._sign_in.passkeys.start())

    async def CompletePasskeySignIn(  # noqa: N802
        self, request: sign_in_pb2.PasskeyAnswer, context: Context
    ) -> sign_in_pb2.HolderSession:
        return convert.session_message(await self._sign_in.passkeys.complete(*_answer(request)))

    async def GetSignInWays(  # noqa: N802
        self, request: sign_in_pb2.GetSignInWaysRequest, context: Context
    ) -> sign_in_pb2.SignInWays:
        return await self._ways()

    async def StartEmailChange(  # noqa: N802
        self, request: sign_in_pb2.StartEmailChangeRequest, context: Context
    ) -> sign_in_pb2.StartEmailSignInResponse:
        email = _text("email", request.email, most=_LONGEST_ADDRESS)
        return convert.letter_message(
            await self._sign_in.email.start_change(principal().account, email)
        )

    async def CompleteEmailChange(  # noqa: N802
        self, request: sign_in_pb2.CompleteEmailSignInRequest, context: Context
    ) -> sign_in_pb2.SignInWays:
        ticket, code = _text("ticket", request.ticket), _text("code", request.code)
        await self._sign_in.email.complete_change(principal().account, ticket, code)
        return await self._ways()

    async def RemoveEmail(  # noqa: N802
        self, request: sign_in_pb2.RemoveEmailRequest, context: Context
    ) -> sign_in_pb2.SignInWays:
        await self._sign_in.emails.remove(principal().account)
        return await self._ways()

    async def StartPasskeyRegistration(  # noqa: N802
        self, request: sign_in_pb2.StartPasskeyRegistrationRequest, context: Context
    ) -> sign_in_pb2.PasskeyChallenge:
        return convert.challenge_message(
            await self._sign_in.passkeys.start_registration(principal().account)
        )

    async def CompletePasskeyRegistration(  # noqa: N802
        self, request: sign_in_pb2.PasskeyAnswer, context: Context
    ) -> sign_in_pb2.SignInWays:
        name = short_text("display_name", request.display_name, most=_LONGEST_NAME)
        await self._sign_in.passkeys.complete_registration(
            principal().account, *_answer(request), name
        )
        return await self._ways()

    async def RemovePasskey(  # noqa: N802
        self, request: sign_in_pb2.RemovePasskeyRequest, context: Context
    ) -> sign_in_pb2.SignInWays:
        if not _PASSKEY.fullmatch(request.passkey):
            raise InvalidField("passkey", "must be one of GetSignInWays' passkeys")
        await self._sign_in.passkeys.remove(principal().account, request.passkey)
        return await self._ways()

    async def SignOut(  # noqa: N802
        self, request: sign_in_pb2.SignOutRequest, context: Context
    ) -> sign_in_pb2.SignOutResponse:
        """The account's own key stays good: it is no session."""
        caller = principal()
        named = identifier("session", request.session) if request.session else caller.session
        if request.everywhere:
            await self._sign_in.sessions.end_all(caller.account)
        elif named:
            await self._sign_in.sessions.end(caller.account, named)
        return sign_in_pb2.SignOutResponse()

    async def _ways(self) -> sign_in_pb2.SignInWays:
        caller = principal()
        return convert.ways_message(await self._sign_in.ways(caller.account), caller.session)


def _text(field: str, value: str, *, most: int = _LONGEST_TICKET) -> str:
    if not value:
        raise InvalidField(field, "must not be empty")
    return short_text(field, value, most=most)


def _answer(request: sign_in_pb2.PasskeyAnswer) -> tuple[str, str]:
    """Ticket and credential."""
    credential = _text("credential_json", request.credential_json, most=LONGEST_RESPONSE)
    return _text("ticket", request.ticket), credential
