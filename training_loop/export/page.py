"""The page of an archive that a person reads: what was kept, why, and when they agreed."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from html import escape

from training_loop.rights import (
    LEARNING_DAYS,
    ConsentRecord,
    Explanation,
    Kept,
    PrivacySettings,
)

_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}"
    "table{border-collapse:collapse;width:100%}td,th{border-bottom:1px solid #ccc;"
    "padding:.4rem;text-align:left;vertical-align:top}pre{white-space:pre-wrap}"
    "small{color:#555}"
)
_REMOVED = {
    "false_wake": "Nobody had called the assistant. Words and recording were deleted.",
    "child_voice": "A child spoke. Words and recording were deleted.",
}
_PURPOSES = {"history": "your history", "learning": "learning"}


@dataclass(frozen=True, slots=True, kw_only=True)
class PageFacts:
    """What stands on the page besides the utterances."""

    made_at_s: float
    zone: tzinfo
    settings: PrivacySettings
    consents: tuple[ConsentRecord, ...]
    stores: Mapping[str, Mapping[str, object]] = field(repr=False)
    """What the other places hold, by name."""


def beginning(facts: PageFacts) -> str:
    made = moment(facts.made_at_s, facts.zone)
    settings = facts.settings
    history = f"Kept for {settings.retention_days} days." if settings.keep_history else "Not kept."
    learning = (
        f"Allowed; an utterance stays at most {LEARNING_DAYS} days."
        if settings.improve_models
        else "Not allowed."
    )
    review = "Allowed for a sample." if settings.human_review else "Not allowed."
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta http-equiv="Content-Security-Policy" '
        "content=\"default-src 'none'; style-src 'unsafe-inline'; media-src 'self' file:\">"
        f"<title>What Earmark keeps of you</title><style>{_STYLE}</style></head><body>"
        f"<h1>What Earmark keeps of you</h1><p>Made on {escape(made)}. "
        "The same, for machines, is in the JSON files beside this page.</p>"
        f"<h2>Your choices</h2><table><tr><th>Your history</th><td>{history}</td></tr>"
        f"<tr><th>Machines learn from you</th><td>{learning}</td></tr>"
        f"<tr><th>People listen</th><td>{review}</td></tr></table>"
        f"<h2>When you chose what</h2>{_consents(facts.consents, facts.zone)}"
        f"{''.join(_stores(facts.stores))}"
        "<h2>What you said</h2><table><tr><th>When</th><th>Heard and answered</th>"
        "<th>Why it is here</th></tr>"
    )


def row(explained: Explanation, zone: tzinfo) -> str:
    """One utterance."""
    said = explained.utterance
    why = "<br>".join(_why(kept, zone) for kept in explained.kept)
    when = (
        f"<td>{escape(moment(said.captured_at_s, zone))}<br>"
        f"<small>{escape(said.device)}</small></td>"
    )
    if said.removed:
        return f"<tr>{when}<td>{_REMOVED[said.removed]}</td><td>{why}</td></tr>"
    heard = f"<q>{escape(said.heard)}</q> ({said.confidence:.0%} sure)"
    if said.correction and said.correction.text:
        heard += f"<br>You corrected: <q>{escape(said.correction.text)}</q>"
    understood = f"{escape(said.intent) or 'nothing'} ({said.intent_confidence:.0%} sure)"
    if said.correction and said.correction.intent:
        understood += f", corrected by you: {escape(said.correction.intent)}"
    audio = ""
    if said.pcm:
        name = f"recordings/{escape(said.utterance_id)}.wav"
        audio = f'<br><audio controls preload="none" src="{name}"></audio>'
    return (
        f"<tr>{when}"
        f"<td>{heard}<br>Understood: {understood}<br>Answer: {escape(said.answer)}{audio}</td>"
        f"<td>{why}</td></tr>"
    )


def end() -> str:
    return "</table></body></html>"


def moment(at_s: float, zone: tzinfo) -> str:
    return datetime.fromtimestamp(at_s, tz=zone).strftime("%d %B %Y, %H:%M:%S %Z")


def _why(kept: Kept, zone: tzinfo) -> str:
    why = f"For {_PURPOSES[kept.purpose]}, until {escape(moment(kept.until_s, zone))}."
    if kept.consent:
        why += (
            f" You agreed on {escape(moment(kept.consent.at_s, zone))} "
            f"({escape(kept.consent.channel)}, text {escape(kept.consent.text_version)})."
        )
    if kept.reviewed_text:
        why += f" A reviewer wrote: <q>{escape(kept.reviewed_text)}</q>"
    return why


def _consents(records: Iterable[ConsentRecord], zone: tzinfo) -> str:
    rows = "".join(
        f"<tr><td>{escape(moment(one.at_s, zone))}</td><td>{escape(_choice(one))}</td>"
        f"<td>{escape(one.channel)}</td><td>{escape(one.text_version)}</td></tr>"
        for one in records
    )
    return (
        "<table><tr><th>When</th><th>What</th><th>How</th><th>Version of the text</th></tr>"
        f"{rows}</table>"
    )


def _choice(record: ConsentRecord) -> str:
    return ", ".join(f"{name} = {json.dumps(value)}" for name, value in record.change.items())


def _stores(stores: Mapping[str, Mapping[str, object]]) -> Iterator[str]:
    for name, held in stores.items():
        if any(held.values()):
            shown = escape(json.dumps(held, indent=2, ensure_ascii=False, default=str))
            yield f"<details><summary>{escape(name)}</summary><pre>{shown}</pre></details>"
