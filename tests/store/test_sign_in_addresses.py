"""No crash leaves an address that leads nowhere, or an account that its address does not find."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest

from training_loop.loop import Loop
from training_loop.sign_in.addresses import Address, AddressRefused, parse_address
from training_loop.sign_in.emails import CLAIM_S, Emails
from training_loop.sign_in.errors import EmailTaken
from training_loop.store import keys
from training_loop.store.script_runner import Argument, Scripts, text

ANNA, LATER = parse_address("anna@example.org"), parse_address("later@example.org")


class Crashed(Exception):
    """The process ended here."""


class CutOff(Emails):
    """Ends like a killed process after so many scripts."""

    def __init__(self, loop: Loop, after: int) -> None:
        super().__init__(loop.store, loop.vault, loop.sealer)
        self._left = after
        self._scripts = self  # type: ignore[assignment]
        self._real = Scripts(loop.store)

    async def run(self, name: str, keys: Sequence[str], arguments: Sequence[Argument] = ()) -> Any:
        if self._left == 0:
            raise Crashed
        self._left -= 1
        return await self._real.run(name, keys, arguments)


def emails_of(loop: Loop) -> Emails:
    return Emails(loop.store, loop.vault, loop.sealer)


async def entries(loop: Loop) -> AsyncIterator[tuple[str, str]]:
    """Every address that somebody has for good, by digest, with whose it is."""
    async for key in loop.store.scan_iter(match="{s*}:we:*"):
        held = await loop.store.get(key)
        assert held is not None
        yield text(key).split(":")[2], text(held).split(" ")[0]


async def assert_consistent(loop: Loop, accounts: Sequence[str]) -> None:
    """Each entry finds an account that has the address, and each address finds its account."""
    emails = emails_of(loop)
    async for digest, account in entries(loop):
        assert await emails.find(digest) == account
        assert await loop.store.pttl(keys.email_entry(digest)) == -1, "an unconfirmed claim"
    for account in accounts:
        written = await emails.address_of(account)
        if written:
            assert await emails.find(Address(written=written).digest(loop.vault)) == account
    for shard in keys.all_shards():
        assert await loop.store.scard(keys.unsettled_emails(shard)) == 0


@pytest.mark.parametrize("steps", range(8))
async def test_a_change_that_is_cut_off_anywhere_is_ended_later(loop: Loop, steps: int) -> None:
    account = (await loop.accounts.create()).account
    await emails_of(loop).give(account, ANNA)
    with pytest.raises(Crashed):
        await CutOff(loop, steps).give(account, LATER)
        raise Crashed  # when there were fewer steps than that
    found = await emails_of(loop).address_of(account)
    assert found in (ANNA.written, LATER.written)
    await emails_of(loop).settle_all()
    await assert_consistent(loop, [account])
    assert await emails_of(loop).address_of(account) == (LATER if steps else ANNA).written


@pytest.mark.parametrize("steps", range(4))
async def test_a_removal_that_is_cut_off_anywhere_is_ended_later(loop: Loop, steps: int) -> None:
    account = (await loop.accounts.create()).account
    await emails_of(loop).give(account, ANNA)
    with pytest.raises(Crashed):
        await CutOff(loop, steps).remove(account)
        raise Crashed
    await emails_of(loop).settle_all()
    await assert_consistent(loop, [account])
    assert await emails_of(loop).address_of(account) == ("" if steps else ANNA.written)


@pytest.mark.parametrize("steps", range(1, 5))
async def test_an_erasure_between_any_two_steps_leaves_nothing_for_good(
    loop: Loop, steps: int
) -> None:
    account = (await loop.accounts.create()).account
    with pytest.raises(Crashed):
        await CutOff(loop, steps).give(account, ANNA)
        raise Crashed
    await loop.rights.delete_account(account)
    await emails_of(loop).settle_all()
    assert [one async for one in entries(loop)] == []
    other = (await loop.accounts.create()).account
    await emails_of(loop).give(other, ANNA)
    await assert_consistent(loop, [other])


async def test_a_claim_that_comes_after_the_erasure_ends_by_itself(loop: Loop) -> None:
    """The intent was written, the account went, and a stalled process claims all the same."""
    account = (await loop.accounts.create()).account
    digest = ANNA.digest(loop.vault)
    await loop.rights.delete_account(account)
    await Scripts(loop.store).run(
        "holder_email_claim", [keys.email_entry(digest)], [account, "0" * 16, CLAIM_S * 1000]
    )
    assert 0 < await loop.store.pttl(keys.email_entry(digest)) <= CLAIM_S * 1000
    assert await emails_of(loop).find(digest) is None
    other = (await loop.accounts.create()).account
    await emails_of(loop).give(other, ANNA)
    await assert_consistent(loop, [other])


async def test_two_accounts_that_claim_one_address_at_once_do_not_both_get_it(loop: Loop) -> None:
    import asyncio

    accounts = [(await loop.accounts.create()).account for _ in range(6)]
    outcomes = await asyncio.gather(
        *(emails_of(loop).give(account, ANNA) for account in accounts), return_exceptions=True
    )
    assert sum(outcome is None for outcome in outcomes) == 1
    assert all(outcome is None or isinstance(outcome, EmailTaken) for outcome in outcomes)
    await assert_consistent(loop, accounts)


async def test_after_a_restore_addresses_find_their_accounts_again(loop: Loop) -> None:
    """Backups leave the entries out: they would outlive accounts that were erased since."""
    account = (await loop.accounts.create()).account
    await emails_of(loop).give(account, ANNA)
    await loop.store.delete(keys.email_entry(ANNA.digest(loop.vault)))
    assert await emails_of(loop).reclaim_all() == 1
    await assert_consistent(loop, [account])
    assert await emails_of(loop).reclaim_all() == 0


async def test_a_restored_address_that_somebody_else_took_is_theirs(loop: Loop) -> None:
    first, second = [(await loop.accounts.create()).account for _ in range(2)]
    await emails_of(loop).give(first, ANNA)
    await loop.store.delete(keys.email_entry(ANNA.digest(loop.vault)))
    await emails_of(loop).give(second, ANNA)
    await emails_of(loop).reclaim_all()
    assert await emails_of(loop).address_of(first) == ""
    await assert_consistent(loop, [first, second])


@pytest.mark.parametrize(
    "typed",
    [
        *("", "anna", "@example.org", "anna@", "a b@example.org", "anna@exa mple.org"),
        *("anna@example.org\nBcc: x@example.org", "a..b@example.org", f"{'a' * 65}@example.org"),
        *("anna@-example.org", f"anna@{'a.' * 130}org", "anna@example..org", "<anna@example.org>"),
    ],
)
def test_what_no_letter_can_be_sent_to_is_refused(typed: str) -> None:
    with pytest.raises(AddressRefused):
        parse_address(typed)


def test_an_address_is_the_same_in_capitals_and_with_an_international_host(loop: Loop) -> None:
    digests = {
        parse_address(typed).digest(loop.vault)
        for typed in ("Anna@Bücher.example", "anna@xn--bcher-kva.example", " ANNA@BÜCHER.example")
    }
    assert len(digests) == 1
