"""Members, roles and sessions: who may do what, until when, and what the audit log says of it."""

from __future__ import annotations

import asyncio
from contextlib import nullcontext
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from tests.fixtures.audit import Recorded
from tests.fixtures.staff import PASSWORD, Colleague, Office, office_of
from training_loop.access import Kind
from training_loop.audit.entry import AuditEntry
from training_loop.backup.create import create
from training_loop.cli import app
from training_loop.errors import InvalidArgument, Unauthenticated
from training_loop.loop import Loop
from training_loop.review.reviewer_record import ReviewerRecords
from training_loop.staff.errors import (
    IdentityTaken,
    LastAdministrator,
    NameTaken,
    NoSuchMember,
    NoSuchSession,
    SignInRefused,
)
from training_loop.staff.member import MemberState
from training_loop.staff.members import OPERATOR
from training_loop.staff.sessions import MOST_SESSIONS
from training_loop.store import keys
from training_loop.store.script_runner import text

_HOUR_MS = 3_600_000


async def entries(office: Office) -> list[tuple[str, str, str, str]]:
    """Actor, subject, action and detail of all that was done to staff."""
    read = [AuditEntry.read("s64", line) async for line in office.loop.audit.lines("s64")]
    return [(one.actor, one.subject, one.action, one.detail) for one in read]


async def refused(office: Office, colleague: Colleague) -> bool:
    try:
        await office.staff.sessions.verify(colleague.signed_in.token)
    except Unauthenticated:
        return True
    return False


async def age(office: Office, colleague: Colleague, field: str, by_ms: int) -> None:
    """As if so much time had passed since."""
    session = keys.staff_session(colleague.signed_in.principal.session)
    earlier = int(text(await office.loop.store.hget(session, field) or "")) - by_ms
    await office.loop.store.hset(session, field, str(earlier))


async def test_a_member_has_a_pseudonym_that_does_not_tell_the_name(office: Office) -> None:
    invited = await office.staff.members.create("Ada Lovelace", Kind.REVIEWER, actor=OPERATOR)
    member = invited.member
    assert member.pseudonym == office.loop.vault.pseudonym(member.member)
    assert (member.role, member.state) == (Kind.REVIEWER, MemberState.INVITED)
    for key in await office.loop.store.keys("*"):
        dumped = await office.loop.store.dump(key)
        assert dumped is not None
        assert b"Lovelace" not in dumped, "names are sealed"
        assert "Lovelace" not in text(key)


async def test_names_are_one_persons_each(office: Office) -> None:
    await office.invitation(Kind.REVIEWER, "Ada")
    with pytest.raises(NameTaken):
        await office.invitation(Kind.AUDITOR, " aDa")
    for bad in ("", " ", "a\nb", "x" * 65):
        with pytest.raises(InvalidArgument):
            await office.staff.members.create(bad, Kind.AUDITOR, actor=OPERATOR)


async def test_every_change_is_in_the_audit_log_with_pseudonyms_alone(office: Office) -> None:
    chief = await office.colleague(Kind.ADMINISTRATOR, "Chief")
    ada = await office.colleague(Kind.REVIEWER, "Ada")
    members, who = office.staff.members, ada.pseudonym
    await members.change_role(ada.member, Kind.AUDITOR, actor=chief.pseudonym)
    await members.disable(ada.member, actor=chief.pseudonym)
    await members.invite(ada.member, actor=chief.pseudonym)
    await members.remove(ada.member, actor=chief.pseudonym)
    about_ada = [one for one in await entries(office) if one[1] == who]
    assert about_ada == [
        (OPERATOR, who, "staff_created", "role=reviewer"),
        (who, who, "staff_enrolled", "with=totp"),
        (who, who, "staff_signed_in", "role=reviewer,with=totp"),
        (chief.pseudonym, who, "staff_role_changed", "role=auditor,sessions=1"),
        (chief.pseudonym, who, "staff_disabled", "sessions=0"),
        (chief.pseudonym, who, "staff_invited", "sessions=0"),
        (chief.pseudonym, who, "staff_removed", "sessions=0"),
    ]
    await office.loop.audit_sealer.seal()
    report = await Recorded(loop=office.loop, account="").verify()
    assert report.holds
    assert report.entries >= len(about_ada)
    assert not report.unsealed


