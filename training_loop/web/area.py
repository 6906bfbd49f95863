"""What a set of pages consists of. One folder an area; docs/decisions/0921-web-pages.md shows how
to add one."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from starlette.responses import Response

from training_loop.web.failures import Failure
from training_loop.web.sessions import Visitor
from training_loop.web.visit import Visit

Endpoint = Callable[[Visit], Awaitable[Response]]


@dataclass(frozen=True, slots=True, kw_only=True)
class WebRoute:
    """A page or an action. Needs somebody signed in unless `public`; a POST always needs a form of
    ours. Neither can be forgotten: the app adds both."""

    method: str
    path: str
    endpoint: Endpoint
    public: bool = False
    roles: frozenset[str] = frozenset()
    """Of staff; empty: every role that the area is for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NavigationEntry:
    label: str
    path: str
    icon: str
    """A symbol of templates/icons.html."""
    also: tuple[str, ...] = ()
    """Beginnings of the addresses that belong to it as well."""
    roles: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Area:
    """Pages that belong together, for one kind of visitor."""

    name: str
    """Its templates are "NAME/..."."""
    visitor: Visitor
    sign_in: str
    """Where a visitor who is not signed in is sent."""
    templates: Path
    routes: tuple[WebRoute, ...]
    navigation: tuple[NavigationEntry, ...] = ()
    messages: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """What a page says after an action, by the word in its address (?done=WORD)."""
    roles: frozenset[str] = frozenset()
    """Of staff; empty: every role."""
    home: str = "/"
    """Where its visitors begin."""
    sign_out: str = "/sign-out"
    failures: Mapping[str, Failure] = field(default_factory=lambda: MappingProxyType({}))
    """What refusals mean here, by their reason, where that is not what it means elsewhere."""


def get(
    path: str, endpoint: Endpoint, *, public: bool = False, roles: frozenset[str] = frozenset()
) -> WebRoute:
    """A page to read; must change nothing."""
    return WebRoute(method="GET", path=path, endpoint=endpoint, public=public, roles=roles)


def post(
    path: str, endpoint: Endpoint, *, public: bool = False, roles: frozenset[str] = frozenset()
) -> WebRoute:
    """An action; `visit.form` has its fields."""
    return WebRoute(method="POST", path=path, endpoint=endpoint, public=public, roles=roles)
