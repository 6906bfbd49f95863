"""Draws with matplotlib, for a page whose colours follow its reader and for a plain picture."""

from __future__ import annotations

import atexit
import io
import os
import re
import shutil
import tempfile
import threading
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import platformdirs
from markupsafe import Markup, escape

if TYPE_CHECKING:
    from matplotlib.figure import Figure

INK = "#2b2420"
MUTED = "#685c53"
LINE = "#e6dccf"
PAPER = "#fffdfa"
BEFORE = "#8d8074"
AFTER = "#1d6a58"
WORSE = "#a2352a"

_VARIABLES = {
    INK: "--ink",
    MUTED: "--muted",
    LINE: "--line",
    PAPER: "--card",
    BEFORE: "--before",
    AFTER: "--after",
    WORSE: "--worse",
}
"""The page's own names for the colours: in the dark it has others."""
_STYLE: Mapping[Any, Any] = {
    "svg.fonttype": "none",
    "text.parse_math": False,
    "font.size": 8.5,
    "text.color": INK,
    "axes.labelcolor": MUTED,
    "axes.edgecolor": LINE,
    "axes.facecolor": "none",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.labelcolor": MUTED,
    "ytick.labelcolor": INK,
    "xtick.major.size": 0.0,
    "ytick.major.size": 0.0,
    "grid.color": LINE,
    "grid.linewidth": 0.8,
    "legend.frameon": False,
}
_UNNAMED = {"Date": None, "Creator": None, "Format": None, "Type": None}
_DPI = 200
_CONFIG = "MPLCONFIGDIR"
_drawing = threading.Lock()
"""Matplotlib's settings are those of the process."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """`draw` fills a figure that is empty and `height_in` high; `width_in` is that of a phone."""

    name: str
    """A stable word, unlike that of any other picture of a page."""
    alternative: str
    """What is to be seen, in a sentence, for those who do not see it."""
    draw: Callable[[Figure], None]
    height_in: float
    width_in: float = 3.4

    def svg(self) -> Markup:
        """To stand in a page: nothing is loaded, every colour is a variable of the page.

        Equal pictures give equal text.
        """
        content = io.StringIO()
        with _figure(self) as figure:
            figure.savefig(content, format="svg", transparent=True, metadata=_UNNAMED)
        return Markup(_inline(content.getvalue(), self.alternative))  # noqa: S704

    def png(self) -> bytes:
        """On white."""
        content = io.BytesIO()
        with _figure(self) as figure:
            figure.savefig(
                content, format="png", dpi=_DPI, facecolor="white", metadata={"Software": None}
            )
        return content.getvalue()


@contextmanager
def _figure(picture: Picture) -> Iterator[Figure]:
    with _drawing:
        _find_room()
        import matplotlib as mpl
        from matplotlib.figure import Figure

        with mpl.rc_context(), warnings.catch_warnings():
            # A letter that its font lacks, labels that leave little room: no reason for words.
            warnings.simplefilter("ignore")
            mpl.rcdefaults()
            mpl.rcParams.update(_STYLE)
            mpl.rcParams["svg.hashsalt"] = picture.name
            figure = Figure(figsize=(picture.width_in, picture.height_in), layout="constrained")
            picture.draw(figure)
            yield figure


def _find_room() -> None:
    """Matplotlib keeps a list of the machine's fonts. Where the home cannot be written, it is made
    anew in each process, without a word."""
    if os.environ.get(_CONFIG):
        return
    room = platformdirs.user_cache_path("earmark") / "matplotlib"
    try:
        room.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not os.access(room, os.W_OK):
            raise PermissionError(room)
    except OSError:
        room = Path(tempfile.mkdtemp(prefix="earmark-fonts-"))
        atexit.register(shutil.rmtree, room, ignore_errors=True)
    os.environ[_CONFIG] = str(room)


def _inline(svg: str, alternative: str) -> str:
    """As HTML has it: no prolog, no ids but those that are referred to, the page's own font."""
    body = svg[svg.index("<svg") :]
    body = re.sub(r"<metadata>.*?</metadata>\s*", "", body, flags=re.DOTALL)
    body = re.sub(r"<style[^>]*>.*?</style>\s*", "", body, flags=re.DOTALL)
    body = re.sub(r"""font(-family)?: (?:[\d.]+px )?'DejaVu Sans'[^;"]*""", _size_alone, body)
    used = set(re.findall(r"""(?:href="#|url\(#)([^")]+)""", body))
    body = re.sub(
        r' id="([^"]*)"', lambda found: found.group(0) if found.group(1) in used else "", body
    )
    body = body.replace("xlink:href", "href")
    for colour, variable in _VARIABLES.items():
        body = body.replace(colour, f"var({variable})")
    _, _, rest = body.partition(">")
    width, height = re.findall(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', body)[0]
    told = escape(alternative)
    return f'<svg class="plot" viewBox="0 0 {width} {height}" role="img" aria-label="{told}">{rest}'


def _size_alone(found: re.Match[str]) -> str:
    size = re.search(r"[\d.]+px", found.group(0))
    return f"font-size: {size.group(0)}" if size else "font-family: inherit"
