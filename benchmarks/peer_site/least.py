"""The physical limit of a middleware: what Django's handler costs before the first one, and the least of an answer.

At `/least`, whatever a probe asks.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeAlias

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.http import HttpRequest, HttpResponse, HttpResponseBase

Handler: TypeAlias = "Callable[[HttpRequest], HttpResponseBase | Awaitable[HttpResponseBase]]"


class Least:
    """Answers `/least`."""

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: Handler) -> None:
        self._get_response = get_response
        self._is_async = iscoroutinefunction(get_response)
        if self._is_async:
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> HttpResponseBase | Awaitable[HttpResponseBase]:
        if request.path_info != "/least":
            return self._get_response(request)
        return _aanswer() if self._is_async else _answer()


def _answer() -> HttpResponse:
    return HttpResponse(b"ok", content_type="text/plain")


async def _aanswer() -> HttpResponse:
    return _answer()
