"""One readable log of a training run. It holds nothing that anybody said, by what can be put there:

words that this package chose, numbers, and places in installed software. What trainers print, and
what exceptions say, has no way into it but through `harmless_sentence` and `code_places`.
"""

from __future__ import annotations

import os
import platform
import re
import secrets
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from importlib.metadata import Distribution, distributions
from itertools import count
from pathlib import Path
from types import MappingProxyType

from training_loop.errors import EarmarkError
from training_loop.training.code_places import places_of, told

KEPT = 50
MAX_BYTES = 1 << 20
_FOR_THE_END = 64 << 10
"""Is kept free for how it ended."""
_LIBRARIES = MappingProxyType(
    {
        "": ("earmark", "numpy", "vosk", "ray"),
        "rasa": ("rasa", "numpy", "scikit-learn", "python-crfsuite"),
    }
)
_WORD = re.compile(r"[\w.:%/+@-]{1,64}")
_SENTENCES = re.compile(
    r"The disk is full\."
    r"|The trainer took longer than \d+ s\."
    r"|The trainer used more than \d+ s of processor time\."
    r"|The trainer was ended by SIG[A-Z0-9]+\."
    r"|The trainer wanted more memory than it may have\."
    r"|The trainer cannot be started\."
    r"|The worker that trained was ended\."
)

Fact = int | float | str


class TrainerLog:
    """A file of its own for each run. Whatever becomes of it, the training goes on."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._began_s = time.monotonic()
        self._processes = count(1)
        self._left = MAX_BYTES - _FOR_THE_END

    @staticmethod
    def begin(directory: Path, kind: str, **facts: Fact) -> TrainerLog:
        """Makes the file, for its owner alone, and removes all but the newest `KEPT`."""
        moment = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
        log = TrainerLog(directory / f"{moment}-{kind}-{secrets.token_hex(3)}.log")
        with suppress(OSError):
            directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            os.close(os.open(log.path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
            for old in sorted(directory.glob("*.log"))[:-KEPT]:
                old.unlink(missing_ok=True)
        log.tell(f"{moment} {kind}", **facts)
        log.tell(f"python {platform.python_version()}, {platform.system()} {platform.machine()}")
        log.tell(versions())
        return log

    @property
    def kept(self) -> Path | None:
        """Its path; None where it could not be written."""
        return self.path if self.path.is_file() else None

    def next_process(self) -> int:
        return next(self._processes)

    def tell(self, what: str, **facts: Fact) -> None:
        """`what` is words of this package. Of `facts`, what is no name or number is left out."""
        told = (f"{name}={value}" for name, value in facts.items() if _WORD.fullmatch(str(value)))
        self._write(" ".join((what, *told)), ending=False)

    def cancelled(self) -> None:
        self._write("cancelled", ending=True)

    def failed(self, failure: BaseException) -> None:
        """Its kind, code and places, and those of what caused it; a sentence if it is known."""
        for kind, places in places_of(failure):
            self.traced(kind, places)
        known = isinstance(failure, EarmarkError)
        code = failure.code if isinstance(failure, EarmarkError) else type(failure).__name__
        said = harmless_sentence(str(failure)) if known else ""
        self._write(f"failed: {code} {said}".rstrip(), ending=True)

    def traced(self, kind: str, places: Sequence[Sequence[object]], *roots: Path) -> None:
        """An exception's kind and where it passed; `roots` are where software may be as well."""
        name = kind if _WORD.fullmatch(kind) else "an exception"
        passed = (f"\n    {one}" for one in told(places, *roots))
        self._write("".join((f"{name}, passed through", *passed)), ending=True)

    def _write(self, text: str, *, ending: bool) -> None:
        line = f"{time.monotonic() - self._began_s:9.2f}  {text}\n".encode()
        if self._left - len(line) < (-_FOR_THE_END if ending else 0):
            return
        self._left -= len(line)
        with suppress(OSError):
            descriptor = os.open(self.path, os.O_WRONLY | os.O_APPEND)
            try:
                os.write(descriptor, line)
            finally:
                os.close(descriptor)


_current: ContextVar[TrainerLog | None] = ContextVar("trainer_log", default=None)


def current() -> TrainerLog | None:
    """The log of the training that this task is part of."""
    return _current.get()


def tell(what: str, **facts: Fact) -> None:
    """As `TrainerLog.tell`, in the log of this training, if it has one."""
    if (log := current()) is not None:
        log.tell(what, **facts)


@contextmanager
def following(log: TrainerLog) -> Iterator[None]:
    """What runs within, and the tasks that begin there, tell this log. A failure that ends it is
    told with its places, a cancelling as one."""
    before = _current.set(log)
    try:
        yield
    except Exception as failure:
        log.failed(failure)
        raise
    except BaseException:
        log.cancelled()
        raise
    finally:
        _current.reset(before)


def harmless_sentence(said: str) -> str:
    """The sentence if it is one of a known few, made of words of this package and numbers."""
    return said if _SENTENCES.fullmatch(said) else ""


def versions(of: str = "", where: Path | None = None) -> str:
    """Of the libraries that make models, in this environment or the one at `where`."""
    wanted = _LIBRARIES[of]
    found: dict[str, Distribution] = {}
    for one in distributions() if where is None else distributions(path=[str(where)]):
        name = str(one.metadata["Name"] or "").lower().replace("_", "-")
        if name in wanted:
            found.setdefault(name, one)
    return ", ".join(f"{name} {found[name].version}" for name in wanted if name in found)
