"""What this instance as a whole notes: sampling, exports, the auditor, the vault."""

from __future__ import annotations

SAMPLING_DAYS = "sampling:days"
"""Hash: day to how many of its utterances were offered for review, of all accounts."""

SAMPLING_REPORTS = "sampling:reports"
"""List: the latest rounds of sampling in figures, newest first."""

EXPORT_TOKENS = "datasets:export_tokens"
"""Hash: export that is not closed out to the SHA-256 of its recipient's token."""

EXPORTS = "datasets:exports"
"""Hash: export to its record: data set, recipient, purpose, format, times in ms, files' hash."""

VAULT_CHECK = "vault:check"
"""String: what Earmark 0.1 noted about its master key; a wrong one was refused by it."""

AUDITOR = "auditor:round"
"""Hash: how far the auditor's round has come."""

AUDITOR_ROUNDS = "auditor:rounds"
"""List: what the auditor's last rounds came to, the newest first. Counts alone."""

AUDITOR_MODELS = "auditor:models"
"""Hash: model to the ms at which the auditor first saw that an item of it was withdrawn."""

VAULT_KEYRING = "vault:keyring"
"""Hash: the vault's secrets by version, each wrapped by the master key; the current version; and
how far a rotation has come."""

VAULT_HOLDERS = "vault:holders"
"""Hash: process to the versions of the keyring that it holds, with the time it said so."""
