"""A question answered by Django's response, for the doors that stand within Django."""

from __future__ import annotations

from functools import lru_cache

from django.http import HttpResponse
from django.http.response import ResponseHeaders

from ..doors import unlogged
from .answer import Answer
from .answering import aanswer, answer
from .question import Question


def respond(question: Question) -> HttpResponse:
    """Answer the question."""
    return _response(question, answer(question))


async def arespond(question: Question) -> HttpResponse:
    """As `respond`, without blocking the event loop."""
    return _response(question, await aanswer(question))


def _response(question: Question, said: Answer) -> HttpResponse:
    response = HttpResponse(said.content(question.method), status=said.status)
    # Django checks and encodes each header of each response (3 of the 12 µs that a probe takes behind its handler).
    # These are the same each time; the mapping is a new one, since middleware may add to it.
    response.headers = ResponseHeaders({})
    response.headers._store.update(_checked(said)._store)
    return unlogged(response)


@lru_cache(maxsize=64)
def _checked(said: Answer) -> ResponseHeaders:
    return ResponseHeaders(dict(said.headers))
