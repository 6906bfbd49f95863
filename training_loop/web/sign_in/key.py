"""The account key: it is the credential itself."""

from __future__ import annotations

import re

import grpc
from starlette.responses import Response

from training_loop.v1 import privacy_pb2, privacy_pb2_grpc
from training_loop.web.backend import CallRefused, unary
from training_loop.web.sessions import Session, Visitor
from training_loop.web.sign_in.door import HOME, known_zone, refused
from training_loop.web.visit import Visit

_KEY = re.compile(r"earmark-account\.(?P<account>acc_[a-z2-7]{24})\.[A-Za-z0-9_-]{1,200}", re.ASCII)


async def sign_in_with_key(visit: Visit) -> Response:
    """The server is asked whether it is one."""
    key = visit.form.get("key", "").strip()
    found = _KEY.fullmatch(key)
    if not found:
        return refused(visit, "key", "That does not look like an account key.")
    session = Session(
        visitor=Visitor.ACCOUNT_HOLDER,
        credential=key,
        name=found["account"],
        time_zone=known_zone(visit.form.get("time_zone", "")),
    )
    asking = visit.stub(privacy_pb2_grpc.PrivacyStub).GetPrivacySettings
    try:
        await unary(asking, privacy_pb2.GetPrivacySettingsRequest(), key)
    except CallRefused as no:
        if no.status is grpc.StatusCode.UNAUTHENTICATED:
            return refused(visit, "key", "This account key is not known, or no longer.")
        raise
    return visit.begin_session(session, HOME)
