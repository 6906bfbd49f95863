"""Says where the model in service learned from the people whom the hold-out asks now. Pure.

A share of accounts that is raised takes in some who taught before. Then the model in service knows
answers that the new one cannot know, until it is replaced: the gate errs towards refusing.
"""

from __future__ import annotations

from dataclasses import replace

from training_loop.datasets.manifest import DatasetManifest
from training_loop.datasets.split import Split
from training_loop.lap.report.formats import counted, number
from training_loop.registry.manifest import Manifest
from training_loop.training.gate import Verdict


def with_known(verdict: Verdict, serving: Manifest, data_set: DatasetManifest) -> Verdict:
    """The verdict, with a doubt of its own where `serving` learned from what is held out now."""
    held_out = data_set.refs(Split.HOLD_OUT)
    known = len(held_out.intersection(serving.items))
    if not known:
        return verdict
    doubt = (
        f"The model in service learned from {number(known)} of"
        f" {counted(len(held_out), 'held-out utterance')}, whose accounts were held out only later:"
        " that flatters it, so a model that is no worse may be refused."
    )
    return replace(verdict, doubts=(*verdict.doubts, doubt))
