"""Whatever was deleted, before, after or while it arrives, is nowhere; everything else stays."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule, run_state_machine_as_test

from tests.store.loop_model import BOUNDED, HISTORY, LEARNING, Holder, LoopMachine
from training_loop.errors import AccountGone
from training_loop.store import keys
from training_loop.store.supervisor import EmbeddedStore


class ErasureMachine(LoopMachine):
    """The machine of queue and history, in which things are deleted as well."""

    @precondition(lambda self: any(holder.items for holder in self.alive))
    @rule(data=st.data())
    def delete_one(self, data: Any) -> None:
        holder = data.draw(st.sampled_from([one for one in self.alive if one.items]))
        reviewed = [name for name, item in holder.items.items() if item.state == "reviewed"]
        name = data.draw(st.sampled_from(reviewed or sorted(holder.items)))
        item = holder.items[name]
        report = self.wait(self.loop.rights.delete_utterance(holder.name, name))
        assert report.log_rewritten
        assert (report.history_records, report.queue_items) == (item.kept, item.queued)
        holder.forget(item)
        self._drop_leases()

    @precondition(lambda self: self.alive)
    @rule(data=st.data())
    def delete_one_that_has_not_arrived(self, data: Any) -> None:
        holder = self.holder(data)
        capture = self._capture(holder, no_training=False, sound=True)
        name = capture.utterance.utterance_id
        report = self.wait(self.loop.rights.delete_utterance(holder.name, name))
        assert (report.history_records, report.queue_items) == (0, 0)
        capture.opened.clear()
        self._keep(capture, twice=True)

    @precondition(lambda self: any(holder.items for holder in self.alive))
    @rule(data=st.data(), at_once=st.booleans())
    def delete_since(self, data: Any, at_once: bool) -> None:
        self._delete_since(
            data, data.draw(st.sampled_from([h for h in self.alive if h.items])), at_once
        )

    @precondition(lambda self: self.alive)
    @rule(data=st.data())
    def delete_everything_while_something_arrives(self, data: Any) -> None:
        holder = self.holder(data)
        capture = self._capture(holder, no_training=False, sound=True)
        self._delete_since(data, holder, at_once=True)
        self._keep(capture, twice=False)

    def _delete_since(self, data: Any, holder: Holder, at_once: bool) -> None:
        times = [item.utterance.captured_at_s for item in holder.items.values()]
        since_s = 0.0 if at_once else data.draw(st.sampled_from(times))
        fresh = [
            item
            for item in holder.items.values()
            if int(item.utterance.captured_at_s * 1000) >= int(since_s * 1000)
        ]
        report = self.wait(self.loop.rights.delete_since(holder.name, since_s))
        assert report.history_records == sum(item.kept for item in fresh)
        assert report.queue_items == sum(item.queued for item in fresh)
        for item in fresh:
            holder.forget(item)
        holder.generation += 1
        self._drop_leases()

    @precondition(lambda self: len(self.alive) > 1)
    @rule(data=st.data())
    def delete_the_account(self, data: Any) -> None:
        holder = self.holder(data)
        report = self.wait(self.loop.rights.delete_account(holder.name))
        assert report.log_rewritten
        assert report.history_records == sum(item.kept for item in holder.items.values())
        assert report.queue_items == sum(item.queued for item in holder.items.values())
        for item in holder.items.values():
            holder.forget(item)
        holder.gone = True
        self._drop_leases()
        assert self.wait(self.loop.store.keys(f"*{holder.name}*")) == []
        with pytest.raises(AccountGone):
            self.wait(self.loop.rights.delete_account(holder.name))

    @precondition(lambda self: self.alive)
    @rule(data=st.data())
    def no_container_outlives_its_consent(self, data: Any) -> None:
        holder = self.holder(data)
        shard = keys.shard_of(holder.name)
        for switch, kinds in ((HISTORY, ("h", "hx")), (LEARNING, ("i", "ix", "v"))):
            for kind in kinds:
                found = self.wait(self.loop.store.keys(f"{shard}:{kind}:{holder.name}:*"))
                assert len(found) <= (switch in holder.opened)


def test_deletions_do_what_the_model_does(embedded_store: EmbeddedStore) -> None:
    machine = type("Erasures", (ErasureMachine,), {"store": embedded_store})
    run_state_machine_as_test(machine, settings=BOUNDED)
