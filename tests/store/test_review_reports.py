"""What nobody should hear leaves the queue at once; what has to be looked into is for officers."""

from __future__ import annotations

import pytest

from tests.fixtures.store import consenting_account, opt_out
from tests.store.clips_in_review import (
    RIGHT,
    SECOND,
    Unmarked,
    heard,
    lent,
    offered,
    reviewed_by,
    settled,
    tasks_on,
)
from training_loop.loop import Loop
from training_loop.review.case import (
    CaseNotYours,
    CaseState,
    CaseUnknown,
    Disposition,
    OfficersKeyRefused,
    SafetyCase,
)
from training_loop.review.cases import SafetyCases
from training_loop.review.officers_key import OfficersKey
from training_loop.review.task import ClipReport, Stage
from training_loop.review.task_errors import TaskUnknown, TaskWithdrawn
from training_loop.review.tasks import ReviewTasks
from training_loop.rights import SettingsChange
from training_loop.store import keys


def _cases(loop: Loop) -> SafetyCases:
    officers = OfficersKey(loop.settings.officers_key)
    return SafetyCases(
        *(loop.store, loop.vault, loop.blobs, loop.reads, officers, Unmarked()), ahead_ms=60_000
    )


def _files(loop: Loop) -> int:
    return len([path for path in loop.settings.blobs.rglob("*/*") if path.is_file()])


async def _reported(loop: Loop, tasks: ReviewTasks, account: str) -> SafetyCase:
    await offered(loop, tasks, account)
    task = await lent(tasks, "anna")
    reference = await tasks.report("anna", task.name, ClipReport.DISTRESSING)
    (case,) = [one for one in await _cases(loop).list() if one.reference == reference]
    return case


@pytest.mark.parametrize("why", [ClipReport.CHILD_VOICE, ClipReport.FALSE_WAKE])
async def test_a_childs_voice_and_a_false_wake_are_deleted_not_reviewed(
    loop: Loop, why: ClipReport
) -> None:
    tasks = tasks_on(loop)
    account = await consenting_account(loop, SettingsChange(improve_models=True, human_review=True))
    await offered(loop, tasks, account)
    one, other = await lent(tasks, "anna"), await lent(tasks, "bert")
    for _ in range(2):
        assert await tasks.report("anna", one.name, why) == ""
    with pytest.raises(TaskWithdrawn):
        await tasks.submit("bert", other.name, RIGHT, request_id="1")
    assert _files(loop) == 0
    assert (await loop.rights.counts(account))["queue"] == 0
    counts = await tasks.statistics()
    assert (counts.deleted, counts.in_work, counts.waiting) == (1, 0, 0)
    assert await tasks.lease("carla", Stage.REVIEW) is None


@pytest.mark.parametrize("why", [ClipReport.DISTRESSING, ClipReport.SUSPECTED_CRIME])
async def test_a_reported_clip_leaves_the_queue_and_waits_for_an_officer(
    loop: Loop, why: ClipReport
) -> None:
    tasks, cases = tasks_on(loop), _cases(loop)
    await offered(loop, tasks, await consenting_account(loop))
    one, other = await lent(tasks, "anna"), await lent(tasks, "bert")
    reference = await tasks.report("anna", one.name, why)
    assert await tasks.report("anna", one.name, why) == reference
    with pytest.raises(TaskWithdrawn):
        await heard(tasks, "bert", other.name)
    for who in ("carla", "dora"):
        assert await tasks.lease(who, Stage.REVIEW) is None
    (case,) = await cases.list()
    assert (case.reference, case.report, case.state) == (reference, why, CaseState.WAITING)
    assert case.due_at_s == case.reported_at_s + 24 * 3600
    assert not case.overdue
    assert case.clip is None
    assert await cases.of("anna") == (1, 0)
    taken = await cases.take("olga", reference)
    assert taken.clip == one.clip
    assert taken.clip_ms == 1000
    assert await cases.of("anna") == (0, 1)
    sound = [chunk async for chunk in cases.sound("olga", reference)]
    assert b"".join(sound) == SECOND
    assert (await tasks.statistics()).escalated == 1


