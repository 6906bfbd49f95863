"""From what waits to what is offered: within the rate, never without consent, never half."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest

from tests.fixtures.sampling import PreparerStage
from tests.fixtures.store import EVERYTHING_ON, SHOWN, consenting_account, opt_out
from training_loop.errors import StoreUnavailable
from training_loop.review.task import SourceItem
from training_loop.rights import SettingsChange
from training_loop.sampling.ports import NotDeidentified
from training_loop.store import keys

NO_PEOPLE = SettingsChange(human_review=False)
NO_LEARNING = SettingsChange(improve_models=False, human_review=False)


async def everybody_says(stage: PreparerStage, heard: str, accounts: int = 3) -> list[str]:
    names = [await consenting_account(stage.loop) for _ in range(accounts)]
    for name in names:
        await stage.said(name, heard)
    return names


async def test_a_round_offers_what_many_said_and_withholds_what_few_said(
    preparing: PreparerStage,
) -> None:
    accounts = await everybody_says(preparing, "play wolfram", 2)
    rare = await preparing.said(accounts[0], "call hildegard on 555 1234")
    silent = await preparing.said(accounts[0], "")
    report = await preparing.preparer().once()
    assert (report.eligible, report.picked) == (2, 2)
    assert report.withheld_by_reason == {"rare_words": 1, "nothing_heard": 1}
    assert await preparing.offered() == 2
    assert await preparing.tasks.waits() == {rare}  # may become common; silence never does
    assert silent not in await preparing.tasks.waits()
    assert await preparing.reports.latest() == report


async def test_what_was_withheld_is_offered_once_enough_accounts_said_it(
    preparing: PreparerStage,
) -> None:
    await everybody_says(preparing, "play wolfram", 1)
    preparer = preparing.preparer()
    assert (await preparer.once()).picked == 0
    await everybody_says(preparing, "play wolfram", 1)
    assert (await preparer.once()).picked == 2


async def test_what_only_machines_may_hear_counts_and_is_never_offered(
    preparing: PreparerStage,
) -> None:
    machines = SettingsChange(improve_models=True)
    await preparing.said(await consenting_account(preparing.loop, machines), "play wolfram")
    await everybody_says(preparing, "play wolfram", 1)
    report = await preparing.preparer().once()
    assert (report.eligible, report.picked) == (1, 1)


async def test_rounds_together_hold_the_rate_and_the_cap_of_a_day(
    preparing: PreparerStage,
) -> None:
    accounts = await everybody_says(preparing, "turn on the light", 4)
    for account in accounts:
        for _ in range(9):
            await preparing.said(account, "turn on the light")
    for _ in range(4):  # processes come and go; what was offered stays counted
        await preparing.preparer(rate=0.3, per_account_day=2).once()
    assert await preparing.offered() == 8  # 12 by the rate, 2 for each account by the cap
    await preparing.preparer(rate=0.3).once()
    assert await preparing.offered() == 12
    report = await preparing.reports.latest()
    assert report
    assert report.share == pytest.approx(0.3)


async def test_two_preparers_at_once_hold_the_rate_and_offer_nothing_twice(
    preparing: PreparerStage,
) -> None:
    await everybody_says(preparing, "turn on the light", 10)
    two = [preparing.preparer(rate=0.5).once() for _ in range(2)]
    reports = await asyncio.gather(*two)
    assert await preparing.offered() == sum(one.picked for one in reports) <= 5
    await preparing.preparer(rate=0.5).once()  # the rate is a bound: what was left is made up for
    assert await preparing.offered() == 5


@pytest.mark.parametrize("change", [NO_PEOPLE, NO_LEARNING])
@pytest.mark.parametrize("step", ["with_audio", "names", "deidentify", "offer"])
async def test_an_opt_out_between_any_two_steps_ends_the_way_of_the_item(
    preparing: PreparerStage, step: str, change: SettingsChange
) -> None:
    account, other = await everybody_says(preparing, "turn on the light", 2)
    done: list[str] = []

    async def leave() -> None:
        if not done:
            done.append(step)
            await opt_out(preparing.loop, account, change)
            await opt_out(preparing.loop, other, change)

    def before(now: str, _source: SourceItem | None) -> Coroutine[Any, Any, None] | None:
        return leave() if now == step else None

    preparing.tasks.before = before
    if step == "deidentify":
        preparing.disguise.before = leave
    report = await preparing.preparer().once()
    assert done == [step]
    assert (report.picked, report.withdrawn) == (0, 2)
    assert await preparing.offered() == 0
    assert not await preparing.loop.store.hvals(keys.SAMPLING_DAYS) or set(
        await preparing.loop.store.hvals(keys.SAMPLING_DAYS)
    ) == {b"0"}


async def test_who_opts_in_again_is_not_heard_with_what_was_said_before(
    preparing: PreparerStage,
) -> None:
    account, other = await everybody_says(preparing, "turn on the light", 2)

    async def leave_and_return() -> None:
        preparing.disguise.before = lambda: None
        for one in (account, other):
            await opt_out(preparing.loop, one)
            await preparing.loop.rights.change(one, EVERYTHING_ON, SHOWN, f"again {one}")

    preparing.disguise.before = leave_and_return
    assert (await preparing.preparer().once()).picked == 0
    assert await preparing.offered() == 0


@pytest.mark.parametrize("step", ["with_audio", "names", "deidentify", "offer", "offered"])
async def test_whatever_a_round_dies_in_an_item_waits_or_is_offered(
    preparing: PreparerStage, step: str
) -> None:
    await everybody_says(preparing, "turn on the light", 3)

    def die() -> None:
        raise asyncio.CancelledError

    preparing.tasks.before = lambda now, _source: die() if now == step else None
    if step == "deidentify":
        preparing.disguise.before = die
    with pytest.raises(asyncio.CancelledError):
        await preparing.preparer().once()
    assert len(await preparing.tasks.waits()) + await preparing.offered() == 3
    preparing.tasks.before = lambda _now, _source: None
    preparing.disguise.before = lambda: None
    await preparing.preparer().once()
    await preparing.preparer().once()
    counted = sum(map(int, await preparing.loop.store.hvals(keys.SAMPLING_DAYS)))
    assert await preparing.offered() <= counted <= 4  # the one it died in counts on


async def test_a_store_that_is_away_ends_the_round_and_softens_no_cap(
    preparing: PreparerStage,
) -> None:
    await everybody_says(preparing, "turn on the light", 1)

    def away(step: str, _source: SourceItem | None) -> None:
        if step == "offer":
            raise StoreUnavailable("away")

    preparing.tasks.before = away
    with pytest.raises(StoreUnavailable):
        await preparing.preparer(per_account_day=1).once()
    preparing.tasks.before = lambda _now, _source: None
    assert (await preparing.preparer(per_account_day=1).once()).picked == 0


async def test_a_clip_that_breaks_de_identification_is_given_up_and_the_rest_goes_on(
    preparing: PreparerStage,
) -> None:
    await everybody_says(preparing, "turn on the light", 3)
    broken: list[int] = []

    def once_broken() -> None:
        if not broken:
            broken.append(1)
            raise NotDeidentified("the worker did not answer")

    preparing.disguise.before = once_broken
    report = await preparing.preparer().once()
    assert (report.picked, report.withheld_by_reason) == (2, {"broken": 1})
    assert await preparing.tasks.waits() == set()


async def test_a_recording_that_is_no_request_is_never_heard(preparing: PreparerStage) -> None:
    accounts = await everybody_says(preparing, "turn on the light", 2)
    await preparing.said(accounts[0], "turn on the light", pcm=b"\0\0" * 16_000 * 3)
    report = await preparing.preparer(longest_clip_s=2.0).once()
    assert (report.picked, report.withheld_by_reason) == (2, {"too_long": 1})
    assert await preparing.tasks.waits() == set()


async def test_a_word_that_de_identification_left_is_withheld_and_not_tried_again(
    preparing: PreparerStage,
) -> None:
    await everybody_says(preparing, "play wolfram", 1)
    await everybody_says(preparing, "play hildegard", 1)
    preparing.disguise.hides = lambda _word: False
    preparer = preparing.preparer()
    for _ in range(2):
        report = await preparer.once()
        assert (report.picked, report.withheld_by_reason) == (0, {"not_hidden": 2})
    assert len(preparing.disguise.seen) == 2


async def test_names_known_to_the_account_are_handed_to_de_identification(
    preparing: PreparerStage,
) -> None:
    accounts = await everybody_says(preparing, "call light", 2)
    preparing.tasks.known_names = {accounts[0]: frozenset({"light"})}
    shown: list[str] = []
    real = preparing.tasks.offer

    async def offer(source: SourceItem, clip: Any, *rest: Any) -> bool:
        shown.append(clip.text)
        return await real(source, clip, *rest)

    preparing.tasks.offer = offer  # type: ignore[method-assign,assignment]
    await preparing.preparer().once()
    assert sorted(shown) == ["call <name>", "call light"]


async def test_where_sound_is_off_no_sound_is_offered(preparing: PreparerStage) -> None:
    await everybody_says(preparing, "turn on the light", 2)
    report = await preparing.preparer(sound=False).once()
    assert (report.altered_voice, report.transcript_only) == (0, 2)
    assert all(utterance.pcm == b"" for utterance in preparing.disguise.seen)


async def test_no_count_of_the_report_is_about_few_people(preparing: PreparerStage) -> None:
    accounts = await everybody_says(preparing, "turn on the light", 3)
    await preparing.said(accounts[0], "turn off the light", intent="of_one_person")
    report = await preparing.preparer(accounts_alike=3).once()
    assert report.picked_by_intent == {"set_timer": 3, "other": 1}


async def test_what_was_counted_for_an_account_is_exported_and_erased(
    preparing: PreparerStage,
) -> None:
    account = (await everybody_says(preparing, "turn on the light", 1))[0]
    await preparing.preparer().once()
    exported = await preparing.ledger.export(account)
    assert list(dict(exported["offered_for_review_by_day"]).values()) == [1]  # type: ignore[call-overload]
    assert await preparing.ledger.erase(account) == 1
    assert await preparing.ledger.export(account) == {"offered_for_review_by_day": {}}


async def test_nothing_is_counted_for_an_account_that_is_gone(preparing: PreparerStage) -> None:
    gone = "acc_" + "a" * 24
    assert not await preparing.ledger.reserve(gone, 20_000, per_day=5, in_all=5)
    assert not await preparing.loop.store.exists(keys.sampled(gone))
    assert (await preparing.ledger.heard([gone], 0)).offered == 0


async def test_the_last_rounds_are_kept_and_idle_ones_take_no_place(
    preparing: PreparerStage,
) -> None:
    await everybody_says(preparing, "turn on the light", 2)
    preparer = preparing.preparer()
    for _ in range(4):
        await preparer.once()
    assert [one.picked for one in await preparing.reports.last()] == [0, 2]
