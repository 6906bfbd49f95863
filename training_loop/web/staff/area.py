"""The pages of every member of staff, and those of administrators."""

from __future__ import annotations

from pathlib import Path

from training_loop.web.area import Area, get, post
from training_loop.web.guard import ENDED
from training_loop.web.sessions import Visitor
from training_loop.web.staff import enrolment, me, members, sign_in
from training_loop.web.staff.roles import (
    ADMINISTRATOR,
    NAVIGATION,
    SIGN_IN_PATH,
    SIGN_OUT_PATH,
    STAFF_HOME,
)

_ADMINISTRATOR = frozenset({ADMINISTRATOR})
_MEMBER = "/staff/members/{member}"

STAFF = Area(
    name="staff",
    visitor=Visitor.STAFF,
    sign_in=SIGN_IN_PATH,
    home=STAFF_HOME,
    sign_out=SIGN_OUT_PATH,
    templates=Path(__file__).parent / "templates",
    navigation=NAVIGATION,
    messages={
        ENDED: "You were signed out. Please sign in again.",
        sign_in.SIGNED_OUT: "You are signed out.",
        me.CHANGED: "Your password is changed. Sign in with the new one.",
        "session-ended": "That session is over.",
        "passkey-removed": "The passkey is removed.",
        "role-changed": "The role is changed; they have to sign in again.",
        "linked": "Linked. They can sign in at your organisation now.",
        "unlinked": "The link is removed.",
        "disabled": "They are let in no more. Their sessions are over.",
        "removed": "Removed. Nothing stays but a pseudonym in the audit log.",
    },
    routes=(
        get(STAFF_HOME, sign_in.front_door, public=True),
        get(SIGN_IN_PATH, sign_in.show, public=True),
        post(SIGN_IN_PATH, sign_in.with_password, public=True),
        post(f"{SIGN_IN_PATH}/code", sign_in.with_code, public=True),
        post(f"{SIGN_IN_PATH}/passkey", sign_in.with_passkey, public=True),
        get(f"{SIGN_IN_PATH}/organisation", sign_in.to_provider, public=True),
        get("/staff/oidc", sign_in.from_provider, public=True),
        post(SIGN_OUT_PATH, sign_in.sign_out),
        get("/staff/enrol", enrolment.show, public=True),
        post("/staff/enrol", enrolment.begin, public=True),
        post("/staff/enrol/app", enrolment.confirm_app, public=True),
        post("/staff/enrol/passkey", enrolment.confirm_passkey, public=True),
        get("/staff/me", me.show),
        post("/staff/me/password", me.change_password),
        post("/staff/me/factor", me.add_factor),
        post("/staff/me/sessions/{session}/end", me.end_session),
        post("/staff/me/passkeys/{passkey}/removal", me.remove_passkey),
        get("/staff/members", members.show, roles=_ADMINISTRATOR),
        post("/staff/members", members.create, roles=_ADMINISTRATOR),
        post(f"{_MEMBER}/invitation", members.invite, roles=_ADMINISTRATOR),
        post(f"{_MEMBER}/role", members.change_role, roles=_ADMINISTRATOR),
        post(f"{_MEMBER}/link", members.link, roles=_ADMINISTRATOR),
        post(f"{_MEMBER}/disabling", members.disable, roles=_ADMINISTRATOR),
        post(f"{_MEMBER}/removal", members.remove, roles=_ADMINISTRATOR),
    ),
)
