"""The report of a lap: all of it is on one page, right, escaped, and the same for the same lap."""

from __future__ import annotations

import os
import re
import stat
import subprocess
import sys
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from tests.fixtures import lap_outcome as made_up
from training_loop.datasets.gold import Group
from training_loop.lap.outcome import CurvePoint, LapOutcome, ModelOutcome, Result, word_error_rate
from training_loop.lap.report import words
from training_loop.lap.report.formats import points
from training_loop.lap.report.ink import Picture
from training_loop.lap.report.levels import levels
from training_loop.lap.report.mistakes import mistakes
from training_loop.lap.report.page import page
from training_loop.lap.report.plots import by_intent
from training_loop.lap.report.writing import write_report
from training_loop.registry.course import Ending
from training_loop.registry.record import ModelState, ModelSummary
from training_loop.training.confusion import UNSURE, ConfusionMatrix
from training_loop.training.gate import Verdict, judge
from training_loop.training.slices import SliceKind
from training_loop.training.trainer import ModelKind

_DRAWS = """
import os
from training_loop.lap.report.ink import Picture
plot = Picture(name="p", alternative="A line.", draw=lambda figure: None, height_in=1.0).svg()
print(os.environ["MPLCONFIGDIR"], plot)
"""


class Seen(HTMLParser):
    """Tags that are open and closed as they must be, attributes and visible text."""

    def __init__(self, written: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.wrong: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.words: list[str] = []
        self.feed(written)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        if tag not in ("meta", "link", "br"):
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.attributes += [(tag, name, value or "") for name, value in attrs]

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.wrong.append(tag)

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] not in ("style", "title"):
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


@pytest.fixture(scope="module")
def written(lap_outcome: LapOutcome) -> str:
    return page(lap_outcome)


@pytest.fixture(scope="module")
def seen(written: str) -> Seen:
    return Seen(written)


def test_names_every_model_its_parent_and_the_data_set(lap_outcome: LapOutcome, seen: Seen) -> None:
    for model in lap_outcome.models:
        assert model.model in seen.text
        assert model.parent in seen.text
    assert lap_outcome.data_set.name in seen.text
    assert "2 of 3 new models serve" in seen.text


def test_shows_the_figures_of_each_model_before_and_after(
    lap_outcome: LapOutcome, seen: Seen
) -> None:
    for model in lap_outcome.models:
        for before, after in model.figures.values():
            assert f"{before:.1%} → {after:.1%}" in seen.text
            assert points(after - before) in seen.text
    language_model = lap_outcome.of(ModelKind.LANGUAGE_MODEL)
    assert language_model
    rate = word_error_rate(language_model.after)
    assert f"{rate:.1%} are wrong" in seen.text
    for point in made_up.nlu().curve:
        assert f"{point.clips} {point.accuracy:.1%} {point.exact:.1%}" in seen.text


def test_a_language_models_curve_is_of_wrong_words() -> None:
    heard = made_up.language_model()
    curve = tuple(
        CurvePoint(clips=clips, accuracy=0.31, exact=0.32, word_error_rate=wrong)
        for clips, wrong in ((0, 0.342), (118, 0.121), (474, 0.059))
    )
    text = Seen(page(made_up.outcome(replace(heard, curve=curve)))).text
    assert "Clips Words wrong 0 34.2% 118 12.1% 474 5.9%" in text
    assert "Learning curve" in text
    assert "Intents right" not in text
    assert "31.0%" not in text, "a language model has no intents"


def test_says_of_each_part_of_the_gate_what_it_rests_on(
    lap_outcome: LapOutcome, seen: Seen
) -> None:
    for model in lap_outcome.models:
        assert model.verdict
        for one in model.verdict.measured:
            row = f"{points(one.low)} and {points(one.high)} {one.examples} {one.speakers}"
            assert row in seen.text, one


def test_counts_consents_and_says_what_was_withheld(lap_outcome: LapOutcome, seen: Seen) -> None:
    assert "212 accounts with consent gave 1,241 reviewed utterances of 1,359" in seen.text
    assert "training 134 480 test 18 61 hold-out 60 700 withdrawn meanwhile 3" in seen.text
    for why, number in words.withheld(lap_outcome.data_set.report):
        assert f"{why} {number}" in seen.text
    assert len(words.withheld(lap_outcome.data_set.report)) == 5
    assert "Epoch Utterances 1 351 2 129" in seen.text
    assert lap_outcome.due[0].model in seen.text


def test_tells_how_a_trial_on_live_traffic_went(seen: Seen) -> None:
    assert "As a shadow it agreed in 89.7% of 1,840; 12 more were not shown to it." in seen.text
    assert "not understood 8.2% (181) 5.1% (6)" in seen.text
    assert "play_music 69.0% 310" in seen.text


def test_sets_time_and_size_against_their_budgets(seen: Seen) -> None:
    assert "35.6 ms 20.0 ms no" in seen.text
    assert "size 2.4 MB 200.0 MB yes" in seen.text


