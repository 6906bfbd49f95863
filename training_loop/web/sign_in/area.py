"""The sign-in page of account holders."""

from __future__ import annotations

from pathlib import Path

from starlette.responses import Response

from training_loop.web.area import Area, get, post
from training_loop.web.guard import ENDED
from training_loop.web.sessions import Visitor
from training_loop.web.sign_in.methods import HOME, METHODS
from training_loop.web.visit import Visit

SIGN_IN_PATH = "/sign-in"
_SIGNED_OUT = "signed-out"


async def front_door(visit: Visit) -> Response:
    return visit.to(HOME if visit.session else SIGN_IN_PATH)


async def show(visit: Visit) -> Response:
    if visit.session:
        return visit.to(HOME)
    return visit.page("sign_in.html", methods=METHODS, problems={})


async def sign_out(visit: Visit) -> Response:
    return visit.end_session(SIGN_IN_PATH, _SIGNED_OUT)


SIGN_IN = Area(
    name="sign_in",
    visitor=Visitor.ACCOUNT_HOLDER,
    sign_in=SIGN_IN_PATH,
    templates=Path(__file__).parent / "templates",
    routes=(
        get("/", front_door, public=True),
        get(SIGN_IN_PATH, show, public=True),
        post("/sign-out", sign_out),
        *(route for method in METHODS for route in method.routes),
    ),
    messages={
        ENDED: "You were signed out, to keep your pages yours. Please sign in again.",
        _SIGNED_OUT: "You are signed out. Nothing of your pages stays in this browser.",
    },
)
