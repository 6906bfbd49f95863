"""On a cluster everything about staff is in one slot, and the audit log covers it."""

from __future__ import annotations

import pytest

from tests.fixtures.audit import Recorded
from tests.fixtures.authenticator import Authenticator
from tests.fixtures.staff import PASSWORD, office_of
from training_loop.access import Kind
from training_loop.errors import Unauthenticated
from training_loop.loop import Loop
from training_loop.staff.members import OPERATOR


async def test_staff_enrol_sign_in_change_and_leave_on_a_cluster(cluster_loop: Loop) -> None:
    office = office_of(cluster_loop)
    chief = await office.colleague(Kind.ADMINISTRATOR)
    ada = await office.colleague(Kind.REVIEWER, "Ada")
    key, enrolment, sign_in = Authenticator(), office.staff.enrolment, office.staff.sign_in
    changing = await enrolment.begin_factor(ada.member, PASSWORD)
    options = await enrolment.begin_passkey(changing.ticket)
    await enrolment.confirm_passkey(changing.ticket, key.create(options))
    half = await sign_in.with_password("Ada", PASSWORD)
    options = await sign_in.begin_passkey(half.ticket)
    signed_in = await sign_in.with_passkey(half.ticket, key.get(options))
    assert len(await office.staff.sessions.of(ada.member)) == 2
    await office.staff.members.link(ada.member, "digest", actor=OPERATOR)
    for token in (signed_in.token, ada.signed_in.token):
        with pytest.raises(Unauthenticated):
            await office.staff.sessions.verify(token)
    await office.staff.members.remove(ada.member, actor=chief.pseudonym)
    await cluster_loop.audit_sealer.seal()
    report = await Recorded(loop=cluster_loop, account="").verify()
    assert report.holds
    assert not report.unsealed
