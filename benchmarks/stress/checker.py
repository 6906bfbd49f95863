"""Counts what must not have happened, from the harness's own records alone."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from benchmarks.stress.records import Event, Kind
from benchmarks.stress.subject import Left


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """How often each promise was asked for, and how often it was broken."""

    opt_outs: int = 0
    erasures: int = 0
    withdrawn_by_services: int = 0
    """Opt-outs and erasures whose OK came from a gRPC service."""
    queued: int = 0
    queued_by_services: int = 0
    reads: int = 0
    acks: int = 0
    returned_after_ok: int = 0
    """Content that was asked for after the OK, and given."""
    late_answers: int = 0
    """Content that was asked for before the OK and arrived after it."""
    shown_late: int = 0
    """The same of what a service sent to the account's own holder: it had ended the read before
    the OK, and the network was slower. Not promised otherwise, and no violation."""
    lost_items: int = 0
    """Acknowledged, never withdrawn, and gone; or its review."""
    double_acks: int = 0
    left_behind: int = 0
    """There although the consent it came under has ended."""
    mixed_up: int = 0
    """Content that its account never said."""

    @property
    def violations(self) -> int:
        return (
            self.returned_after_ok
            + self.late_answers
            + self.lost_items
            + self.double_acks
            + self.left_behind
            + self.mixed_up
        )


@dataclass(slots=True)
class _Story:
    """One account's events."""

    epochs: dict[str, int] = field(default_factory=dict)
    """Of what was said."""
    said: dict[str, str] = field(default_factory=dict)
    """As which item, as far as it is known."""
    queued: set[str] = field(default_factory=set)
    reads: list[Event] = field(default_factory=list)
    shown: list[Event] = field(default_factory=list)
    acks: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    withdrawn: list[tuple[int, int]] = field(default_factory=list)
    """When each opt-out returned, and the epoch up to which it holds."""
    erased_ns: int | None = None
    served: Counter[str] = field(default_factory=Counter)

    def epoch_of(self, item: str) -> int | None:
        """Under which consent it was said; None where its acknowledgement got lost."""
        return self.epochs.get(self.said.get(item, ""))

    def forbidden_since_ns(self, item: str) -> int | None:
        """From when on nobody may receive an item."""
        moments = [] if self.erased_ns is None else [self.erased_ns]
        epoch = self.epoch_of(item)
        if epoch is not None:
            moments += [at_ns for at_ns, before in self.withdrawn if epoch < before]
        return min(moments, default=None)


def check(events: Iterable[Event], left: Mapping[str, Left]) -> Verdict:
    """`left`: what the store has at the end, of every account."""
    stories = _stories(events)
    late = [_late(story, read) for story in stories.values() for read in story.reads]
    shown = [_late(story, read) for story in stories.values() for read in story.shown]
    served = sum((story.served for story in stories.values()), Counter[str]())
    return Verdict(
        opt_outs=sum(len(story.withdrawn) for story in stories.values()),
        erasures=sum(story.erased_ns is not None for story in stories.values()),
        withdrawn_by_services=served["opt_out"] + served["erase"],
        queued=sum(len(story.queued) for story in stories.values()),
        queued_by_services=served["keep"],
        reads=len(late) + len(shown),
        acks=sum(len(story.acks) for story in stories.values()),
        returned_after_ok=late.count("after") + shown.count("after"),
        late_answers=late.count("late"),
        shown_late=shown.count("late"),
        lost_items=sum(_lost(story, left[account]) for account, story in stories.items()),
        double_acks=sum(
            len(tokens) > 1 for story in stories.values() for tokens in story.acks.values()
        ),
        left_behind=sum(_left_behind(story, left[account]) for account, story in stories.items()),
        mixed_up=sum(
            read.detail not in story.epochs
            for story in stories.values()
            for read in (*story.reads, *story.shown)
        ),
    )


def _stories(events: Iterable[Event]) -> dict[str, _Story]:
    stories: dict[str, _Story] = defaultdict(_Story)
    for event in events:
        story = stories[event.account]
        match event.kind:
            case Kind.SAYING:
                story.epochs[event.item] = int(event.detail)
            case Kind.QUEUED:
                story.queued.add(event.item)
                story.said[event.item] = event.detail
            case Kind.READ | Kind.SHOWN:
                (story.reads if event.kind is Kind.READ else story.shown).append(event)
                story.said[event.item] = event.detail
            case Kind.ACKED:
                story.acks[event.item].add(event.detail)
            case Kind.WITHDRAWN:
                story.withdrawn.append((event.at_ns, int(event.detail)))
            case Kind.ERASED:
                story.erased_ns = event.at_ns
            case Kind.SERVED:
                story.served[event.detail] += 1
    return stories


def _late(story: _Story, read: Event) -> str:
    forbidden_ns = story.forbidden_since_ns(read.item)
    if forbidden_ns is None or read.at_ns <= forbidden_ns:
        return ""
    return "after" if read.began_ns > forbidden_ns else "late"


def _lost(story: _Story, left: Left) -> int:
    """Only what came under the consent of now must be there."""
    now = {item for item in story.queued if left.epoch and story.epoch_of(item) == left.epoch}
    acked = {item for item in story.acks if left.epoch and story.epoch_of(item) == left.epoch}
    return len(now - left.items) + len(acked - left.reviewed)


def _left_behind(story: _Story, left: Left) -> int:
    epochs = {item: story.epoch_of(item) for item in left.items}
    if left.epoch == 0:
        return sum(epoch is not None or ":" in item for item, epoch in epochs.items())
    return sum(epoch not in (None, left.epoch) for epoch in epochs.values())
