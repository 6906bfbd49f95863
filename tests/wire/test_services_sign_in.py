"""The SignIn service over the wire, with a real SMTP server behind it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import grpc
import pytest

from assistant.services.credentials import verifiers
from assistant.services.rules import rule_table
from tests.fixtures.authenticator import Authenticator
from tests.fixtures.services import Desk, bearer, refusal
from tests.fixtures.sign_in import PostOffice, code_in, link_in, signing_in, token_in
from training_loop.access import AuthenticationInterceptor
from training_loop.services.errors import ErrorInterceptor
from training_loop.services.privacy import PrivacyService
from training_loop.services.sign_in import SignInService
from training_loop.sign_in.limits import Limits
from training_loop.v1 import privacy_pb2, privacy_pb2_grpc, sign_in_pb2, sign_in_pb2_grpc

ANNA = "anna@example.org"


@dataclass(frozen=True, slots=True, kw_only=True)
class Front:
    sign_in: Any
    privacy: Any
    account: str
    key: str
    office: PostOffice


@asynccontextmanager
async def front_of(
    desk: Desk, office: PostOffice, *, limits: Limits | None = None
) -> AsyncIterator[Front]:
    """A further server of the same store, which sends letters."""
    loop = desk.loop
    sign_in = signing_in(loop, office.server, limits=limits)
    known = verifiers(
        *(loop.accounts, loop.operator, desk.register),
        *(loop.staff.sessions, sign_in.sessions, loop.exports.recipients),
    )
    server = grpc.aio.server(
        interceptors=[ErrorInterceptor(), AuthenticationInterceptor(known, rule_table())]
    )
    sign_in_pb2_grpc.add_SignInServicer_to_server(SignInService(sign_in), server)
    privacy_pb2_grpc.add_PrivacyServicer_to_server(PrivacyService(loop.rights), server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    made = await loop.accounts.create()
    async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        yield Front(
            sign_in=sign_in_pb2_grpc.SignInStub(channel),
            privacy=privacy_pb2_grpc.PrivacyStub(channel),
            account=made.account,
            key=made.token,
            office=office,
        )
    await server.stop(None)


@pytest.fixture
async def front(desk: Desk, post_office: PostOffice) -> AsyncIterator[Front]:
    async with front_of(desk, post_office) as opened:
        yield opened


async def give_address(front: Front, address: str = ANNA) -> Any:
    asked = await front.sign_in.StartEmailChange(
        sign_in_pb2.StartEmailChangeRequest(email=address), metadata=bearer(front.key)
    )
    code = code_in(await front.office.next_letter())
    return await front.sign_in.CompleteEmailChange(
        sign_in_pb2.CompleteEmailSignInRequest(ticket=asked.ticket, code=code),
        metadata=bearer(front.key),
    )


async def refused(call: Any) -> tuple[grpc.StatusCode, str]:
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await call
    found = refusal(caught.value)
    return found.status, found.reason


async def test_a_session_from_a_letter_is_good_for_what_the_key_is_good_for(front: Front) -> None:
    assert (await give_address(front)).email == ANNA
    asked = await front.sign_in.StartEmailSignIn(sign_in_pb2.StartEmailSignInRequest(email=ANNA))
    assert asked.valid_for.seconds == 600
    code = code_in(await front.office.next_letter())
    session = await front.sign_in.CompleteEmailSignIn(
        sign_in_pb2.CompleteEmailSignInRequest(ticket=asked.ticket, code=code)
    )
    assert session.account == front.account
    own = bearer(session.session_token)
    await front.privacy.GetPrivacySettings(privacy_pb2.GetPrivacySettingsRequest(), metadata=own)
    ways = await front.sign_in.GetSignInWays(sign_in_pb2.GetSignInWaysRequest(), metadata=own)
    assert [(one.signed_in_with, one.current) for one in ways.sessions] == [("email", True)]
    assert ways.open_sessions == 1
    await front.sign_in.SignOut(sign_in_pb2.SignOutRequest(), metadata=own)
    assert await refused(
        front.privacy.GetPrivacySettings(privacy_pb2.GetPrivacySettingsRequest(), metadata=own)
    ) == (grpc.StatusCode.UNAUTHENTICATED, "CREDENTIAL_REFUSED")


async def test_a_replayed_code_and_another_ones_ticket_are_refused_alike(front: Front) -> None:
    await give_address(front)
    asked = await front.sign_in.StartEmailSignIn(sign_in_pb2.StartEmailSignInRequest(email=ANNA))
    letter = await front.office.next_letter()
    stranger = await front.sign_in.StartEmailSignIn(
        sign_in_pb2.StartEmailSignInRequest(email="nobody@example.org")
    )
    complete = front.sign_in.CompleteEmailSignIn
    await complete(sign_in_pb2.CompleteEmailSignInRequest(code=token_in(link_in(letter))))
    for ticket, code in (
        (asked.ticket, code_in(letter)),
        (stranger.ticket, code_in(letter)),
        ("", token_in(link_in(letter))),
        ("", code_in(letter)),
        ("earmark-mail.0000000000000000." + "A" * 43, "12345678"),
        ("nonsense", "12345678"),
    ):
        request = sign_in_pb2.CompleteEmailSignInRequest(ticket=ticket, code=code)
        assert await refused(complete(request)) == (
            grpc.StatusCode.UNAUTHENTICATED,
            "CODE_REFUSED",
        )


async def test_signing_out_everywhere_ends_every_session_but_not_the_key(front: Front) -> None:
    await give_address(front)
    sessions = []
    for _ in range(2):
        await front.sign_in.StartEmailSignIn(sign_in_pb2.StartEmailSignInRequest(email=ANNA))
        token = token_in(link_in(await front.office.next_letter()))
        sessions.append(
            await front.sign_in.CompleteEmailSignIn(
                sign_in_pb2.CompleteEmailSignInRequest(code=token)
            )
        )
    await front.sign_in.SignOut(
        sign_in_pb2.SignOutRequest(everywhere=True), metadata=bearer(sessions[0].session_token)
    )
    ask = sign_in_pb2.GetSignInWaysRequest()
    for session in sessions:
        call = front.sign_in.GetSignInWays(ask, metadata=bearer(session.session_token))
        assert (await refused(call))[0] is grpc.StatusCode.UNAUTHENTICATED
    ways = await front.sign_in.GetSignInWays(ask, metadata=bearer(front.key))
    assert ways.open_sessions == 0


async def test_a_passkey_is_registered_and_signs_in(front: Front) -> None:
    key, own = Authenticator(), bearer(front.key)
    begun = await front.sign_in.StartPasskeyRegistration(
        sign_in_pb2.StartPasskeyRegistrationRequest(), metadata=own
    )
    answer = key.create(begun.options_json)
    ways = await front.sign_in.CompletePasskeyRegistration(
        sign_in_pb2.PasskeyAnswer(
            ticket=begun.ticket, credential_json=answer, display_name="My phone"
        ),
        metadata=own,
    )
    assert [one.display_name for one in ways.passkeys] == ["My phone"]
    asked = await front.sign_in.StartPasskeySignIn(sign_in_pb2.StartPasskeySignInRequest())
    session = await front.sign_in.CompletePasskeySignIn(
        sign_in_pb2.PasskeyAnswer(ticket=asked.ticket, credential_json=key.get(asked.options_json))
    )
    assert session.account == front.account
    ways = await front.sign_in.RemovePasskey(
        sign_in_pb2.RemovePasskeyRequest(passkey=key.id), metadata=own
    )
    assert list(ways.passkeys) == []


async def test_too_many_letters_say_how_long_to_wait(desk: Desk, post_office: PostOffice) -> None:
    async with front_of(desk, post_office, limits=Limits(letters_to_address=1)) as front:
        request = sign_in_pb2.StartEmailSignInRequest(email=ANNA)
        await front.sign_in.StartEmailSignIn(request)
        assert await refused(front.sign_in.StartEmailSignIn(request)) == (
            grpc.StatusCode.RESOURCE_EXHAUSTED,
            "SIGN_IN_BUSY",
        )


async def test_a_server_without_mail_says_so(desk: Desk) -> None:
    call = desk.sign_in.StartEmailSignIn(sign_in_pb2.StartEmailSignInRequest(email=ANNA))
    assert await refused(call) == (grpc.StatusCode.FAILED_PRECONDITION, "EMAIL_OFF")


async def test_removing_the_address_ends_signing_in_with_it(front: Front) -> None:
    await give_address(front)
    ways = await front.sign_in.RemoveEmail(
        sign_in_pb2.RemoveEmailRequest(), metadata=bearer(front.key)
    )
    assert ways.email == ""
