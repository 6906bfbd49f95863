"""Asks for a line, with what is there to edit and completion where readline is installed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

Completions = Callable[[str], tuple[str, ...]]


class Keyboard(Protocol):
    def ask(self, label: str, *, prefill: str = "", complete: Completions | None = None) -> str:
        """One line as typed. Raises EOFError when there is no more."""
        ...


class TerminalKeyboard:
    """The terminal's own. Nothing typed goes into a history."""

    def ask(self, label: str, *, prefill: str = "", complete: Completions | None = None) -> str:
        try:
            import readline
        except ImportError:  # a Python without it: no prefill, no completion
            return input(f"{label}> ")
        readline.set_auto_history(False)
        readline.parse_and_bind("tab: complete")
        readline.set_completer_delims("")
        readline.set_completer(_completer(complete))
        readline.set_startup_hook(lambda: readline.insert_text(prefill))
        try:
            return input(f"{label}> ")  # readline must know the label to redraw the line
        finally:
            readline.set_startup_hook()
            readline.set_completer()


def _completer(complete: Completions | None) -> Callable[[str, int], str | None]:
    def candidate(typed: str, number: int) -> str | None:
        found = complete(typed) if complete else ()
        return found[number] if number < len(found) else None

    return candidate
