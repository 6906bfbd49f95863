"""The outcome as rows and figures. Pure."""

from __future__ import annotations

from benchmarks.learning.measuring import Understanding, worse_intents
from benchmarks.learning.simulation import UNSEEN, Outcome
from benchmarks.learning.vocabulary import Vocabulary
from benchmarks.report import Row, Value


def rows(outcome: Outcome) -> list[Row]:
    """One for each group before, and after each lap."""
    found: list[Row] = []
    for group, before in outcome.before.items():
        found.append(_row(group, "", before, before, 0))
        for number, lap in enumerate(outcome.laps, 1):
            found.append(_row(group, str(number), before, lap.after[group], lap.gold))
    return found


def _row(group: str, when: str, before: Understanding, now: Understanding, gold: int) -> Row:
    return {
        "accounts": group,
        "after lap": when,
        "gold": gold,
        "asked": now.clips,
        "whole %": _percent(now.whole_command),
        "intent %": _percent(now.intent),
        "WER %": _percent(now.word_error_rate),
        "wrong": now.wrong,
        "of before": round(now.wrong / max(1, before.wrong), 3),
        "worse": len(worse_intents(before, now)),
        **{
            f"{kind} %": _percent(right / of)
            for kind, (right, of) in now.whole_by_novelty.items()
            if kind != "never taught"
        },
    }


def figures(outcome: Outcome, new: Vocabulary) -> dict[str, Value]:
    plan, lineage = outcome.plan, outcome.lineage
    found: dict[str, Value] = {
        "accounts": plan.accounts,
        "unseen accounts": plan.unseen,
        "seed": plan.seed,
        "new phrasings": new.phrasings,
        "new names": new.names,
        "words that the recogniser lacked": new.words,
    }
    for number, lap in enumerate(outcome.laps, 1):
        sampled, reviewed = lap.sampling, lap.reviewed
        found |= {
            f"lap {number}: spoken, queued, offered": (
                f"{lap.spoken}, {lap.queued}, {sampled.picked}"
            ),
            f"lap {number}: withheld": _counts(sampled.withheld_by_reason),
            f"lap {number}: agreed, adjudicated, unusable": (
                f"{reviewed.agreed}, {reviewed.adjudicated}, {reviewed.unusable}"
            ),
            f"lap {number}: opinions, wrong, unheard": (
                f"{reviewed.opinions}, {reviewed.wrong}, {reviewed.unheard}"
            ),
            f"lap {number}: gold": lap.gold,
            f"lap {number}: withdrawn before it": lap.withdrawn,
            f"lap {number}: exit code": lap.run.exit_code,
            f"lap {number}: seconds": _counts(lap.seconds),
        }
    for number, lap in enumerate(outcome.laps, 1):
        worse = worse_intents(outcome.before[UNSEEN], lap.after[UNSEEN])
        found[f"lap {number}: intents worse, unseen"] = ", ".join(
            f"{name} {was} to {now} of {of}" for name, (was, now, of) in worse.items()
        )
    return found | {
        "models registered": lineage.models,
        "utterances that models learned from": lineage.items,
        "accounts that models learned from": lineage.teachers,
        "utterances of opted-out accounts": lineage.of_opted_out,
        "utterances that nobody said": lineage.of_unknown,
        "opted-out accounts named by a model": lineage.accounts_named,
    }


def intents(outcome: Outcome) -> list[Row]:
    """Of unseen accounts: intent right and whole command right, before and after each lap."""
    before = outcome.before[UNSEEN]
    found: list[Row] = []
    for name, (_, count) in before.by_intent.items():
        row: dict[str, Value] = {"intent": name, "requests": count, "before": _both(before, name)}
        for number, lap in enumerate(outcome.laps, 1):
            row[f"after lap {number}"] = _both(lap.after[UNSEEN], name)
        found.append(row)
    return found


def _both(now: Understanding, name: str) -> str:
    return f"{now.by_intent[name][0]} / {now.whole_by_intent[name][0]}"


def held(outcome: Outcome) -> bool:
    """Errors at least halved after the first lap, no intent worse at the end, and nobody's words
    learned without consent."""
    before, first = outcome.before[UNSEEN], outcome.laps[0].after[UNSEEN]
    return (
        2 * first.wrong <= before.wrong
        and not worse_intents(before, outcome.laps[-1].after[UNSEEN])
        and outcome.lineage.clean
    )


def answers(outcome: Outcome) -> list[dict[str, object]]:
    """What was said and what was made of it at last, to look for causes. Simulated people alone."""
    found: list[dict[str, object]] = []
    for group, said in outcome.answers.items():
        for one in said:
            meaning = one.turn.interpretation
            found.append(
                {
                    "group": group,
                    "novelty": one.clip.said.novelty.value,
                    "said": one.clip.said.text,
                    "heard": one.heard,
                    "meant": [one.clip.said.intent, sorted(one.clip.said.means())],
                    "understood": meaning
                    and [
                        meaning.intent,
                        sorted((e.name, e.role, e.value) for e in meaning.entities),
                    ],
                }
            )
    return found


def _percent(share: float) -> float:
    return round(100 * share, 1)


def _counts(of: object) -> str:
    assert isinstance(of, dict)
    return ", ".join(f"{name} {count}" for name, count in of.items()) or "none"
