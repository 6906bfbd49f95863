"""The census counts accounts, forgets what is gone and holds no word."""

from __future__ import annotations

import gc
import pickle
from collections.abc import AsyncIterator, Iterable

import pytest

from training_loop.sampling.census import Census, Likeness
from training_loop.sampling.words import Kind, words_of

LEXICON = frozenset(
    word for _, word in words_of("set a timer for minutes play the radio turn on light")
)
Said = tuple[str, str, str]


async def listed(said: Iterable[Said]) -> AsyncIterator[Said]:
    for one in said:
        yield one


async def counted(*said: Said, k: int = 3) -> Census:
    census = Census(LEXICON, accounts_alike=k)
    await census.update(listed(said))
    return census


def everyone(heard: str, accounts: int) -> list[Said]:
    return [(f"acc_{number}", f"{heard}/{number}", heard) for number in range(accounts)]


async def test_a_word_is_known_when_enough_accounts_said_it() -> None:
    assert "wolfram" in await counted(*everyone("play wolfram", 3))
    assert "wolfram" not in await counted(*everyone("play wolfram", 2))


async def test_an_account_that_repeats_itself_counts_once() -> None:
    census = await counted(*(("acc_1", f"utt_{number}", "play wolfram") for number in range(50)))
    assert census.accounts_saying("wolfram") == 1
    assert "wolfram" not in census
    assert census.likeness("acc_1", "utt_0") is Likeness.RARE


async def test_words_of_the_open_lexicon_are_known_whoever_says_them() -> None:
    census = await counted(("acc_1", "utt_1", "turn on the light"))
    assert "Light" in census
    assert census.likeness("acc_1", "utt_1") is Likeness.KNOWN_WORDS


async def test_a_rare_word_is_offered_only_in_a_frame_that_enough_accounts_said() -> None:
    names = ("wolfram", "mandelbrot", "hildegard")
    said = [(f"acc_{name}", "utt", f"play {name} on the radio") for name in names]
    assert (await counted(*said)).likeness("acc_wolfram", "utt") is Likeness.ALIKE
    assert (await counted(*said[:2])).likeness("acc_wolfram", "utt") is Likeness.RARE


async def test_numbers_do_not_make_requests_unlike() -> None:
    census = await counted(
        ("acc_1", "utt", "zzz timer for twenty five minutes"),
        ("acc_2", "utt", "yyy timer for 10 minutes"),
        ("acc_3", "utt", "xxx timer for three minutes"),
    )
    assert census.likeness("acc_1", "utt") is Likeness.ALIKE


async def test_a_compound_is_known_by_its_parts_and_a_possessive_by_its_root() -> None:
    census = await counted(*everyone("wolfram", 3))
    assert "radio-light" in census
    assert "radio-wolfram" not in census
    assert "radio's" in census
    assert "wolfram's" in census
    assert "hildegard's" not in census


@pytest.mark.parametrize(
    ("heard", "likeness"),
    [
        ("", Likeness.NOTHING_HEARD),
        (" ... ", Likeness.NOTHING_HEARD),
        ("wolfram", Likeness.NOTHING_LEFT),
        ("555 1234", Likeness.NOTHING_LEFT),
        ("[unk] [unk]", Likeness.NOTHING_LEFT),
        ("play [unk]", Likeness.RARE),
        ("play wolfram", Likeness.RARE),
        ("set a timer for 5 minutes", Likeness.KNOWN_WORDS),
    ],
)
async def test_what_one_account_alone_said(heard: str, likeness: Likeness) -> None:
    assert (await counted(("acc_1", "utt", heard))).likeness("acc_1", "utt") is likeness


async def test_what_was_not_counted_is_not_alike() -> None:
    census = await counted(*everyone("play the radio", 5))
    assert census.likeness("acc_1", "another") is Likeness.UNCOUNTED
    assert census.likeness("acc_9", "play the radio/9") is Likeness.UNCOUNTED


async def test_what_is_gone_from_the_listing_is_dropped_at_the_next_round() -> None:
    said = everyone("play wolfram", 3)
    census = await counted(*said)
    await census.update(listed(said[:2]))
    assert (census.items, census.accounts) == (2, 2)
    assert "wolfram" not in census
    assert census.likeness("acc_2", "play wolfram/2") is Likeness.UNCOUNTED
    assert census.likeness("acc_1", "play wolfram/1") is Likeness.RARE


async def test_a_listing_that_breaks_off_changes_no_count() -> None:
    said = everyone("play wolfram", 3)
    census = await counted(*said)

    async def broken() -> AsyncIterator[Said]:
        yield said[0]
        raise ConnectionError

    with pytest.raises(ConnectionError):
        await census.update(broken())
    assert census.accounts_saying("wolfram") == 3
    await census.update(listed(said))
    assert census.likeness("acc_1", "play wolfram/1") is Likeness.ALIKE


async def test_it_holds_no_word_and_no_name_and_two_processes_agree_on_no_digest() -> None:
    census = await counted(*everyone("play wolfram", 3))
    census._lexicon = frozenset()
    gc.collect()
    held = pickle.dumps((census._accounts, census._words, census._shapes, census._open_words))
    assert b"wolfram" not in held
    assert b"acc_" not in held
    other = await counted(*everyone("play wolfram", 3))
    assert not census._words.keys() & other._words.keys()


def test_words_are_compared_without_case_and_signs() -> None:
    assert words_of("Don\u2019t PLAY <name>, 7.30 [unk]!") == [
        (Kind.PLAIN, "don't"),
        (Kind.PLAIN, "play"),
        (Kind.PLACEHOLDER, "<name>"),
        (Kind.NUMBER, "7.30"),
        (Kind.UNHEARD, "[unk]"),
    ]
