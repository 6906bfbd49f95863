"""An utterance is kept for what was allowed when it was said and is allowed when it is stored."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.fixtures.store import (
    EVERYTHING_ON,
    SHOWN,
    an_utterance,
    consenting_account,
    opt_out,
    say,
    try_to_say,
)
from training_loop.errors import InvalidArgument
from training_loop.loop import Loop
from training_loop.queue.intake import LARGEST_AUDIO
from training_loop.rights import SettingsChange
from training_loop.store import keys
from training_loop.store.script_runner import text
from training_loop.utterance import CaptureContext, Fate


async def _nothing_stored(loop: Loop) -> bool:
    kinds = {keys.kind_of(text(key)) for key in await loop.store.keys("*")}
    blobs = [path for path in loop.settings.blobs.rglob("*") if path.is_file()]
    return not kinds & {"h", "hx", "i", "ix", "r"} and not blobs


async def test_nothing_is_kept_without_consent(loop: Loop) -> None:
    account = (await loop.accounts.create()).account
    assert await try_to_say(loop, an_utterance(account)) == Fate(reason="no_consent")
    assert await try_to_say(loop, an_utterance("acc_unknown")) == Fate(reason="no_consent")
    assert await _nothing_stored(loop)


@pytest.mark.parametrize(
    ("change", "fate"),
    [
        (SettingsChange(keep_history=True), Fate(kept=True, reason="no_consent")),
        (SettingsChange(improve_models=True), Fate(queued=True, reason="no_consent")),
        (EVERYTHING_ON, Fate(kept=True, queued=True)),
    ],
)
async def test_each_switch_allows_its_own_purpose(
    loop: Loop, change: SettingsChange, fate: Fate
) -> None:
    account = await consenting_account(loop, change)
    assert await try_to_say(loop, an_utterance(account)) == fate
    counts = await loop.rights.counts(account)
    assert (counts["history"], counts["queue"]) == (int(fate.kept), int(fate.queued))


async def test_a_guest_and_a_request_without_training_are_respected(loop: Loop) -> None:
    account = await consenting_account(loop)
    guest = CaptureContext(account=account, device="d", guest=True)
    fate = await loop.sink.keep(an_utterance(account), await loop.sink.begin(guest))
    assert fate == Fate(reason="guest")
    excepted = CaptureContext(account=account, device="d", no_training=True)
    fate = await loop.sink.keep(an_utterance(account), await loop.sink.begin(excepted))
    assert fate == Fate(kept=True, reason="no_training")
    assert await loop.queue.lease("reviewer") is None


async def test_consent_that_changed_since_capture_refuses(loop: Loop) -> None:
    account = await consenting_account(loop)
    consent = await loop.sink.begin(CaptureContext(account=account, device="d"))
    await opt_out(loop, account)
    said = an_utterance(account)
    assert await loop.sink.keep(said, consent) == Fate(reason="consent_changed")
    await loop.rights.change(account, EVERYTHING_ON, SHOWN, "again")
    assert await loop.sink.keep(an_utterance(account), consent) == Fate(reason="consent_changed")
    await loop.rights.settled()
    assert await _nothing_stored(loop)


async def test_consent_given_after_capture_does_not_reach_back(loop: Loop) -> None:
    account = (await loop.accounts.create()).account
    consent = await loop.sink.begin(CaptureContext(account=account, device="d"))
    await loop.rights.change(account, EVERYTHING_ON, SHOWN, "on")
    assert await loop.sink.keep(an_utterance(account), consent) == Fate(reason="no_consent")


async def test_storing_twice_stores_once(loop: Loop) -> None:
    account = await consenting_account(loop)
    said = an_utterance(account)
    assert await try_to_say(loop, said) == await try_to_say(loop, said)
    assert await loop.rights.counts(account) == {"history": 1, "queue": 1, "models": 0}
    lease = await loop.queue.lease("reviewer")
    assert lease
    assert await loop.queue.read(lease) == said


async def test_what_was_deleted_cannot_arrive_late(loop: Loop) -> None:
    account = await consenting_account(loop)
    consent = await loop.sink.begin(CaptureContext(account=account, device="d"))
    one, other = an_utterance(account), an_utterance(account)
    await loop.rights.delete_utterance(account, one.utterance_id)
    assert await loop.sink.keep(one, consent) == Fate(reason="deleted")
    await loop.rights.delete_since(account, 0)
    assert await loop.sink.keep(other, consent) == Fate(reason="deleted")
    assert await _nothing_stored(loop)
    await say(loop, account)


async def test_a_typed_request_has_no_audio_and_needs_no_blob(loop: Loop) -> None:
    account = await consenting_account(loop)
    said = await say(loop, account, an_utterance(account, pcm=b""))
    lease = await loop.queue.lease("reviewer")
    assert lease
    assert await loop.queue.read(lease) == said
    assert not [path for path in loop.settings.blobs.rglob("*") if path.is_file()]


async def test_what_no_capture_can_have_made_is_refused(loop: Loop) -> None:
    account = await consenting_account(loop)
    consent = await loop.sink.begin(CaptureContext(account=account, device="d"))
    said = an_utterance(account)
    for wrong in (
        replace(said, account=await consenting_account(loop)),
        replace(said, utterance_id="with space"),
        replace(said, utterance_id=""),
        replace(said, pcm=bytes(LARGEST_AUDIO + 2)),
    ):
        with pytest.raises(InvalidArgument):
            await loop.sink.keep(wrong, consent)
    assert await _nothing_stored(loop)
