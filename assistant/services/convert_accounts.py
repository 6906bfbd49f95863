"""Between the messages of the Accounts service and the values of accounts."""

from __future__ import annotations

from assistant.v1 import devices_pb2
from training_loop.consent.accounts import NewAccount


def account_message(account: NewAccount) -> devices_pb2.CreateAccountResponse:
    return devices_pb2.CreateAccountResponse(account=account.account, account_token=account.token)
