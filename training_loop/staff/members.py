"""The members of staff: added, changed, disabled, removed; each change recorded with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from redis.asyncio import Redis

from training_loop.access import Kind
from training_loop.passkeys.passkey import Passkey
from training_loop.staff.errors import (
    IdentityTaken,
    LastAdministrator,
    LastFactor,
    NameTaken,
    NoSuchMember,
    NoSuchPasskey,
    TooManyMembers,
)
from training_loop.staff.member import (
    Member,
    checked_name,
    name_digest,
    name_place,
    read_member,
    role_word,
)
from training_loop.staff.secret_tokens import SecretToken, Use, new_id
from training_loop.staff.sessions import Sessions
from training_loop.store import keys
from training_loop.store.client import store_errors
from training_loop.store.script_runner import Argument, Scripts, text
from training_loop.vault.vault import Vault

OPERATOR = "operator"
"""The actor of the audit log for whoever runs this instance."""
INVITATION_VALID_S = 72 * 3600
MOST_MEMBERS = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Invited:
    """A member who can enrol with the invitation, which is shown this once."""

    member: Member
    invitation: str = field(repr=False)
    valid_s: int = INVITATION_VALID_S


class StaffRecords(Protocol):
    """What another part knows of a member's work."""

    async def forget(self, staff: str) -> None:
        """Nothing of it is left. Harmless for a member of whom nothing is known. Raises
        StoreUnavailable."""
        ...


class Members:
    """`actor` is a pseudonym or OPERATOR. Everything here raises StoreUnavailable."""

    def __init__(
        self,
        store: Redis,
        vault: Vault,
        sessions: Sessions,
        records: Sequence[StaffRecords] = (),
    ) -> None:
        self._store = store
        self._vault = vault
        self._sessions = sessions
        self._records = records
        self._scripts = Scripts(store)

    async def create(self, display_name: str, role: Kind, *, actor: str) -> Invited:
        """Raises InvalidArgument, NameTaken and TooManyMembers."""
        name, member = checked_name(display_name), new_id(Use.INVITATION)
        invitation = SecretToken.make(Use.INVITATION, member)
        outcome = text(
            await self._scripts.run(
                "staff_create",
                [keys.staff_member(member), keys.staff_names()],
                [
                    *(member, name_digest(self._vault, name)),
                    self._vault.seal(name.encode(), place=name_place(member)),
                    *(self._vault.pseudonym(member), role_word(role)),
                    *(invitation.digest, INVITATION_VALID_S * 1000, MOST_MEMBERS, actor),
                ],
            )
        )
        if outcome == "name_taken":
            raise NameTaken("a member of staff has this name")
        if outcome != "ok":
            raise TooManyMembers("there are as many members of staff as there may be")
        return Invited(member=await self.get(member), invitation=invitation.text)

    async def everybody(self) -> tuple[Member, ...]:
        """In the order in which they were added."""
        with store_errors():
            named = await self._store.hvals(keys.staff_names())
        found = [await self.find(text(member)) for member in named]
        present = [member for member in found if member is not None]
        return tuple(sorted(present, key=lambda one: (one.created_at_s, one.member)))

    async def get(self, member: str) -> Member:
        """Raises NoSuchMember."""
        found = await self.find(member)
        if found is None:
            raise NoSuchMember("there is no such member of staff")
        return found

    async def find(self, member: str) -> Member | None:
        fields = await self.fields(member)
        return read_member(self._vault, member, fields) if fields else None

    async def fields(self, member: str) -> Mapping[str, bytes]:
        """As they are stored; empty for nobody."""
        with store_errors():
            found: Any = await self._store.hgetall(keys.staff_member(member))
        return {text(name): value for name, value in found.items()}

    async def named(self, name_digest_: str) -> str:
        """The id of the member of a name, or ""."""
        with store_errors():
            found = await self._store.hget(keys.staff_names(), name_digest_)
        return text(found) if found else ""

    async def linked_to(self, identity: str) -> str:
        """The id of the member of an identity's digest, or ""."""
        with store_errors():
            found = await self._store.hget(keys.staff_identities(), identity)
        return text(found) if found else ""

    async def pseudonym(self, member: str) -> str:
        """For the audit log. Raises NoSuchMember."""
        return (await self.get(member)).pseudonym

    async def change_role(self, member: str, role: Kind, *, actor: str) -> Member:
        """Ends the member's sessions. Raises NoSuchMember and LastAdministrator."""
        await self._administer(member, "role", [role_word(role), 0, actor])
        return await self.get(member)

    async def disable(self, member: str, *, actor: str) -> Member:
        """Ends the member's sessions; an invitation opens the way back. Raises NoSuchMember and
        LastAdministrator."""
        await self._administer(member, "disable", ["", 0, actor])
        return await self.get(member)

    async def invite(self, member: str, *, actor: str) -> Invited:
        """Takes password and second factors away, for who lost them or was disabled.

        Raises NoSuchMember and LastAdministrator.
        """
        invitation = SecretToken.make(Use.INVITATION, member)
        arguments: list[Argument] = [invitation.digest, INVITATION_VALID_S * 1000, actor]
        await self._administer(member, "invite", arguments)
        return Invited(member=await self.get(member), invitation=invitation.text)

    async def remove(self, member: str, *, actor: str) -> None:
        """Nothing of the member stays but the pseudonym in the audit log; the append-only file is
        rewritten with the next sweep. Raises NoSuchMember, also for one who was removed already:
        what an earlier try had left is gone then; and LastAdministrator."""
        try:
            await self._administer(member, "remove", ["", 0, actor])
        except NoSuchMember:
            await self._forget(member)
            raise
        await self._forget(member)

    async def link(self, member: str, identity: str, *, actor: str) -> Member:
        """`identity` is the digest of issuer and subject, or "" to unlink. Ends the member's
        sessions. Raises NoSuchMember and IdentityTaken."""
        outcome = text(
            await self._scripts.run(
                "staff_link",
                [keys.staff_member(member), keys.staff_identities()],
                [member, identity, actor],
            )
        )
        self._sessions.tell()
        if outcome == "unknown":
            raise NoSuchMember("there is no such member of staff")
        if outcome == "taken":
            raise IdentityTaken("another member of staff has this identity")
        return await self.get(member)

    async def passkeys(self, member: str) -> tuple[Passkey, ...]:
        with store_errors():
            found: Any = await self._store.hgetall(keys.staff_passkeys(member))
        return tuple(Passkey.load(text(name), stored) for name, stored in found.items())

    async def remove_passkey(self, member: str, name: str) -> None:
        """Raises NoSuchPasskey, and LastFactor for the only second factor."""
        outcome = text(
            await self._scripts.run(
                "staff_remove_passkey",
                [keys.staff_member(member), keys.staff_passkeys(member)],
                [member, name],
            )
        )
        if outcome == "unknown":
            raise NoSuchPasskey("you have no such passkey")
        if outcome == "last":
            raise LastFactor("this is your only second factor")

    async def _forget(self, member: str) -> None:
        for record in self._records:
            await record.forget(member)

    async def _administer(self, member: str, change: str, arguments: list[Argument]) -> None:
        outcome = text(
            await self._scripts.run(
                "staff_administer",
                [keys.staff_member(member), keys.staff_names(), keys.staff_identities()],
                [member, change, *arguments],
            )
        )
        self._sessions.tell()
        if outcome == "unknown":
            raise NoSuchMember("there is no such member of staff")
        if outcome == "last_administrator":
            raise LastAdministrator("nobody else could administer any more")
