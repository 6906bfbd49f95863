"""Signing in with a letter: through a real SMTP server and a real store."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.fixtures.sign_in import (
    MAIL_PASSWORD,
    MAIL_USER,
    REFUSED,
    PostOffice,
    certificate_files,
    code_in,
    link_in,
    post_office_on,
    signing_in,
    token_in,
    with_address,
)
from training_loop.loop import Loop
from training_loop.sign_in.errors import (
    CodeRefused,
    EmailOff,
    EmailTaken,
    MailServerAway,
    RecipientRefused,
    TooManyAttempts,
)
from training_loop.sign_in.limits import Limits
from training_loop.sign_in.settings import MailServer
from training_loop.sign_in.tickets import TRIES
from training_loop.store import keys

ANNA = "Anna@example.org"


async def new_account(loop: Loop) -> str:
    return (await loop.accounts.create()).account


async def test_the_code_of_a_letter_signs_in_once(loop: Loop, post_office: PostOffice) -> None:
    sign_in, account = signing_in(loop, post_office.server), await new_account(loop)
    await with_address(sign_in, post_office, account, ANNA)
    started = await sign_in.email.start(" anna@EXAMPLE.org ")
    letter = await post_office.next_letter()
    assert (letter["To"], letter["From"]) == (ANNA, "voice@example.org")
    opened = await sign_in.email.complete(started.ticket, code_in(letter))
    assert (await sign_in.sessions.verify(opened.token)).account == account
    for again in (code_in(letter), token_in(link_in(letter))):
        with pytest.raises(CodeRefused):
            await sign_in.email.complete(started.ticket, again)
    with pytest.raises(CodeRefused):
        await sign_in.email.complete("", token_in(link_in(letter)))


async def test_the_link_of_a_letter_signs_in_without_the_ticket_and_once(
    loop: Loop, post_office: PostOffice
) -> None:
    sign_in, account = signing_in(loop, post_office.server), await new_account(loop)
    await with_address(sign_in, post_office, account, ANNA)
    started = await sign_in.email.start(ANNA)
    letter = await post_office.next_letter()
    link = link_in(letter)
    assert link.startswith("http://localhost:8080/sign-in/link?token=")
    opened = await sign_in.email.complete("", token_in(link))
    assert opened.account == account
    for ticket, code in (("", token_in(link)), (started.ticket, code_in(letter))):
        with pytest.raises(CodeRefused):
            await sign_in.email.complete(ticket, code)


async def test_five_wrong_codes_end_a_ticket(loop: Loop, post_office: PostOffice) -> None:
    sign_in, account = signing_in(loop, post_office.server), await new_account(loop)
    await with_address(sign_in, post_office, account, ANNA)
    started = await sign_in.email.start(ANNA)
    right = code_in(await post_office.next_letter())
    wrong = "0000 0000" if right != "0000 0000" else "1111 1111"
    for _ in range(TRIES):
        with pytest.raises(CodeRefused):
            await sign_in.email.complete(started.ticket, wrong)
    with pytest.raises(CodeRefused):
        await sign_in.email.complete(started.ticket, right)


async def test_a_code_that_ran_out_is_refused(loop: Loop, post_office: PostOffice) -> None:
    sign_in, account = signing_in(loop, post_office.server), await new_account(loop)
    await with_address(sign_in, post_office, account, ANNA)
    started = await sign_in.email.start(ANNA)
    code = code_in(await post_office.next_letter())
    ticket = keys.sign_in_ticket(started.ticket.split(".")[1])
    left_ms = await loop.store.pttl(ticket)
    assert 595_000 < left_ms <= 600_000
    await loop.store.pexpire(ticket, 1)
    while await loop.store.exists(ticket):  # noqa: ASYNC110 - the store's clock has no event
        await asyncio.sleep(0.001)
    with pytest.raises(CodeRefused):
        await sign_in.email.complete(started.ticket, code)


async def test_a_code_needs_its_own_ticket(loop: Loop, post_office: PostOffice) -> None:
    sign_in, account = signing_in(loop, post_office.server), await new_account(loop)
    await with_address(sign_in, post_office, account, ANNA)
    await sign_in.email.start(ANNA)
    code = code_in(await post_office.next_letter())
    other = await sign_in.email.start("nobody@example.org")
    with pytest.raises(CodeRefused):
        await sign_in.email.complete(other.ticket, code)


async def test_nobody_learns_whether_an_address_is_known(
    loop: Loop, post_office: PostOffice
) -> None:
    """The answer has the same form and comes at the same point: with the mail server reached, and
    before anybody looked for the address. Only then a letter goes out, or none."""
    sign_in, account = signing_in(loop, post_office.server), await new_account(loop)
    await with_address(sign_in, post_office, account, ANNA)
    before = post_office.connections
    unknown = await sign_in.email.start("nobody@example.org")
    await sign_in.email.idle()
    assert post_office.connections == before + 1
    assert post_office.letters == []
    known = await sign_in.email.start(ANNA)
    assert post_office.letters == []  # answered before it was written
    await post_office.next_letter()
    assert len(known.ticket) == len(unknown.ticket)
    tickets = [
        await loop.store.hgetall(keys.sign_in_ticket(one.ticket.split(".")[1]))
        for one in (known, unknown)
    ]
    shapes = [{name: len(value) for name, value in one.items()} for one in tickets]
    assert shapes[0] == shapes[1]


async def test_letters_to_one_address_and_to_all_are_limited(
    loop: Loop, post_office: PostOffice
) -> None:
    limits = Limits(letters_to_address=2, letters=4)
    sign_in = signing_in(loop, post_office.server, limits=limits)
    for _ in range(2):
        await sign_in.email.start("one@example.org")
    with pytest.raises(TooManyAttempts) as to_one:
        await sign_in.email.start("ONE@example.org")
    assert to_one.value.wait_s > 3000
    await sign_in.email.start("two@example.org")
    with pytest.raises(TooManyAttempts) as to_all:
        await sign_in.email.start("three@example.org")
    assert to_all.value.wait_s <= 60


async def test_a_mail_server_that_is_away_is_told_and_leaves_no_address(
    loop: Loop, post_office: PostOffice
) -> None:
    account = await new_account(loop)
    await with_address(signing_in(loop, post_office.server), post_office, account, ANNA)
    async with post_office_on() as gone:
        pass
    away = signing_in(loop, gone.server)
    for address in (ANNA, "nobody@example.org"):
        with pytest.raises(MailServerAway):
            await away.email.start(address)
    with pytest.raises(MailServerAway):
        await away.email.start_change(account, "new@example.org")
    assert (await away.ways(account)).email == ANNA


async def test_without_a_mail_server_everybody_is_told_the_same(loop: Loop) -> None:
    sign_in = signing_in(loop, None)
    with pytest.raises(EmailOff):
        await sign_in.email.start(ANNA)
    assert not sign_in.sends_mail


async def test_the_operator_makes_a_link_where_no_mail_is_sent(loop: Loop) -> None:
    sign_in, account = signing_in(loop, None), await new_account(loop)
    link = await sign_in.email.link_for(account)
    opened = await sign_in.email.complete("", token_in(link))
    assert opened.account == account
    with pytest.raises(CodeRefused):
        await sign_in.email.complete("", token_in(link))


@pytest.mark.parametrize("starttls", [True, False], ids=["starttls", "tls"])
async def test_letters_go_out_with_tls_and_a_login(
    loop: Loop, tmp_path: Path, starttls: bool
) -> None:
    tls, ca = certificate_files(tmp_path)
    async with post_office_on(tls=tls, starttls=starttls, login=starttls) as office:
        login = f"{MAIL_USER}:{MAIL_PASSWORD.replace(' ', '%20')}@" if starttls else ""
        scheme = "smtp" if starttls else "smtps"
        trusted = f"{scheme}://{login}127.0.0.1:{office.port}?ca={ca}"
        sign_in, account = signing_in(loop, MailServer.parse(trusted)), await new_account(loop)
        await with_address(sign_in, office, account, ANNA)
        stranger = MailServer.parse(f"{scheme}://{login}127.0.0.1:{office.port}")
        with pytest.raises(MailServerAway):
            await signing_in(loop, stranger).email.start_change(account, ANNA)


async def test_an_address_that_takes_no_letters_is_told(
    loop: Loop, post_office: PostOffice
) -> None:
    sign_in, account = signing_in(loop, post_office.server), await new_account(loop)
    with pytest.raises(RecipientRefused):
        await sign_in.email.start_change(account, REFUSED)


async def test_the_address_of_another_account_stays_theirs(
    loop: Loop, post_office: PostOffice
) -> None:
    sign_in = signing_in(loop, post_office.server)
    anna, other = await new_account(loop), await new_account(loop)
    await with_address(sign_in, post_office, anna, ANNA)
    await with_address(sign_in, post_office, other, "other@example.org")
    with pytest.raises(EmailTaken):
        await with_address(sign_in, post_office, other, ANNA)
    assert (await sign_in.ways(other)).email == "other@example.org"
    assert (await sign_in.ways(anna)).email == ANNA


async def test_the_code_of_a_change_counts_for_the_account_that_asked(
    loop: Loop, post_office: PostOffice
) -> None:
    sign_in = signing_in(loop, post_office.server)
    anna, other = await new_account(loop), await new_account(loop)
    started = await sign_in.email.start_change(anna, ANNA)
    code = code_in(await post_office.next_letter())
    with pytest.raises(CodeRefused):
        await sign_in.email.complete_change(other, started.ticket, code)
    with pytest.raises(CodeRefused):  # nor does it sign in
        await sign_in.email.complete(started.ticket, code)
    assert (await sign_in.ways(other)).email == ""


async def test_a_changed_or_removed_address_signs_in_no_more(
    loop: Loop, post_office: PostOffice
) -> None:
    sign_in, account = signing_in(loop, post_office.server), await new_account(loop)
    await with_address(sign_in, post_office, account, ANNA)
    await with_address(sign_in, post_office, account, "later@example.org")
    await sign_in.email.start(ANNA)
    await sign_in.email.idle()
    assert post_office.letters == []
    await sign_in.emails.remove(account)
    await sign_in.email.start("later@example.org")
    await sign_in.email.idle()
    assert post_office.letters == []
    other = await new_account(loop)
    await with_address(sign_in, post_office, other, ANNA)  # free for somebody else
