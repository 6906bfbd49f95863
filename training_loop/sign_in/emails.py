"""Which account has which e-mail address.

The address, sealed, lies in the account's shard; who has it, by a keyed digest, in the digest's
own. Both cannot change in one step on a cluster, so a change goes: the account says what it wants
(intent); the digest is claimed, for a while; the account has it; the claim is made to last; the
digest before is released. Whatever crashes in between, the intent names what is left to do, and a
claim that nobody confirms ends by itself. docs/decisions/0941-how-account-holders-sign-in.md.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field

from redis.asyncio import Redis

from training_loop.errors import AccountGone
from training_loop.sign_in.addresses import Address
from training_loop.sign_in.errors import EmailBusy, EmailTaken
from training_loop.store import keys
from training_loop.store.client import store_errors
from training_loop.store.script_runner import Scripts, text
from training_loop.vault.sealer import Sealer
from training_loop.vault.vault import Vault

CLAIM_S = 600
_ROUNDS = 3
_CONTEXT = "sign_in/email"


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """One account's hold on one address; the nonce tells it from an earlier or later one."""

    account: str
    digest: str = field(repr=False)
    nonce: str

    @staticmethod
    def read(account: str, value: bytes | str) -> Claim:
        digest, nonce = text(value).split(" ")
        return Claim(account=account, digest=digest, nonce=nonce)

    @property
    def of_account(self) -> str:
        """As the account's record has it."""
        return f"{self.digest} {self.nonce}"

    @property
    def of_address(self) -> str:
        """As the address's entry has it."""
        return f"{self.account} {self.nonce}"