def test_loads_nothing_and_runs_nothing(written: str, seen: Seen) -> None:
    assert seen.wrong == []
    assert seen.open == []
    tags = {tag for tag, _, _ in seen.attributes}
    assert not tags & {"script", "img", "link", "iframe", "object", "base", "form"}
    for _, name, value in seen.attributes:
        assert not name.startswith("on")
        if name in ("href", "src", "xlink:href", "action"):
            assert value.startswith("#"), value
    assert "http:" not in written
    assert "https:" not in written
    assert "@import" not in written
    assert all(found.startswith("#") for found in re.findall(r"url\(([^)]*)\)", written))


def test_every_plot_says_what_it_shows_and_follows_the_page_s_colours(
    written: str, seen: Seen
) -> None:
    told = [value for tag, name, value in seen.attributes if (tag, name) == ("svg", "aria-label")]
    assert len(told) == written.count('class="plot"') == 8
    assert all("table" in one for one in told)
    plots = re.findall(r'<svg class="plot".*?</svg>', written, flags=re.DOTALL)
    for plot in plots:
        assert not re.findall(r"(?:fill|stroke): #(?!000000)", plot)
    ids = [value for _, name, value in seen.attributes if name == "id"]
    assert len(ids) == len(set(ids))


def test_escapes_everything_that_was_told_it() -> None:
    hostile = "<script>alert('$x$')</script>&amp;"
    results = tuple(
        replace(one, intent=hostile if one.intent == "stop" else one.intent)
        for one in made_up.understood({}, seed=1)
    )
    refused = replace(
        made_up.model(ModelKind.NLU, results, results),
        result=Result.REFUSED,
        reasons=(hostile, f"second {hostile}"),
        counts={hostile: 1},
    )
    written = page(made_up.outcome(refused, made_up.failed()))
    assert "<script" not in written
    assert "<early>" not in written
    text = Seen(written).text
    assert text.count(hostile) >= 4  # reasons, counts, the tables
    assert text.count(hostile[:20]) > text.count(hostile)  # and the plots, which shorten it
    assert "The trainer ended <early>." in text


def test_equal_outcomes_have_equal_pages(written: str) -> None:
    for make in (made_up.nlu, made_up.language_model, made_up.thresholds):
        make.cache_clear()  # equal, and not the same
    assert page(made_up.outcome()) == written


def test_holds_nothing_of_a_single_example(lap_outcome: LapOutcome, written: str) -> None:
    for item in lap_outcome.data_set.items[:50]:
        assert item.ref.item not in written
        assert item.label not in written
    assert "example-" not in written
    assert "speaker-" not in written


def test_is_written_for_its_owner_alone_and_named_by_time_and_data_set(tmp_path: Path) -> None:
    outcome = made_up.outcome(made_up.failed())
    path = write_report(outcome, tmp_path / "reports")
    assert path.name == f"lap-20261122T080000Z-{outcome.data_set.name}.html"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert path.read_text() == page(outcome)
    assert [one.name for one in path.parent.iterdir()] == [path.name]


def ended(result: Result, **changes: object) -> ModelOutcome:
    made = ModelOutcome(kind=ModelKind.NLU, result=result, model="nlu-0123456789abcdef0123")
    return replace(made, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("model", "said"),
    [
        (ended(Result.WITHDRAWN), "A consent ended while it was trained: it is never released."),
        (ended(Result.UNDECIDED), "Its trial ended without a verdict: it stays a candidate."),
        (ended(Result.FAILED), "No model came of it; the one in service goes on."),
        (ended(Result.REFUSED), "It was refused; the model before goes on."),
        (made_up.failed(), "Check the base data"),
        (
            ended(Result.REFUSED, tried=made_up.tried(Ending.WORSE), reasons=("It was worse.",)),
            "It was clearly worse on live traffic.",
        ),
        (ended(Result.REFUSED, verdict=Verdict(reasons=("Too few examples.",))), "Too few"),
    ],
    ids=["withdrawn", "undecided", "failed", "refused", "failure", "trial", "too few"],
)
def test_says_what_came_of_a_model_that_does_not_serve(model: ModelOutcome, said: str) -> None:
    seen = Seen(page(made_up.outcome(model)))
    assert said in seen.text
    assert "The model before goes on" in seen.text
    assert seen.wrong == []


def test_a_lap_without_models_and_data_is_told_as_well() -> None:
    empty = made_up.data_set(left_out={})
    outcome = made_up.outcome(data_set=replace(empty, items=()), tombstones=0, due=())
    text = Seen(page(replace(outcome, models=()))).text
    assert "Nothing was trained" in text
    assert "Everything that was reviewed is in the data set." in text
    assert "None of them was withdrawn meanwhile." in text


