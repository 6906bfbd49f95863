"""A lap in words: what each model came to, and what was withheld for which reason."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from training_loop.datasets import selection
from training_loop.datasets.manifest import SamplingReport
from training_loop.lap.outcome import LapOutcome, ModelOutcome, Result
from training_loop.lap.report.formats import counted, percent
from training_loop.registry.course import Ending
from training_loop.registry.live_signals import Signal
from training_loop.training.slices import SliceKind
from training_loop.training.trainer import ModelKind

KINDS: Mapping[ModelKind, str] = MappingProxyType(
    {
        ModelKind.NLU: "Language understanding",
        ModelKind.LANGUAGE_MODEL: "Language model",
        ModelKind.THRESHOLDS: "Thresholds",
        ModelKind.ACOUSTIC: "Acoustic model",
    }
)
RESULTS: Mapping[Result, str] = MappingProxyType(
    {
        Result.RELEASED: "Released",
        Result.REFUSED: "Refused",
        Result.WITHDRAWN: "Withdrawn",
        Result.UNDECIDED: "Undecided",
        Result.FAILED: "Failed",
    }
)
FIGURES: Mapping[str, str] = MappingProxyType(
    {
        "intent_accuracy": "Intents right",
        "entity_f1": "Entity F1",
        "whole_command": "Commands right",
        "word_error_rate": "Words wrong",
    }
)
LESS_IS_BETTER = frozenset({"word_error_rate"})
SIGNALS: Mapping[Signal, str] = MappingProxyType(
    {
        Signal.FALLBACK: "not understood",
        Signal.CORRECTION: "corrected by the person",
        Signal.REPHRASING: "said again in other words",
        Signal.SLOW: "slower than allowed",
    }
)
ENDINGS: Mapping[Ending, str] = MappingProxyType(
    {
        Ending.WORSE: "It was clearly worse on live traffic.",
        Ending.DISAGREES: "As a shadow it disagreed too often with the model in service.",
        Ending.DIED: "A server lost it.",
        Ending.CONSENT_ENDED: "Something it learned from was withdrawn.",
        Ending.SERVING_CHANGED: "The model it was compared with no longer serves.",
        Ending.TOO_FEW: "Too few requests came to judge it.",
    }
)
SPLITS: Mapping[str, str] = MappingProxyType(
    {"train": "training", "test": "test", "hold_out": "hold-out"}
)
REFRESHED: Mapping[str, str] = MappingProxyType(
    {
        "first": "it is the first",
        "age": "the one before had become old",
        "erasures": "too much of the one before was erased",
        "growth": "much more had been reviewed",
        "share": "a larger share was asked for",
    }
)
_LEFT_OUT: Mapping[str, str] = MappingProxyType(
    {
        selection.HIDDEN_WORDS: "words that reviewers were not shown could not be put back",
        selection.OTHER_DOMAIN: "the assistant no longer knows the intent or entity",
        selection.OVER_CAP: "the account already gave as many as count of one account",
        selection.CONTRADICTING: "reviewers gave the same text different intents",
        selection.WAITING: "kept for the next hold-out",
        "left_out_contradicting": "the same text has several intents",
        "left_out_unwritable": "it cannot be written as training data",
    }
)
_COUNTS: Mapping[str, str] = MappingProxyType(
    {
        "gold": "reviewed utterances",
        "base": "examples of the base data",
        "noised": "texts as they might be misheard",
        "different": "different texts",
        "speakers": "accounts",
        "nlu": "outcomes of understanding",
        "endpoint": "ends of speech",
        "wake": "wake words that were believed: no lower score can be found from them",
    }
)
_LEFT = "left_out_"


def headline(outcome: LapOutcome) -> str:
    """The whole lap in a few words."""
    models = len(outcome.models)
    serving = sum(model.passed for model in outcome.models)
    if not models:
        return "Nothing was trained"
    if serving == models:
        return "The new model serves" if models == 1 else f"All {models} new models serve"
    if not serving:
        return "The model before goes on" if models == 1 else "No new model serves"
    return f"{serving} of {models} new models {'serves' if serving == 1 else 'serve'}"


def sentence(model: ModelOutcome) -> str:
    """What one model came to, without its name."""
    said = {
        Result.RELEASED: _released,
        Result.REFUSED: _refused,
        Result.WITHDRAWN: _withdrawn,
        Result.UNDECIDED: _undecided,
        Result.FAILED: _failed,
    }
    return said[model.result](model)


def _released(model: ModelOutcome) -> str:
    return f"It serves now. {comparison(model)}".strip()


def _refused(model: ModelOutcome) -> str:
    reasons = reasons_of(model)
    if not reasons:
        return "It was refused; the model before goes on."
    further = len(reasons) - 1
    more = f" And {counted(further, 'further reason')}." if further else ""
    return f"{reasons[0]}{more}"


def _withdrawn(model: ModelOutcome) -> str:
    return "A consent ended while it was trained: it is never released."


def _undecided(model: ModelOutcome) -> str:
    return "Its trial ended without a verdict: it stays a candidate."


def _failed(model: ModelOutcome) -> str:
    if model.failure is None:
        return "No model came of it; the one in service goes on."
    told = f"No model came of it: {model.failure} ({model.failure.code})"
    return f"{told} {model.failure.hint}".strip()


def comparison(model: ModelOutcome) -> str:
    """Its most telling figure before and after, and whether that may be chance; empty where nothing
    was compared."""
    figures = model.figures
    tried = len(model.after)
    if "word_error_rate" in figures:
        before, after = map(percent, figures["word_error_rate"])
        clips = counted(tried, "held-out clip")
        return f"Of the words in {clips} {after} are wrong, {before} before{_sureness(model)}."
    if "intent_accuracy" in figures:
        before, after = map(percent, figures["intent_accuracy"])
        done = "It acts rightly on" if model.kind is ModelKind.THRESHOLDS else "It understands"
        requests = counted(tried, "held-out request")
        return f"{done} {after} of {requests}, {before} before{_sureness(model)}."
    return ""


def _sureness(model: ModelOutcome) -> str:
    measured = model.verdict.measured if model.verdict else ()
    whole = next((one for one in measured if one.part.kind is SliceKind.OVERALL), None)
    if whole is None or whole.before == whole.after:
        return ""
    surely = whole.low > 0 or whole.high < 0
    better = whole.after > whole.before
    if surely:
        return ": surely better" if better else ": surely worse"
    return f": {'better' if better else 'worse'}, which may be chance"


def reasons_of(model: ModelOutcome) -> tuple[str, ...]:
    """Why it does not serve; empty where it does."""
    if model.passed:
        return ()
    return model.reasons or (model.verdict.reasons if model.verdict else ())


def withheld(report: SamplingReport) -> tuple[tuple[str, int], ...]:
    """Why reviewed utterances are not in the data set and how many, most first."""
    rows = [
        (_LEFT_OUT.get(reason, _plain(reason)), number)
        for reason, number in report.left_out.items()
        if number
    ]
    return tuple(sorted(rows, key=lambda row: (-row[1], row[0])))


def overdue(outcome: LapOutcome) -> str:
    """What recipients of exports owe; empty where nothing is overdue."""
    if not outcome.overdue_deletions:
        return ""
    deletions = counted(outcome.overdue_deletions, "deletion is", "deletions are")
    return f"{deletions} overdue at recipients: training-loop dataset tombstones --overdue"


def withheld_by(model: ModelOutcome) -> tuple[tuple[str, int], ...]:
    """What its trainer left out of the data set."""
    return tuple(
        (_LEFT_OUT.get(word, _plain(word.removeprefix(_LEFT))), number)
        for word, number in model.counts.items()
        if word.startswith(_LEFT) and number
    )


def learned_from(model: ModelOutcome) -> tuple[tuple[str, int], ...]:
    """What its training data is made of."""
    return tuple(
        (_COUNTS.get(word, _plain(word)), number)
        for word, number in model.counts.items()
        if not word.startswith(_LEFT)
    )


def _plain(word: str) -> str:
    return word.replace("_", " ")
