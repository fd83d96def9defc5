"""`status.middleware.ProbeMiddleware`: probes before all that a project's middleware does, and may fail at."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeAlias

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.http import HttpRequest, HttpResponseBase

from .probes import process, table
from .probes.question import Question
from .probes.response import arespond, respond

Handler: TypeAlias = "Callable[[HttpRequest], HttpResponseBase | Awaitable[HttpResponseBase]]"


class ProbeMiddleware:
    """Answers the paths of `STATUS_PROBES`; to stand first in `MIDDLEWARE`.

    There neither `ALLOWED_HOSTS`, a redirect to HTTPS, sessions, a dead database nor the URLconf touch a probe.
    """

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: Handler) -> None:
        self._get_response = get_response
        self._is_async = iscoroutinefunction(get_response)
        if self._is_async:
            markcoroutinefunction(self)
        process.begin()

    def __call__(self, request: HttpRequest) -> HttpResponseBase | Awaitable[HttpResponseBase]:
        found = table.current().find(request.path_info)
        if found is None:
            return self._get_response(request)
        question = Question.of(found, request.method or "", request.META)
        return arespond(question) if self._is_async else respond(question)
