"""Models in service and on trial, and what each replaces."""

from __future__ import annotations


def serving_model(kind: str) -> str:
    """Hash: the model of a kind that serves and the one before it."""
    return f"models:{kind}"


def serving_model_changed(kind: str) -> str:
    """Channel: published after `serving_model` or `staged_models` changed."""
    return f"models:{kind}:changed"


def models_in_service(kind: str) -> str:
    """Hash: server id to the model of a kind it has loaded, with the time it said so."""
    return f"models:{kind}:in_service"


def staged_models(kind: str) -> str:
    """Hash: "shadow" and "canary" to the candidate that is tried so."""
    return f"models:{kind}:staged"


def model_trial(kind: str) -> str:
    """Hash: the candidate of a kind that is tried on live traffic, and what servers counted."""
    return f"models:{kind}:trial"


def live_counts(kind: str) -> str:
    """Hash that expires: turns and bad turns by day and by the model of a kind that answered them.
    No account, no session."""
    return f"models:{kind}:live"


SERVING_NLU = serving_model("nlu")

SERVING_NLU_CHANGED = serving_model_changed("nlu")

NLU_IN_SERVICE = models_in_service("nlu")

MODELS_FORMAT = "models:format"
"""String: since which format of manifests every model is signed."""

REPLACEMENTS = "models:replacements"
"""Hash: model that learned from something withdrawn to when that was found, until when it has to
be replaced, and why."""
