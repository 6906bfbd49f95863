"""Pages of those who watch over the work."""

from __future__ import annotations

from pathlib import Path

from training_loop.web.area import Area, get, post
from training_loop.web.operations import auditing, exports, figures
from training_loop.web.sessions import Visitor
from training_loop.web.staff.roles import (
    ADJUDICATOR,
    ML_ENGINEER,
    NAVIGATION,
    SIGN_IN_PATH,
    SIGN_OUT_PATH,
    STAFF_HOME,
    WATCHERS,
)

_AGREEMENT = WATCHERS | {ADJUDICATOR}

OPERATIONS = Area(
    name="operations",
    visitor=Visitor.STAFF,
    sign_in=SIGN_IN_PATH,
    home=STAFF_HOME,
    sign_out=SIGN_OUT_PATH,
    templates=Path(__file__).parent / "templates",
    navigation=NAVIGATION,
    roles=WATCHERS,
    messages={
        "released": "They are lent clips again.",
        "verified": "The audit log was read from its beginning.",
    },
    routes=(
        get("/operations", figures.queue),
        get(figures.AGREEMENT, figures.agreement, roles=_AGREEMENT),
        post(
            f"{figures.AGREEMENT}/{{pseudonym}}/release",
            figures.release,
            roles=frozenset({ML_ENGINEER, ADJUDICATOR}),
        ),
        get("/operations/sampling", figures.sampling),
        get(exports.EXPORTS, exports.exports),
        get("/operations/auditor", auditing.auditor),
        get(auditing.AUDIT_LOG, auditing.show_log),
        post(auditing.AUDIT_LOG, auditing.search),
        post(f"{auditing.AUDIT_LOG}/verification", auditing.verify),
    ),
)
