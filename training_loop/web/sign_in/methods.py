"""Ways to sign in. Each has a form on the sign-in page and routes of its own, the last of which
begins the session."""

from __future__ import annotations

import re
import zoneinfo
from dataclasses import dataclass

import grpc
from starlette.responses import Response

from training_loop.v1 import privacy_pb2, privacy_pb2_grpc
from training_loop.web.area import WebRoute, post
from training_loop.web.backend import CallRefused, unary
from training_loop.web.sessions import Session, Visitor
from training_loop.web.visit import Visit

HOME = "/my-voice"
_KEY = re.compile(r"[A-Za-z0-9_-]+\.(?P<account>acc_[a-z2-7]{24})\.[A-Za-z0-9_-]{1,200}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInMethod:
    """`template` is a part of the sign-in page, relative to the templates of this area."""

    template: str
    routes: tuple[WebRoute, ...]


async def sign_in_with_key(visit: Visit) -> Response:
    """The account key is the credential itself; the server is asked whether it is one."""
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


def refused(visit: Visit, field: str, problem: str) -> Response:
    """The sign-in page again; what was typed does not come back."""
    return visit.page("sign_in.html", status=422, methods=METHODS, problems={field: problem})


def known_zone(name: str) -> str:
    """As the browser says it, or UTC."""
    return name if name in zoneinfo.available_timezones() else "UTC"


METHODS: tuple[SignInMethod, ...] = (
    SignInMethod(
        template="key.html",
        routes=(post("/sign-in/key", sign_in_with_key, public=True),),
    ),
)
