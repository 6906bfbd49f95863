"""How the demo looks in a terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.markup import escape
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from device_sim.household import Spoken
from device_sim.turn import Report, Turn

_COLOURS = {"Ana": "magenta", "Ben": "cyan", "Cleo": "yellow"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """Something the demo promised, and whether it held."""

    promise: str
    held: bool


class Teller:
    """Prints the acts."""

    def __init__(self, console: Console) -> None:
        self.console = console

    def act(self, title: str, explanation: str = "") -> None:
        self.console.print()
        self.console.rule(f"[bold]{title}", align="left")
        if explanation:
            self.console.print(f"[dim]{explanation}")

    def people(self, choices: Mapping[str, str]) -> None:
        for name, choice in choices.items():
            self.console.print(f"  [{_COLOURS[name]}]{name:5}[/] {choice}")
        self.console.print()

    def spoken(self, spoken: Spoken) -> None:
        """One turn: who said what, what was heard, understood and answered, and its fate."""
        line = spoken.line
        asides = [
            aside
            for aside, present in (
                ("bad microphone", line.microphone == "bad"),
                ("as a guest", line.guest),
                ("nobody called the assistant", line.false_wake),
                ("reply", spoken.said in line.replies),
                (f"attempt {spoken.attempt}", spoken.attempt > 1),
            )
            if present
        ]
        said = Text.assemble(
            (f"{line.person:5}", f"bold {_COLOURS[line.person]}"),
            (f"“{spoken.said}”" if spoken.said else "says nothing", "bold"),
            (f"  ({', '.join(asides)})" if asides else "", "dim"),
        )
        self.console.print(said)
        if spoken.failure is not None:
            self.console.print(f"      [red]{spoken.failure.code}[/] {escape(spoken.failure.hint)}")
        elif spoken.turn is not None:
            for row in _rows(spoken.said, spoken.turn):
                self.console.print(Text("      ").append_text(row))

    def table(self, title: str, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
        table = Table(title=title, title_justify="left", title_style="bold", pad_edge=False)
        for number, column in enumerate(columns):
            table.add_column(column, justify="left" if number == 0 else "right")
        for row in rows:
            table.add_row(*map(str, row))
        self.console.print(table)

    def checks(self, checks: Sequence[Check]) -> None:
        lines = Text("\n").join(
            Text.assemble(
                ("✓ " if check.held else "✗ ", "green" if check.held else "bold red"),
                check.promise,
            )
            for check in checks
        )
        held = all(check.held for check in checks)
        self.console.print()
        self.console.print(
            Panel(
                lines,
                title="Everything held" if held else "Something did not hold",
                border_style="green" if held else "red",
                title_align="left",
                expand=False,
            )
        )


def _rows(said: str, turn: Turn) -> list[Text]:
    rows = []
    if turn.is_false_wake:
        rows.append(Text("not called: the server's own detector disagrees", style="dim"))
    if turn.transcript is not None:
        right = turn.transcript.text == said
        rows.append(
            Text.assemble(
                ("heard      ", "dim"),
                (turn.transcript.text, "green" if right else "yellow"),
            )
        )
    if turn.interpretation is not None:
        rows.append(_understood(turn))
    if turn.answer is not None:
        rows.append(Text.assemble(("answered   ", "dim"), turn.answer.text))
    if turn.report is not None:
        rows.append(_fate(turn.report))
    return rows


def _understood(turn: Turn) -> Text:
    assert turn.interpretation is not None
    meaning = turn.interpretation
    entities = ", ".join(f"{e.name} {e.value}" for e in meaning.entities)
    return Text.assemble(
        ("understood ", "dim"),
        (meaning.intent or "nothing", "green" if meaning.intent else "yellow"),
        (f" {meaning.confidence:.0%}", "dim"),
        (f"  {entities}" if entities else "", "dim"),
    )


def _fate(report: Report) -> Text:
    answer_ms = report.stage_ms.get("end_of_speech_to_answer", 0.0)
    fate = [
        "kept in the history" if report.kept else "not kept",
        "queued for learning" if report.queued else "not queued",
    ]
    why = f" ({report.reason.replace('_', ' ')})" if report.reason else ""
    return Text.assemble(
        (f"{answer_ms:.0f} ms after the end of speech · " if answer_ms else "", "dim"),
        (", ".join(fate) + why, "blue" if report.kept or report.queued else "dim"),
    )
