"""From an invitation to a second factor; what is shown once is not shown again."""

from __future__ import annotations

import asyncio
from xml.etree import ElementTree

import pyotp
import pytest
from argon2 import PasswordHasher

from tests.fixtures.authenticator import Authenticator
from tests.fixtures.staff import PASSWORD, Office
from training_loop.access import Kind
from training_loop.passkeys.errors import PasskeyRefused
from training_loop.staff.enrolment import MOST_PASSKEYS
from training_loop.staff.errors import (
    InvitationRefused,
    LastFactor,
    NoSuchPasskey,
    PasswordRefused,
    SecondFactorRefused,
    SignInRefused,
    TicketRefused,
    TooManyPasskeys,
)
from training_loop.staff.member import MemberState
from training_loop.staff.members import OPERATOR
from training_loop.staff.passwords import NOBODYS, Passwords
from training_loop.store import keys
from training_loop.store.script_runner import text


async def shown(office: Office, ticket: str) -> str:
    """The app's code for a ticket."""
    offered = await office.staff.enrolment.show_totp(ticket)
    return pyotp.TOTP(offered.secret).at(int(office.clock.now_s))


async def test_an_invitation_a_password_and_an_app_make_a_member(office: Office) -> None:
    invitation = await office.invitation(Kind.ML_ENGINEER, "Ada")
    begun = await office.staff.enrolment.begin(invitation, PASSWORD)
    code = await shown(office, begun.ticket)
    enrolled = await office.staff.enrolment.confirm_totp(begun.ticket, code)
    assert len(set(enrolled.recovery_codes)) == 10
    assert enrolled.signed_in
    caller = await office.staff.sessions.verify(enrolled.signed_in.token)
    assert caller.kind is Kind.ML_ENGINEER
    assert (await office.staff.members.get(caller.staff)).state is MemberState.ACTIVE


async def test_an_invitation_and_a_passkey_make_a_member(office: Office) -> None:
    key = Authenticator()
    invitation = await office.invitation(Kind.AUDITOR, "Ada")
    begun = await office.staff.enrolment.begin(invitation, PASSWORD)
    options = await office.staff.enrolment.begin_passkey(begun.ticket)
    await office.staff.enrolment.confirm_passkey(begun.ticket, key.create(options))
    found = await office.staff.sign_in.with_password("Ada", PASSWORD)
    options = await office.staff.sign_in.begin_passkey(found.ticket)
    assert await office.staff.sign_in.with_passkey(found.ticket, key.get(options))


async def test_an_invitation_works_once(office: Office) -> None:
    invitation = await office.invitation(Kind.REVIEWER)
    both = [await office.staff.enrolment.begin(invitation, PASSWORD) for _ in range(2)]
    codes = [await shown(office, one.ticket) for one in both]
    outcomes = await asyncio.gather(
        *(
            office.staff.enrolment.confirm_totp(one.ticket, code)
            for one, code in zip(both, codes, strict=True)
        ),
        return_exceptions=True,
    )
    assert sum(isinstance(one, TicketRefused) for one in outcomes) == 1
    with pytest.raises(InvitationRefused):
        await office.staff.enrolment.begin(invitation, PASSWORD)


async def test_an_invitation_that_was_not_completed_still_works(office: Office) -> None:
    invitation = await office.invitation(Kind.REVIEWER)
    left = await office.staff.enrolment.begin(invitation, PASSWORD)
    await shown(office, left.ticket)
    begun = await office.staff.enrolment.begin(invitation, PASSWORD + "!")
    code = await shown(office, begun.ticket)
    assert await office.staff.enrolment.confirm_totp(begun.ticket, code)


async def test_an_invitation_expires(office: Office) -> None:
    invitation = await office.invitation(Kind.REVIEWER)
    begun = await office.staff.enrolment.begin(invitation, PASSWORD)
    code = await shown(office, begun.ticket)
    member = keys.staff_member(invitation.split(".")[1])
    await office.loop.store.hset(member, "invitation_until_ms", "1")
    with pytest.raises(TicketRefused):
        await office.staff.enrolment.confirm_totp(begun.ticket, code)
    with pytest.raises(InvitationRefused):
        await office.staff.enrolment.begin(invitation, PASSWORD)


