"""The Accounts service: an operator opens accounts."""

from __future__ import annotations

from typing import Any

from assistant.services import convert_accounts as convert
from assistant.v1 import devices_pb2, devices_pb2_grpc
from training_loop.consent.accounts import Accounts
from training_loop.services.fields import InvalidField

_LONGEST_ZONE = 64

Context = Any


class AccountsService(devices_pb2_grpc.AccountsServicer):
    def __init__(self, accounts: Accounts) -> None:
        self._accounts = accounts

    async def CreateAccount(  # noqa: N802
        self, request: devices_pb2.CreateAccountRequest, context: Context
    ) -> devices_pb2.CreateAccountResponse:
        if len(request.time_zone) > _LONGEST_ZONE:
            raise InvalidField("time_zone", "must be an IANA name, for example Europe/Berlin")
        account = await self._accounts.create(child=request.child, time_zone=request.time_zone)
        return convert.account_message(account)
