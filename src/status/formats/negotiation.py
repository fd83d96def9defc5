"""Which format a request is answered in: `?format=`, else `Accept` by Django's own negotiation, else JSON."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from urllib.parse import unquote_plus

from django.http import HttpRequest
from django.http.request import MediaType

from ..query import parameters
from .accept import whole_entries
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
    entries = [_without_parameters(entry) for entry in accept.split(",")]
    request = HttpRequest()
    request.META["HTTP_ACCEPT"] = ",".join(entries)
    by_media_type = formats.by_media_type
    acceptable = _acceptable(entries)
    found = request.get_preferred_type([each for each in by_media_type if not _is_refused(each, acceptable)])
    return by_media_type[found] if found else formats.default


def _acceptable(entries: Iterable[str]) -> Mapping[str, bool]:
    """By media range, in lower case: whether its quality is another than 0. Of several alike one that is, is enough."""
    acceptable: dict[str, bool] = {}
    for each in map(MediaType, entries):
        name = f"{each.main_type}/{each.sub_type}"
        acceptable[name] = acceptable.get(name, False) or each.quality != 0
    return acceptable


def _is_refused(media_type: str, acceptable: Mapping[str, bool]) -> bool:
    """Whether what names it most precisely has a quality of 0 (RFC 9110, 12.4.2 and 12.5.1).

    Django leaves such an entry out, and then a wildcard takes what it refused.
    """
    name = media_type.lower()
    by_precision = (name, f"{name.partition('/')[0]}/*", "*/*")
    return not next((acceptable[each] for each in by_precision if each in acceptable), True)


def _without_parameters(entry: str) -> str:
    """The media range with its quality alone.

    Prometheus 3 wants OpenMetrics with `escaping=allow-utf-8`, and takes it without: a parameter that differs is no
    reason to send something else (RFC 9110, 12.5.1: one may disregard what nothing fits). Django raises at some that
    are in an encoding of their own (RFC 8187).
    """
    media_range, *parameters = entry.split(";")
    quality = next((each for each in parameters if each.strip().lower().startswith("q=")), "")
    return f"{media_range};{quality}"


def _named(query: str) -> str | None:
    """The last one, as Django reads a query string."""
    named = [value for name, value in parameters(query) if name == "format"]
    return unquote_plus(named[-1]) if named else None