async def test_a_newer_invitation_ends_the_older_one(office: Office) -> None:
    ada = await office.colleague(Kind.REVIEWER, "Ada")
    first = await office.staff.members.invite(ada.member, actor=OPERATOR)
    begun = await office.staff.enrolment.begin(first.invitation, PASSWORD)
    code = await shown(office, begun.ticket)
    second = await office.staff.members.invite(ada.member, actor=OPERATOR)
    with pytest.raises(InvitationRefused):
        await office.staff.enrolment.begin(first.invitation, PASSWORD)
    with pytest.raises(TicketRefused):
        await office.staff.enrolment.confirm_totp(begun.ticket, code)
    with pytest.raises(SignInRefused):
        await office.staff.sign_in.with_password("Ada", PASSWORD)
    again = await office.staff.enrolment.begin(second.invitation, PASSWORD)
    code = await shown(office, again.ticket)
    await office.staff.enrolment.confirm_totp(again.ticket, code)
    found = await office.staff.sign_in.with_password("Ada", PASSWORD)
    with pytest.raises(SecondFactorRefused):
        await office.staff.sign_in.with_recovery_code(found.ticket, ada.recovery_codes[0])


async def test_a_forged_invitation_does_not_tell_who_is_invited(office: Office) -> None:
    real = await office.invitation(Kind.REVIEWER)
    answers = set()
    for forged in (
        real[:-2] + "AA",
        "earmark-invitation.stf_0123456789abcdef." + "A" * 43,
        "earmark-invitation.nothing",
    ):
        with pytest.raises(InvitationRefused) as refused:
            await office.staff.enrolment.begin(forged, "short")
        answers.add(refused.value.code)
    assert answers == {"INVITATION_REFUSED"}, "the password is not looked at before"


async def test_a_qr_code_is_shown_once(office: Office) -> None:
    begun = await office.staff.enrolment.begin(await office.invitation(Kind.REVIEWER), PASSWORD)
    offered = await office.staff.enrolment.show_totp(begun.ticket)
    assert offered.uri.startswith("otpauth://totp/Earmark:")
    drawn = ElementTree.fromstring(offered.svg)
    assert drawn.tag.endswith("svg")
    assert not {one.tag.rpartition("}")[2] for one in drawn.iter()} & {"script", "style", "image"}
    assert "style=" not in offered.svg, "a strict content security policy shows it"
    with pytest.raises(TicketRefused):
        await office.staff.enrolment.show_totp(begun.ticket)


async def test_the_apps_secret_is_stored_sealed(office: Office) -> None:
    ada = await office.colleague(Kind.REVIEWER)
    for key in await office.loop.store.keys("*"):
        dumped = await office.loop.store.dump(key) or b""
        assert ada.secret.encode() not in dumped
        for code in ada.recovery_codes:
            assert code.replace("-", "").encode() not in dumped


async def test_a_wrong_code_enrols_nobody(office: Office) -> None:
    begun = await office.staff.enrolment.begin(
        await office.invitation(Kind.REVIEWER, "Ada"), PASSWORD
    )
    with pytest.raises(TicketRefused):
        await office.staff.enrolment.confirm_totp(begun.ticket, "000000")
    await office.staff.enrolment.show_totp(begun.ticket)
    with pytest.raises(SecondFactorRefused):
        await office.staff.enrolment.confirm_totp(begun.ticket, "no code")
    with pytest.raises(SignInRefused):
        await office.staff.sign_in.with_password("Ada", PASSWORD)


async def test_the_code_that_enrolled_does_not_sign_in(office: Office) -> None:
    ada = await office.colleague(Kind.REVIEWER, "Ada")
    found = await office.staff.sign_in.with_password("Ada", PASSWORD)
    with pytest.raises(SecondFactorRefused):
        await office.staff.sign_in.with_totp(found.ticket, ada.code(office.clock))


@pytest.mark.parametrize(
    "password",
    [
        "elevenchars",
        "x" * 129,
        "password1234",
        "qwertyuiop12",
        "aaaaaaaaaaaa",
        "Ada Lovelace Ada",
        "earmarkearmark",
    ],
)
async def test_a_password_that_is_short_long_or_guessed_is_refused(
    office: Office, password: str
) -> None:
    invitation = await office.invitation(Kind.REVIEWER, "Ada Lovelace")
    with pytest.raises(PasswordRefused):
        await office.staff.enrolment.begin(invitation, password)


async def test_a_password_is_the_same_on_every_keyboard() -> None:
    passwords = Passwords()
    composed, decomposed = "caf\u00e9-horse-battery-9", "cafe\u0301-horse-battery-9"
    stored = await passwords.hash(composed, name="ada")
    assert await passwords.verify(stored, decomposed)
    assert not await passwords.verify(stored, composed + "x")


