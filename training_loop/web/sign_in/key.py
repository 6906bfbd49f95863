"""The account key: it is the credential itself."""

from __future__ import annotations

import grpc
from starlette.responses import Response

from training_loop.v1 import privacy_pb2, privacy_pb2_grpc
from training_loop.web.backend import CallRefused, unary
from training_loop.web.sessions import Session, Visitor
from training_loop.web.sign_in.door import HOME, known_zone, refused
from training_loop.web.visit import Visit

_LONGEST = 400
_REFUSED = frozenset({grpc.StatusCode.UNAUTHENTICATED, grpc.StatusCode.PERMISSION_DENIED})


async def sign_in_with_key(visit: Visit) -> Response:
    """The server is asked whether it is one, and whose."""
    key = visit.form.get("key", "").strip()
    if not key or len(key) > _LONGEST or not (key.isascii() and key.isprintable()):
        return refused(visit, "key", "That does not look like an account key.")
    asking = visit.stub(privacy_pb2_grpc.PrivacyStub).GetAccount
    try:
        account = await unary(asking, privacy_pb2.GetAccountRequest(), key)
    except CallRefused as no:
        if no.status in _REFUSED:
            return refused(visit, "key", "This account key is not known, or no longer.")
        raise
    session = Session(
        visitor=Visitor.ACCOUNT_HOLDER,
        credential=key,
        name=account.account,
        time_zone=known_zone(visit.form.get("time_zone", "")),
    )
    return visit.begin_session(session, HOME)