async def test_a_changed_entry_about_staff_breaks_the_audit_log(office: Office) -> None:
    await office.colleague(Kind.ADMINISTRATOR)
    recorded = Recorded(loop=office.loop, account="")
    await office.loop.audit_sealer.seal()
    assert (await recorded.verify()).holds
    name = keys.audit_entries(keys.STAFF_SHARD)
    line = text(await office.loop.store.lindex(name, 0) or "")
    await office.loop.store.lset(name, 0, line.replace("administrator", "reviewer"))
    assert not (await recorded.verify()).holds


async def test_a_removed_member_leaves_a_pseudonym_in_the_audit_log_and_nothing_else(
    office: Office,
) -> None:
    ada = await office.colleague(Kind.REVIEWER, "Ada")
    await office.staff.members.link(
        ada.member, office.loop.vault.digest("staff identities", "x"), actor=OPERATOR
    )
    with pytest.raises(SignInRefused):
        await office.staff.sign_in.with_password("Ada", "wrong-password-of-ada")
    await office.staff.members.remove(ada.member, actor=OPERATOR)
    left = {text(key) for key in await office.loop.store.keys(f"{keys.STAFF_SHARD}:*")}
    kinds = {keys.kind_of(key) for key in left}
    assert kinds <= {"au", "ah", "sf", "st", "lr"}, left
    assert not any(ada.member in key for key in left)
    for key in left - {keys.audit_entries(keys.STAFF_SHARD)}:
        dumped = await office.loop.store.dump(key)
        assert dumped is not None
        assert ada.member.encode() not in dumped or keys.kind_of(key) == "st", key
    with pytest.raises(NoSuchMember):
        await office.staff.members.get(ada.member)
    assert await refused(office, ada)
    again = await office.colleague(Kind.REVIEWER, "Ada")
    assert again.pseudonym != ada.pseudonym


async def test_what_was_known_of_a_members_reviews_goes_with_the_member(loop: Loop) -> None:
    """Also where the process ended between the two: the removal is repeated then."""
    records, members = ReviewerRecords(loop.store), loop.staff.members
    for interrupted in (False, True):
        ada = (await members.create("Ada", Kind.REVIEWER, actor=OPERATOR)).member.member
        if interrupted:
            await members.remove(ada, actor=OPERATOR)
        await loop.store.hset(keys.reviewer_record(ada), "reviews", "7")
        await loop.store.sadd(keys.reviewers(), ada)
        await loop.store.hset(keys.review_shift(ada), "clips", "3")
        assert [one.reviews for one in await records.all()] == [7]
        with pytest.raises(NoSuchMember) if interrupted else nullcontext():
            await members.remove(ada, actor=OPERATOR)
        assert await records.all() == ()
        left = [text(key) async for key in loop.store.scan_iter() if ada in text(key)]
        assert left == []


async def test_what_was_removed_makes_the_next_sweep_rewrite_the_append_only_file(
    office: Office,
) -> None:
    due = keys.log_rewrite_due(keys.STAFF_SHARD)
    ada = await office.colleague(Kind.REVIEWER)
    await office.staff.members.remove(ada.member, actor=OPERATOR)
    assert await office.loop.store.get(due)
    await office.loop.sweep.once()
    assert not await office.loop.store.get(due)


@pytest.mark.parametrize("change", ["change_role", "disable", "invite", "remove"])
async def test_the_last_administrator_stays(office: Office, change: str) -> None:
    chief = await office.colleague(Kind.ADMINISTRATOR)
    invited = await office.staff.members.create("Deputy", Kind.ADMINISTRATOR, actor=OPERATOR)
    role = (Kind.AUDITOR,) if change == "change_role" else ()
    alter = getattr(office.staff.members, change)
    with pytest.raises(LastAdministrator):
        await alter(chief.member, *role, actor=chief.pseudonym)
    assert not await refused(office, chief), "nothing was changed"
    await office.staff.members.remove(invited.member.member, actor=chief.pseudonym)
    await office.colleague(Kind.ADMINISTRATOR)
    await alter(chief.member, *role, actor=chief.pseudonym)
    assert await refused(office, chief)


