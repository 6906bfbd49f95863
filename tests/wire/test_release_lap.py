"""A lap that tries its model on a running server's traffic, with people who speak meanwhile."""

from __future__ import annotations

import asyncio

import grpc

from tests.fixtures.datasets import HALVES
from tests.fixtures.hearing import request
from tests.fixtures.lap import (
    KNOWN_REQUESTS,
    NEW_REQUESTS,
    SPEECH,
    one_model,
    speaking,
    untracked,
)
from tests.fixtures.server import Party, ServerProcess, new_party
from training_loop.datasets.split import Split
from training_loop.lap.opening import open_lap_runner
from training_loop.lap.outcome import Result
from training_loop.lap.plan import LapPlan
from training_loop.lap.stage import Stage, Step
from training_loop.loop import open_loop
from training_loop.registry.course import Phase, TrialPlan
from training_loop.registry.live_signals import LiveRules
from training_loop.registry.trial_board import CANARY
from training_loop.settings import LoopSettings
from training_loop.training.project import NluProject
from training_loop.training.rooms import open_registry
from training_loop.training.trainer import ModelKind

KIND = ModelKind.LANGUAGE_MODEL
TRIED = LapPlan(
    kinds=SPEECH.kinds,
    shares=SPEECH.shares,
    rules=SPEECH.rules,
    trial=TrialPlan(
        shadow_for_s=0.5,
        canary_for_s=0.5,
        canary_share=1.0,
        least_compared=4,
        least_turns=2,
        longest=200.0,
        rules=LiveRules(margin=0.95),
    ),
)


async def goes_on_speaking(party: Party, begin: asyncio.Event) -> None:
    await begin.wait()
    while True:
        turn = await party.say(request("what time is it"))
        assert turn.heard == "what time is it"


async def test_a_lap_tries_its_model_on_what_people_say_and_then_they_are_heard_by_it(
    own_server: ServerProcess, lap_project: NluProject
) -> None:
    async with (
        open_loop(LoopSettings(state=own_server.state)) as loop,
        grpc.aio.insecure_channel(own_server.address) as channel,
    ):
        for split in (Split.TRAIN, Split.TRAIN, Split.HOLD_OUT):
            await speaking(loop, split, HALVES, (*NEW_REQUESTS, *KNOWN_REQUESTS))
        party = await new_party(own_server, channel)
        await party.consent(improve_models=True)
        assert (await party.say(request(NEW_REQUESTS[0]))).heard != NEW_REQUESTS[0]
        stages: set[str] = set()
        trying = asyncio.Event()

        def progress(step: Step) -> None:
            if step.stage is Stage.TRYING:
                trying.set()
                stages.add(step.detail)
                left = loop.settings.workspaces.glob("run-*/*")
                assert {path.name for path in left} == {"lock"}, "what people said is gone"

        tracker = untracked(loop)
        lap = open_lap_runner(loop, project=lap_project, tracker=tracker)
        traffic = asyncio.create_task(goes_on_speaking(party, trying))
        done = await one_model(lap, TRIED, progress=progress)
        assert not traffic.done(), "nobody was cut off or misheard"
        traffic.cancel()

        assert done.result is Result.RELEASED, done.reasons
        assert stages == {"shadow", "canary"}
        assert done.tried is not None
        assert done.tried.last is not None
        assert done.tried.course.phase is Phase.SERVING
        assert done.tried.last.compared >= 4
        assert done.tried.last.tally(CANARY).turns >= 2
        assert done.released is not None
        assert len(done.released.servers) == 1
        assert (await open_registry(own_server.state, loop.store).serving(KIND)).model == done.model
        assert (await party.say(request(NEW_REQUESTS[0]))).heard == NEW_REQUESTS[0]
        standing = tracker.last_standing(KIND.value)
        assert standing is not None
        assert standing.aliases == {"serving": done.model}
