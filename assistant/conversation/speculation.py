"""Understanding ahead: the interpreter works while the end of speech is still uncertain."""

from __future__ import annotations

import asyncio

from assistant.nlu.interpreter import Interpretation, Interpreter


class Speculation:
    """Interprets what a pause left standing, and keeps the result if it turns out to be final.

    Holds one interpretation at a time. `close` must be called at the end of the turn.
    """

    def __init__(self, interpreter: Interpreter) -> None:
        self._interpreter = interpreter
        self._text = ""
        self._task: asyncio.Task[Interpretation] | None = None

    def consider(self, text: str) -> None:
        """Starts to interpret `text`, unless that is what is being interpreted already."""
        if not text or text == self._text:
            return
        self.close()
        self._text = text
        self._task = asyncio.create_task(self._interpreter.interpret(text))

    async def result(self, text: str) -> Interpretation:
        """The meaning of the final text; raises what the interpreter raises."""
        self.consider(text)
        if self._task is None:
            return await self._interpreter.interpret(text)
        return await self._task

    def close(self) -> None:
        """Drops work that nobody waits for."""
        if self._task is None:
            return
        if not self._task.cancel() and not self._task.cancelled():
            self._task.exception()  # seen: a failure of a dropped guess concerns nobody
        self._task = None
        self._text = ""
