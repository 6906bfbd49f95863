"""How the household's turns compare with what was said and meant."""

from __future__ import annotations

import jiwer

from device_sim.household import Spoken


def was_reported(spoken: Spoken) -> bool:
    return spoken.turn is not None and spoken.turn.report is not None


def was_heard(spoken: Spoken) -> bool:
    return spoken.turn is not None and spoken.turn.transcript is not None


def outcome(spoken: Spoken) -> str:
    return spoken.turn.report.outcome if spoken.turn and spoken.turn.report else ""


def fate(spoken: Spoken) -> tuple[bool, bool]:
    report = spoken.turn.report if spoken.turn else None
    return (report.kept, report.queued) if report else (False, False)


def was_stored(spoken: Spoken) -> bool:
    return any(fate(spoken))


def false_wake_left_nothing(spoken: Spoken) -> bool:
    return bool(spoken.turn and spoken.turn.is_false_wake) and not was_stored(spoken)


def was_understood(spoken: Spoken) -> bool:
    meaning = spoken.turn.interpretation if spoken.turn else None
    return meaning is not None and meaning.intent == spoken.intent


def utterance_ids(spoken: list[Spoken], person: str) -> list[str]:
    reports = [s.turn.report for s in spoken if s.line.person == person and s.turn]
    return [report.utterance_id for report in reports if report and report.utterance_id]


def word_error_rate(spoken: list[Spoken]) -> float:
    said = [s.said for s in spoken]
    heard = [s.turn.transcript.text if s.turn and s.turn.transcript else "" for s in spoken]
    return float(jiwer.wer(said, heard)) if said else 0.0


def share_understood(spoken: list[Spoken]) -> float:
    return sum(map(was_understood, spoken)) / len(spoken) if spoken else 0.0


def median_answer_ms(spoken: list[Spoken]) -> float:
    times = sorted(
        s.turn.report.stage_ms["end_of_speech_to_answer"]
        for s in spoken
        if s.turn and s.turn.report
    )
    return times[len(times) // 2] if times else 0.0
