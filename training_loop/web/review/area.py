"""Where people listen."""

from __future__ import annotations

from pathlib import Path

from training_loop.web.area import Area, get, post
from training_loop.web.failures import Failure
from training_loop.web.review import cases, clip, desk, player
from training_loop.web.sessions import Visitor
from training_loop.web.staff.roles import (
    LISTENERS,
    NAVIGATION,
    SAFETY_OFFICER,
    SIGN_IN_PATH,
    SIGN_OUT_PATH,
    STAFF_HOME,
)

_OFFICER = frozenset({SAFETY_OFFICER})
_GONE = Failure(
    status=409,
    title="This clip is not yours any more",
    text="It was withdrawn, it is finished, or it waited too long. Nothing is lost; go on with the "
    "next one.",
    code="TASK_OVER",
)

REVIEW = Area(
    name="review",
    visitor=Visitor.STAFF,
    sign_in=SIGN_IN_PATH,
    home=STAFF_HOME,
    sign_out=SIGN_OUT_PATH,
    templates=Path(__file__).parent / "templates",
    navigation=NAVIGATION,
    roles=LISTENERS,
    failures={
        **dict.fromkeys(("TASK_WITHDRAWN", "TASK_EXPIRED", "TASK_UNKNOWN"), _GONE),
        "CASE_NOT_YOURS": Failure(
            status=409,
            title="Somebody else has this case",
            text="Another safety officer took it first. You need not hear it.",
            code="CASE_NOT_YOURS",
        ),
        "TOO_MANY_STREAMS": Failure(
            status=429,
            title="The clip is open too often",
            text="Close the other tabs in which you review, then try again.",
            code="TOO_MANY_STREAMS",
        ),
    },
    messages={
        "withdrawn": "That clip was withdrawn by whom it belongs to. It is gone, also from your "
        "browser. You did nothing wrong.",
        "over": "That clip was finished elsewhere, or waited too long. Nothing is lost.",
        "undone": "It is open again.",
        "too-late": "The ten seconds are over; it is sent.",
        "deleted": "It is deleted. Nobody else will hear it.",
        "handed-on": "Handed on. The safety officers were told; you will see here when somebody "
        "has taken it. Take a moment, if you need one.",
        "break": "The break is not over yet.",
        "closed": "The case is closed and its clip deleted.",
    },
    routes=(
        get("/review", desk.show),
        post("/review/shift", desk.start),
        get("/review/clip", clip.show),
        post("/review/clip", clip.submit),
        post("/review/clip/skip", clip.skip),
        post("/review/clip/undo", clip.undo),
        post("/review/clip/report", clip.report),
        post("/review/clip/sound", player.sound),
        get("/review/clip/{task}/state", player.watch),
        get("/cases", cases.show, roles=_OFFICER),
        post("/cases/{case}", cases.take, roles=_OFFICER),
        post("/cases/{case}/sound", cases.sound, roles=_OFFICER),
        post("/cases/{case}/closing", cases.close, roles=_OFFICER),
    ),
)
