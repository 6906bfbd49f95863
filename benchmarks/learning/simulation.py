"""The course of it: people speak, reviewers review, a lap is run, everybody is heard again."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import grpc

from benchmarks.learning.lineage import Lineage, trace
from benchmarks.learning.measuring import Understanding, understanding
from benchmarks.learning.people import Speaker, Standing, population
from benchmarks.learning.plan import Plan
from benchmarks.learning.reviewing import Reviewed, review
from benchmarks.learning.said import Said, requests
from benchmarks.learning.speaking import (
    EVERYTHING,
    NOTHING,
    Answered,
    Clip,
    Studio,
    Subscriber,
    choose,
    stream,
    subscribe,
)
from benchmarks.learning.stage import LapRun, Stage, lap, raised
from device_sim.connection import open_channel
from training_loop.commands.session import NOT_RELEASED
from training_loop.lap.opening import open_lap_runner
from training_loop.loop import Loop, open_loop
from training_loop.registry.shelf import Shelf
from training_loop.sampling.process import open_preparer
from training_loop.sampling.report import SamplingReport
from training_loop.settings import LoopSettings

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class LapFigures:
    """`spoken`, `queued` and `offered` count requests of accounts that teach or are about to
    leave."""

    spoken: int
    queued: int
    sampling: SamplingReport
    reviewed: Reviewed
    gold: int
    """Reviewed utterances that may be learned from when the lap begins, of all laps so far."""
    withdrawn: int
    """Reviewed utterances of accounts that opted out before the lap began."""
    run: LapRun
    after: Mapping[str, Understanding]
    seconds: Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    plan: Plan
    before: Mapping[str, Understanding]
    laps: tuple[LapFigures, ...]
    lineage: Lineage
    answers: Mapping[str, Sequence[Answered]] = field(repr=False)
    """Of the last evaluation."""


UNSEEN, OPTED_OUT = "unseen", "opted out"


async def simulate(plan: Plan, directory: Path, tell: Tell = lambda _: None) -> Outcome:
    """Everything below `directory`, on a server of its own. The same plan speaks, consents and
    reviews the same."""
    tell("starting the server")
    async with (
        raised(directory) as stage,
        open_channel(stage.address) as channel,
        open_loop(LoopSettings(state=stage.state)) as loop,
    ):
        course = await Course.begin(plan, directory, stage, channel, loop, tell)
        before = await course.evaluate("before")
        await course.consent()
        laps = [await course.lap(number) for number in range(1, plan.laps + 1)]
        return Outcome(
            plan=plan,
            before=before,
            laps=tuple(laps),
            lineage=await course.lineage(),
            answers=course.answers,
        )


class Course:
    """One simulation under way."""

    def __init__(
        self,
        plan: Plan,
        stage: Stage,
        channel: grpc.aio.Channel,
        loop: Loop,
        speakers: Sequence[Speaker],
        subscribers: dict[int, Subscriber],
        studio: Studio,
        tell: Tell,
    ) -> None:
        self._plan = plan
        self._stage = stage
        self._channel = channel
        self._loop = loop
        self._subscribers = subscribers
        self._studio = studio
        self._tell = tell
        self._speakers = speakers
        self._truths: dict[str, Said] = {}
        self._owners: dict[str, tuple[str, Standing]] = {}
        self._asked: dict[str, list[Clip]] = {
            UNSEEN: self._record(lambda one: one is Standing.UNSEEN, plan.asked, 0),
            OPTED_OUT: self._record(lambda one: one.opted_out, plan.asked_of_opted_out, 0),
        }
        self.answers: dict[str, list[Answered]] = {}

    @staticmethod
    async def begin(
        plan: Plan,
        directory: Path,
        stage: Stage,
        channel: grpc.aio.Channel,
        loop: Loop,
        tell: Tell,
    ) -> Course:
        speakers = population(
            accounts=plan.accounts,
            unseen=plan.unseen,
            consent=plan.consent,
            leave=plan.leave,
            chance=random.Random(plan.seed),
        )
        tell("opening accounts")
        subscribers = await subscribe(channel, stage.operator_token, speakers)
        clips = directory / "clips"
        clips.mkdir()
        studio = Studio(clips, plan.seed)
        return Course(plan, stage, channel, loop, speakers, subscribers, studio, tell)

    async def evaluate(self, when: str) -> dict[str, Understanding]:
        found = {}
        for group, clips in self._asked.items():
            self._tell(f"{when}: {len(clips)} requests of {group} accounts")
            answers = await stream(self._channel, self._subscribers, clips)
            self._note(answers)
            self.answers[group] = answers
            found[group] = understanding(answers)
        return found

    async def consent(self) -> None:
        """Those who teach, and those who will think better of it."""
        agreeing = [*self._those(Standing.TEACHES), *self._those(Standing.LEAVES)]
        await choose(self._channel, agreeing, EVERYTHING)

    async def lap(self, number: int) -> LapFigures:
        plan, seconds = self._plan, _Seconds()
        first = number == 1
        clips = self._record(
            lambda one: one is Standing.TEACHES or (first and one is Standing.LEAVES),
            plan.clips,
            number,
        )
        self._tell(f"lap {number}: {len(clips)} requests are spoken")
        answers = await stream(self._channel, self._subscribers, clips)
        self._note(answers)
        seconds.took("speaking")
        self._tell(f"lap {number}: what may be heard is chosen and de-identified")
        sampled = await self._sample()
        seconds.took("preparing")
        self._tell(f"lap {number}: {sampled.picked} clips are reviewed")
        chance = random.Random(f"{plan.seed} {number}")
        reviewed = await review(self._loop, self._truths, error=plan.error, chance=chance)
        seconds.took("reviewing")
        reviewed_until_now = len(await self._loop.datasets.learnable())
        if first:
            await choose(self._channel, self._those(Standing.LEAVES), NOTHING)
        gold = len(await self._loop.datasets.learnable())
        self._tell(f"lap {number}: training with {gold} reviewed requests")
        run = await self._lap()
        self._tell(run.output)
        seconds.took("lap")
        after = await self.evaluate(f"after lap {number}")
        seconds.took("evaluating")
        return LapFigures(
            spoken=len(clips),
            queued=sum(bool(one.turn.report and one.turn.report.queued) for one in answers),
            sampling=sampled,
            reviewed=reviewed,
            gold=gold,
            withdrawn=reviewed_until_now - gold,
            run=run,
            after=after,
            seconds=seconds.of,
        )

    async def lineage(self) -> Lineage:
        out = [one.account.account for one in self._of(lambda standing: standing.opted_out)]
        out += [one.account.account for one in self._those(Standing.UNSEEN)]
        shelf = Shelf(self._loop.settings.state / "registry")
        return await trace(self._loop, shelf, self._owners, out)

    async def _lap(self) -> LapRun:
        if self._plan.lap is None:
            return await lap(self._stage, ("lap", "--no-learning-curve"))
        done = await open_lap_runner(self._loop).run(self._plan.lap)
        return LapRun(
            exit_code=0 if done.passed else NOT_RELEASED,
            took_s=done.took_s,
            output="\n".join(reason for model in done.models for reason in model.reasons),
        )

    async def _sample(self) -> SamplingReport:
        async with open_preparer(self._loop, self._plan.sampling) as preparer:
            return await preparer.once()

    def _record(self, who: Callable[[Standing], bool], count: int, lap: int) -> list[Clip]:
        clips = []
        for speaker in self._speakers:
            if who(speaker.standing):
                chance = random.Random(f"{self._plan.seed} {speaker.number} {lap}")
                habit = speaker.habit(self._plan.intents)
                clips += self._studio.record(speaker, requests(habit, chance, count))
        return clips

    def _note(self, answers: Sequence[Answered]) -> None:
        """Whose it was and what it meant, by the utterance's id."""
        for one in answers:
            if one.turn.report is not None and (item := one.turn.report.utterance_id):
                speaker = one.clip.speaker
                account = self._subscribers[speaker.number].account.account
                self._truths[item] = one.clip.said
                self._owners[item] = (account, speaker.standing)

    def _those(self, standing: Standing) -> list[Subscriber]:
        return self._of(lambda one: one is standing)

    def _of(self, who: Callable[[Standing], bool]) -> list[Subscriber]:
        return [self._subscribers[one.number] for one in self._speakers if who(one.standing)]


class _Seconds:
    """How long each part took, one after the other."""

    def __init__(self) -> None:
        self.of: dict[str, float] = {}
        self._last = time.monotonic()

    def took(self, part: str) -> None:
        now = time.monotonic()
        self.of[part], self._last = round(now - self._last, 1), now
