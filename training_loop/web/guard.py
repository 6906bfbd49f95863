"""Who may open what. Every route of every area passes through here."""

from __future__ import annotations

from dataclasses import replace

import grpc
from starlette.requests import Request
from starlette.responses import Response

from training_loop.web import forgery
from training_loop.web.area import Area, WebRoute
from training_loop.web.backend import CallRefused
from training_loop.web.failures import (
    FORM_EXPIRED,
    FORM_REFUSED,
    NOT_FOR_YOU,
    Failure,
    failure_of,
    unexpected,
)
from training_loop.web.forms import FormRefused, read_form
from training_loop.web.site import Site
from training_loop.web.visit import Visit

ENDED = "ended"
"""The message of a sign-in page to somebody whose session is over."""


async def enter(site: Site, area: Area, route: WebRoute, request: Request) -> Response:
    """The answer of a route, or why not: sign in first, not your role, no form of ours."""
    session = site.session_of(request, area.visitor)
    stamp = site.stamp_of(request)
    visit = Visit(
        request=request,
        site=site,
        area=area,
        session=session,
        form={},
        stamp=stamp or forgery.new_stamp(),
    )
    try:
        if session is None and not route.public:
            return visit.end_session(area.sign_in, ENDED)
        if not route.public and not _has_role(visit, route):
            return failed(visit, NOT_FOR_YOU)
        if route.method != "GET":
            form = await read_form(request)
            bound_to = session.session_id if session else stamp
            token = form.get(forgery.FIELD) or request.headers.get(forgery.HEADER, "")
            if not site.forgery.allows(request, bound_to, token):
                return failed(visit, FORM_EXPIRED)
            visit = replace(visit, form=form)
        return await route.endpoint(visit)
    except FormRefused:
        return failed(visit, FORM_REFUSED)
    except CallRefused as refused:
        if session is not None and _is_over(refused):
            return visit.end_session(area.sign_in, ENDED)
        return failed(visit, area.failures.get(refused.reason) or failure_of(refused))
    except Exception as error:  # noqa: BLE001 - becomes a page
        return failed(visit, unexpected(error, route.path))


def failed(visit: Visit, failure: Failure) -> Response:
    """A page that says so; where a part of a page was asked for, its messages say it."""
    response = visit.page("/failure.html", status=failure.status, failure=failure)
    if "hx-request" in visit.request.headers:
        response.headers["HX-Reswap"] = "none"  # what was there stays
    return response


def _has_role(visit: Visit, route: WebRoute) -> bool:
    wanted = route.roles or visit.area.roles
    return not wanted or visit.signed_in.role in wanted


def _is_over(refused: CallRefused) -> bool:
    """The credential was revoked, ran out, or its account is gone."""
    return refused.status is grpc.StatusCode.UNAUTHENTICATED or refused.reason == "ACCOUNT_GONE"