async def test_a_long_password_counts_to_its_end() -> None:
    passwords = Passwords()
    long = "".join(chr(97 + (n * 7 + n // 5) % 26) for n in range(128))
    stored = await passwords.hash(long, name="ada")
    assert await passwords.verify(stored, long)
    assert not await passwords.verify(stored, long[:-1])
    assert not await passwords.verify(stored, long + "x")


async def test_nobodys_hash_has_the_parameters_of_everybodys() -> None:
    passwords = Passwords()
    assert await passwords.renewed(NOBODYS, PASSWORD) is None
    stored = await passwords.hash(PASSWORD, name="ada")
    assert (
        stored.split("$")[1:4] == NOBODYS.split("$")[1:4] == ["argon2id", "v=19", "m=19456,t=2,p=1"]
    )
    assert not await passwords.verify(None, PASSWORD)


async def test_an_older_hash_is_renewed_by_signing_in(office: Office) -> None:
    ada = await office.colleague(Kind.REVIEWER, "Ada")
    member = keys.staff_member(ada.member)
    older = PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1).hash(PASSWORD)
    await office.loop.store.hset(member, "password", older)
    await office.sign_in(ada)
    renewed = text(await office.loop.store.hget(member, "password") or "")
    assert "m=19456,t=2" in renewed
    await office.sign_in(ada)
    assert await office.staff.sessions.verify(ada.signed_in.token), "no session ended for that"


async def test_a_new_password_needs_the_current_one_and_ends_the_old(office: Office) -> None:
    ada = await office.colleague(Kind.REVIEWER, "Ada")
    enrolment, new = office.staff.enrolment, "another-long-and-odd-sentence-7"
    with pytest.raises(SignInRefused):
        await enrolment.change_password(ada.member, "not-the-current-one", new)
    with pytest.raises(PasswordRefused):
        await enrolment.change_password(ada.member, PASSWORD, "password1234")
    await enrolment.change_password(ada.member, PASSWORD, new)
    with pytest.raises(SignInRefused):
        await office.staff.sign_in.with_password("Ada", PASSWORD)
    assert await office.staff.sign_in.with_password("Ada", new)


async def test_a_second_factor_is_changed_with_the_password_and_ends_old_codes(
    office: Office,
) -> None:
    ada = await office.colleague(Kind.REVIEWER, "Ada")
    with pytest.raises(SignInRefused):
        await office.staff.enrolment.begin_factor(ada.member, "not-the-current-one")
    changing = await office.staff.enrolment.begin_factor(ada.member, PASSWORD)
    office.clock.now_s += 60
    enrolled = await office.staff.enrolment.confirm_totp(
        changing.ticket, await shown(office, changing.ticket)
    )
    assert enrolled.signed_in is None
    office.clock.now_s += 30
    found = await office.staff.sign_in.with_password("Ada", PASSWORD)
    with pytest.raises(SecondFactorRefused):
        await office.staff.sign_in.with_totp(found.ticket, ada.code(office.clock))
    with pytest.raises(SecondFactorRefused):
        await office.staff.sign_in.with_recovery_code(found.ticket, ada.recovery_codes[0])
    await office.staff.sign_in.with_recovery_code(found.ticket, enrolled.recovery_codes[0])


async def add_passkey(office: Office, member: str, key: Authenticator) -> None:
    changing = await office.staff.enrolment.begin_factor(member, PASSWORD)
    options = await office.staff.enrolment.begin_passkey(changing.ticket)
    await office.staff.enrolment.confirm_passkey(changing.ticket, key.create(options))


async def test_a_registration_works_once(office: Office) -> None:
    ada = await office.colleague(Kind.REVIEWER)
    changing = await office.staff.enrolment.begin_factor(ada.member, PASSWORD)
    options = await office.staff.enrolment.begin_passkey(changing.ticket)
    answer = Authenticator().create(options)
    again = await office.staff.enrolment.begin_factor(ada.member, PASSWORD)
    await office.staff.enrolment.begin_passkey(again.ticket)
    with pytest.raises(PasskeyRefused):
        await office.staff.enrolment.confirm_passkey(again.ticket, answer)
    with pytest.raises(PasskeyRefused):
        await office.staff.enrolment.confirm_passkey(again.ticket, answer)
    await office.staff.enrolment.confirm_passkey(changing.ticket, answer)


async def test_passkeys_are_counted_and_the_only_factor_stays(office: Office) -> None:
    key = Authenticator()
    begun = await office.staff.enrolment.begin(await office.invitation(Kind.AUDITOR), PASSWORD)
    options = await office.staff.enrolment.begin_passkey(begun.ticket)
    enrolled = await office.staff.enrolment.confirm_passkey(begun.ticket, key.create(options))
    assert enrolled.signed_in
    member, members = enrolled.signed_in.principal.staff, office.staff.members
    with pytest.raises(LastFactor):
        await members.remove_passkey(member, key.id)
    second = Authenticator()
    await add_passkey(office, member, second)
    await members.remove_passkey(member, key.id)
    with pytest.raises(NoSuchPasskey):
        await members.remove_passkey(member, key.id)
    for _ in range(MOST_PASSKEYS - 1):
        await add_passkey(office, member, Authenticator())
    with pytest.raises(TooManyPasskeys):
        await add_passkey(office, member, Authenticator())
