"""What a key's name says about whose it is."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

_NAME = re.compile(r"(\{s\d\d\}):([a-z_]+)(?::(acc_[a-z2-7]{24}))?(?::(.*))?", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyName:
    """`{s07}:h:<account>:3` in parts; `account` and `rest` are empty where there are none."""

    key: str = field(repr=False)
    tag: str
    kind: str
    account: str = field(repr=False)
    rest: str

    @staticmethod
    def parse(key: str) -> KeyName | None:
        """None for a key that belongs to no shard."""
        found = _NAME.fullmatch(key)
        if not found:
            return None
        tag, kind, account, rest = found.groups(default="")
        return KeyName(key=key, tag=tag, kind=kind, account=account, rest=rest)

    def sibling(self, kind: str, epoch: str | None = None) -> str:
        """The account's key of another kind, of the same epoch unless told otherwise."""
        return f"{self.tag}:{kind}:{self.account}:{self.rest if epoch is None else epoch}"
