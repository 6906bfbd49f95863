"""The sealed names of tasks: good for one member of staff, one clip and one lease."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

from training_loop.errors import InvalidArgument
from training_loop.review.task_errors import TaskUnknown
from training_loop.vault.vault import Vault

_PADDED_TO = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Seat:
    """A member's place at a clip; what a task's name says to those who can open it."""

    staff: str
    account: str = field(repr=False)
    item: str
    epoch: int
    review_epoch: int
    token: str = field(repr=False)


class TaskNames:
    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    def seal(self, seat: Seat) -> str:
        """Another one each time; its length says nothing of what is in it."""
        parts = [seat.account, seat.item, seat.epoch, seat.review_epoch, seat.token]
        content = json.dumps(parts, separators=(",", ":"))
        padded = content + " " * (-len(content) % _PADDED_TO)
        return self._vault.page_token(_place(seat.staff), padded)

    def open(self, staff: str, name: str) -> Seat:
        """Raises TaskUnknown for a name that was made up, changed, or given to somebody else."""
        try:
            content = self._vault.read_page_token(_place(staff), name)
        except InvalidArgument as error:
            raise TaskUnknown("there is no such task") from error
        account, item, epoch, review_epoch, token = json.loads(content)
        return Seat(
            staff=staff,
            account=account,
            item=item,
            epoch=epoch,
            review_epoch=review_epoch,
            token=token,
        )

    def account_of(self, staff: str, name: str) -> str:
        """Empty for a name that `open` refuses."""
        try:
            return self.open(staff, name).account
        except TaskUnknown:
            return ""


def _place(staff: str) -> str:
    return f"review task/{staff}"
