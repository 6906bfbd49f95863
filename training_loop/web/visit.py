"""One request, as the code of a page sees it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, aclosing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from training_loop.web import backend, forgery
from training_loop.web.backend import TIMEOUT_S
from training_loop.web.sessions import Session
from training_loop.web.site import Site

if TYPE_CHECKING:
    from training_loop.web.area import Area

_AFTER_POST = 303


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """`session` is there on every route that is not public."""

    request: Request
    site: Site
    area: Area
    session: Session | None
    form: Mapping[str, str] = field(repr=False)
    """The fields of a POST, each once; its token was checked."""
    stamp: str = ""
    """What forms are bound to while nobody is signed in."""

    @property
    def signed_in(self) -> Session:
        assert self.session is not None, "only public routes are reached without a session"
        return self.session

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.session.time_zone if self.session else "UTC")

    def path(self, name: str) -> str:
        """A part of the address, as the route's pattern names it."""
        return str(self.request.path_params[name])

    def stub(self, kind: Callable[..., Any]) -> Any:
        """The client of a gRPC service."""
        return self.site.backend.stub(kind)

    async def call(self, method: Any, message: Any, timeout_s: float = TIMEOUT_S) -> Any:
        """Calls in the visitor's name. Raises CallRefused, which becomes a page by itself."""
        return await backend.unary(method, message, self._credential, timeout_s)

    def stream(
        self, method: Any, message: Any, timeout_s: float
    ) -> AbstractAsyncContextManager[AsyncIterator[Any]]:
        """The messages of a stream; leaving the block cancels it. Raises CallRefused within."""
        return aclosing(backend.stream(method, message, self._credential, timeout_s))  # type: ignore[type-var]

    def page(self, template: str, *, status: int = 200, **values: Any) -> Response:
        """A whole page. `template` is relative to the templates of the area, or begins with "/"
        for one that all areas share."""
        name = template[1:] if template.startswith("/") else f"{self.area.name}/{template}"
        response = self.site.pages.response(name, status, {**self._shared(), **values})
        if self.session is None:
            self.site.stamp(response, self.stamp)
        return response

    def to(self, path: str, done: str = "") -> Response:
        """On to another page, after an action; `done` is a word of the area's messages."""
        address = f"{path}?{urlencode({'done': done})}" if done else path
        if "hx-request" in self.request.headers and self.request.method == "GET":
            return Response(status_code=204, headers={"HX-Redirect": address})
        return RedirectResponse(address, status_code=_AFTER_POST)

    def begin_session(self, session: Session, path: str) -> Response:
        """Signs in, out of what was signed in before in this browser, and goes on to `path`."""
        if self.session is not None:
            self.site.sessions.end(self.session.session_id)
        response = RedirectResponse(path, status_code=_AFTER_POST)
        self.site.begin(response, session)
        return response

    def end_session(self, path: str, done: str = "") -> Response:
        """Signs out and goes on to `path`."""
        response = self.to(path, done)
        if self.session is not None:
            self.site.end(response, self.session)
        else:
            self.site.forget(response, self.area.visitor)
        response.headers["Clear-Site-Data"] = '"storage"'
        return response

    @property
    def _credential(self) -> str:
        return self.session.credential if self.session else ""

    def _shared(self) -> dict[str, Any]:
        role = self.session.role if self.session else ""
        entries = [one for one in self.area.navigation if not one.roles or role in one.roles]
        bound_to = self.session.session_id if self.session else self.stamp
        return {
            "session": self.session,
            "area": self.area,
            "navigation": entries if self.session else [],
            "here": self.request.url.path,
            "message": self.area.messages.get(self.request.query_params.get("done", ""), ""),
            "form_field": forgery.FIELD,
            "form_token": self.site.forgery.token(bound_to),
            "zone": self.zone,
        }
