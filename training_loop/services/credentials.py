"""The credentials of this package as verifiers."""

from __future__ import annotations

import asyncio

from training_loop.access import Kind, Principal
from training_loop.consent.accounts import Accounts
from training_loop.consent.operator import Operator
from training_loop.datasets.exports.recipient_tokens import RecipientTokens
from training_loop.staff.sessions import Sessions


class AccountCredentials:
    """Of account holders."""

    def __init__(self, accounts: Accounts) -> None:
        self._accounts = accounts

    async def verify(self, token: str) -> Principal:
        """Raises Unauthenticated and StoreUnavailable."""
        return Principal(kind=Kind.ACCOUNT, account=await self._accounts.verify(token))


class OperatorCredentials:
    """Of whoever runs this instance."""

    def __init__(self, operator: Operator) -> None:
        self._operator = operator

    async def verify(self, token: str) -> Principal:
        """Raises Unauthenticated."""
        await asyncio.to_thread(self._operator.verify, token)
        return Principal(kind=Kind.OPERATOR)


class StaffCredentials:
    """Of members of staff: the tokens of their sessions."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    async def verify(self, token: str) -> Principal:
        """Raises Unauthenticated and StoreUnavailable."""
        return await self._sessions.verify(token)


class RecipientCredentials:
    """Of recipients of exports."""

    def __init__(self, tokens: RecipientTokens) -> None:
        self._tokens = tokens

    async def verify(self, token: str) -> Principal:
        """Raises Unauthenticated and StoreUnavailable."""
        export, token_id = await self._tokens.verify(token)
        return Principal(kind=Kind.RECIPIENT, export=export, session=token_id)
