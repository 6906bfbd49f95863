"""Account holders whose utterances are deleted over the wire."""

from __future__ import annotations

from tests.fixtures.services import Desk
from tests.fixtures.store import EVERYTHING_ON, SHOWN, an_utterance, say
from training_loop.consent.accounts import NewAccount


async def new_holder(desk: Desk) -> NewAccount:
    account = await desk.accounts.create()
    await desk.loop.rights.change(account.account, EVERYTHING_ON, SHOWN, "opt-in")
    return account


async def said(desk: Desk, holder: NewAccount, *, at_s: float | None = None) -> str:
    """The utterance's id."""
    utterance = an_utterance(holder.account, at_s=at_s)
    return (await say(desk.loop, holder.account, utterance)).utterance_id


async def kept(desk: Desk, holder: NewAccount) -> set[str]:
    """Ids of what the holder has in the history."""
    page = await desk.loop.rights.history(holder.account, 50)
    return {entry.utterance_id for entry in page.entries}
