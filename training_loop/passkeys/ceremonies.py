"""Registration and authentication with WebAuthn. Keeps nothing: challenges and keys are told."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Iterable
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

import webauthn
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from training_loop.passkeys.challenges import VALID_S
from training_loop.passkeys.errors import PasskeyRefused
from training_loop.passkeys.passkey import Passkey

LONGEST_RESPONSE = 16 * 1024
_LONGEST_HANDLE = 88
"""64 bytes in base64."""
_MALFORMED = (WebAuthnException, ValueError, KeyError, TypeError)
"""What the library raises for answers that do not hold, and for JSON of another form."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ceremonies:
    """`origins` are the pages' own, for example https://earmark.example; keys are bound to the
    host of the first.

    `verify_user` demands that the authenticator checks a PIN or a finger: for signing in by a key
    alone. As a second factor behind a password its touch is enough.
    """

    origins: tuple[str, ...]
    verify_user: bool = False
    discoverable: bool = False
    """Demand that the authenticator can find a new key without being told which: for signing in
    without a name."""

    @property
    def relying_party(self) -> str:
        host = urlsplit(self.origins[0]).hostname
        assert host, "settings check the origins"
        return host

    def registration(
        self, challenge: bytes, *, user: bytes, name: str, known: Iterable[Passkey] = ()
    ) -> str:
        """What a page gives to `navigator.credentials.create`, as JSON. `user` names the person
        to the authenticator and says nothing about them; `known` keys are not offered again."""
        options = webauthn.generate_registration_options(
            rp_id=self.relying_party,
            rp_name="Earmark",
            user_id=user,
            user_name=name,
            challenge=challenge,
            timeout=VALID_S * 1000,
            authenticator_selection=AuthenticatorSelectionCriteria(
                resident_key=(
                    ResidentKeyRequirement.REQUIRED
                    if self.discoverable
                    else ResidentKeyRequirement.PREFERRED
                ),
                user_verification=self._verification,
            ),
            exclude_credentials=_descriptors(known),
        )
        return webauthn.options_to_json(options)

    def registered(self, challenge: bytes, response: str) -> Passkey:
        """The key that a browser's answer proves. Raises PasskeyRefused."""
        try:
            found = webauthn.verify_registration_response(
                credential=_object(response),
                expected_challenge=challenge,
                expected_rp_id=self.relying_party,
                expected_origin=list(self.origins),
                require_user_verification=self.verify_user,
            )
        except _MALFORMED as error:
            raise PasskeyRefused("the new passkey could not be verified") from error
        return Passkey(
            id=found.credential_id,
            public_key=found.credential_public_key,
            sign_count=found.sign_count,
            created_at_ms=int(time.time() * 1000),
        )

    def authentication(self, challenge: bytes, *, known: Iterable[Passkey] = ()) -> str:
        """What a page gives to `navigator.credentials.get`, as JSON. Without known keys the
        authenticator offers the ones it has for these pages."""
        options = webauthn.generate_authentication_options(
            rp_id=self.relying_party,
            challenge=challenge,
            timeout=VALID_S * 1000,
            allow_credentials=_descriptors(known),
            user_verification=self._verification,
        )
        return webauthn.options_to_json(options)

    def authenticated(self, challenge: bytes, response: str, passkey: Passkey) -> Passkey:
        """The key with its counter moved on.

        Raises PasskeyRefused, also when the counter did not grow: then the key was copied.
        """
        try:
            found = webauthn.verify_authentication_response(
                credential=_object(response),
                expected_challenge=challenge,
                expected_rp_id=self.relying_party,
                expected_origin=list(self.origins),
                credential_public_key=passkey.public_key,
                credential_current_sign_count=passkey.sign_count,
                require_user_verification=self.verify_user,
            )
        except _MALFORMED as error:
            raise PasskeyRefused("the passkey's answer does not hold") from error
        if found.credential_id != passkey.id:
            raise PasskeyRefused("the answer is of another passkey")
        return replace(passkey, sign_count=found.new_sign_count)

    @property
    def _verification(self) -> UserVerificationRequirement:
        if self.verify_user:
            return UserVerificationRequirement.REQUIRED
        return UserVerificationRequirement.PREFERRED


def answering_key(response: str) -> str:
    """The id (base64url) of the key that an answer claims to come from. Raises PasskeyRefused."""
    claimed = _object(response).get("id")
    if not isinstance(claimed, str):
        raise PasskeyRefused("the answer names no passkey")
    return claimed.rstrip("=")


def answering_user(response: str) -> bytes:
    """Whom the authenticator says that the key is of: the `user` of its registration. It is not
    signed: the key's own signature has to fit. Raises PasskeyRefused."""
    inner = _object(response).get("response")
    claimed = inner.get("userHandle") if isinstance(inner, dict) else None
    if not isinstance(claimed, str) or len(claimed) > _LONGEST_HANDLE:
        raise PasskeyRefused("the answer names nobody")
    try:
        return base64.urlsafe_b64decode(claimed + "=" * (-len(claimed) % 4))
    except ValueError:
        raise PasskeyRefused("the answer names nobody") from None


def _object(response: str) -> dict[str, object]:
    try:
        found = json.loads(response) if len(response) <= LONGEST_RESPONSE else None
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise PasskeyRefused("the answer is no JSON object of a browser")
    return found


def _descriptors(known: Iterable[Passkey]) -> list[PublicKeyCredentialDescriptor]:
    return [PublicKeyCredentialDescriptor(id=passkey.id) for passkey in known]
