"""Keys that hold nothing of a person, and so need no owner."""

from __future__ import annotations

from training_loop.store.keys.instance import (
    AUDITOR,
    AUDITOR_MODELS,
    EXPORT_TOKENS,
    EXPORTS,
    SAMPLING_DAYS,
    SAMPLING_REPORTS,
    VAULT_CHECK,
    VAULT_HOLDERS,
    VAULT_KEYRING,
)
from training_loop.store.keys.models import (
    MODELS_FORMAT,
    REPLACEMENTS,
    SERVING_NLU,
    live_counts,
    model_trial,
    models_in_service,
    serving_model,
    staged_models,
)

NON_PERSONAL_KINDS = frozenset(
    {
        *("b", "eb", "ef", "eo", "ep", "er", "f", "fg", "fs", "ks", "kv", "kx", "lr", "rp", "rx"),
        *("ts", "wa", "xi"),
    }
)
"""Second parts of shard keys that hold nothing of a person."""

NON_PERSONAL_KEYS = frozenset(
    {
        *(AUDITOR, AUDITOR_MODELS, SERVING_NLU, VAULT_CHECK, VAULT_HOLDERS, VAULT_KEYRING),
        *(MODELS_FORMAT, REPLACEMENTS),
        *(serving_model(kind) for kind in ("lm", "thresholds", "am")),
        *(staged_models(kind) for kind in ("nlu", "lm", "thresholds", "am")),
        *(models_in_service(kind) for kind in ("nlu", "lm", "thresholds", "am")),
        *(model_trial(kind) for kind in ("nlu", "lm", "thresholds", "am")),
        *(live_counts(kind) for kind in ("nlu", "lm", "thresholds", "am")),
        *(EXPORTS, EXPORT_TOKENS, SAMPLING_DAYS, SAMPLING_REPORTS),
    }
)