class Emails:
    """All of it raises StoreUnavailable; then the change may go on by itself."""

    def __init__(self, store: Redis, vault: Vault, sealer: Sealer) -> None:
        self._store = store
        self._vault = vault
        self._sealer = sealer
        self._scripts = Scripts(store)

    async def find(self, digest: str) -> str | None:
        """The account that has the address with this digest."""
        with store_errors():
            held = await self._store.get(keys.email_entry(digest))
        if held is None:
            return None
        account, nonce = text(held).split(" ")
        claim = Claim(account=account, digest=digest, nonce=nonce)
        with store_errors():
            entry = await self._store.hget(keys.sign_in_record(account), "entry")
        return account if entry is not None and text(entry) == claim.of_account else None

    async def address_of(self, account: str) -> str:
        """Empty where the account has none. Raises AccountGone."""
        with store_errors():
            sealed = await self._store.hget(keys.sign_in_record(account), "email")
        if sealed is None:
            return ""
        assert isinstance(sealed, bytes)
        return (await self._sealer.unseal(account, sealed, context=_CONTEXT)).decode()

    async def give(self, account: str, address: Address) -> None:
        """Makes it the account's only address. It must have been shown to be the holder's. Raises
        AccountGone, EmailTaken and EmailBusy."""
        claim = Claim(
            account=account, digest=address.digest(self._vault), nonce=secrets.token_hex(8)
        )
        sealed = await self._sealer.seal(account, address.written.encode(), context=_CONTEXT)
        for _ in range(_ROUNDS):
            outcome = text(
                await self._scripts.run(
                    "holder_email_intend", _of(account), [account, claim.of_account, sealed]
                )
            )
            if outcome == "gone":
                raise AccountGone("the account does not exist")
            if outcome == "same":
                return
            if outcome == "ok":
                if not await self._take(claim):
                    raise EmailTaken("another account has this address")
                await self.settle(account)
                if await self.find(claim.digest) == account:
                    return
            await self.settle(account)
        raise EmailBusy("the address is being changed")

    async def remove(self, account: str) -> None:
        """Raises EmailBusy."""
        for _ in range(_ROUNDS):
            outcome = text(await self._scripts.run("holder_email_remove", _of(account), [account]))
            await self.settle(account)
            if outcome != "busy":
                return
        raise EmailBusy("the address is being changed")

    async def settle(self, account: str) -> None:
        """Ends what a change has left to do. Repeating it is harmless."""
        with store_errors():
            pending, dropping = await self._store.hmget(
                keys.sign_in_record(account), ["pending", "dropping"]
            )
        if pending is not None:
            await self._take(Claim.read(account, pending))
            with store_errors():
                (dropping,) = await self._store.hmget(keys.sign_in_record(account), ["dropping"])
        if dropping is not None:
            before = Claim.read(account, dropping)
            await self._release(before)
            await self._settled(before, "dropped")

    async def settle_all(self) -> int:
        """Ends every change that was cut off; returns how many accounts had one."""
        settled = 0
        for shard in keys.all_shards():
            with store_errors():
                waiting = await self._store.smembers(keys.unsettled_emails(shard))
            for account in map(text, waiting):
                await self.settle(account)
                settled += 1
        return settled

    async def reclaim_all(self) -> int:
        """Makes the entries of all addresses anew from what the accounts hold, as after a restore;
        returns how many were missing. An address that somebody else has taken meanwhile is
        theirs."""
        missing = 0
        with store_errors():
            async for key in self._store.scan_iter(match="{s*}:wm:*", count=1000):
                missing += await self._reclaim(text(key).split(":")[2])
        return missing

    async def erase(self, account: str) -> int:
        """Every entry that leads to the account; returns how many there were."""
        with store_errors():
            named = await self._store.hmget(
                keys.sign_in_record(account), ["entry", "pending", "dropping"]
            )
        claims = [Claim.read(account, value) for value in named if value is not None]
        with store_errors():
            for claim in claims:
                await self._store.delete(keys.email_attempts(claim.digest))
        return sum([await self._release(claim) for claim in claims])

    async def _take(self, claim: Claim) -> bool:
        """From an intent on, as often as it takes; False when another account has the address."""
        if not await self._claim(claim):
            await self._settled(claim, "lost")
            return False
        if await self._scripts.run("holder_email_commit", _of(claim.account), [claim.of_account]):
            if await self._confirm(claim):
                await self._settled(claim, "done")
            return True  # a claim that ran out in between is made again when this is settled
        if not await self._wanted(claim):
            await self._release(claim)
        return True

    async def _claim(self, claim: Claim) -> bool:
        for _ in range(_ROUNDS):
            outcome = await self._scripts.run(
                "holder_email_claim",
                [keys.email_entry(claim.digest)],
                [claim.account, claim.nonce, CLAIM_S * 1000],
            )
            if text(outcome[0]) == "ok":
                return True
            owner, nonce = text(outcome[1]).split(" ")
            other = Claim(account=owner, digest=claim.digest, nonce=nonce)
            if await self._wanted(other):
                return False
            await self._release(other)
        return False

    async def _wanted(self, claim: Claim) -> bool:
        """Whether the account has the address by this claim, or is about to."""
        with store_errors():
            named = await self._store.hmget(
                keys.sign_in_record(claim.account), ["entry", "pending"]
            )
        return claim.of_account in [text(value) for value in named if value is not None]

    async def _reclaim(self, account: str) -> int:
        await self.settle(account)
        with store_errors():
            entry = await self._store.hget(keys.sign_in_record(account), "entry")
        if entry is None:
            return 0
        claim = Claim.read(account, entry)
        if await self.find(claim.digest) == account:
            await self._confirm(claim)
            return 0
        if not await self._claim(claim):
            await self._settled(claim, "lost")
        elif await self._wanted(claim):
            await self._confirm(claim)
        return 1

    async def _confirm(self, claim: Claim) -> bool:
        return bool(
            await self._scripts.run(
                "holder_email_confirm", [keys.email_entry(claim.digest)], [claim.of_address]
            )
        )

    async def _release(self, claim: Claim) -> int:
        return int(
            await self._scripts.run(
                "holder_email_release", [keys.email_entry(claim.digest)], [claim.of_address]
            )
        )

    async def _settled(self, claim: Claim, how: str) -> None:
        await self._scripts.run(
            "holder_email_settle", _of(claim.account), [claim.account, how, claim.of_account]
        )


def _of(account: str) -> list[str]:
    return [keys.account(account), keys.sign_in_record(account)]
