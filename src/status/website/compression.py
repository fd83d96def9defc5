"""Pages and files in gzip, for who takes it: a page of a thousand checks is a thirtieth, every ten seconds."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.utils.text import compress_string

LEAST_BYTES = 1024
"""Below it a packet more or less is not saved."""
BLUR_BYTES = 100
"""To tell a secret by the length of what is compressed (BREACH), one needs it in the same page as a text of one's own
choice, again and again. Nothing of a request is on our pages, no token of a form, and secrets are masked. Only what a
check says might hold a visitor's text, beside names that are for the trusted: so the length is blurred by up to as many
bytes, as Django's own GZipMiddleware does it ("Heal the Breach")."""


def compressed(request: HttpRequest, page: HttpResponse) -> HttpResponse:
    """The page, compressed where that is worth it and the client takes it."""
    if len(page.content) >= LEAST_BYTES and not page.has_header("Content-Encoding") and is_taken(request):
        page.content = compress_string(page.content, max_random_bytes=BLUR_BYTES)
        page["Content-Encoding"] = "gzip"
    return page


def is_taken(request: HttpRequest) -> bool:
    """By RFC 9110, 12.5.3: gzip is named, or covered by a star, and not with a weight of zero."""
    weights = {}
    for part in request.headers.get("Accept-Encoding", "").lower().split(","):
        coding, _, parameter = part.partition(";")
        weights[coding.strip()] = _weight(parameter)
    return weights.get("gzip", weights.get("*", 0.0)) > 0


def _weight(parameter: str) -> float:
    try:
        return float(parameter.strip().removeprefix("q=")) if parameter else 1.0
    except ValueError:
        return 0.0
