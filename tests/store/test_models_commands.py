"""`training-loop models` and `training-loop rollback` on a registry with models that learned."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from tests.fixtures.datasets import gold, reviewed
from tests.fixtures.registry import artefact_of, in_service, learned, registry_of
from tests.fixtures.store import consenting_account, opt_out
from training_loop.audit.browsing import AuditBrowser, EntryFilter
from training_loop.cli import app
from training_loop.loop import Loop
from training_loop.registry.pointer_change import ACTION
from training_loop.registry.replacements import Replacements
from training_loop.registry.settings import RegistrySettings
from training_loop.store import keys
from training_loop.training.trainer import ModelKind

Command = Callable[..., Awaitable[Result]]


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """Two accounts that were reviewed; a base, a model of one account, a candidate of both."""

    accounts: tuple[str, str]
    items: tuple[str, str]
    base: str
    first: str
    second: str


@pytest.fixture
def command(own_loop: Loop) -> Command:
    """Runs a command against the store of `own_loop`, as another process would."""

    async def run(*words: str) -> Result:
        state = ("--state", str(own_loop.settings.state))
        runner = CliRunner(env={"COLUMNS": "200"})
        return await asyncio.to_thread(lambda: runner.invoke(app, [*words, *state]))

    return run


@pytest.fixture
async def house(own_loop: Loop, tmp_path: Path) -> House:
    registry, accounts, items = registry_of(own_loop), [], []
    base = await registry.ensure_base(artefact_of(ModelKind.NLU, tmp_path))
    for text in ("set a timer for ten minutes", "call it off"):
        accounts.append(await consenting_account(own_loop))
        items.append(await reviewed(own_loop, accounts[-1], gold(text)))
    first = await in_service(own_loop, tmp_path, accounts[0])
    second = await learned(own_loop, tmp_path, *accounts, data_sets=("ds-0123456789abcdef",))
    return House(
        accounts=(accounts[0], accounts[1]),
        items=(items[0], items[1]),
        base=base.model,
        first=first,
        second=second,
    )


async def withdraw(loop: Loop, account: str) -> None:
    """Opts out, and all that follows from it is done."""
    await opt_out(loop, account)
    await loop.rights.settled()


def _row(output: str, name: str) -> str:
    """What stands beside a name, with single spaces."""
    (line,) = [line for line in output.splitlines() if line.startswith(name)]
    return re.sub(r"\s+", " ", line.removeprefix(name)).strip()


async def test_show_says_what_a_model_learned_from_and_what_of_it_was_withdrawn(
    own_loop: Loop, command: Command, house: House
) -> None:
    shown = await command("models", "show", house.second)
    assert shown.exit_code == 0, shown.output
    for name, value in (
        ("model", house.second),
        ("kind", "nlu"),
        ("state", "candidate"),
        ("parent", house.first),
        ("data sets", "ds-0123456789abcdef"),
        ("seed", "42"),
        ("word error rate", "0.200"),
    ):
        assert _row(shown.output, name) == value
    assert all(item in shown.output for item in house.items)
    assert (shown.output.count("given"), shown.output.count("withdrawn")) == (2, 0)
    assert "set a timer" not in shown.output
    assert not any(account in shown.output for account in house.accounts)

    await withdraw(own_loop, house.accounts[1])
    shown = await command("models", "show", house.second)
    assert _row(shown.output, "state") == "retired"
    assert _row(shown.output, "because") == "It learned from something whose consent ended."
    assert (shown.output.count("given"), shown.output.count("withdrawn")) == (1, 1)


async def test_lineage_names_the_models_before_and_nobody(
    own_loop: Loop, command: Command, house: House
) -> None:
    said = await command("models", "lineage", house.second)
    assert said.exit_code == 0, said.output
    assert _row(said.output, "before it") == f"{house.first} <- {house.base}"
    assert _row(said.output, "data sets") == "ds-0123456789abcdef"
    assert _row(said.output, "items").startswith("2, under consent epochs ")
    assert _row(said.output, "withdrawn") == "0"
    assert not any(one in said.output for one in (*house.accounts, *house.items))
    base = await command("models", "lineage", house.base)
    assert _row(base.output, "before it") == "nothing: a base model"
    await withdraw(own_loop, house.accounts[0])
    assert _row((await command("models", "lineage", house.second)).output, "withdrawn") == "1"


async def test_diff_says_what_came_and_what_went(command: Command, house: House) -> None:
    there = await command("models", "diff", house.first, house.second)
    assert there.exit_code == 0, there.output
    assert "1 items in both, 1 added, 0 gone" in there.output
    assert f"+ {house.items[1]} epoch" in there.output
    assert "ds-0123456789abcdef" in there.output
    back = await command("models", "diff", house.second, house.first)
    assert "1 items in both, 0 added, 1 gone" in back.output
    assert f"- {house.items[1]} epoch" in back.output


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("show", "nlu-"), "MODEL_AMBIGUOUS"),
        (("lineage", "lm-unknown"), "MODEL_UNKNOWN"),
        (("diff", "nlu-", "nlu-"), "MODEL_AMBIGUOUS"),
    ],
    ids=["show", "lineage", "diff"],
)
async def test_a_beginning_that_names_no_model_or_several_is_refused(
    command: Command, house: House, words: tuple[str, ...], code: str
) -> None:
    refused = await command("models", *words)
    assert (refused.exit_code, code in refused.output) == (1, True), refused.output


async def test_a_manifest_that_was_changed_is_shown_to_nobody(
    own_loop: Loop, command: Command, house: House
) -> None:
    manifest = registry_of(own_loop).shelf.directory(house.second) / "manifest.json"
    manifest.chmod(0o600)
    manifest.write_bytes(manifest.read_bytes().replace(b'"seed":42', b'"seed":41'))
    for words in (("show",), ("lineage",), ("diff", house.first)):
        refused = await command("models", *words, house.second)
        assert (refused.exit_code, "MODEL_TAMPERED" in refused.output) == (1, True)


async def test_a_roll_back_by_command_and_one_by_the_sweep_say_who_and_why(
    own_loop: Loop, command: Command, house: House, tmp_path: Path
) -> None:
    direct = ("--shadow-for", "0s", "--canary-for", "0s")
    released = await command("models", "release", house.second, *direct)
    assert released.exit_code == 0, released.output
    rolled = await command("rollback", "nlu")
    assert (rolled.exit_code, house.first in rolled.output) == (0, True)
    await withdraw(own_loop, house.accounts[0])
    overdue = RegistrySettings(replace_within_s=0.001)
    registry = registry_of(own_loop)
    await own_loop.store.delete(keys.REPLACEMENTS)  # the opt-out gave it seven days
    await Replacements(own_loop.store, registry, overdue).settle()
    assert (await registry.pointer.read()).model == house.base

    page = await AuditBrowser(own_loop.store).page(EntryFilter(action=ACTION), 10)
    said = [(entry.actor, entry.detail) for entry in reversed(page.entries)]
    moves = (
        ("machine", "none", house.base, "installed"),
        ("machine", house.base, house.first, "released"),
        ("operator", house.first, house.second, "released"),
        ("operator", house.second, house.first, "rolled_back"),
        ("machine", house.first, house.base, "withdrawn"),
    )
    assert sorted(said, key=lambda one: one[1].rpartition("=")[2]) == [
        (by, f"kind=nlu,from={before},to={after},because={why},generation={number}")
        for number, (by, before, after, why) in enumerate(moves, 1)
    ]
