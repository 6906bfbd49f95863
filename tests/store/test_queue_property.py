"""Whatever happens in whatever order, the queue and the history hold what the model says."""

from __future__ import annotations

from hypothesis.stateful import run_state_machine_as_test

from tests.store.loop_model import BOUNDED, LoopMachine
from training_loop.store.supervisor import EmbeddedStore


def test_consent_queue_and_history_do_what_the_model_does(embedded_store: EmbeddedStore) -> None:
    machine = type("QueueMachine", (LoopMachine,), {"store": embedded_store})
    run_state_machine_as_test(machine, settings=BOUNDED)
