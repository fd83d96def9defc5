"""What `STATUS_SITE` says of the site: its title, logo and links."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from . import wording

TITLE = "Status"


@dataclass(frozen=True, slots=True)
class Link:
    label: str
    url: str


@dataclass(frozen=True, slots=True)
class Site:
    """All of it fit to be shown; what isn't is left out."""

    title: str = TITLE
    logo: str = ""
    links: tuple[Link, ...] = ()


def read(setting: Mapping[str, object]) -> Site:
    """The setting as the templates need it."""
    title = str(setting.get("title") or "").strip()
    links = (Link(wording.name(label), wording.safe_url(str(url))) for label, url in _pairs(setting.get("links")))
    return Site(
        wording.name(title) if title else TITLE,
        wording.safe_url(str(setting.get("logo") or ""), image=True),
        tuple(link for link in links if link.url),
    )


def _pairs(links: object) -> Iterable[tuple[str, object]]:
    """Label and URL of each, from a mapping or from a list of pairs."""
    pairs = links.items() if isinstance(links, Mapping) else links
    if isinstance(pairs, (str, bytes)) or not isinstance(pairs, Iterable):
        return
    for pair in pairs:
        if isinstance(pair, Sequence) and not isinstance(pair, (str, bytes)) and len(pair) == 2:
            yield str(pair[0]), pair[1]
