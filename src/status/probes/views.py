"""The probes as views, for who can't have the middleware: `path("", include("status.probes.urls"))`."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from . import process, table
from .question import Question
from .response import arespond, respond

process.begin()


def view(request: HttpRequest, path: str) -> HttpResponse:
    """Answer the probe at this path."""
    return respond(_question(request, path))


async def aview(request: HttpRequest, path: str) -> HttpResponse:
    """As `view`, for ASGI."""
    return await arespond(_question(request, path))


def _question(request: HttpRequest, path: str) -> Question:
    found = table.current().find(f"/{path}")
    assert found is not None  # noqa: S101 - the URL patterns are made of the same setting
    return Question.of(found, request.method or "", request.META)
