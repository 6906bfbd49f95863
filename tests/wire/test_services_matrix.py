"""Every method of every service, called with every kind of credential and with none."""

from __future__ import annotations

import time
from typing import Any

import grpc
import pytest
from google.protobuf.descriptor import MethodDescriptor

from assistant.services.rules import RULES, SERVICES, rule_table
from tests.fixtures.services import Desk, bearer, due_entry, refusal
from tests.fixtures.staff import staff_token
from training_loop.access import STAFF, Kind
from training_loop.datasets.exports.record import ExportRecord, Format

METHODS = dict(
    sorted(
        (
            (f"/{service.full_name}/{method.name}", method)
            for service in SERVICES
            for method in service.methods
        ),
        key=lambda method: method[0].endswith("/SignOut"),  # ends the credential it is tried with
    )
)
DENIED = {grpc.StatusCode.UNAUTHENTICATED, grpc.StatusCode.PERMISSION_DENIED}


async def attempt(
    channel: grpc.aio.Channel, method: MethodDescriptor, token: str
) -> grpc.aio.AioRpcError | None:
    """Calls a method with an empty request; only the first answer is awaited.

    A server that refuses before it reads may close the stream while the client still sends; grpc's
    client then now and then loses the status it was given, and is asked again.
    """
    for _ in range(10):
        error = await attempt_once(channel, method, token)
        if error is None or error.details() != "Internal error from Core":
            break
    return error


async def attempt_once(
    channel: grpc.aio.Channel, method: MethodDescriptor, token: str
) -> grpc.aio.AioRpcError | None:
    name = f"/{method.containing_service.full_name}/{method.name}"
    call: Any = getattr(
        channel,
        f"{'stream' if method.client_streaming else 'unary'}_"
        f"{'stream' if method.server_streaming else 'unary'}",
    )(name)
    metadata = bearer(token) if token else ()
    request = iter([b""]) if method.client_streaming else b""
    ongoing = call(request, metadata=metadata, timeout=30)
    try:
        if method.server_streaming:
            await ongoing.read()
        else:
            await ongoing
    except grpc.aio.AioRpcError as error:
        return error
    finally:
        ongoing.cancel()
    return None


def allowed(name: str, kind: Kind | None) -> bool:
    """What the contract's comments say, service by service."""
    rule = RULES[name]
    return rule.public or kind in rule.kinds


@pytest.fixture
async def tokens(desk: Desk) -> dict[Kind | None, str]:
    account = await desk.accounts.create()
    device = await desk.new_device(account)
    await desk.agenda.add(account.account, due_entry(device.device))
    return {
        None: "",
        Kind.ACCOUNT: account.token,
        Kind.DEVICE: device.device_token,
        Kind.OPERATOR: desk.operator_token,
        Kind.RECIPIENT: await _recipient_token(desk),
        **{role: await staff_token(desk.loop, role) for role in STAFF},
    }


async def _recipient_token(desk: Desk) -> str:
    """Of an export of one item."""
    record = ExportRecord(
        export="ex-0123456789abcdef",
        data_set="ds-1",
        format=Format.RASA,
        recipient="acme",
        purpose="tests",
        created_at_s=time.time(),
        expires_at_s=time.time() + 3600,
        items=1,
        encrypted=False,
        delivered=True,
    )
    await desk.loop.exports.ledger.open(record, ["item"])
    return await desk.loop.exports.recipients.issue(record.export, by="operator")


async def test_each_method_admits_the_kinds_of_its_rule_and_nobody_else(
    desk: Desk, tokens: dict[Kind | None, str]
) -> None:
    wrong = []
    for name, method in METHODS.items():
        for kind, token in tokens.items():
            error = await attempt(desk.channel, method, token)
            denied = error is not None and error.code() in DENIED
            if denied == allowed(name, kind):
                wrong.append((name, kind, error and error.code()))
            if error is not None:
                refusal(error)
    assert wrong == []


async def test_no_method_admits_a_credential_with_one_changed_character(
    desk: Desk, tokens: dict[Kind | None, str]
) -> None:
    private = [name for name, rule in RULES.items() if not rule.public]
    for name in private:
        for token in tokens.values():
            changed = token[:-1] + ("A" if token[-1:] != "A" else "B")
            error = await attempt(desk.channel, METHODS[name], changed)
            assert refusal(error)[:2] == (
                grpc.StatusCode.UNAUTHENTICATED,
                "CREDENTIAL_REFUSED",
            ), name


