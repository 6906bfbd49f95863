"""A server's traffic: which candidate answers which session, and what is counted of each model.

A shadow sees a turn only where the person lets us learn from it, after it was answered, and all
that is left are counts.
"""

from __future__ import annotations

import random
from collections.abc import Mapping

from assistant.asr.recognizer_pool import RecognizerPool
from assistant.conversation.answered_turn import AnsweredTurn
from assistant.conversation.opening import Opening
from assistant.nlu.interpreter import Interpretation, Interpreter
from assistant.trial.bad_turns import agreeing_words, bad_signals
from assistant.trial.following import TrialFollower
from assistant.trial.nlu_candidate import CanaryInterpreter, NluCandidate
from assistant.trial.served_turns import ServedTurns
from assistant.trial.speech_candidate import SpeechCandidate
from training_loop.registry.canary import chosen
from training_loop.registry.live_signals import Signal
from training_loop.registry.pointer import Stage
from training_loop.registry.trial_board import (
    AGREED,
    CANARY,
    COMPARED,
    DROPPED,
    SERVING,
    TURNS,
    Trial,
)
from training_loop.training.trainer import ModelKind

SLOW_INTERPRETATION_MS = 100.0
SLOW_RECOGNITION_MS = 500.0
SAME_ENTITIES = "shadow:same_entities"
_Follower = TrialFollower[NluCandidate] | TrialFollower[SpeechCandidate]
UNSURE = "none"
"""Counted in place of an intent where the model in service was too unsure to name one."""


class TrialTraffic:
    """The `Understanding` port. Followers of kinds that are not tried here are None."""

    def __init__(
        self,
        serving: Interpreter,
        nlu: TrialFollower[NluCandidate] | None,
        speech: TrialFollower[SpeechCandidate] | None,
        served: Mapping[ModelKind, ServedTurns],
    ) -> None:
        """`served` of the kinds that are followed here."""
        self._serving = serving
        self._nlu = nlu
        self._speech = speech
        self._served = served

    def interpreter(self, opening: Opening) -> Interpreter:
        """The same for a session throughout a canary's time."""
        tried = self._nlu.tried(Stage.CANARY) if self._nlu else None
        if tried is None or self._nlu is None or not _dealt(tried[0], opening):
            return self._serving
        (trial, candidate), follower = tried, self._nlu
        return CanaryInterpreter(
            candidate, self._serving, lambda code: follower.failed(trial, code)
        )

    def recognizers(self, opening: Opening) -> RecognizerPool | None:
        """Those of the canary where it hears the session, else None."""
        tried = self._speech.tried(Stage.CANARY) if self._speech else None
        return tried[1].recognizers if tried and _dealt(tried[0], opening) else None

    def answered(self, turn: AnsweredTurn) -> None:
        bad = tuple(bad_signals(turn))
        by_canary = any(_tried_on(follower, turn) for follower in (self._nlu, self._speech))
        slow = turn.latency.interpretation_ms > SLOW_INTERPRETATION_MS
        said = _with_slow(bad, slow=slow)
        self._count_served(ModelKind.NLU, said, by_canary=by_canary)
        if self._nlu is not None:
            _count_live(self._nlu, turn, said)
            self._shadow_nlu(self._nlu, turn)
        if turn.heard is None:
            return
        slow = turn.latency.recognition_ms > SLOW_RECOGNITION_MS
        heard = _with_slow(bad, slow=slow)
        self._count_served(ModelKind.LANGUAGE_MODEL, heard, by_canary=by_canary)
        if self._speech is not None:
            _count_live(self._speech, turn, heard)
            self._shadow_speech(self._speech, turn)

    def _count_served(self, kind: ModelKind, bad: tuple[Signal, ...], *, by_canary: bool) -> None:
        """What a canary had a part in is counted in its trial alone."""
        if not by_canary and kind in self._served:
            self._served[kind].count(bad)

    def _shadow_nlu(self, follower: TrialFollower[NluCandidate], turn: AnsweredTurn) -> None:
        tried = follower.tried(Stage.SHADOW)
        serving = turn.interpretation
        if tried is None or serving is None or not _shown(tried[0], turn):
            return
        trial, candidate = tried

        def compared(found: Interpretation | None) -> None:
            intent = serving.intent or UNSURE
            agreed = found is not None and found.intent == serving.intent
            for name in (COMPARED, f"{COMPARED}:{intent}"):
                follower.count(trial, name)
            if found is not None and agreed:
                for name in (AGREED, f"{AGREED}:{intent}"):
                    follower.count(trial, name)
                follower.count(trial, SAME_ENTITIES, int(_slots(found) == _slots(serving)))

        if not candidate.compare(turn.text, compared):
            follower.count(trial, DROPPED)

    def _shadow_speech(self, follower: TrialFollower[SpeechCandidate], turn: AnsweredTurn) -> None:
        tried = follower.tried(Stage.SHADOW)
        if tried is None or turn.heard is None or not _shown(tried[0], turn):
            return
        trial, candidate = tried
        words = turn.text.split()

        def compared(text: str) -> None:
            found = text.split()
            follower.count(trial, COMPARED, max(len(words), len(found)))
            follower.count(trial, AGREED, agreeing_words(words, found))

        if not candidate.compare(turn.heard.pcm, compared):
            follower.count(trial, DROPPED)


def _dealt(trial: Trial, opening: Opening) -> bool:
    """A session belongs to an account and a device; without one the device is one session."""
    key = f"{opening.account} {opening.device} {opening.session}"
    return chosen(trial.trial, key, trial.canary_share)


def _shown(trial: Trial, turn: AnsweredTurn) -> bool:
    return turn.fate.queued and random.random() < trial.shadow_share  # noqa: S311


def _tried_on(follower: _Follower | None, turn: AnsweredTurn) -> bool:
    tried = follower.tried(Stage.CANARY) if follower else None
    return tried is not None and _dealt(tried[0], turn.opening)


def _with_slow(bad: tuple[Signal, ...], *, slow: bool) -> tuple[Signal, ...]:
    return (*bad, Signal.SLOW) if slow else bad


def _count_live(follower: _Follower, turn: AnsweredTurn, bad: tuple[Signal, ...]) -> None:
    tried = follower.tried(Stage.CANARY)
    if tried is None:
        return
    trial = tried[0]
    arm = CANARY if _dealt(trial, turn.opening) else SERVING
    follower.count(trial, f"{arm}:{TURNS}")
    for signal in bad:
        follower.count(trial, f"{arm}:{signal.value}")


def _slots(interpretation: Interpretation) -> set[tuple[str, str, str]]:
    return {(entity.name, entity.role, entity.value) for entity in interpretation.entities}
