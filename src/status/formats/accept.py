"""The header `Accept`, as far as it is read."""

from __future__ import annotations

from collections.abc import Iterable

from django.http.request import MediaType

MAX_ACCEPT = 1_024
"""Characters: browsers send some 150, Prometheus 3 some 400, and each entry is held against each format."""


def whole_entries(accept: str) -> str:
    """The header, of a longer one those entries that end within what is read."""
    return accept[:MAX_ACCEPT].rpartition(",")[0] if len(accept) > MAX_ACCEPT else accept


def without_parameters(entry: str) -> str:
    """An entry's media range with its quality alone: Django raises at some others, as of an encoding (RFC 8187)."""
    media_range, *parameters = entry.split(";")
    quality = next((each for each in parameters if each.strip().lower().startswith("q=")), "")
    return f"{media_range};{quality}"


def quality_of(media_type: str, ranges: Iterable[MediaType]) -> float:
    """By the most specific range that it is in, of those alike by the highest; 0 where it is in none.

    RFC 9110, 12.4.2 and 12.5.1.
    """
    wanted = MediaType(media_type)
    fitting = (each for each in ranges if wanted.match(f"{each.main_type}/{each.sub_type}"))
    return max(((each.specificity, each.quality) for each in fitting), default=(0, 0.0))[1]
