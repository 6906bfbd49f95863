"""What happens in the demo, act by act. Each act tells, and returns what it promised."""

from __future__ import annotations

import asyncio
import os
import sys

import grpc

from deploy.demo import evening, story
from deploy.demo.hiring import Office
from deploy.demo.reviewing import ReviewFloor, known
from deploy.demo.scoring import (
    fate,
    median_answer_ms,
    share_understood,
    utterance_ids,
    was_heard,
    was_understood,
    word_error_rate,
)
from deploy.demo.stage import Stage, ended
from deploy.demo.telling import Check, Teller
from deploy.demo.traces import traces
from device_sim.connection import bearer, stub
from device_sim.household import Household, Spoken
from device_sim.scenario import Line
from training_loop.loop import Loop
from training_loop.v1 import (
    privacy_pb2,
    privacy_pb2_grpc,
    staff_pb2,
    training_pb2,
    training_pb2_grpc,
)


class Demo:
    """One performance: a server, a household, and the loop's own view of the store."""

    def __init__(
        self,
        stage: Stage,
        household: Household,
        loop: Loop,
        channel: grpc.aio.Channel,
        tell: Teller,
    ) -> None:
        self._stage = stage
        self._household = household
        self._loop = loop
        self._channel = channel
        self._tell = tell
        self._spoken: list[Spoken] = []
        self._new_before: list[Spoken] = []
        self.office = Office(channel, stage.operator_token)

    async def evening(self) -> list[Check]:
        """The household speaks."""
        self._tell.act(
            "A household of three speaks",
            "Synthetic voices; the wake word is heard by the device and verified by the server.",
        )
        self._tell.people(story.CHOICES)
        self._spoken = await self._listen_to(story.EVENING)
        self._new_before = [s for s in self._spoken if s.said in story.NEW_PHRASINGS]
        return evening.kept_promises(self._spoken, self._new_before)

    async def queue(self) -> list[Check]:
        """What waits for learning, by account."""
        self._tell.act(
            "What was kept", "Counted in the store. Cleo's line is why you can trust it."
        )
        rows = []
        for name, member in self._household.members.items():
            counts = await self._loop.rights.counts(member.account.account)
            rows.append((name, counts["history"], counts["queue"]))
        self._tell.table("", ("account", "in the history", "in the learning queue"), rows)
        expected = {
            name: (
                sum(fate(s)[0] for s in self._spoken if s.line.person == name),
                sum(fate(s)[1] for s in self._spoken if s.line.person == name),
            )
            for name in story.CHOICES
        }
        return [
            Check(
                promise="the store holds what the reports said, and nothing else",
                held={name: (kept, queued) for name, kept, queued in rows} == expected,
            )
        ]

    async def review(self) -> list[Check]:
        """Two people hear what may be heard, de-identified; its speakers see that they did."""
        self._tell.act(
            "Two people listen",
            "Reviewers with a second factor each get redacted words and an altered voice. They "
            "may undo for ten seconds; then what two agree on is learned from.",
        )
        await self.office.open()
        role = staff_pb2
        reviewers = (
            await self.office.hire("demo-reviewer-1", role.STAFF_ROLE_REVIEWER),
            await self.office.hire("demo-reviewer-2", role.STAFF_ROLE_REVIEWER),
        )
        engineer = await self.office.hire("demo-engineer", role.STAFF_ROLE_ML_ENGINEER)
        queued = sum(fate(s)[1] for s in self._spoken)
        floor = ReviewFloor(self._channel, known(self._spoken, story.REPLY_INTENT))
        reviewed = await floor.work(reviewers, clips=queued, watcher=engineer)
        self._tell.console.print(
            f"{reviewed.clips} clips reviewed by two who agree; {reviewed.heard} of "
            f"{2 * queued} reviews with an altered voice, the others with words alone"
        )
        listens = await self._listens("Ana")
        bens = await self._listens("Ben")
        self._tell.console.print(
            f"Ana sees {len(listens)} listens and Ben {len(bens)}, each with when and how long"
        )
        return [
            Check(
                promise="every queued clip was reviewed twice, and all agree",
                held=reviewed.clips == queued > 0,
            ),
            Check(
                promise="each listen is shown to who was heard",
                held=len(listens) + len(bens) == reviewed.heard > 0,
            ),
        ]

    async def lap(self) -> list[Check]:
        """Data set, training, gate, swap, report."""
        self._tell.act(
            "One lap of learning",
            "`training-loop lap`, of the language understanding: the other models need a hold-out "
            "of more people than these three.",
        )
        retrained = await self._command("lap", "--kind", "nlu", "--no-learning-curve")
        after = await self._listen_to(story.AFTER_LEARNING)
        return [
            Check(promise="the new model passed its gate and was swapped in", held=retrained == 0),
            Check(
                promise="what failed before is understood now, also for Cleo who gave nothing",
                held=all(map(was_understood, after)),
            ),
        ]

    async def _listens(self, name: str) -> list[privacy_pb2.Listen]:
        privacy = stub(privacy_pb2_grpc.PrivacyStub, self._channel)
        shown = await privacy.ListListens(
            privacy_pb2.ListListensRequest(),
            metadata=bearer(self._household.members[name].account.token),
            timeout=30,
        )
        return list(shown.listens)

    async def opt_out(self) -> list[Check]:
        """Ben changes his mind, by voice."""
        self._tell.act("Ben opts out", "By voice. It holds before the answer is spoken.")
        account = self._household.members["Ben"].account.account
        before = (await self._loop.rights.counts(account))["queue"]
        spoken = await self._listen_to((story.STOP_LEARNING,))
        after = (await self._loop.rights.counts(account))["queue"]
        self._tell.console.print(f"in the learning queue: {before} before, {after} after")
        learnable = [
            item.item async for item in self._loop.queue.reviewed() if item.account == account
        ]
        return [
            Check(
                promise="Ben's items were gone when the assistant said so",
                held=before > 0
                and after == 0
                and not learnable
                and all(map(was_understood, spoken)),
            )
        ]

    async def deletion(self) -> list[Check]:
        """Ana deletes her account."""
        self._tell.act(
            "Ana deletes her account", "Then every key and every file is searched for her."
        )
        account = self._household.members["Ana"].account
        names = [account.account, *utterance_ids(self._spoken, "Ana")]
        before = await traces(self._loop.store, self._stage.state, names)
        privacy = stub(privacy_pb2_grpc.PrivacyStub, self._channel)
        report = await privacy.DeleteAccount(
            privacy_pb2.DeleteAccountRequest(account=account.account),
            metadata=bearer(account.token),
            timeout=60,
        )
        after = await traces(self._loop.store, self._stage.state, names)
        self._tell.table("", ("found of Ana", "before", "after"), before.beside(after))
        receipt = self._stage.state.parent / "receipt.json"
        receipt.write_text(report.receipt)
        self._tell.console.print("Her receipt, checked with the public key alone:")
        genuine = await self._command("receipt", "verify", str(receipt))
        unbroken = await self._command("audit", "verify")
        await self._command("models", "list")
        serving = await self._models_in_service()
        tainted = [model.state for model in serving] == [training_pb2.Model.TAINTED]
        return [
            Check(
                promise="nothing of Ana is left in the store or on the disk",
                held=not before.none and after.none and report.log_rewritten,
            ),
            Check(promise="her receipt is genuine", held=genuine == 0),
            Check(promise="the audit log is whole", held=unbroken == 0),
            Check(promise="the model that learned from her is named as tainted", held=tainted),
        ]

    def summary(self) -> None:
        """How well was heard and understood, against what was said."""
        self._tell.act("How well it went")
        heard = [s for s in self._spoken if was_heard(s)]
        good = [s for s in heard if s.line.microphone == "good"]
        meant = [s for s in heard if s.intent and s not in self._new_before]
        self._tell.table(
            "",
            ("figure", ""),
            [
                ("word error rate, good microphones", f"{word_error_rate(good):.1%}"),
                ("word error rate, all", f"{word_error_rate(heard):.1%}"),
                ("intents right, familiar phrasings", f"{share_understood(meant):.0%}"),
                (
                    "intents right, new phrasings, before",
                    f"{share_understood(self._new_before):.0%}",
                ),
                ("end of speech to answer, median", f"{median_answer_ms(heard):.0f} ms"),
            ],
        )

    async def _listen_to(self, lines: tuple[Line, ...]) -> list[Spoken]:
        spoken = []
        async for one in self._household.run(lines):
            self._tell.spoken(one)
            spoken.append(one)
        return spoken

    async def _models_in_service(self) -> list[training_pb2.Model]:
        training = stub(training_pb2_grpc.TrainingStub, self._channel)
        listed = await training.ListModels(
            training_pb2.ListModelsRequest(),
            metadata=bearer(self._stage.operator_token),
            timeout=30,
        )
        return [one for one in listed.models if one.serving and one.model.startswith("nlu-")]

    async def _command(self, *arguments: str) -> int:
        """Runs `training-loop` beside the server; its output is part of the show."""
        sys.stdout.flush()
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "training_loop.cli", *arguments),
            env={
                **os.environ,
                "EARMARK_STATE": str(self._stage.state),
                "COLUMNS": str(self._tell.console.width),
            },
        )
        try:
            return await process.wait()
        finally:
            await ended(process)
