"""What all pages share, and the cookies they set."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from training_loop.web.backend import Backend
from training_loop.web.forgery import ForgeryGuard, stamp_of
from training_loop.web.rendering import Pages
from training_loop.web.sessions import Session, Sessions, Visitor


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    backend: Backend
    sessions: Sessions
    forgery: ForgeryGuard
    pages: Pages
    secure: bool
    """Whether browsers reach it with TLS."""

    def session_of(self, request: Request, visitor: Visitor) -> Session | None:
        cookie = request.cookies.get(self._cookie(visitor.value), "")
        return self.sessions.find(visitor, cookie) if cookie else None

    def stamp_of(self, request: Request) -> str:
        """What the forms of a browser in which nobody has signed in are bound to, or empty."""
        return stamp_of(request.cookies.get(self._cookie("visit"), ""))

    def begin(self, response: Response, session: Session) -> None:
        _, cookie = self.sessions.begin(session)
        self._set(response, session.visitor.value, cookie)

    def end(self, response: Response, session: Session) -> None:
        self.sessions.end(session.session_id)
        self.forget(response, session.visitor)

    def forget(self, response: Response, visitor: Visitor) -> None:
        """Removes the cookie."""
        self._delete(response, visitor.value)

    def stamp(self, response: Response, stamp: str) -> None:
        self._set(response, "visit", stamp)

    def put(self, response: Response, name: str, value: str) -> None:
        """Something that this browser alone is to bring back."""
        self._set(response, name, value)

    def kept(self, request: Request, name: str) -> str:
        """What was put, or empty."""
        return request.cookies.get(self._cookie(name), "")

    def drop(self, response: Response, name: str) -> None:
        self._delete(response, name)

    def _set(self, response: Response, name: str, value: str) -> None:
        """Until the browser closes; scripts cannot read it, other sites' forms do not send it."""
        response.set_cookie(
            self._cookie(name), value, secure=self.secure, httponly=True, samesite="lax"
        )

    def _delete(self, response: Response, name: str) -> None:
        response.delete_cookie(
            self._cookie(name), secure=self.secure, httponly=True, samesite="lax"
        )

    def _cookie(self, name: str) -> str:
        """With TLS browsers themselves hold it to this host (the prefix)."""
        return f"__Host-earmark-{name}" if self.secure else f"earmark-{name}"
