"""What the ways to sign in share: the page they stand on, and the session they end with."""

from __future__ import annotations

import zoneinfo

from starlette.responses import Response

from training_loop.v1 import sign_in_pb2
from training_loop.web.sessions import Session, Visitor
from training_loop.web.visit import Visit

HOME = "/my-voice"
FORMS = ("email.html", "passkey.html", "key.html")
"""The parts of the sign-in page, in their order; relative to the templates of this area."""


def door(visit: Visit, *, status: int = 200, **problems: str) -> Response:
    """The sign-in page; `problems` by the field they are about. What was typed does not come
    back."""
    return visit.page("sign_in.html", status=status, forms=FORMS, problems=problems)


def refused(visit: Visit, field: str, problem: str) -> Response:
    return door(visit, status=422, **{field: problem})


def known_zone(name: str) -> str:
    """As the browser says it, or UTC."""
    return name if name in zoneinfo.available_timezones() else "UTC"


def signed_in(visit: Visit, opened: sign_in_pb2.HolderSession) -> Response:
    """On to the pages, in the time zone that the form told."""
    session = Session(
        visitor=Visitor.ACCOUNT_HOLDER,
        credential=opened.session_token,
        name=opened.account,
        time_zone=known_zone(visit.form.get("time_zone", "")),
    )
    return visit.begin_session(session, HOME)
