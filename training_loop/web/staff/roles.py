"""Roles as the pages know them, and what each of them sees."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from training_loop.v1 import staff_pb2
from training_loop.web.area import NavigationEntry

REVIEWER: Final = "reviewer"
ADJUDICATOR: Final = "adjudicator"
SAFETY_OFFICER: Final = "safety_officer"
ML_ENGINEER: Final = "ml_engineer"
AUDITOR: Final = "auditor"
ADMINISTRATOR: Final = "administrator"

LISTENERS = frozenset({REVIEWER, ADJUDICATOR})
WATCHERS = frozenset({ML_ENGINEER, AUDITOR})

TITLES: Mapping[str, str] = MappingProxyType(
    {
        REVIEWER: "Reviewer",
        ADJUDICATOR: "Adjudicator",
        SAFETY_OFFICER: "Safety officer",
        ML_ENGINEER: "ML engineer",
        AUDITOR: "Auditor",
        ADMINISTRATOR: "Administrator",
    }
)
DUTIES: Mapping[str, str] = MappingProxyType(
    {
        REVIEWER: "Hears altered clips and writes down what was said.",
        ADJUDICATOR: "Decides where two reviewers disagree.",
        SAFETY_OFFICER: "Takes what nobody should have to hear.",
        ML_ENGINEER: "Sees figures and models; hears nothing.",
        AUDITOR: "Checks figures, auditor and audit log; hears nothing.",
        ADMINISTRATOR: "Invites and removes members; hears nothing.",
    }
)
_HOMES: Mapping[str, str] = MappingProxyType(
    {
        REVIEWER: "/review",
        ADJUDICATOR: "/review",
        SAFETY_OFFICER: "/cases",
        ML_ENGINEER: "/operations",
        AUDITOR: "/operations",
        ADMINISTRATOR: "/staff/members",
    }
)
SIGN_IN_PATH: Final = "/staff/sign-in"
SIGN_OUT_PATH: Final = "/staff/sign-out"
STAFF_HOME: Final = "/staff"

NAVIGATION = (
    NavigationEntry(label="Clips", path="/review", icon="ear", also=("/review/",), roles=LISTENERS),
    NavigationEntry(
        label="Cases",
        path="/cases",
        icon="shield",
        also=("/cases/",),
        roles=frozenset({SAFETY_OFFICER}),
    ),
    NavigationEntry(label="Queue", path="/operations", icon="queue", roles=WATCHERS),
    NavigationEntry(
        label="Agreement",
        path="/operations/agreement",
        icon="agree",
        roles=WATCHERS | {ADJUDICATOR},
    ),
    NavigationEntry(label="Sampling", path="/operations/sampling", icon="chart", roles=WATCHERS),
    NavigationEntry(label="Exports", path="/operations/exports", icon="up", roles=WATCHERS),
    NavigationEntry(label="Auditor", path="/operations/auditor", icon="shield", roles=WATCHERS),
    NavigationEntry(label="Audit log", path="/operations/audit-log", icon="book", roles=WATCHERS),
    NavigationEntry(
        label="Members",
        path="/staff/members",
        icon="people",
        also=("/staff/members/",),
        roles=frozenset({ADMINISTRATOR}),
    ),
    NavigationEntry(label="Me", path="/staff/me", icon="person", also=("/staff/me/",)),
)


def role_of(value: int) -> str:
    """Of a message's StaffRole; empty for one that these pages do not know."""
    return next((role for role in TITLES if number_of(role) == value), "")


def number_of(role: str) -> Any:
    """The message's number of a role in TITLES."""
    return staff_pb2.StaffRole.Value(f"STAFF_ROLE_{role.upper()}")


def home_of(role: str) -> str:
    return _HOMES.get(role, "/staff/me")
