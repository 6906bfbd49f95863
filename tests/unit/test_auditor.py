"""The auditor judges by rules of its own, and stays apart from what it checks."""

from __future__ import annotations

import ast
import inspect
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

import training_loop.auditor
from training_loop.auditor import rules
from training_loop.auditor.facts import FIELDS, AccountFacts, ConsentLog
from training_loop.auditor.key_names import KeyName
from training_loop.auditor.key_walk import _FENCE, _OF_NOBODY, _OF_REVIEW, _OF_SHARDS, _STAFF
from training_loop.auditor.rules import Reason
from training_loop.store import keys

_NO_KEYS = {"shard_tag", "shard_of", "shard_of_erasure", "kind_of", "serving_model_changed"}
_RULES = _OF_NOBODY | _OF_SHARDS | _OF_REVIEW
_PACKAGE = Path(training_loop.auditor.__file__).parent
_CHECKED = {"consent", "queue", "erasure", "vault", "registry", "review", "training", "loop"}
ACCOUNT = "acc_" + "b" * 24
CONSENTING = {
    "state": "live",
    "child": "0",
    "epoch": "3",
    "retention_days": "90",
    "keep_history": "1",
    "improve_models": "1",
    "human_review": "1",
    "history_epoch": "1",
    "learning_epoch": "2",
    "review_epoch": "3",
    "history_container": "a" * 32,
    "learning_container": "b" * 32,
}


def _facts(**changed: str) -> AccountFacts:
    stored = {**CONSENTING, **changed}
    return AccountFacts.of([stored[name].encode() if stored[name] else None for name in FIELDS])


def _log(*changes: dict[str, bool], whole: bool = True) -> ConsentLog:
    """Oldest first; their epochs count from 1."""
    entries = [
        b"5 " + json.dumps({"epoch": epoch, "change": change}).encode()
        for epoch, change in enumerate(changes, 1)
    ]
    return ConsentLog.read(reversed(entries), whole=whole)


def _imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom):
            yield node.module or ""
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


def test_it_imports_nothing_of_what_it_checks() -> None:
    for path in _PACKAGE.glob("*.py"):
        parts = {name.split(".")[1] for name in _imports(path) if name.startswith("training_loop.")}
        assert parts <= {"auditor", "store", "bucket", "errors", "settings"}, path.name
        assert not parts & _CHECKED


def test_there_is_a_rule_for_every_key_of_the_store() -> None:
    """A new one is either somebody's, with the account in its name, or listed as nobody's."""
    given = {
        "name": ACCOUNT,
        "shard": "{s07}",
        "key": "models:nlu",
        "epoch": 3,
        "device": "dev_1",
        "stage": "r",
        "kind": "lm",
    }
    erasure = {"name": "era_07" + "0" * 32}
    for make in vars(keys).values():
        if not inspect.isfunction(make) or make.__name__ in _NO_KEYS:
            continue
        names = list(inspect.signature(make).parameters)
        known = {**given, **(erasure if "erasure" in make.__name__ else {})}
        made = make(*(known.get(name, "some") for name in names))
        if not isinstance(made, str):
            continue  # all shards, and the like
        parsed = KeyName.parse(made)
        known_to_walk = parsed is not None and (
            parsed.account or parsed.kind in _RULES or parsed.tag == _STAFF
        )
        listed = made in keys.NON_PERSONAL_KEYS or _FENCE.fullmatch(made)
        assert known_to_walk or listed, make.__name__


@pytest.mark.parametrize("kind", ["h", "hx", "i", "ix", "v", "r", "t"])
def test_a_container_may_be_there_under_the_very_consent_of_now_alone(kind: str) -> None:
    epoch = {"h": "1", "hx": "1", "r": "3", "t": "3"}.get(kind, "2")
    assert rules.container(kind, epoch, _facts()) is None
    assert rules.container(kind, "9", _facts()) is Reason.WITHDRAWN
    assert rules.container(kind, epoch, _facts(child="1")) is Reason.CHILD
    assert rules.container(kind, epoch, _facts(child="")) is Reason.CHILD
    assert rules.container(kind, epoch, _facts(state="erasing")) is Reason.ERASED
    assert rules.container(kind, epoch, _facts(state="")) is Reason.UNKNOWN_ACCOUNT
    switches = dict.fromkeys(("keep_history", "improve_models", "human_review"), "0")
    assert rules.container(kind, epoch, _facts(**switches)) is Reason.SWITCHED_OFF


def test_review_needs_learning() -> None:
    assert rules.container("r", "3", _facts(improve_models="0")) is Reason.SWITCHED_OFF


def test_a_consent_counts_when_the_log_says_yes_last_and_at_that_epoch() -> None:
    yes, no = {"keep_history": True}, {"keep_history": False}
    assert _log(yes).supports("history", "1")
    assert not _log(yes).supports("history", "2")
    assert not _log(yes, no).supports("history", "1")
    assert _log(yes, no, yes).supports("history", "3")
    assert not _log().supports("history", "1")


def test_switching_learning_off_switches_review_off() -> None:
    log = _log({"improve_models": True, "human_review": True}, {"improve_models": False})
    assert not log.supports("review", "1")


def test_a_log_whose_oldest_entries_are_gone_is_believed_as_far_as_it_goes() -> None:
    assert _log(whole=False).supports("history", "1")
    assert not _log({"keep_history": False}, whole=False).supports("history", "1")


def test_an_unreadable_log_supports_nothing() -> None:
    present = frozenset({"history_epoch"})
    (objection,) = rules.account(_facts(), present, None)
    assert objection.reason is Reason.UNRECORDED


def test_retention_ends_to_the_millisecond_and_grace_adds_to_it() -> None:
    day = 86_400_000.0
    assert not rules.overdue(0, 90, 90 * day, 0)
    assert rules.overdue(0, 90, 90 * day + 1, 0)
    assert not rules.overdue(0, 90, 90 * day + 1, 1)


def test_a_record_names_audio_of_its_own_container_or_none() -> None:
    own, other = ("a" * 32).encode(), ("f" * 32).encode()
    for value, fits in (
        (b"|5|sealed", True),
        (own + b"/" + other + b"|5|sealed", True),
        (other + b"/" + other + b"|5|sealed", False),
        (b"no header", False),
        (b"", False),
    ):
        assert (rules.record("h", value, _facts()) is None) == fits


def test_names_of_keys_are_read_in_parts() -> None:
    name = KeyName.parse(f"{{s07}}:h:{ACCOUNT}:3")
    assert name
    assert (name.tag, name.kind, name.account, name.rest) == ("{s07}", "h", ACCOUNT, "3")
    assert name.sibling("hx") == f"{{s07}}:hx:{ACCOUNT}:3"
    assert KeyName.parse("models:nlu") is None
    assert ACCOUNT not in repr(name)