async def test_two_administrators_cannot_remove_each_other_at_once(office: Office) -> None:
    first, second = [await office.colleague(Kind.ADMINISTRATOR) for _ in range(2)]
    outcomes = await asyncio.gather(
        office.staff.members.remove(second.member, actor=first.pseudonym),
        office.staff.members.remove(first.member, actor=second.pseudonym),
        return_exceptions=True,
    )
    assert sum(isinstance(one, LastAdministrator) for one in outcomes) == 1


@pytest.mark.parametrize("change", ["change_role", "disable", "invite", "remove", "password"])
async def test_sessions_of_a_member_end_everywhere_with(office: Office, change: str) -> None:
    """Another process, which has verified the session before, refuses it with its next call."""
    ada = await office.colleague(Kind.REVIEWER)
    elsewhere = office_of(office.loop).staff.sessions
    caller = await elsewhere.verify(ada.signed_in.token)
    second = await office.sign_in(ada)
    if change == "password":
        await office.staff.enrolment.change_password(ada.member, PASSWORD, PASSWORD + "-new")
    else:
        role = (Kind.AUDITOR,) if change == "change_role" else ()
        alter = getattr(office.staff.members, change)
        await alter(ada.member, *role, actor=OPERATOR)
    for token in (ada.signed_in.token, second.token):
        with pytest.raises(Unauthenticated):
            await elsewhere.verify(token)
    assert caller.kind is Kind.REVIEWER


async def test_a_session_is_bound_to_the_role_at_issue(office: Office) -> None:
    """Also where the sessions were not ended with the role, for whatever reason."""
    ada = await office.colleague(Kind.REVIEWER)
    member = keys.staff_member(ada.member)
    await office.loop.store.hset(member, "role", "administrator")
    assert await refused(office, ada)
    await office.loop.store.hset(member, "role", "reviewer")
    assert await refused(office, ada), "it does not come back"


