"""Probes below Django: in a project's `asgi.py`, in place of Django's own line,

    from status.asgi import get_asgi_application

Importing this imports no Django.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from .core.probe import PROBES
from .probes.loading import Loading
from .probes.wire import ASGIApplication, Receive, Scope, Send, asgi_path, send_asgi


class Probes:
    """An ASGI application that answers probes at once, and all else by what `load` returns.

    As `status.wsgi.Probes`; loading begins when the server tells that it starts (lifespan), else at the first request.
    The lifespan is answered here and not handed on: the applications of Django and Channels know none.
    """

    def __init__(self, load: Callable[[], ASGIApplication], probes: Iterable[str] = tuple(PROBES)) -> None:
        self._load_application = load
        self._loading = Loading(self._load, probes)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
            return
        application = self._loading.loaded
        if application is None:
            self._loading.begin()
            said = self._loading.answer(scope["method"], asgi_path(scope)) if scope["type"] == "http" else None
            if said is not None:
                await send_asgi(said, scope["method"], send)
                return
            application = await self._loading.until_loaded()
        await application(scope, receive, send)

    async def _live(self, receive: Receive, send: Send) -> None:
        while True:
            event = (await receive())["type"]
            if event == "lifespan.startup":
                self._loading.begin()  # and not waited for: the server takes requests when it is told to
            await send({"type": f"{event}.complete"})
            if event == "lifespan.shutdown":
                return

    def _load(self) -> ASGIApplication:
        application = self._load_application()
        from .probes.asgi import Probed  # it needs Django, which is set up now

        return Probed(application)


def get_asgi_application() -> Probes:
    """In place of `django.core.asgi.get_asgi_application`: the same, with the probes before it; see `Probes`."""
    return Probes(_load_django)


def _load_django() -> ASGIApplication:
    from django.core.asgi import get_asgi_application

    return get_asgi_application()
