"""Probes below Django: in a project's `wsgi.py`, in place of Django's own line,

    from status.wsgi import get_wsgi_application

Importing this imports no Django.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from .core.probe import PROBES
from .probes.loading import Loading
from .probes.wire import send_wsgi, wsgi_path

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication


class Probes:
    """A WSGI application that answers probes at once, and all else by what `load` returns.

    `load` is called in a thread of its own when the first request comes, and returns a WSGI application, with Django
    set up. Until then liveness is 200, and startup and readiness are 503; other requests wait. Where it raises, all
    probes are 503, and every request raises that again. `probes` are the paths that are answered while it loads, since
    the settings aren't read yet.
    """

    def __init__(self, load: Callable[[], WSGIApplication], probes: Iterable[str] = tuple(PROBES)) -> None:
        self._load_application = load
        self._loading = Loading(self._load, probes)

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        application = self._loading.loaded
        if application is None:
            self._loading.begin()
            method = environ["REQUEST_METHOD"]
            said = self._loading.answer(method, wsgi_path(environ))
            if said is not None:
                return send_wsgi(said, method, start_response)
            application = self._loading.wait()
        return application(environ, start_response)

    def _load(self) -> WSGIApplication:
        application = self._load_application()
        from .probes.wsgi import Probed  # it needs Django, which is set up now

        return Probed(application)


def get_wsgi_application() -> Probes:
    """In place of `django.core.wsgi.get_wsgi_application`: the same, with the probes before it; see `Probes`."""
    return Probes(_load_django)


def _load_django() -> WSGIApplication:
    from django.core.wsgi import get_wsgi_application

    return get_wsgi_application()
