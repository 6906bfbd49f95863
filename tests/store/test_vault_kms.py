"""The master key in a key service that it never leaves."""

from __future__ import annotations

import secrets
from dataclasses import replace

import pytest

from tests.fixtures.store import consenting_account, say
from tests.fixtures.vault import Aws
from training_loop.loop import Loop, open_loop
from training_loop.settings import LoopSettings, VaultSettings
from training_loop.store import keys
from training_loop.vault import keyring_follower, rotation
from training_loop.vault.aws_kms_keys import AwsKmsKeys
from training_loop.vault.errors import KeyProviderUnavailable, MasterKeyRefused
from training_loop.vault.key_provider import Destruction


@pytest.fixture
def kms_settings(loop_settings: LoopSettings, aws: Aws) -> LoopSettings:
    name = f"aws-kms:alias/earmark-{secrets.token_hex(4)}"
    return replace(loop_settings, vault=VaultSettings(key_provider=name))


def _alias(settings: LoopSettings) -> str:
    return settings.vault.key_provider.removeprefix("aws-kms:")


async def _heard(loop: Loop, account: str) -> list[str]:
    return [entry.heard for entry in (await loop.rights.history(account, 10)).entries]


async def test_no_master_key_is_on_this_machine_or_in_the_store(
    kms_settings: LoopSettings, aws: Aws
) -> None:
    async with open_loop(kms_settings) as loop:
        account = await consenting_account(loop)
        said = await say(loop, account)
        stored = b" ".join((await loop.store.hgetall(keys.VAULT_KEYRING)).values())  # type: ignore[arg-type]
        assert loop.vault.keyring.secrets[1].wrapping not in stored
    assert not kms_settings.master_key.exists()
    async with open_loop(kms_settings) as again:
        assert await _heard(again, account) == [said.heard]


async def test_a_rotation_makes_a_key_in_the_service_and_schedules_the_old_ones_end(
    kms_settings: LoopSettings, aws: Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keyring_follower, "_EVERY_S", 0.02)
    monkeypatch.setattr(rotation, "_PAUSE_S", 0.01)
    kms = aws.client("kms")
    async with open_loop(kms_settings) as loop, open_loop(kms_settings) as other:
        account = await consenting_account(loop)
        said = await say(loop, account)
        old = kms.describe_key(KeyId=_alias(kms_settings))["KeyMetadata"]["Arn"]
        report = await loop.rotation.run()
        assert report.destroyed == {old: Destruction.SCHEDULED}
        assert kms.describe_key(KeyId=_alias(kms_settings))["KeyMetadata"]["Arn"] != old
        assert kms.describe_key(KeyId=old)["KeyMetadata"]["KeyState"] == "PendingDeletion"
        assert await _heard(other, account) == [said.heard]
    async with open_loop(kms_settings) as fresh:
        assert await _heard(fresh, account) == [said.heard]


async def test_a_key_that_is_missing_is_refused_and_not_made_anew(
    kms_settings: LoopSettings, aws: Aws
) -> None:
    async with open_loop(kms_settings) as loop:
        account = await consenting_account(loop)
        said = await say(loop, account)
    kms = aws.client("kms")
    key_id = kms.describe_key(KeyId=_alias(kms_settings))["KeyMetadata"]["KeyId"]
    with aws.without_key(key_id):
        made = len(kms.list_keys()["Keys"])
        with pytest.raises(MasterKeyRefused, match="key service"):
            async with open_loop(kms_settings):
                pass
        assert len(kms.list_keys()["Keys"]) == made
    async with open_loop(kms_settings) as again:
        assert await _heard(again, account) == [said.heard]


async def test_while_the_service_is_away_nothing_new_starts_and_what_runs_goes_on(
    kms_settings: LoopSettings, aws: Aws
) -> None:
    async with open_loop(kms_settings) as loop:
        account = await consenting_account(loop)
        aws.stop()
        said = await say(loop, account)
        assert await _heard(loop, account) == [said.heard]
        with pytest.raises(KeyProviderUnavailable):
            async with open_loop(kms_settings):
                pass
        with pytest.raises(KeyProviderUnavailable):
            await loop.rotation.run()
        aws.start()
        assert await _heard(loop, account) == [said.heard]


async def test_what_was_wrapped_opens_with_its_key_and_context_alone(aws: Aws) -> None:
    provider = AwsKmsKeys(f"alias/earmark-{secrets.token_hex(4)}")
    assert await provider.versions() == ()
    first = await provider.add_version()
    second = await provider.add_version()
    assert await provider.versions() == (second,)
    wrapped = await provider.wrap(b"secret", key_id=first, context="vault/1")
    assert await provider.unwrap(wrapped, key_id=first, context="vault/1") == b"secret"
    for key_id, context in ((first, "vault/2"), (second, "vault/1")):
        with pytest.raises(MasterKeyRefused):
            await provider.unwrap(wrapped, key_id=key_id, context=context)
    for _ in range(2):
        assert await provider.destroy(first) is Destruction.SCHEDULED
