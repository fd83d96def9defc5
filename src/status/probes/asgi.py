"""Probes before an ASGI application that is loaded."""

from __future__ import annotations

from functools import partial

from ..access import Caller
from . import process, table
from .answering import aanswer
from .question import Question
from .wire import ASGIApplication, Receive, Scope, Send, asgi_path, send_asgi


class Probed:
    """Answers the paths of `STATUS_PROBES`, and leaves the rest, other protocols too, to the application."""

    def __init__(self, application: ASGIApplication) -> None:
        self._application = application
        process.begin()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        probes = table.current()
        found = probes.find(asgi_path(scope, probes.mount)) if scope["type"] == "http" else None
        if found is None:
            await self._application(scope, receive, send)
            return
        query = (scope.get("query_string") or b"").decode("latin-1")
        question = Question(scope["method"], *found, query, partial(Caller.of_scope, scope))
        await send_asgi(await aanswer(question), question.method, send)