async def test_a_session_ends_after_half_an_hour_without_use(office: Office) -> None:
    ada = await office.colleague(Kind.REVIEWER)
    key = keys.staff_session(ada.signed_in.principal.session)
    await age(office, ada, "seen_ms", _HOUR_MS // 2 - 5_000)
    assert not await refused(office, ada)
    assert await office.loop.store.pttl(key) > _HOUR_MS // 2 - 5_000, "its use is noted"
    await age(office, ada, "seen_ms", _HOUR_MS // 2)
    assert await refused(office, ada)
    assert not await office.loop.store.exists(key)


async def test_a_session_ends_after_eight_hours_of_use(office: Office) -> None:
    ada = await office.colleague(Kind.REVIEWER)
    await age(office, ada, "until_ms", 8 * _HOUR_MS - 5_000)
    await age(office, ada, "seen_ms", 60_000)
    assert not await refused(office, ada)
    key = keys.staff_session(ada.signed_in.principal.session)
    assert await office.loop.store.pttl(key) <= 5_000, "use does not lengthen its life"
    await age(office, ada, "until_ms", 5_000)
    assert await refused(office, ada)


async def test_a_stolen_store_holds_no_session_token(office: Office) -> None:
    ada = await office.colleague(Kind.REVIEWER)
    secret = ada.signed_in.token.rpartition(".")[2].encode()
    for key in await office.loop.store.keys("*"):
        assert secret not in (await office.loop.store.dump(key) or b"")
    forged = ada.signed_in.token[:-2] + "AA"
    for token in (forged, ada.signed_in.token + "A", "earmark-staff.ses_0.x", "earmark-staff."):
        with pytest.raises(Unauthenticated):
            await office.staff.sessions.verify(token)


async def test_a_member_lists_and_ends_their_own_sessions_and_nobody_elses(
    office: Office,
) -> None:
    ada, bob = [await office.colleague(Kind.REVIEWER) for _ in range(2)]
    second = await office.sign_in(ada)
    sessions = office.staff.sessions
    listed = await sessions.of(ada.member)
    assert [one.session for one in listed] == [
        second.principal.session,
        ada.signed_in.principal.session,
    ]
    with pytest.raises(NoSuchSession):
        await sessions.end(ada.member, bob.signed_in.principal.session)
    await sessions.end(ada.member, ada.signed_in.principal.session)
    assert await refused(office, ada)
    assert not await refused(office, bob)
    assert len(await sessions.of(ada.member)) == 1


async def test_the_oldest_session_gives_way_to_one_too_many(office: Office) -> None:
    ada = await office.colleague(Kind.REVIEWER)
    for _ in range(MOST_SESSIONS):
        await office.sign_in(ada)
    assert len(await office.staff.sessions.of(ada.member)) == MOST_SESSIONS
    assert await refused(office, ada)


async def test_who_waits_for_the_end_of_a_session_is_told(office: Office) -> None:
    """For streams: a player that is open stops when another process ends the session."""
    ada = await office.colleague(Kind.REVIEWER)
    caller = ada.signed_in.principal
    async with asyncio.timeout(60):
        here = asyncio.create_task(office.staff.sessions.ended(caller))
        await asyncio.sleep(0)
        assert not here.done()
        await office.staff.members.disable(ada.member, actor=OPERATOR)
        await here
        there = office_of(office.loop).staff.sessions
        await there.ended(caller)


async def test_an_identity_belongs_to_one_member(office: Office) -> None:
    ada, bob = [await office.colleague(Kind.REVIEWER) for _ in range(2)]
    members = office.staff.members
    assert (await members.link(ada.member, "digest", actor=OPERATOR)).linked
    with pytest.raises(IdentityTaken):
        await members.link(bob.member, "digest", actor=OPERATOR)
    assert not (await members.link(ada.member, "", actor=OPERATOR)).linked
    assert (await members.link(bob.member, "digest", actor=OPERATOR)).linked


async def test_staff_do_not_come_back_with_a_backup(office: Office, tmp_path: Path) -> None:
    await office.colleague(Kind.ADMINISTRATOR)
    await create(office.loop, tmp_path / "backup")
    written = b"".join(
        path.read_bytes() for path in (tmp_path / "backup").rglob("*") if path.is_file()
    )
    for kind in keys.STAFF_KINDS:
        assert f"{keys.STAFF_SHARD}:{kind}".encode() not in written
    assert keys.audit_entries(keys.STAFF_SHARD).encode() in written, "the audit log does"


async def test_the_operator_adds_the_first_administrator_on_the_command_line(
    own_loop: Loop,
) -> None:
    async def run(*words: str) -> Result:
        arguments = [*words, "--state", str(own_loop.settings.state)]
        runner = CliRunner(env={"COLUMNS": "200"})
        return await asyncio.to_thread(lambda: runner.invoke(app, arguments))

    added = await run("staff", "add", "Ada", "--role", "administrator")
    assert added.exit_code == 0, added.output
    invitation = added.stdout.strip()
    assert invitation.startswith("earmark-invitation.stf_")
    begun = await own_loop.staff.enrolment.begin(invitation, PASSWORD)
    assert begun.display_name == "Ada"
    refused_role = await run("staff", "add", "Bob", "--role", "reviewer")
    assert refused_role.exit_code == 1
    assert "ONLY_ADMINISTRATORS" in refused_role.output
    listed = await run("staff", "list")
    assert "Ada" in listed.output
    assert "invited" in listed.output
    member = (await own_loop.staff.members.everybody())[0].member
    assert (await run("staff", "disable", member)).exit_code == 0
    verified = await run("audit", "show", "--action", "staff_created")
    assert "role=administrator" in verified.output
    assert "Ada" not in verified.output
