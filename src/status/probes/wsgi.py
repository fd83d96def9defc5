"""Probes before a WSGI application that is loaded."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from . import process, table
from .answering import answer
from .question import Question
from .wire import send_wsgi, wsgi_path

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication


class Probed:
    """Answers the paths of `STATUS_PROBES`, and leaves the rest to the application."""

    def __init__(self, application: WSGIApplication) -> None:
        self._application = application
        process.begin()

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        found = table.current().find(wsgi_path(environ))
        if found is None:
            return self._application(environ, start_response)
        question = Question.of(found, environ["REQUEST_METHOD"], environ)
        return send_wsgi(answer(question), question.method, start_response)
