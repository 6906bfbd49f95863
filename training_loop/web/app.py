"""The application: areas, their routes behind the guard, and the files they share."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from training_loop.web import forgery
from training_loop.web.area import Area, WebRoute
from training_loop.web.areas import AREAS
from training_loop.web.backend import Backend
from training_loop.web.failures import NOT_FOUND, WRONG_METHOD
from training_loop.web.forgery import ForgeryGuard
from training_loop.web.guard import enter, failed
from training_loop.web.rendering import STATIC, Pages
from training_loop.web.security import KnownHosts, SecurityHeaders
from training_loop.web.sessions import Sessions
from training_loop.web.site import Site
from training_loop.web.visit import Visit


def create_app(
    backend: Backend,
    origins: frozenset[str],
    *,
    areas: Sequence[Area] = AREAS,
    sessions: Sessions | None = None,
) -> Starlette:
    """The pages under these origins. Closes the backend when it ends."""
    secure = all(origin.startswith("https://") for origin in origins)
    site = Site(
        backend=backend,
        sessions=sessions or Sessions(),
        forgery=ForgeryGuard(origins),
        pages=Pages({area.name: area.templates for area in areas}),
        secure=secure,
    )

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        yield
        await backend.close()

    async def not_found(request: Request, error: Exception) -> Response:
        wrong_method = isinstance(error, HTTPException) and error.status_code == 405
        visit = _visit(site, _area_of(site, areas, request), request)
        return failed(visit, WRONG_METHOD if wrong_method else NOT_FOUND)

    return Starlette(
        routes=[*_routes(site, areas), Mount("/static", KeptFiles(directory=STATIC))],
        middleware=[
            Middleware(SecurityHeaders, secure=secure),
            Middleware(KnownHosts, origins=origins),
        ],
        exception_handlers={HTTPException: not_found},
        lifespan=lifespan,
    )


class KeptFiles(StaticFiles):
    """Their addresses change with their content, so browsers need not ask again."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        if response.status_code == 200:
            response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return response


def _routes(site: Site, areas: Sequence[Area]) -> list[BaseRoute]:
    return [
        Route(route.path, _guarded(site, area, route), methods=[route.method])
        for area in areas
        for route in area.routes
    ]


def _guarded(site: Site, area: Area, route: WebRoute) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        return await enter(site, area, route, request)

    return endpoint


def _area_of(site: Site, areas: Sequence[Area], request: Request) -> Area:
    """Where somebody who took a wrong turn is at home."""
    at_home = (one for one in areas if one.navigation and site.session_of(request, one.visitor))
    return next(at_home, areas[0])


def _visit(site: Site, area: Area, request: Request) -> Visit:
    return Visit(
        request=request,
        site=site,
        area=area,
        session=site.session_of(request, area.visitor),
        form={},
        stamp=site.stamp_of(request) or forgery.new_stamp(),
    )
