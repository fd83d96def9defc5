"""The feed: the changes of state that its reader may know of."""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass
from uuid import NAMESPACE_URL, UUID, uuid5

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotModified
from django.utils.http import parse_etags

from .. import conf
from ..access import Sight, Visit
from ..doors import METHODS, allowing, answer
from ..formats import atom
from ..providers import registry
from ..recent.entry import HOUR_S, LONGEST_KEY, Turn
from . import changes, site, wording
from .addresses import Address, path_of
from .changes import Changes
from .views import not_allowed

PATH = "feed"


@dataclass(frozen=True, slots=True)
class Asked:
    """The feed for a caller who may see the states of some resources, of some of them with details."""

    request: HttpRequest
    shown: frozenset[str]
    """References of the providers whose components may be told by name."""
    summed: frozenset[str]
    """Of those that are told without."""
    detailed: frozenset[str]
    """Names of the resources whose reasons may be told."""

    def is_wanted(self, key: str) -> bool:
        """Whether the caller may know of the changes of what has this key."""
        resource, _, rest = key.partition("/")
        provider, _, component = rest.partition("/")
        whole = f"{resource}/{provider}"
        return whole in self.shown or (whole in self.summed and not component)


def feed(request: HttpRequest) -> HttpResponse:
    """The last changes of judged resources, as Atom; 401 where there is nothing that the caller may see.

    Raises Http404 where there is none that the caller may know of: what is hidden is as if it were not there.
    """
    visit = Visit(request, registry.current().resources)
    visit.settle()
    asked = _understand(request, visit)
    if isinstance(asked, HttpResponse):
        return asked
    return _tell(asked, changes.told(changes.ask(asked.is_wanted), asked.is_wanted))


async def afeed(request: HttpRequest) -> HttpResponse:
    """As `feed`, for ASGI."""
    visit = Visit(request, registry.current().resources)
    await visit.asettle()
    asked = _understand(request, visit)
    if isinstance(asked, HttpResponse):
        return asked
    return _tell(asked, await changes.atold(changes.ask(asked.is_wanted), asked.is_wanted))


def _understand(request: HttpRequest, visit: Visit) -> Asked | HttpResponse:
    judged = [name for name, resource in registry.current().resources.items() if resource.judged]
    sights = {name: visit.sight(name) for name in judged}
    if not visit.is_undecided and all(sight is Sight.HIDDEN for sight in sights.values()):
        raise Http404  # before all else, as metrics
    if request.method not in METHODS:
        return not_allowed(METHODS)
    if request.method == "OPTIONS":
        return allowing(answer(b"", atom.MEDIA_TYPE))
    may_see = [name for name, sight in sights.items() if sight >= Sight.STATES]
    if not may_see:
        return _refuse()
    detailed = frozenset(name for name in may_see if sights[name] is Sight.DETAILS)
    observed = [(each, name in detailed) for name in may_see for each in registry.current().observed[name]]
    return Asked(
        request,
        frozenset(each.reference for each, details in observed if details or not each.names_are_details),
        frozenset(each.reference for each, details in observed if not details and each.names_are_details),
        detailed,
    )


def _tell(asked: Asked, found: Changes) -> HttpResponse:
    path = Address(asked.request.path.rstrip("/"), PATH).overview
    # Absolute, as many readers of feeds make nothing of another.
    root = asked.request.build_absolute_uri(path)
    # By its place, whether it is asked for with or without TLS.
    namespace = uuid5(NAMESPACE_URL, f"//{asked.request.get_host()}{path}")
    written = atom.write(
        atom.Feed(
            namespace,
            site.read(conf.current().site).title,
            f"{root}{PATH}",
            root,
            # By the hour, so that it stays as it is while there is nothing new.
            found[0][1].at if found else time.time() // HOUR_S * HOUR_S,
            [_entry(asked, key, turn, root, namespace) for key, turn in found],
        )
    )
    etag = f'"{hashlib.sha256(written).hexdigest()[:32]}"'
    response = HttpResponseNotModified() if _has(asked.request, etag) else answer(written, atom.MEDIA_TYPE)
    response["ETag"] = etag
    return response


def _has(request: HttpRequest, etag: str) -> bool:
    """Whether the caller has what it asks for: RFC 9110, 13.1.2."""
    known = {each.removeprefix("W/") for each in parse_etags(request.META.get("HTTP_IF_NONE_MATCH", ""))}
    return bool({etag, "*"} & known)


def _entry(asked: Asked, key: str, turn: Turn, root: str, namespace: UUID) -> atom.Entry:
    resource = key.partition("/")[0]
    return atom.Entry(
        # What changed, when, and into what: whoever tells it, and also after a restart.
        uuid5(namespace, f"{turn.at!r} {turn.previous} {turn.state} {key}"),
        f"{wording.name(key)}: {turn.previous} → {turn.state}",
        turn.at,
        root + (_page_of(key) or f"{resource}/"),
        turn.state,
        wording.shown(turn.error) if turn.error and resource in asked.detailed else "",
    )


def _page_of(key: str) -> str:
    """The check's page below the root; empty where the key is too long to tell which."""
    return path_of(key) if len(key) < LONGEST_KEY else ""


def _refuse() -> HttpResponse:
    response = answer("This needs a token: Authorization: Bearer …\n".encode(), "text/plain; charset=utf-8", 401)
    response["WWW-Authenticate"] = 'Bearer realm="status"'
    return response
