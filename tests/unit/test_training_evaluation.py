"""What Rasa made of texts is compared with what was meant, counted, and told by intent."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from training_loop.datasets.gold import Group
from training_loop.errors import InvalidArgument
from training_loop.review.annotation import parse
from training_loop.training.confusion import ConfusionMatrix
from training_loop.training.evaluation import Evaluation, evaluation_of
from training_loop.training.example_result import EntityCount, ExampleResult
from training_loop.training.marked_files import read_marked, write_marked
from training_loop.training.noised_text import MarkedText
from training_loop.training.parsed_results import HeldOut, read_results, write_texts


def held_out(number: int, text: str, intent: str, *, only_intent: bool = False) -> HeldOut:
    read = parse(text)
    return HeldOut(
        example=f"e{number}",
        speaker="s",
        group=Group(),
        marked=MarkedText(text=read.text, intent=intent, entities=read.entities),
        only_intent=only_intent,
    )


def answer(intent: str, *entities: tuple[str, int, int], unsure: bool = False) -> str:
    ranking = [{"name": intent, "confidence": 0.6}, {"name": "other", "confidence": 0.1}]
    if unsure:
        ranking = [{"name": "nlu_fallback", "confidence": 0.5}, *ranking]
    found = [{"entity": name, "start": start, "end": end} for name, start, end in entities]
    return json.dumps({"intent_ranking": ranking, "entities": found, "took_ms": 0.5})


@pytest.fixture
def results(tmp_path: Path) -> tuple[ExampleResult, ...]:
    examples = [
        held_out(1, "timer for [ten minutes](duration)", "set_timer"),
        held_out(2, "timer for [two minutes](duration)", "set_timer"),
        held_out(3, "hush", "stop"),
        held_out(4, "be quiet", "stop"),
        held_out(5, "timer for tin minutes", "set_timer", only_intent=True),
    ]
    answers = [
        answer("set_timer", ("duration", 10, 21)),
        answer("set_timer", ("duration", 10, 13)),
        answer("set_timer"),
        answer("stop", unsure=True),
        answer("set_timer", ("duration", 10, 21)),
    ]
    (tmp_path / "parsed").write_text("\n".join(answers))
    return read_results(examples, tmp_path / "parsed")


def test_each_example_is_right_or_not(results: tuple[ExampleResult, ...]) -> None:
    assert [one.right for one in results] == [True, True, False, False, True]
    assert [one.exact for one in results] == [True, False, False, False, True]
    assert results[3].given == ""
    assert results[3].best == "stop"
    assert results[1].entities == {"duration": EntityCount(wrong=1, missed=1)}
    assert results[4].entities == {}
    assert "stop" not in repr(results[3])


def test_scores_by_intent_and_entity_and_the_confusions(
    results: tuple[ExampleResult, ...],
) -> None:
    found = evaluation_of(results)
    assert found.intent_accuracy == 0.6
    timer = found.intents["set_timer"]
    assert (timer.precision, timer.recall, timer.support) == (0.75, 1.0, 3)
    assert found.intents["stop"].recall == 0
    assert found.entity_f1 == found.entities["duration"].f1 == 0.5
    assert Evaluation.from_json(json.loads(json.dumps(found.to_json()))) == found
    matrix = ConfusionMatrix.of(results)
    assert matrix.labels == ("", "set_timer", "stop")
    assert matrix.rows() == ((0, 0, 0), (0, 3, 0), (1, 1, 0))
    assert matrix.worst(1) == (("stop", "", 1),)


def test_an_evaluation_without_entities_is_written_as_it_always_was(
    results: tuple[ExampleResult, ...],
) -> None:
    """A manifest's id is the hash of what is written."""
    old = evaluation_of(results[2:4])
    assert old.entity_f1 is None
    assert "entities" not in old.to_json()
    assert Evaluation.from_json(old.to_json()) == old


def test_the_hold_out_is_known_by_its_examples_in_any_order(
    results: tuple[ExampleResult, ...],
) -> None:
    assert evaluation_of(results).hold_out == evaluation_of(results[::-1]).hold_out
    assert evaluation_of(results).hold_out != evaluation_of(results[1:]).hold_out


def test_a_result_too_few_is_found_out(tmp_path: Path) -> None:
    (tmp_path / "parsed").write_text(answer("stop"))
    with pytest.raises(ValueError, match="shorter"):
        read_results(
            [held_out(1, "hush", "stop"), held_out(2, "hush", "stop")], tmp_path / "parsed"
        )


def test_marked_texts_come_back_from_a_file_and_the_file_is_private(tmp_path: Path) -> None:
    examples = [held_out(1, "timer for [ten](n): now", "set_timer").marked]
    write_marked(examples, tmp_path / "a.yml", source="gold")
    assert list(read_marked(tmp_path)) == examples
    assert (tmp_path / "a.yml").stat().st_mode & 0o077 == 0
    write_texts([held_out(1, "hush", "stop")], tmp_path / "texts")
    assert (tmp_path / "texts").stat().st_mode & 0o077 == 0


def test_a_base_text_that_is_wrong_is_named_by_its_file_alone(tmp_path: Path) -> None:
    (tmp_path / "base.yml").write_text("nlu:\n- intent: stop\n  examples: |\n    - hush [now\n")
    with pytest.raises(InvalidArgument, match=r"base\.yml holds a text that is wrong") as fault:
        list(read_marked(tmp_path))
    assert "hush" not in str(fault.value)
