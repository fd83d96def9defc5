"""What every view of ours is: reachable whatever the project has set, sync under WSGI and a coroutine under ASGI."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from importlib import import_module
from typing import Any, TypeVar

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import connections, transaction
from django.http import HttpRequest, HttpResponse
from django.urls import ResolverMatch, URLPattern, URLResolver
from django.urls.resolvers import RegexPattern
from django.views.decorators.csrf import csrf_exempt

from .headers import ANSWER_HEADERS

View = Callable[..., HttpResponse]
AsyncView = Callable[..., Awaitable[HttpResponse]]

V = TypeVar("V", bound=Callable[..., Any])


def door(route: str, view: str, aview: str, name: str | None = None, **kwargs: object) -> URLPattern:
    """A URL pattern of a view in both its forms, by their paths in this package; `route` is a regular expression.

    They are imported at the first request. Django loads the URLs for `manage.py check`, which needs neither website nor
    engine (measured: two thirds of the time that the app added to it).
    """
    pattern = RegexPattern(route, name=name, is_endpoint=True)
    return _Door(pattern, *_views(view, aview, tuple(connections)), kwargs, name)


@cache
def _views(view: str, aview: str, aliases: tuple[str, ...]) -> tuple[View, AsyncView]:
    """Both forms of one view, the same for all doors that lead to it; `aliases` are those it is exempt for."""
    return reachable(_late_view(view), aliases), reachable(_late_aview(aview), aliases)


def _late_view(path: str) -> View:
    def view(request: HttpRequest, **kwargs: object) -> HttpResponse:
        with _left_alone(request):
            return _finished(request, _import(path)(request, **kwargs))

    return _named(view, path)


def _late_aview(path: str) -> AsyncView:
    async def aview(request: HttpRequest, **kwargs: object) -> HttpResponse:
        with _left_alone(request):
            return _finished(request, await _import(path)(request, **kwargs))

    return _named(aview, path)


_GUARDS: Any = HttpResponse(headers=dict(ANSWER_HEADERS)).headers
del _GUARDS["Content-Type"]


def _finished(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """The response with the headers that guard it; a view's own word stands.

    HEAD gets the headers alone: servers drop the body too, but gunicorn logs a warning at each.
    """
    # As a look-up by name: to set them one by one is to check and convert each anew (measured: a tenth of a request).
    headers: Any = response.headers
    headers._store = {**_GUARDS._store, **headers._store}
    if request.method == "HEAD" and response.content:
        response["Content-Length"] = str(len(response.content))
        response.content = b""
    return response


@contextmanager
def _left_alone(request: HttpRequest) -> Iterator[None]:
    """See that Django's middleware finds the session unused, does not save it, and keeps the answer in no cache.

    With `SESSION_SAVE_EVERY_REQUEST` it reads and saves also what nobody has used: that would wait for a database that
    hangs, in the request's own thread, and set a cookie with a file that everybody may keep. It lets go of a session
    without this attribute; where something uses the session after us, it comes back. That of the cache heeds
    "no-store" only since a later release of Django 5.2.
    """
    request._cache_update_cache = False  # type: ignore[attr-defined]
    session: Any = getattr(request, "session", None)
    unused = not (getattr(session, "accessed", True) or getattr(session, "modified", True))
    try:
        yield
    finally:
        if unused and not session.modified:
            session.accessed = False  # it may be that we looked for a login: our answers say that they vary by it
            if settings.SESSION_SAVE_EVERY_REQUEST:
                del session.accessed


@cache
def _import(path: str) -> Callable[..., Any]:
    module, _, name = path.rpartition(".")
    return getattr(import_module(f".{module}", __package__), name)  # type: ignore[no-any-return]


def _named(view: V, path: str) -> V:
    """Under the name of what it stands for: what traces requests shows it."""
    module, _, name = path.rpartition(".")
    view.__module__, view.__name__, view.__qualname__ = f"{__package__}.{module}", name, name
    return view


class Directory(URLResolver):
    """Doors behind one another, of which those that have but one path are found by a look-up.

    Django tries one pattern after another, and there are two a provider.
    """

    def __init__(self, doors: Sequence[URLPattern]) -> None:
        super().__init__(RegexPattern(""), doors)
        self._doors = doors
        self._known: dict[str, URLPattern] = {}
        """By path, each found before: as many as there are, since a route without a group is for two paths at most."""

    def resolve(self, path: str) -> ResolverMatch:
        known = self._known.get(path)
        match = known.resolve(path) if known else None
        return match or self._first(path)

    def _first(self, path: str) -> ResolverMatch:
        for door in self._doors:
            match = door.resolve(path)
            if match:
                if not door.pattern.regex.groups:
                    self._known[path] = door
                return match
        return super().resolve(path)  # which says what was tried


class _Door(URLPattern):
    """Resolves to the coroutine for Django's async handler, to the plain function for whoever else asks.

    The async handler awaits the one and would hand the other to a thread. The sync one calls the other, and for the one
    would start a loop a request (measured: 2.6 times a bare view), or fail where a loop runs in its thread already.
    """

    def __init__(
        self, pattern: RegexPattern, view: View, aview: AsyncView, kwargs: dict[str, object], name: str | None
    ) -> None:
        super().__init__(pattern, view, kwargs, name)
        self._awaited = URLPattern(pattern, aview, kwargs, name)

    def resolve(self, path: str) -> ResolverMatch | None:
        match = super().resolve(path)
        return self._awaited.resolve(path) if match and _for_async_handler() else match


_HANDLERS = {"_get_response": False, "_get_response_async": True}
"""The methods of Django's `BaseHandler` that resolve a request and call its view; whether that is awaited."""
_NEAR = 20
"""Frames between them and a door: one a level of `include()`, and what others have wrapped around `resolve()`."""


def _for_async_handler() -> bool:
    # A loop in this thread is not enough: the sync test client, or a sync handler of whatever kind, may have been
    # called on it. The path is all that Django hands to a resolver, so who asks is seen from the stack alone
    # (measured: 1 µs a request under ASGI, 0.2 µs under WSGI). By name, as others wrap these methods too.
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    frame = sys._getframe(1)
    for _ in range(_NEAR):
        awaited = _HANDLERS.get(frame.f_code.co_name)
        if awaited is not None or frame.f_back is None:
            return bool(awaited)
        frame = frame.f_back
    return False


def reachable(view: V, aliases: Iterable[str]) -> V:
    """Exempt from CSRF checks, `LoginRequiredMiddleware` and `ATOMIC_REQUESTS`.

    The app's own access rules stand, and a dead database must not keep a view from being reached.
    """
    view = csrf_exempt(login_not_required(view))
    for alias in aliases:
        view = transaction.non_atomic_requests(using=alias)(view)
    return view


METHODS = ("GET", "HEAD", "OPTIONS", "POST", "PUT", "DELETE")
"""Of all doors but assets and probes; the last three are as GET, as in 2.x."""


def allowing(response: HttpResponse, methods: Sequence[str] = METHODS) -> HttpResponse:
    """The response, which says with which methods a door may be asked."""
    response["Allow"] = ", ".join(methods)
    return response


def answer(content: bytes, content_type: str, status: int = 200) -> HttpResponse:
    """A response of any code, which its door sends on its way with `ANSWER_HEADERS`."""
    return unlogged(HttpResponse(content, content_type=content_type, status=status))


def unlogged(response: HttpResponse) -> HttpResponse:
    """The response, which `django.request` does not log then: it would mail ADMINS at every poll."""
    response._has_been_logged = True  # type: ignore[attr-defined] # what django.utils.log looks for
    return response
