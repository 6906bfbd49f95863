"""Which verifier knows which credential."""

from __future__ import annotations

from assistant.accounts import device_token
from assistant.accounts.devices import DeviceRegister
from training_loop.access import Verifier
from training_loop.consent import accounts as account_token
from training_loop.consent import operator as operator_token
from training_loop.datasets.exports import recipient_tokens as recipient_token
from training_loop.services.credentials import (
    AccountCredentials,
    OperatorCredentials,
    RecipientCredentials,
    StaffCredentials,
)
from training_loop.sign_in import tokens as holder_token
from training_loop.sign_in.sessions import Sessions as HolderSessions
from training_loop.staff import secret_tokens as staff_token
from training_loop.staff.sessions import Sessions


def verifiers(
    accounts: account_token.Accounts,
    operator: operator_token.Operator,
    register: DeviceRegister,
    sessions: Sessions,
    holder_sessions: HolderSessions,
    recipients: recipient_token.RecipientTokens,
) -> dict[str, Verifier]:
    """By the beginning of the credential."""
    return {
        f"{account_token.TOKEN_PREFIX}.": AccountCredentials(accounts),
        f"{operator_token.TOKEN_PREFIX}.": OperatorCredentials(operator),
        f"{device_token.TOKEN_PREFIX}.": register,
        f"{staff_token.TOKEN_PREFIX}.": StaffCredentials(sessions),
        f"{holder_token.TOKEN_PREFIX}.": holder_sessions,
        f"{recipient_token.TOKEN_PREFIX}.": RecipientCredentials(recipients),
    }
