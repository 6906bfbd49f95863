"""Signing in: password, second factor, session; and every way in which it is refused."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from statistics import median

import pytest

from tests.fixtures.authenticator import Authenticator
from tests.fixtures.staff import PASSWORD, Colleague, Office, office_of
from training_loop.access import Kind
from training_loop.errors import Unauthenticated
from training_loop.loop import Loop
from training_loop.passkeys.errors import PasskeyRefused
from training_loop.staff import recovery_codes
from training_loop.staff.errors import (
    SecondFactorRefused,
    SignInLocked,
    SignInRefused,
    TicketRefused,
)
from training_loop.staff.lockout import Limits
from training_loop.staff.secret_tokens import SecretToken, Use
from training_loop.staff.sessions import NewSession
from training_loop.staff.sign_in import Factor
from training_loop.store import keys
from training_loop.store.script_runner import Scripts, text

WRONG = "not-the-password-of-anybody"


@pytest.fixture
async def ada(office: Office) -> Colleague:
    return await office.colleague(Kind.REVIEWER, "Ada")


async def half(office: Office, colleague: Colleague) -> str:
    return (await office.staff.sign_in.with_password(colleague.name, PASSWORD)).ticket


async def test_password_and_code_open_a_session_of_the_members_role(
    office: Office, ada: Colleague
) -> None:
    signed_in = await office.sign_in(ada)
    assert signed_in.token.startswith("earmark-staff.ses_")
    caller = await office.staff.sessions.verify(signed_in.token)
    assert (caller.kind, caller.staff) == (Kind.REVIEWER, ada.member)
    assert caller.session == signed_in.principal.session


async def test_a_name_is_known_in_any_case_and_form(office: Office, ada: Colleague) -> None:
    found = await office.staff.sign_in.with_password("  aDA ", PASSWORD)
    assert found.factors == {Factor.TOTP, Factor.RECOVERY_CODE}


async def test_a_password_alone_opens_nothing(office: Office, ada: Colleague) -> None:
    ticket = await half(office, ada)
    with pytest.raises(Unauthenticated):
        await office.staff.sessions.verify(ticket)


async def test_unknown_names_and_wrong_passwords_get_the_same_answer(
    office: Office, ada: Colleague
) -> None:
    answers = set()
    for name in ("Ada", "Nobody"):
        with pytest.raises(SignInRefused) as refused:
            await office.staff.sign_in.with_password(name, WRONG)
        answers.add((str(refused.value), refused.value.code, refused.value.hint))
    assert len(answers) == 1


async def test_unknown_names_cost_as_much_as_wrong_passwords(
    office: Office, ada: Colleague
) -> None:
    """Processor time, medians in turns: a busy machine changes neither."""
    took: dict[str, list[float]] = {"Ada": [], "Nobody": []}
    for _ in range(9):
        for name, seen in took.items():
            began = time.process_time()
            with pytest.raises(SignInRefused):
                await office.staff.sign_in.with_password(name, WRONG)
            seen.append(time.process_time() - began)
    known, unknown = median(took["Ada"]), median(took["Nobody"])
    assert 0.5 < known / unknown < 2
    assert unknown > 0.005, "a hash was computed for nobody"


async def test_a_code_works_once_and_earlier_ones_do_not(office: Office, ada: Colleague) -> None:
    office.clock.now_s += 30
    code, tickets = ada.code(office.clock), [await half(office, ada) for _ in range(3)]
    await office.staff.sign_in.with_totp(tickets[0], code)
    with pytest.raises(SecondFactorRefused):
        await office.staff.sign_in.with_totp(tickets[1], code)
    office.clock.now_s -= 30
    earlier = ada.code(office.clock)
    with pytest.raises(SecondFactorRefused):
        await office.staff.sign_in.with_totp(tickets[2], earlier)


async def test_a_code_used_many_times_at_once_opens_one_session(
    office: Office, ada: Colleague
) -> None:
    office.clock.now_s += 30
    code, tickets = ada.code(office.clock), [await half(office, ada) for _ in range(6)]
    outcomes = await asyncio.gather(
        *(office.staff.sign_in.with_totp(ticket, code) for ticket in tickets),
        return_exceptions=True,
    )
    assert sum(not isinstance(one, Exception) for one in outcomes) == 1


@pytest.mark.parametrize(("steps", "taken"), [(-2, False), (-1, True), (1, True), (2, False)])
async def test_a_code_may_be_one_step_off(
    office: Office, ada: Colleague, steps: int, taken: bool
) -> None:
    office.clock.now_s += 300
    ticket, shown = await half(office, ada), ada.code(office.clock)
    office.clock.now_s -= 30 * steps
    if taken:
        await office.staff.sign_in.with_totp(ticket, shown)
    else:
        with pytest.raises(SecondFactorRefused):
            await office.staff.sign_in.with_totp(ticket, shown)


@pytest.mark.parametrize("code", ["", "12345", "1234567", "abcdef", "١٢٣٤٥٦", "12 456"])
async def test_what_is_no_code_is_refused(office: Office, ada: Colleague, code: str) -> None:
    with pytest.raises(SecondFactorRefused):
        await office.staff.sign_in.with_totp(await half(office, ada), code)


async def test_a_recovery_code_works_once_however_it_is_typed(
    office: Office, ada: Colleague
) -> None:
    typed = ada.recovery_codes[3].replace("-", " ").upper()
    await office.staff.sign_in.with_recovery_code(await half(office, ada), typed)
    with pytest.raises(SecondFactorRefused):
        await office.staff.sign_in.with_recovery_code(
            await half(office, ada), ada.recovery_codes[3]
        )
    await office.staff.sign_in.with_recovery_code(await half(office, ada), ada.recovery_codes[4])


async def test_a_ticket_leads_to_one_session(office: Office, ada: Colleague) -> None:
    ticket = await half(office, ada)
    await office.staff.sign_in.with_recovery_code(ticket, ada.recovery_codes[0])
    with pytest.raises(TicketRefused):
        await office.staff.sign_in.with_recovery_code(ticket, ada.recovery_codes[1])


async def test_a_ticket_ends_after_ten_tries(office: Office, ada: Colleague) -> None:
    ticket = await half(office, ada)
    for _ in range(10):
        with pytest.raises(SecondFactorRefused):
            await office.staff.sign_in.with_totp(ticket, "000000")
    office.clock.now_s += 30
    with pytest.raises(TicketRefused):
        await office.staff.sign_in.with_totp(ticket, ada.code(office.clock))


async def test_a_ticket_of_another_kind_or_forged_is_refused(
    office: Office, ada: Colleague
) -> None:
    ticket = await half(office, ada)
    enrolling = await office.staff.enrolment.begin(await office.invitation(Kind.AUDITOR), PASSWORD)
    for wrong in (ticket[:-1] + "~", ticket[:-2] + "AA", "earmark-ticket", enrolling.ticket):
        with pytest.raises(TicketRefused):
            await office.staff.sign_in.with_recovery_code(wrong, ada.recovery_codes[0])


async def test_a_ticket_expires(office: Office, ada: Colleague) -> None:
    ticket = await half(office, ada)
    key = keys.staff_ticket(ticket.split(".")[1])
    assert 0 < await office.loop.store.pttl(key) <= 300_000
    await office.loop.store.pexpire(key, 0)
    with pytest.raises(TicketRefused):
        await office.staff.sign_in.with_recovery_code(ticket, ada.recovery_codes[0])


async def test_failures_lock_a_name_for_longer_and_longer(strict_office: Office) -> None:
    office = strict_office
    ada = await office.colleague(Kind.REVIEWER, "Ada")
    failures = keys.staff_failures(
        text(await office.loop.store.hget(keys.staff_member(ada.member), "name_digest") or "")
    )
    for _ in range(5):
        with pytest.raises(SignInRefused):
            await office.staff.sign_in.with_password("Ada", WRONG)
    waits = []
    for _ in range(7):
        with pytest.raises(SignInLocked) as locked:
            await office.staff.sign_in.with_password("Ada", PASSWORD)
        waits.append(locked.value.wait_s)
        await office.loop.store.hset(failures, "until_ms", "0")  # the delay is over
        with pytest.raises(SignInRefused):
            await office.staff.sign_in.with_password("Ada", WRONG)
    assert waits == [30, 60, 120, 240, 480, 900, 900]
    await office.loop.store.hset(failures, "until_ms", "0")
    half_signed_in = await office.staff.sign_in.with_password("Ada", PASSWORD)
    await office.loop.store.hset(failures, "until_ms", "0")
    office.clock.now_s += 30
    await office.staff.sign_in.with_totp(half_signed_in.ticket, ada.code(office.clock))
    assert not await office.loop.store.exists(failures), "a success gives all attempts back"
    entries = [line async for line in office.loop.audit.lines("s64")]
    assert sum(f" machine {ada.pseudonym} staff_locked " in line for line in entries) == 1


async def test_unknown_names_lock_as_known_ones_do(strict_office: Office) -> None:
    for _ in range(5):
        with pytest.raises(SignInRefused):
            await strict_office.staff.sign_in.with_password("Nobody", WRONG)
    with pytest.raises(SignInLocked):
        await strict_office.staff.sign_in.with_password("nobody", WRONG)


async def test_guesses_at_once_count_as_many(strict_office: Office) -> None:
    await strict_office.colleague(Kind.REVIEWER, "Ada")
    outcomes = await asyncio.gather(
        *(strict_office.staff.sign_in.with_password("Ada", f"{WRONG}{n}") for n in range(12)),
        return_exceptions=True,
    )
    assert sum(isinstance(one, SignInRefused) for one in outcomes) == 5
    assert sum(isinstance(one, SignInLocked) for one in outcomes) == 7


async def test_codes_are_guessed_no_more_often_than_passwords(strict_office: Office) -> None:
    """The right password does not give attempts back: only a whole sign-in does."""
    ada = await strict_office.colleague(Kind.REVIEWER, "Ada")
    ticket = await half(strict_office, ada)
    for _ in range(4):
        with pytest.raises(SecondFactorRefused):
            await strict_office.staff.sign_in.with_totp(ticket, "000000")
    with pytest.raises(SignInLocked):
        await strict_office.staff.sign_in.with_totp(ticket, "000000")
    with pytest.raises(SignInLocked):
        await half(strict_office, ada)


async def test_attempts_of_everybody_together_are_bounded_for_all_processes(loop: Loop) -> None:
    limits = replace(Limits(), of_everybody=4)
    offices = [office_of(loop, limits=limits) for _ in range(2)]
    for number in range(4):
        with pytest.raises(SignInRefused):
            await offices[number % 2].staff.sign_in.with_password(f"Nobody {number}", WRONG)
    with pytest.raises(SignInLocked) as locked:
        await offices[0].staff.sign_in.with_password("Nobody else", WRONG)
    assert 1 <= locked.value.wait_s <= 60


async def test_a_disabled_member_is_answered_like_a_stranger(
    office: Office, ada: Colleague
) -> None:
    ticket = await half(office, ada)
    await office.staff.members.disable(ada.member, actor="operator")
    with pytest.raises(SignInRefused):
        await office.staff.sign_in.with_password("Ada", PASSWORD)
    with pytest.raises(SecondFactorRefused):
        await office.staff.sign_in.with_recovery_code(ticket, ada.recovery_codes[0])


async def with_passkey(office: Office, ada: Colleague) -> Authenticator:
    key = Authenticator()
    changing = await office.staff.enrolment.begin_factor(ada.member, PASSWORD)
    options = await office.staff.enrolment.begin_passkey(changing.ticket)
    await office.staff.enrolment.confirm_passkey(changing.ticket, key.create(options))
    return key


async def test_a_passkey_is_a_second_factor(office: Office, ada: Colleague) -> None:
    key = await with_passkey(office, ada)
    found = await office.staff.sign_in.with_password("Ada", PASSWORD)
    assert Factor.PASSKEY in found.factors
    options = await office.staff.sign_in.begin_passkey(found.ticket)
    signed_in = await office.staff.sign_in.with_passkey(found.ticket, key.get(options))
    assert signed_in.principal.staff == ada.member


async def test_a_passkeys_answer_works_once(office: Office, ada: Colleague) -> None:
    key = await with_passkey(office, ada)
    ticket = await half(office, ada)
    answer = key.get(await office.staff.sign_in.begin_passkey(ticket))
    await office.staff.sign_in.with_passkey(ticket, answer)
    again = await half(office, ada)
    await office.staff.sign_in.begin_passkey(again)
    with pytest.raises(PasskeyRefused):
        await office.staff.sign_in.with_passkey(again, answer)


async def test_a_copied_passkey_is_found_by_its_counter(office: Office, ada: Colleague) -> None:
    key = await with_passkey(office, ada)
    copy = replace(key)
    ticket = await half(office, ada)
    options = await office.staff.sign_in.begin_passkey(ticket)
    await office.staff.sign_in.with_passkey(ticket, key.get(options))
    ticket = await half(office, ada)
    options = await office.staff.sign_in.begin_passkey(ticket)
    with pytest.raises(PasskeyRefused):
        await office.staff.sign_in.with_passkey(ticket, copy.get(options))


async def test_a_strangers_passkey_is_refused(office: Office, ada: Colleague) -> None:
    key = await with_passkey(office, ada)
    stranger = Authenticator(credential=key.credential)
    unknown = Authenticator()
    for one, expected in ((stranger, PasskeyRefused), (unknown, SecondFactorRefused)):
        ticket = await half(office, ada)
        options = await office.staff.sign_in.begin_passkey(ticket)
        if one is unknown:
            options = options.replace(key.id, unknown.id)
        with pytest.raises(expected):
            await office.staff.sign_in.with_passkey(ticket, one.get(options))


async def test_a_sign_in_that_the_client_sent_twice_happens_once(
    office: Office, ada: Colleague
) -> None:
    """The store's client repeats what got no answer."""
    ticket = SecretToken.parse(Use.TICKET, await half(office, ada))
    assert ticket
    session, store = NewSession.make(), office.loop.store
    names = [
        *(keys.staff_member(ada.member), keys.staff_ticket(ticket.id)),
        *(keys.staff_recovery(ada.member), keys.staff_passkeys(ada.member)),
        keys.staff_failures("x"),
    ]
    digest = recovery_codes.digest(office.loop.vault, ada.member, ada.recovery_codes[0])
    arguments = [
        *(ada.member, ticket.digest, "attempt", "recovery_code", digest, "", ""),
        *session.arguments,
    ]
    for _ in range(2):
        assert await Scripts(store).run("staff_sign_in", names, arguments) == [b"ok", b"reviewer"]
    assert len(await office.staff.sessions.of(ada.member)) == 2, "one from enrolling, one from this"
    arguments[2] = "another attempt"
    assert await Scripts(store).run("staff_sign_in", names, arguments) == [b"refused"]