async def test_only_who_took_a_case_sees_hears_and_closes_it(loop: Loop) -> None:
    tasks, cases = tasks_on(loop), _cases(loop)
    account = await consenting_account(loop)
    reference = (await _reported(loop, tasks, account)).reference
    for officer in ("olga", "pavel"):
        with pytest.raises(CaseNotYours):
            await cases.close(officer, reference, Disposition.NO_ACTION)
        with pytest.raises(CaseNotYours):
            await anext(aiter(cases.sound(officer, reference)))
    await cases.take("olga", reference)
    assert (await cases.take("olga", reference)).clip, "asking again is harmless"
    with pytest.raises(CaseNotYours):
        await cases.take("pavel", reference)
    with pytest.raises(CaseNotYours):
        await cases.close("pavel", reference, Disposition.NO_ACTION)
    assert await loop.rights.listens(account) == ()
    assert [chunk async for chunk in cases.sound("olga", reference)]
    (listen,) = await loop.rights.listens(account)
    assert listen.reviewer == loop.vault.pseudonym("olga")
    assert listen.duration_s == 1.0


async def test_a_closed_case_is_deleted_and_stays_counted(loop: Loop) -> None:
    tasks, cases = tasks_on(loop), _cases(loop)
    account = await consenting_account(loop, SettingsChange(improve_models=True, human_review=True))
    reference = (await _reported(loop, tasks, account)).reference
    assert _files(loop) == 2 + 1, "the utterance's, the case's, and the clip's until it is swept"
    await cases.take("olga", reference)
    for _ in range(2):
        closed = await cases.close("olga", reference, Disposition.HANDED_ON)
        assert closed.state is CaseState.CLOSED
    await loop.sweep.once()
    assert _files(loop) == 0
    assert await cases.list() == ()
    assert await cases.of("anna") == (0, 1)
    assert (await loop.rights.counts(account))["queue"] == 0
    with pytest.raises(CaseUnknown):
        await cases.take("olga", reference)
    entries = [one async for one in loop.audit.of_account(account)]
    assert [one.action for one in entries][-5:] == [
        *("clip_offered", "clip_leased", "clip_reported", "case_taken", "case_closed"),
    ]
    assert f"case={reference}" in entries[-1].detail
    assert entries[-1].detail.endswith("as=handed_on")


async def test_a_case_is_of_no_use_without_the_officers_key(loop: Loop) -> None:
    tasks, cases = tasks_on(loop), _cases(loop)
    reference = (await _reported(loop, tasks, await consenting_account(loop))).reference
    loop.settings.officers_key.rename(loop.settings.state / "elsewhere")
    with pytest.raises(OfficersKeyRefused):
        await cases.take("olga", reference)
    again = await _reported(loop, tasks, await consenting_account(loop))
    assert again.state is CaseState.WAITING, "clips can be reported where nobody can open them"


async def test_a_case_goes_with_the_consent_it_was_heard_under(loop: Loop) -> None:
    tasks, cases = tasks_on(loop), _cases(loop)
    accounts = [await consenting_account(loop) for _ in range(4)]
    found = [await _reported(loop, tasks, account) for account in accounts]
    source = (await loop.rights.history(accounts[3], 10)).entries[0].utterance_id
    for case in found:
        await cases.take("olga", case.reference)
    playing = cases.sound("olga", found[0].reference)
    await anext(playing)
    await playing.aclose()  # type: ignore[attr-defined]
    await opt_out(loop, accounts[0], SettingsChange(human_review=False))
    await opt_out(loop, accounts[1], SettingsChange(improve_models=False))
    await loop.rights.delete_account(accounts[2])
    await loop.rights.delete_utterance(accounts[3], source)
    assert await cases.list() == ()
    for case in found:
        with pytest.raises(CaseUnknown):
            await cases.take("olga", case.reference)
        with pytest.raises(CaseUnknown):
            await anext(aiter(cases.sound("olga", case.reference)))
    assert (await tasks.statistics()).escalated == 4, "the published count stays"
    for shard in keys.all_shards():
        assert await loop.store.hgetall(keys.case_accounts(shard)) == {}


async def test_a_hidden_check_that_is_reported_is_learned_from_no_more(loop: Loop) -> None:
    tasks = tasks_on(loop)
    await offered(loop, tasks, await consenting_account(loop), check=True)
    for who in ("anna", "bert"):
        await reviewed_by(tasks, who, RIGHT)
    await settled(tasks)
    check = await tasks.check_task("carla")
    assert check
    await tasks.report("carla", check.name, ClipReport.DISTRESSING)
    assert [one async for one in loop.queue.reviewed()] == []


async def test_cases_that_are_none_are_refused(loop: Loop) -> None:
    cases = _cases(loop)
    for reference in ("case-000000000000", "", "x" * 1000):
        with pytest.raises(CaseUnknown):
            await cases.take("olga", reference)
        with pytest.raises(CaseUnknown):
            await cases.close("olga", reference, Disposition.NO_ACTION)
    with pytest.raises(TaskUnknown):
        await tasks_on(loop).report("anna", "x", ClipReport.DISTRESSING)
