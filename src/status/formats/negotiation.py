"""Which format a request is answered in: `?format=`, else `Accept` by Django's own negotiation, else JSON."""

from __future__ import annotations

from functools import lru_cache
from urllib.parse import unquote_plus

from django.http import HttpRequest
from django.http.request import MediaType

from ..query import parameters
from .accept import quality_of, whole_entries, without_parameters
from .format import Format
from .registry import Formats, current


class UnknownFormat(ValueError):
    """`?format=` names one that there is not; its text is the name."""


def chosen(query: str, accept: str) -> Format:
    """The format that a request asks for, by its query string and its header `Accept`; UnknownFormat otherwise.

    An `Accept` that nothing fits gets the default: a 406 would read as down.
    """
    named = _named(query) if "format=" in query else None
    if named is None:
        return preferred(accept)
    by_name = current().by_name
    # A plus that nobody encoded arrives as a blank.
    for name in (named, named.replace(" ", "+")):
        if name in by_name:
            return by_name[name]
    raise UnknownFormat(named)


def preferred(accept: str) -> Format:
    """The format that fits the header best; the default where none does."""
    return _preferred(whole_entries(accept), current())


@lru_cache(maxsize=256)  # who polls sends the same each time
def _preferred(accept: str, formats: Formats) -> Format:
    # Prometheus 3 wants OpenMetrics with `escaping=allow-utf-8`, and takes it without: a parameter that differs is no
    # reason to send something else (RFC 9110, 12.5.1: one may disregard what nothing fits).
    entries = [without_parameters(entry) for entry in accept.split(",")]
    ranges = [MediaType(entry) for entry in entries]
    request = HttpRequest()
    request.META["HTTP_ACCEPT"] = ",".join(entries)
    by_media_type = formats.by_media_type
    # Django leaves out an entry whose quality is 0, and then a wildcard beside it takes what it refused.
    found = request.get_preferred_type([each for each in by_media_type if quality_of(each, ranges)])
    return by_media_type[found] if found else formats.default


def _named(query: str) -> str | None:
    """The last one, as Django reads a query string."""
    named = [value for name, value in parameters(query) if name == "format"]
    return unquote_plus(named[-1]) if named else None