def test_the_rules_are_those_of_the_contract() -> None:
    """Written out by service, so that a rule can't be loosened without a look at this table."""
    by_kind = {
        "/assistant.v1.Assistant/": {Kind.DEVICE},
        "/assistant.v1.Accounts/": {Kind.OPERATOR},
        "/training_loop.v1.Privacy/": {Kind.ACCOUNT},
        "/training_loop.v1.Erasures/Start": {Kind.ACCOUNT},
        "/training_loop.v1.Training/ListQueueItems": {Kind.OPERATOR},
        "/training_loop.v1.Training/": {Kind.OPERATOR, Kind.ML_ENGINEER, Kind.AUDITOR},
        "/training_loop.v1.Operations/": {Kind.ML_ENGINEER, Kind.AUDITOR},
        "/training_loop.v1.Exports/ListExports": {
            *(Kind.OPERATOR, Kind.ML_ENGINEER, Kind.AUDITOR),
        },
        "/training_loop.v1.Exports/": {Kind.RECIPIENT, Kind.ML_ENGINEER, Kind.OPERATOR},
        "/assistant.v1.Devices/CreatePairingCode": {Kind.ACCOUNT},
        "/assistant.v1.Devices/ListDevices": {Kind.ACCOUNT},
        "/assistant.v1.Devices/UnpairDevice": {Kind.ACCOUNT},
        "/assistant.v1.Devices/WatchDirectives": {Kind.DEVICE},
        "/assistant.v1.Devices/AcknowledgeDirective": {Kind.DEVICE},
        **{
            f"/training_loop.v1.Review/{name}": {Kind.REVIEWER, Kind.ADJUDICATOR}
            for name in (
                *("LeaseTask", "StreamClip", "WatchTask", "SubmitReview", "UndoReview", "SkipTask"),
                *("ReportClip", "GetMyShift", "StartShift", "GetOntology"),
            )
        },
        **{
            f"/training_loop.v1.Review/{name}": {Kind.SAFETY_OFFICER}
            for name in ("ListCases", "TakeCase", "StreamCaseClip", "CloseCase")
        },
        "/training_loop.v1.Review/GetReviewStatistics": {
            *(Kind.ML_ENGINEER, Kind.AUDITOR, Kind.ADJUDICATOR),
        },
        "/training_loop.v1.Review/ReleaseReviewer": {Kind.ML_ENGINEER, Kind.ADJUDICATOR},
        "/training_loop.v1.Review/GetSamplingReport": {Kind.ML_ENGINEER, Kind.AUDITOR},
        **{
            f"/training_loop.v1.SignIn/{name}": {Kind.ACCOUNT}
            for name in (
                *("GetSignInWays", "StartEmailChange", "CompleteEmailChange", "RemoveEmail"),
                *("StartPasskeyRegistration", "CompletePasskeyRegistration", "RemovePasskey"),
                "SignOut",
            )
        },
        "/training_loop.v1.Staff/GetMyself": set(STAFF),
        "/training_loop.v1.Staff/ListSessions": set(STAFF),
        "/training_loop.v1.Staff/RevokeSession": set(STAFF),
        "/training_loop.v1.Staff/SignOut": set(STAFF),
        "/training_loop.v1.Staff/ChangePassword": set(STAFF),
        "/training_loop.v1.Staff/BeginFactorChange": set(STAFF),
        "/training_loop.v1.Staff/RemovePasskey": set(STAFF),
        "/training_loop.v1.Staff/ListMembers": {Kind.ADMINISTRATOR, Kind.OPERATOR},
        "/training_loop.v1.Staff/CreateMember": {Kind.ADMINISTRATOR, Kind.OPERATOR},
        "/training_loop.v1.Staff/InviteMember": {Kind.ADMINISTRATOR},
        "/training_loop.v1.Staff/ChangeRole": {Kind.ADMINISTRATOR},
        "/training_loop.v1.Staff/DisableMember": {Kind.ADMINISTRATOR},
        "/training_loop.v1.Staff/LinkOidcSubject": {Kind.ADMINISTRATOR},
        "/training_loop.v1.Staff/RemoveMember": {Kind.ADMINISTRATOR},
    }
    public = {
        "/assistant.v1.Devices/PairDevice",
        "/training_loop.v1.Erasures/GetErasure",
        "/training_loop.v1.Erasures/WatchErasure",
        "/training_loop.v1.Review/GetTransparencyFigures",
        *(
            f"/training_loop.v1.SignIn/{name}"
            for name in (
                *("StartEmailSignIn", "CompleteEmailSignIn"),
                *("StartPasskeySignIn", "CompletePasskeySignIn"),
            )
        ),
        *(
            f"/training_loop.v1.Staff/{name}"
            for name in (
                *("SignIn", "SignInWithTotp", "SignInWithRecoveryCode"),
                *("BeginPasskeySignIn", "CompletePasskeySignIn", "BeginOidc", "CompleteOidc"),
                *("BeginEnrolment", "EnrolTotp", "ConfirmTotp"),
                *("BeginPasskeyEnrolment", "CompletePasskeyEnrolment"),
            )
        ),
    }
    for name, rule in rule_table().rules.items():
        expected = [kinds for beginning, kinds in by_kind.items() if name.startswith(beginning)]
        if expected:
            assert (set(rule.kinds), rule.public) == (expected[0], False), name
        else:
            assert rule.public, name
            assert name in public or name.startswith("/grpc."), name
