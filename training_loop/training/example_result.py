"""What a model made of one held-out example: the grain at which models are compared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from training_loop.datasets.gold import Group


@dataclass(frozen=True, slots=True, kw_only=True)
class EntityCount:
    """Of one entity in one example: found and right, found and wrong, missed."""

    right: int = 0
    wrong: int = 0
    missed: int = 0

    @property
    def f1(self) -> float:
        """0 to 1; 1 where there was nothing to find and nothing was found."""
        of = 2 * self.right + self.wrong + self.missed
        return 2 * self.right / of if of else 1.0

    def __add__(self, other: EntityCount) -> EntityCount:
        return EntityCount(
            right=self.right + other.right,
            wrong=self.wrong + other.wrong,
            missed=self.missed + other.missed,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ExampleResult:
    """Holds no text. `repr` shows no label either: what somebody wanted is personal."""

    example: str
    """Names the same example in the results of two models on the same hold-out."""
    speaker: str
    """Equal for the examples of one account; an example of the base data speaks for itself."""
    group: Group = field(default_factory=Group)
    intent: str = field(default="", repr=False)
    """What was meant."""
    given: str = field(default="", repr=False)
    """What the model took it for; empty when it was too unsure, and where it only hears words."""
    best: str = field(default="", repr=False)
    """The likeliest, also where the model was too unsure to give it."""
    confidence: float = 0.0
    """In the likeliest."""
    right: bool
    """The intent, or every word where the model only hears words."""
    entities: Mapping[str, EntityCount] = field(default_factory=dict, repr=False)
    """Found as whole spans; where the model only hears words, those of which it heard each word."""
    words: int = 0
    """In the reference; 0 where the model does not hear but understands."""
    word_errors: int = 0
    took_ms: float = 0.0
    """Processor time of the model alone, one example at a time: other work on the machine does not
    count."""

    @property
    def exact(self) -> bool:
        """Intent and every entity, or every word: the command would have been carried out."""
        return self.right and not any(
            count.wrong or count.missed for count in self.entities.values()
        )
