"""Why a task cannot be worked on any more; none of them says more than its code."""

from __future__ import annotations

from training_loop.queue.lease import LeaseLost
from training_loop.review.task import TaskState


class TaskWithdrawn(LeaseLost):
    """The account took its consent back, or the clip was deleted."""

    code = "TASK_WITHDRAWN"
    hint = "Drop everything of the clip and ask for the next one."


class TaskExpired(LeaseLost):
    """The lease or the undo time ran out, or the task has ended."""

    code = "TASK_EXPIRED"
    hint = "Ask for the next clip."


class TaskUnknown(LeaseLost):
    """The name is not one that this member of staff was given."""

    code = "TASK_UNKNOWN"
    hint = "Ask for a clip first."


def lost(state: TaskState) -> LeaseLost:
    """What to raise for a task that is not in the state it should be in."""
    if state is TaskState.WITHDRAWN:
        return TaskWithdrawn("the clip was withdrawn")
    return TaskExpired("the task is not open any more")
