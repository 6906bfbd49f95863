"""The master key in AWS Key Management Service, which it never leaves.

Needs the extra `kms`. Region, credentials and another address than AWS's own come from the
environment: AWS_REGION, AWS_ACCESS_KEY_ID and so on, AWS_ENDPOINT_URL_KMS.
API: https://docs.aws.amazon.com/kms/latest/APIReference/
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Mapping
from functools import cache
from typing import Any

from training_loop.vault.errors import KeyProviderUnavailable, MasterKeyRefused
from training_loop.vault.key_provider import Destruction

_CONNECT_WITHIN_S = 3
_ANSWER_WITHIN_S = 5
_ATTEMPTS = 3
_DAYS_UNTIL_DELETION = 7
_GONE = frozenset({"NotFoundException", "KMSInvalidStateException"})
_making = threading.Lock()
_BUSY = frozenset({"ThrottlingException", "KMSInternalException", "DependencyTimeoutException"})


class AwsKmsKeys:
    """Implements `KeyProvider`: each version is a KMS key, and an alias names the newest.

    `wrap` and `unwrap` need kms:Encrypt and kms:Decrypt; `versions` kms:DescribeKey; a rotation
    kms:CreateKey, CreateAlias, UpdateAlias and ScheduleKeyDeletion besides.
    """

    def __init__(self, alias: str) -> None:
        """`alias` begins with "alias/". Connects when it is first used."""
        self._alias = alias
        self._client: Any = None

    async def versions(self) -> tuple[str, ...]:
        try:
            answer = await self._call("describe_key", KeyId=self._alias)
        except _NoSuchKey:
            return ()
        return (str(answer["KeyMetadata"]["Arn"]),)

    async def add_version(self) -> str:
        known = await self.versions()
        made = await self._call("create_key", Description="Earmark: wraps the vault's keys")
        key_id = str(made["KeyMetadata"]["Arn"])
        point = "update_alias" if known else "create_alias"
        await self._call(point, AliasName=self._alias, TargetKeyId=key_id)
        return key_id

    async def wrap(self, secret: bytes, *, key_id: str, context: str) -> bytes:
        answer = await self._call(
            "encrypt", KeyId=key_id, Plaintext=secret, EncryptionContext={"earmark": context}
        )
        return bytes(answer["CiphertextBlob"])

    async def unwrap(self, wrapped: bytes, *, key_id: str, context: str) -> bytes:
        answer = await self._call(
            "decrypt", KeyId=key_id, CiphertextBlob=wrapped, EncryptionContext={"earmark": context}
        )
        return bytes(answer["Plaintext"])

    async def destroy(self, key_id: str) -> Destruction:
        with contextlib.suppress(_NoSuchKey):  # gone, or scheduled by an earlier call
            await self._call(
                "schedule_key_deletion",
                KeyId=key_id.rpartition("/")[2],  # of this account: by its plain id
                PendingWindowInDays=_DAYS_UNTIL_DELETION,
            )
        return Destruction.SCHEDULED

    async def _call(self, operation: str, **arguments: object) -> Mapping[str, Any]:
        return await asyncio.to_thread(self._call_now, operation, arguments)

    def _call_now(self, operation: str, arguments: Mapping[str, object]) -> Mapping[str, Any]:
        exceptions = _botocore().exceptions
        try:
            answer: Mapping[str, Any] = getattr(self._connected(), operation)(**arguments)
        except exceptions.ClientError as error:
            raise _refusal(error.response) from error
        except (exceptions.NoCredentialsError, exceptions.NoRegionError) as error:
            raise MasterKeyRefused("the key service needs AWS credentials and a region") from error
        except exceptions.BotoCoreError as error:
            raise KeyProviderUnavailable("the key service does not answer") from error
        return answer

    def _connected(self) -> Any:
        with _making:
            if self._client is None:
                botocore = _botocore()
                limits = botocore.config.Config(
                    connect_timeout=_CONNECT_WITHIN_S,
                    read_timeout=_ANSWER_WITHIN_S,
                    retries={"total_max_attempts": _ATTEMPTS, "mode": "standard"},
                )
                self._client = _session().create_client("kms", config=limits)
            return self._client


class _NoSuchKey(MasterKeyRefused):
    pass


def _refusal(response: Mapping[str, Any]) -> Exception:
    code = str(response["Error"]["Code"])
    if code in _GONE:
        return _NoSuchKey(f"the master key is missing in the key service ({code})")
    if code in _BUSY or response["ResponseMetadata"]["HTTPStatusCode"] >= 500:
        return KeyProviderUnavailable(f"the key service cannot answer now ({code})")
    return MasterKeyRefused(f"the key service refuses the master key ({code})")


@cache
def _session() -> Any:
    """One for all: it reads the descriptions of AWS's services, which takes a second."""
    return _botocore().session.get_session()


def _botocore() -> Any:
    try:
        import botocore.config
        import botocore.exceptions
        import botocore.session
    except ImportError as error:
        raise MasterKeyRefused("AWS KMS needs the extra: pip install 'earmark[kms]'") from error
    return botocore
