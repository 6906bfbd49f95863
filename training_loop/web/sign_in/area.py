"""The sign-in page of account holders."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from starlette.responses import Response

from training_loop.v1 import sign_in_pb2, sign_in_pb2_grpc
from training_loop.web.area import Area, get, post
from training_loop.web.backend import CallRefused
from training_loop.web.guard import ENDED
from training_loop.web.sessions import Visitor
from training_loop.web.sign_in.door import HOME, door
from training_loop.web.sign_in.methods import METHODS
from training_loop.web.visit import Visit

SIGN_IN_PATH = "/sign-in"
_SIGNED_OUT = "signed-out"


async def front_door(visit: Visit) -> Response:
    return visit.to(HOME if visit.session else SIGN_IN_PATH)


async def show(visit: Visit) -> Response:
    if visit.session:
        return visit.to(HOME)
    return door(visit)


async def sign_out(visit: Visit) -> Response:
    """Ends the server's session as well; where that cannot be, its own time ends it."""
    with suppress(CallRefused):
        await visit.call(
            visit.stub(sign_in_pb2_grpc.SignInStub).SignOut, sign_in_pb2.SignOutRequest()
        )
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
        *METHODS,
    ),
    messages={
        ENDED: "You were signed out, to keep your pages yours. Please sign in again.",
        _SIGNED_OUT: "You are signed out. Nothing of your pages stays in this browser.",
        "everywhere": "You are signed out everywhere.",
    },
)