def test_sets_earlier_models_of_the_same_kinds_beside_the_lap() -> None:
    def earlier(model: str, kind: ModelKind) -> ModelSummary:
        return ModelSummary(
            model=model,
            kind=kind,
            state=ModelState.RETIRED,
            serving=False,
            parent="",
            fingerprint="",
            created_at_s=made_up.BEGAN_AT_S - 86_400,
            data_sets=(),
            items=211,
            withdrawn=0,
            results={"intent_accuracy": 0.8412},
        )

    own = "nlu-0123456789abcdef0123"
    told = [earlier("nlu-old", ModelKind.NLU), earlier("am-old", ModelKind.ACOUSTIC)]
    outcome = made_up.outcome(ended(Result.REFUSED, model=own))
    text = Seen(page(outcome, earlier=[*told, earlier(own, ModelKind.NLU)])).text
    assert "nlu-old 21 November 2026 retired 211 intents right 84.1%" in text
    assert "am-old" not in text
    assert f"{own} 21 November" not in text


def test_levels_hold_the_truth_within_their_bounds_and_count_errors_for_words() -> None:
    language_model = made_up.language_model()
    found = levels(language_model.before, language_model.after)
    whole = found[0]
    assert whole.part.kind is SliceKind.OVERALL
    assert whole.errors
    assert whole.after.value == pytest.approx(word_error_rate(language_model.after))
    groups = {"noise=loud", "pitch=low", "device_kind=phone", "locale=en-GB"}
    assert {one.part.name for one in found[1:]} >= groups
    for one in found:
        for of in (one.before, one.after):
            assert of.low < of.value < of.high
    loud = next(one for one in found if one.part.name == "noise=loud")
    assert loud.after.high - loud.after.low > whole.after.high - whole.after.low
    assert levels((), ()) == ()


def test_a_hold_out_without_any_mistake_or_difference_is_drawn_as_well() -> None:
    perfect = tuple(
        replace(one, right=True, given=one.intent, group=Group()) for one in made_up.nlu().after
    )
    silent = tuple(replace(one, word_errors=0) for one in made_up.language_model().after)
    curve = (CurvePoint(clips=0, accuracy=1.0, exact=1.0),)
    text = Seen(
        page(
            made_up.outcome(
                made_up.model(ModelKind.NLU, perfect, perfect, curve=curve),
                made_up.model(ModelKind.LANGUAGE_MODEL, silent, silent),
            )
        )
    ).text
    assert "It makes no mistake on the hold-out." in text
    assert "0.0% are wrong, 0.0% before." in text


def test_strange_and_endless_names_leave_the_plots_whole() -> None:
    strange = {"stop": "停止" * 4, "ask_time": "a_very_" * 30 + "long_name"}
    results = tuple(
        replace(one, intent=strange.get(one.intent, one.intent)) for one in made_up.nlu().after
    )
    text = Seen(page(made_up.outcome(made_up.model(ModelKind.NLU, results, results)))).text
    assert strange["stop"] in text
    assert strange["ask_time"] in text


def test_plots_are_drawn_where_no_home_can_be_written(tmp_path: Path) -> None:
    nowhere = tmp_path / "file"
    nowhere.touch()
    drawn = subprocess.run(
        [sys.executable, "-W", "error", "-c", _DRAWS],
        env={**_without_config(), "HOME": str(nowhere), "XDG_CACHE_HOME": str(nowhere)},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert drawn.stderr == ""
    where, plot = drawn.stdout.split(" ", 1)
    assert plot.startswith("<svg")
    assert not Path(where).exists()


def _without_config() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name != "MPLCONFIGDIR"}


def test_of_many_intents_only_those_with_mistakes_are_drawn() -> None:
    matrix = ConfusionMatrix(
        {
            **{(f"i{number}", f"i{number}"): 5 for number in range(20)},
            ("i3", "i7"): 4,
            ("i3", UNSURE): 2,
            ("i9", "i8"): 1,
        }
    )
    found = mistakes(matrix)
    assert found.meant == ("i3", "i7", "i8", "i9")
    assert found.given == (*found.meant, UNSURE)
    assert found.counts[0] == (5, 4, 0, 0, 2)
    assert (found.total, found.left_out) == (7, 0)
    fewer = mistakes(matrix, most=2)
    assert (fewer.meant, fewer.total, fewer.left_out) == (("i3", "i7"), 7, 1)


def test_many_intents_leave_the_plot_those_that_changed_most() -> None:
    names = [f"intent_{number}" for number in range(64)]
    before = tuple(
        replace(one, example=str(number), intent=names[number % 64])
        for number, one in enumerate(made_up.understood({}, seed=8))
    )
    after = tuple(replace(one, right=True, given=one.intent) for one in before)
    verdict = judge(after, before)
    measured = [one for one in verdict.measured if one.part.kind is SliceKind.INTENT]
    picture: Picture = by_intent("many", measured)
    drawn = set(re.findall(r"intent_\d+", picture.svg()))
    most = max(measured, key=lambda one: one.after - one.before)
    assert len(drawn) == 30
    assert most.part.name in drawn
