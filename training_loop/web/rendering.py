"""Templates. Everything that is put into a page is escaped."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jinja2 import (
    BaseLoader,
    ChoiceLoader,
    Environment,
    FileSystemLoader,
    PrefixLoader,
    StrictUndefined,
)
from starlette.responses import HTMLResponse, Response

HERE = Path(__file__).parent
STATIC = HERE / "static"


class Pages:
    """`templates` has a folder for each area, by the area's name."""

    def __init__(self, templates: Mapping[str, Path]) -> None:
        areas: Mapping[str, BaseLoader] = {
            name: FileSystemLoader(path) for name, path in templates.items()
        }
        self._environment = Environment(
            loader=ChoiceLoader([PrefixLoader(areas), FileSystemLoader(HERE / "templates")]),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        versions = {path.name: _version(path) for path in STATIC.iterdir()}
        self._environment.globals["asset"] = lambda name: f"/static/{name}?v={versions[name]}"

    def response(self, template: str, status: int, values: Mapping[str, Any]) -> Response:
        content = self._environment.get_template(template).render(values)
        return HTMLResponse(content, status_code=status)


def _version(path: Path) -> str:
    """A changed file has another address, so browsers may keep the old one for good."""
    return hashlib.sha256(path.read_bytes()).hexdigest()[:12]
