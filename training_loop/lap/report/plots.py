"""The pictures of a report. Each stands beside a table with its figures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from training_loop.lap.outcome import CurvePoint
from training_loop.lap.report.formats import counted, part_name, percent
from training_loop.lap.report.ink import AFTER, BEFORE, INK, LINE, MUTED, PAPER, WORSE, Picture
from training_loop.lap.report.levels import Level
from training_loop.lap.report.mistakes import Mistakes
from training_loop.training.confusion import UNSURE
from training_loop.training.gate import Change, Measured

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST_INTENTS = 30
"""More rows do not fit a picture: those that changed least are in the table alone."""
_ROW_IN = 0.185
_FRAME_IN = 0.62
_ROOM = 1.08
_LEAST_ERRORS = 0.02
_LEAST_RIGHT = 0.95
_LONGEST_NAME = 28


def by_change(measured: Sequence[Measured]) -> tuple[Measured, ...]:
    """The greatest gain first."""
    return tuple(sorted(measured, key=lambda one: (one.before - one.after, one.part.name)))


def by_intent(name: str, measured: Sequence[Measured]) -> Picture:
    """Before and after of each intent, the greatest gain on top."""
    ranked = by_change(measured)
    while len(ranked) > MOST_INTENTS:
        least = min(ranked, key=lambda one: abs(one.after - one.before))
        ranked = tuple(one for one in ranked if one is not least)

    gained = sum(one.after > one.before for one in ranked)
    lost = sum(one.after < one.before for one in ranked)

    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        rows = np.arange(len(ranked))[::-1]
        for row, one in zip(rows, ranked, strict=True):
            colour = WORSE if one.after < one.before else AFTER
            axes.plot([one.before, one.after], [row, row], color=colour, linewidth=2, alpha=0.55)
            axes.plot(one.before, row, "o", markersize=4, markerfacecolor=PAPER, color=BEFORE)
            axes.plot(one.after, row, "o", markersize=5, color=colour)
        axes.set_yticks(rows, [_marked(one) for one in ranked])
        lowest = min((min(one.before, one.after) for one in ranked), default=0.0)
        _percent_axis(axes, max(0.0, np.floor(10 * lowest - 0.3) / 10), 1.0)
        axes.set_ylim(-0.7, len(ranked) - 0.3)
        _legend(figure, worse=lost > 0)

    return Picture(
        name=name,
        alternative=(
            f"Share of each intent that is right, before and after: {gained} of"
            f" {counted(len(ranked), 'intent')} gained, {lost} lost. The figures are in the table."
        ),
        draw=draw,
        height_in=_FRAME_IN + _ROW_IN * len(ranked),
    )


def _marked(one: Measured) -> str:
    """What is sure needs no colour to be seen."""
    sign = {
        Change.BETTER: " \N{BLACK UP-POINTING TRIANGLE}",
        Change.WORSE: " \N{BLACK DOWN-POINTING TRIANGLE}",
    }
    return _short(one.part.name) + sign.get(one.change, "")


def _short(name: str) -> str:
    """The picture is for the figures; the table has the whole name."""
    return name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 1]}…"


def by_group(name: str, levels: Sequence[Level]) -> Picture:
    """Before and after on the whole and in each group, with their intervals."""
    what = "Words that are wrong" if levels[0].errors else "Requests that are right"

    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        rows = np.arange(len(levels))[::-1]
        for row, one in zip(rows, levels, strict=True):
            for estimate, offset, colour, face in (
                (one.before, 0.16, BEFORE, PAPER),
                (one.after, -0.16, AFTER, AFTER),
            ):
                at = row + offset
                axes.plot([estimate.low, estimate.high], [at, at], color=colour, linewidth=1.6)
                axes.plot(estimate.value, at, "o", markersize=5, color=colour, markerfacecolor=face)
        axes.set_yticks(rows, [_short(part_name(one.part)) for one in levels])
        bounds = [of for one in levels for of in (one.before, one.after)]
        if levels[0].errors:
            _percent_axis(axes, 0.0, max(_LEAST_ERRORS, _ROOM * max(of.high for of in bounds)))
        else:
            lowest = np.floor(20 * min(of.low for of in bounds)) / 20
            _percent_axis(axes, min(_LEAST_RIGHT, lowest), 1.0)
        axes.set_ylim(-0.6, len(levels) - 0.4)
        _legend(figure)

    whole = levels[0]
    return Picture(
        name=name,
        alternative=(
            f"{what}: {percent(whole.before.value)} before, {percent(whole.after.value)} after on"
            f" the whole, and the same for {counted(len(levels) - 1, 'group')}. The figures are in"
            " the table."
        ),
        draw=draw,
        height_in=_FRAME_IN + 0.27 * len(levels),
    )


def confusion(name: str, found: Mistakes) -> Picture:
    """What was meant, by row, and what it was taken for, by column."""

    def draw(figure: Figure) -> None:
        from matplotlib.patches import Rectangle

        axes = figure.subplots()
        most = max(max(row) for row in found.counts)
        for row, meant in enumerate(found.meant):
            for column, given in enumerate(found.given):
                number = found.counts[row][column]
                if not number:
                    continue
                right = meant == given
                strength = 0.16 + 0.5 * np.sqrt(number / most)
                axes.add_patch(
                    Rectangle(
                        (column - 0.47, row - 0.47),
                        *(0.94, 0.94),
                        facecolor=AFTER if right else WORSE,
                        alpha=strength,
                    )
                )
                axes.text(column, row, str(number), ha="center", va="center", size=6.5)
        axes.set_xticks(
            range(len(found.given)), [_short(one) or "too unsure" for one in found.given]
        )
        axes.set_yticks(range(len(found.meant)), [_short(one) for one in found.meant])
        axes.tick_params(axis="x", top=True, labeltop=True, labelbottom=False, rotation=90, pad=2)
        axes.tick_params(axis="both", labelsize=7.5, labelcolor=INK)
        axes.set_xlim(-0.55, len(found.given) - 0.45)
        axes.set_ylim(len(found.meant) - 0.45, -0.55)
        axes.spines[:].set_visible(False)
        _lattice(axes, len(found.given), len(found.meant))

    unsure = " One column is for requests it was too unsure about." if UNSURE in found.given else ""
    return Picture(
        name=name,
        alternative=(
            f"{counted(found.total, 'mistake')}: what was meant by row, what it was taken for by"
            f" column.{unsure} The most frequent ones are in the table."
        ),
        draw=draw,
        height_in=1.35 + 0.21 * len(found.meant),
    )


def _lattice(axes: Axes, columns: int, rows: int) -> None:
    for column in range(columns + 1):
        axes.plot([column - 0.5] * 2, [-0.5, rows - 0.5], color=LINE, linewidth=0.6, zorder=0)
    for row in range(rows + 1):
        axes.plot([-0.5, columns - 0.5], [row - 0.5] * 2, color=LINE, linewidth=0.6, zorder=0)


def learning_curve(name: str, curve: Sequence[CurvePoint]) -> Picture:
    """How good models of more and more clips are."""
    points = sorted(curve, key=lambda one: one.clips)
    clips = [one.clips for one in points]
    lines = _lines_of(points)
    drawn = [value for _, values in lines for value in values]

    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        inks = ((AFTER, "o-"), (MUTED, "s--"))
        for (label, values), (colour, style) in zip(lines, inks, strict=False):
            axes.plot(clips, values, style, color=colour, markersize=4, linewidth=1.6, label=label)
            for at, value in zip(clips, values, strict=True):
                axes.annotate(
                    percent(value),
                    (at, value),
                    (0, 5),
                    textcoords="offset points",
                    size=7,
                    ha="center",
                )
        axes.set_xticks(clips)
        axes.set_xlabel("clips that it learned from")
        low, high = min(drawn), max(drawn)
        room = max(0.02, 0.16 * (high - low))
        axes.set_ylim(low - room, min(1.0 + room, high + room))
        axes.set_yticks([])
        axes.spines["left"].set_visible(False)
        axes.margins(x=0.1)
        axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.26), ncols=2, fontsize=7.5)

    return Picture(
        name=name,
        alternative=(
            f"From {counted(clips[0], 'clip')} to {counted(clips[-1], 'clip')}: "
            + ", ".join(
                f"{label} from {percent(values[0])} to {percent(values[-1])}"
                for label, values in lines
            )
            + ". The figures are in the table."
        ),
        draw=draw,
        height_in=2.3,
    )


def _lines_of(points: Sequence[CurvePoint]) -> list[tuple[str, list[float]]]:
    """What is measured at each point, with its name."""
    wrong = [one.word_error_rate for one in points if one.word_error_rate is not None]
    if wrong:
        return [("words wrong", wrong)]
    return [
        ("intents right", [one.accuracy for one in points]),
        ("whole commands right", [one.exact for one in points]),
    ]


def _percent_axis(axes: Axes, low: float, high: float) -> None:
    from matplotlib.ticker import MaxNLocator, PercentFormatter

    room = 0.02 * (high - low) or 0.01
    axes.set_xlim(low - room, high + room)
    axes.xaxis.set_major_locator(MaxNLocator(nbins=5, steps=[1, 2, 2.5, 5, 10]))
    axes.xaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
    axes.grid(visible=True, axis="x")
    axes.spines["left"].set_visible(False)


def _legend(figure: Figure, *, worse: bool = False) -> None:
    from matplotlib.lines import Line2D

    colours = [(BEFORE, PAPER, "in service before"), (AFTER, AFTER, "new model")]
    if worse:
        colours.append((WORSE, WORSE, "and worse"))
    handles = [
        Line2D(
            *([], []),
            marker="o",
            linestyle="none",
            markersize=5,
            color=colour,
            label=label,
            markerfacecolor=face,
        )
        for colour, face, label in colours
    ]
    figure.legend(
        handles=handles,
        loc="outside upper left",
        ncols=len(handles),
        fontsize=7.5,
        borderaxespad=0.2,
        handletextpad=0.1,
        columnspacing=1.0,
    )
