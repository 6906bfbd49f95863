"""Reviewing in a terminal: hear, compare, correct, decide."""

from __future__ import annotations

import asyncio
from collections import Counter
from concurrent.futures import Future

from rich.console import Console, Group
from rich.markup import escape
from rich.panel import Panel
from rich.table import Table

from training_loop.errors import InvalidArgument
from training_loop.queue.lease import LeaseLost
from training_loop.review.annotation import AnnotationFault
from training_loop.review.background import Background, ClipWithdrawn, withdrawal_signal
from training_loop.review.desk import OpenClip, ReviewDesk, conclude
from training_loop.review.keyboard import Keyboard
from training_loop.review.ontology import Ontology
from training_loop.review.playback import BYTES_PER_SECOND, Playback, playback
from training_loop.review.session import Outcome, ReviewSession
from training_loop.utterance import Utterance

RENEW_EVERY_S = 2.0
"""Also how soon a withdrawal ends an open clip."""

_KEYS = (
    "[bold]Enter[/] right as it stands  [bold]t[/]ext  [bold]e[/]ntities  [bold]i[/]ntent  "
    "[bold]p[/]lay  [bold]s[/]kip  [bold]f[/]lag and delete  [bold]q[/]uit"
)
_ENDINGS = {
    Outcome.CONFIRMED: "[green]Thank you; models may learn from it now.[/]",
    Outcome.SKIPPED: "Skipped.",
    Outcome.FLAGGED: "[yellow]Flagged; the clip is deleted.[/]",
    Outcome.WITHDRAWN: "[yellow]This clip is no longer yours to hear: its speaker took it back, "
    "or it lay open too long. Nothing of it was kept.[/]",
}


class Quit(Exception):
    """The reviewer has had enough."""


class ReviewTerminal:
    """One reviewer's session at a desk. Runs in the main thread; the desk in `background`."""

    def __init__(
        self,
        *,
        desk: ReviewDesk,
        ontology: Ontology,
        reviewer: str,
        background: Background,
        keyboard: Keyboard,
        console: Console,
        text_first: bool = False,
    ) -> None:
        self._desk = desk
        self._ontology = ontology
        self._reviewer = reviewer
        self._background = background
        self._keyboard = keyboard
        self._console = console
        self._text_first = text_first

    def run(self, limit: int) -> Counter[Outcome]:
        """Until nothing waits, the reviewer quits or `limit` clips were seen."""
        outcomes: Counter[Outcome] = Counter()
        with withdrawal_signal() as self._withdrawal:
            while outcomes.total() < limit:
                clip = self._background.call(self._desk.next())
                if clip is None:
                    break
                try:
                    outcomes[self._review(clip)] += 1
                except (Quit, EOFError, KeyboardInterrupt):
                    break
        return outcomes

    def _review(self, clip: OpenClip) -> Outcome:
        session = ReviewSession(clip.utterance, self._ontology)
        try:
            with self._withdrawal.armed() as withdraw:
                holding = self._background.start(_hold(self._desk, clip))
                holding.add_done_callback(lambda done: withdraw() if _lost(done) else None)
                try:
                    with playback(clip.utterance.pcm) as sound:
                        self._work(session, clip.utterance, sound)
                finally:
                    holding.cancel()
        except ClipWithdrawn:
            session.withdraw()
            self._console.clear()
        except (Quit, EOFError, KeyboardInterrupt):
            session.skip()
            self._background.call(conclude(self._desk, clip, session, self._reviewer))
            raise
        outcome = self._background.call(conclude(self._desk, clip, session, self._reviewer))
        self._console.print(_ENDINGS[outcome])
        return outcome

    def _work(self, session: ReviewSession, utterance: Utterance, sound: Playback) -> None:
        if not self._text_first:
            self._play(sound)
        self._console.print(describe(utterance))
        while session.outcome is None:
            self._console.print(show_draft(session), _KEYS)
            choice = self._keyboard.ask("").strip().lower()
            try:
                self._obey(choice, session, sound)
            except (InvalidArgument, AnnotationFault) as fault:
                self._console.print(f"[red]{escape(str(fault))}[/] {escape(fault.hint)}")

    def _obey(self, choice: str, session: ReviewSession, sound: Playback) -> None:
        match choice:
            case "":
                session.confirm()
            case "t":
                text = self._keyboard.ask("text", prefill=session.draft.text)
                session.correct_text(text)
            case "e":
                self._console.print(_how_to_mark(self._ontology))
                session.annotate(self._keyboard.ask("marked", prefill=session.draft.marked))
            case "i":
                complete = self._ontology.completions
                session.choose_intent(
                    self._pick_intent(self._keyboard.ask("intent", complete=complete))
                )
            case "p":
                self._play(sound)
            case "s":
                session.skip()
            case "f":
                session.flag()
            case "q":
                raise Quit
            case _:
                self._console.print("[red]Press one of the letters, or Enter.[/]")

    def _pick_intent(self, typed: str) -> str:
        """The only intent that fits what was typed, else what was typed."""
        if typed.strip() in self._ontology.intents:
            return typed
        fitting = self._ontology.completions(typed)
        return fitting[0] if len(fitting) == 1 else typed

    def _play(self, sound: Playback) -> None:
        if said := sound.play():
            self._console.print(f"[dim]{escape(said)}[/]")


async def _hold(desk: ReviewDesk, clip: OpenClip) -> None:
    """Keeps the lease while somebody thinks; ends with LeaseLost."""
    while True:
        await asyncio.sleep(RENEW_EVERY_S)
        clip = await desk.renew(clip)


def _lost(done: Future[None]) -> bool:
    return not done.cancelled() and isinstance(done.exception(), LeaseLost)


def describe(utterance: Utterance) -> Panel:
    """What was recognised. No account, no device, no time of day."""
    table = Table.grid(padding=(0, 2))
    table.add_row("heard", f"{escape(utterance.heard)}  [dim]{utterance.confidence:.0%}[/]")
    for reading in utterance.alternatives[:5]:
        table.add_row("or", f"{escape(reading.text)}  [dim]{reading.confidence:.0%}[/]")
    understood = f"{escape(utterance.intent)}  [dim]{utterance.intent_confidence:.0%}[/]"
    table.add_row("understood", understood if utterance.intent else "[dim]nothing[/]")
    length = f"{len(utterance.pcm) / BYTES_PER_SECOND:.1f} s" if utterance.pcm else "typed"
    return Panel(table, title=f"a clip, {length}", border_style="cyan")


def show_draft(session: ReviewSession) -> Group:
    draft = session.draft
    return Group(
        f"[bold]{escape(draft.marked)}[/]",
        f"intent [bold green]{draft.intent}[/]" if draft.intent else "[red]no intent yet[/]",
    )


def _how_to_mark(ontology: Ontology) -> str:
    names = ", ".join(
        f"{name} ({'/'.join(sorted(roles))})" if roles else name
        for name, roles in ontology.entities.items()
    )
    example = escape('[ten minutes](duration), [ten]{"entity": "amount", "role": "r"}')
    return f"[dim]Mark like {example}. Entities: {escape(names)}.[/]"
