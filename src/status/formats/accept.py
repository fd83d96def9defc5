"""The header `Accept`, as far as it is read."""

from __future__ import annotations

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
