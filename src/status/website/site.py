"""What `STATUS_SITE` says of the site: its title, logo and links, and which release it runs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from django.utils.translation import pgettext

from ..core.redaction import redact_text
from ..formats import service
from . import wording


@dataclass(frozen=True, slots=True)
class Link:
    label: str
    url: str


@dataclass(frozen=True, slots=True)
class Site:
    """All of it fit to be shown; what isn't is left out."""

    title: str
    logo: str = ""
    links: tuple[Link, ...] = ()


def read(setting: Mapping[str, object]) -> Site:
    """The setting as the templates need it."""
    title = redact_text(str(setting.get("title") or "").strip())
    links = (Link(wording.name(redact_text(label)), _url(url)) for label, url in _pairs(setting.get("links")))
    return Site(
        wording.name(title) if title else pgettext("the title of a site without one", "Status"),
        _url(setting.get("logo") or "", image=True),
        tuple(link for link in links if link.url),
    )


def release(setting: Mapping[str, object], project: Path | None) -> str:
    """What is deployed, as `status.formats.service` has it."""
    said = service.release(setting, project)
    return wording.name(said) if said else ""


def _url(given: object, *, image: bool = False) -> str:
    url = str(given)
    # An image within a URL is no text, and may be longer than what is looked through.
    return wording.safe_url(url if url.startswith("data:image/") else redact_text(url), image=image)


def _pairs(links: object) -> Iterable[tuple[str, object]]:
    """Label and URL of each, from a mapping or from a list of pairs."""
    pairs = links.items() if isinstance(links, Mapping) else links
    if isinstance(pairs, (str, bytes)) or not isinstance(pairs, Iterable):
        return
    for pair in pairs:
        if isinstance(pair, Sequence) and not isinstance(pair, (str, bytes)) and len(pair) == 2:
            yield str(pair[0]), pair[1]
