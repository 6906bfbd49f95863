"""How a device's turns look in a terminal."""

from __future__ import annotations

import time

from rich.console import Console
from rich.table import Table
from rich.text import Text

from assistant.v1 import assistant_pb2
from device_sim.errors import DeviceError
from device_sim.household import Spoken
from device_sim.turn import DirectiveNote, Report, Turn
from device_sim.voice import VOICES, is_available


class Screen:
    """Writes to a console. Text that came from outside is never read as markup."""

    def __init__(self, console: Console) -> None:
        self.console = console

    def event(self, event: assistant_pb2.ConverseResponse) -> None:
        """A partial, as soon as it is recognised."""
        if event.HasField("partial"):
            self._line("...", event.partial.text, "dim")

    def turn(self, turn: Turn) -> None:
        if turn.wake is not None:
            self._line("woke", f"{turn.wake.phrase}, score {turn.wake.score:.2f}")
        if turn.is_false_wake and turn.verdict is not None:
            self._line("refused", f"not a wake word, score {turn.verdict.score:.2f}", "yellow")
        if turn.transcript is not None:
            self._line("heard", turn.transcript.text, "bold")
        if turn.interpretation is not None:
            understood = turn.interpretation
            entities = ", ".join(f"{e.name}={e.value}" for e in understood.entities)
            intent = understood.intent or "nothing"
            self._line("understood", f"{intent} ({understood.confidence:.2f}) {entities}".rstrip())
        if turn.answer is not None:
            self._line("answered", turn.answer.text, "bold green")
            for directive in turn.answer.directives:
                self.directive(directive)
        if turn.timing.answer_ms is not None:
            self._line("latency", f"{turn.timing.answer_ms:.0f} ms from end of speech to answer")
        if turn.report is not None:
            self._line("outcome", _fate(turn.report))

    def directive(self, note: DirectiveNote) -> None:
        what = {
            "set_volume": f"volume {note.percent} %",
            "stop": "stop",
            "ring": f"{note.ring_kind} {note.label}".strip()
            + f", due {time.strftime('%H:%M:%S', time.localtime(note.due_at))}",
        }
        self._line("directive", what.get(note.action, note.action), "magenta")

    def spoken(self, spoken: Spoken) -> None:
        self.console.rule(Text(f"{spoken.line.person}: {spoken.said}"), align="left")
        if spoken.turn is not None:
            self.turn(spoken.turn)
        if spoken.failure is not None:
            self.failure(spoken.failure)

    def failure(self, failure: DeviceError) -> None:
        self._line(failure.code, str(failure), "red")
        if failure.hint:
            self._line("", failure.hint)

    def say(self, text: str) -> None:
        self.console.print(Text(text))

    def voices(self) -> None:
        table = Table("voice", "engine", "variant", "wakes with", "installed")
        for voice in VOICES:
            table.add_row(
                voice.name,
                voice.engine.value,
                voice.variant,
                voice.wake_phrase,
                "yes" if is_available(voice) else "no",
            )
        self.console.print(table)

    def _line(self, label: str, text: str, style: str = "") -> None:
        line = Text(f"{label:>12}  ", style="cyan")
        line.append(text, style=style or "default")
        self.console.print(line)


def _fate(report: Report) -> str:
    kept = f"kept as {report.utterance_id}" if report.kept else "not kept"
    queued = "queued for learning" if report.queued else "not learned from"
    why = f" ({report.reason})" if report.reason else ""
    return f"{report.outcome}; {kept}, {queued}{why}"
