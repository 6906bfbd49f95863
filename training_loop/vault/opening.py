"""Chooses what the settings name: where the master key is, and where the audio is."""

from __future__ import annotations

from pathlib import Path

from training_loop.errors import InvalidArgument
from training_loop.settings import VaultSettings
from training_loop.vault.aws_kms_keys import AwsKmsKeys
from training_loop.vault.blobs import BlobStore, LocalBlobs
from training_loop.vault.environment_keys import EnvironmentKeys
from training_loop.vault.key_provider import KeyProvider
from training_loop.vault.master_key import FileKeys
from training_loop.vault.s3_blobs import S3Blobs

_AWS_KMS = "aws-kms:"


def open_key_provider(settings: VaultSettings, file: Path) -> KeyProvider:
    """Raises InvalidArgument."""
    match settings.key_provider:
        case "" | "file":
            return FileKeys(file)
        case "environment":
            return EnvironmentKeys(settings.master_key)
        case named if named.startswith(f"{_AWS_KMS}alias/"):
            return AwsKmsKeys(named.removeprefix(_AWS_KMS))
    raise InvalidArgument("EARMARK_KEY_PROVIDER is file, environment or aws-kms:alias/NAME.")


def open_blobs(settings: VaultSettings, directory: Path) -> BlobStore:
    """Raises InvalidArgument."""
    return S3Blobs(settings.blobs_url) if settings.blobs_url else LocalBlobs(directory)
