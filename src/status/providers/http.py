"""What answers over HTTP: status, body, latency, redirects, TLS."""

from __future__ import annotations

import re
import ssl
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from http import HTTPStatus
from pathlib import Path
from time import monotonic

from ..core.observation import Component
from ..core.states import State
from ..reading import shown, type_of
from . import arguments
from .arguments import Limits
from .forms import each
from .network import tls
from .network.body import Body, read_pointers
from .network.fetching import Answer, Target, Wish, fetch, redirected, target

METHODS = ("GET", "HEAD")
FOLLOWS = ("never", "host", "anywhere")
REDIRECTS = frozenset({301, 302, 303, 307, 308})
MOST_REDIRECTS = 5
SUCCESS = range(200, 300)
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # RFC 9110, 5.6.2


@dataclass(frozen=True, slots=True)
class _Wanted:
    targets: Mapping[str, Target]
    statuses: Collection[int]
    follow: str
    body: Body
    limits: Limits
    wish: Wish


def _read(
    url: str | None = None,
    *,
    urls: Mapping[str, str] | None = None,
    label: str | None = None,
    method: str = "GET",
    status: int | Collection[int] = SUCCESS,
    contains: str | None = None,
    json_equals: Mapping[str, object] | None = None,
    most_bytes: int = 1_048_576,
    follow: str = "never",
    headers: Mapping[str, str] | None = None,
    verify: bool = True,
    ca_file: str | Path | None = None,
    warn_ms: float | None = None,
    fail_ms: float | None = None,
) -> _Wanted:
    body = Body(None if contains is None else arguments.text("contains", contains), read_pointers(json_equals))
    most = arguments.needed("most_bytes", most_bytes, least=1)
    wish = Wish(
        arguments.choice("method", method, METHODS),
        _read_headers(headers),
        arguments.flag("verify", verify),
        None if ca_file is None else arguments.path("ca_file", ca_file),
        int(most) if body.is_wanted else 0,
    )
    if ca_file is not None and not verify:
        raise ValueError("ca_file says whom to trust, and with verify=False it is anybody")
    if body.is_wanted and method == "HEAD":
        raise ValueError("HEAD is answered without a body: it can't be looked at")
    return _Wanted(
        _read_targets(url, urls, label),
        _read_statuses(status),
        arguments.choice("follow", follow, FOLLOWS),
        body,
        arguments.limits("ms", warn_ms, fail_ms),
        wish,
    )


def _read_targets(url: object, urls: object, label: object) -> dict[str, Target]:
    if (url is None) == (urls is None):
        raise ValueError("http takes either a url or urls")
    if urls is None:
        read = _read_url("url", url)
        return {read.place if label is None else arguments.text("label", label): read}
    if label is not None:
        raise ValueError("label is of a url; urls have theirs")
    if not isinstance(urls, Mapping):
        raise ValueError(f"urls is a mapping of labels to URLs, not a {type_of(urls)}")
    if not urls:
        raise ValueError("urls names none")
    return {
        arguments.text("a label of urls", name): _read_url(f"urls[{name!r}]", each_) for name, each_ in urls.items()
    }


def _read_url(name: str, url: object) -> Target:
    try:
        read = target(arguments.text(name, url))
        arguments.host(f"{name}: its host", read.host)
    except ValueError as error:
        raise ValueError(str(error) if str(error).startswith(name) else f"{name}: {error}") from None
    return read


def _read_statuses(status: object) -> Collection[int]:
    statuses = (status,) if isinstance(status, int) else status
    if isinstance(statuses, (str, bytes)) or not isinstance(statuses, Collection) or not statuses:
        raise ValueError(f"status is a status code or several, not {shown(status)}")
    for code in statuses:
        if isinstance(code, bool) or not isinstance(code, int) or not 100 <= code <= 599:
            raise ValueError(f"status is a status code or several, and {shown(code)} is none")
    return statuses if isinstance(statuses, range) else frozenset(statuses)


def _read_headers(headers: object) -> dict[str, str]:
    if headers is None:
        return {}
    if not isinstance(headers, Mapping):
        raise ValueError(f"headers is a mapping of names to texts, not a {type_of(headers)}")
    for name, value in headers.items():
        for part in (name, value):
            if not isinstance(part, str) or not part.isascii() or not part.isprintable():
                raise ValueError("headers is a mapping of names to texts, each of one line of ASCII")
        if not _TOKEN.fullmatch(name):
            raise ValueError("headers: a name is of letters, digits and !#$%&'*+-.^_`|~ alone")
    return dict(headers)


@each(lambda wanted: wanted.targets, read=_read, names_are_details=True)
def http(name: str, wanted: _Wanted) -> Component:
    """A URL, or each of `urls` (label → URL), answers with one of these statuses.

    Its body `contains` a text, and `json_equals` (JSON pointer → value), within its first `most_bytes`; slower than
    `warn_ms` and `fail_ms` it warns and fails. A redirect is an answer like any other, unless `follow` is "host" (five
    at most, each on the same host) or "anywhere". `headers` go to the same scheme, host and port alone.

    One request and connection a run, one more a redirect; no proxy. A body that nothing is asked of is not read.
    """
    started = monotonic()
    try:
        answer, wrong = _ask(wanted.targets[name], wanted)
    except ssl.SSLCertVerificationError as error:
        return Component(State.FAIL, detail=f"its certificate is not trusted: {tls.reason(error)}")
    took_ms = 1000 * (monotonic() - started)
    wrong = wrong or wanted.body.wrong(answer)
    state = State.FAIL if wrong else wanted.limits.judge(took_ms)
    return Component(state, round(took_ms, 1), "ms", wrong or f"{answer.status} in {took_ms:,.0f} ms")


def _ask(asked: Target, wanted: _Wanted) -> tuple[Answer, str | None]:
    """The last answer, and what is wrong with it."""
    first, wish = asked, wanted.wish
    for _ in range(MOST_REDIRECTS + 1):
        answer = fetch(
            asked,
            wish if asked.is_beside(first) else Wish(wish.method, None, wish.verify, wish.ca_file, wish.most_bytes),
        )
        if answer.status not in REDIRECTS or answer.location is None or wanted.follow == "never":
            return answer, _wrong_status(asked, answer, wanted.statuses)
        try:
            leads = redirected(asked, answer.location)
        except ValueError:
            return answer, f"{_told(answer.status)}, to what is no URL of HTTP"
        if wanted.follow == "host" and (leads.host != asked.host or (asked.scheme, leads.scheme) == ("https", "http")):
            return answer, f"{_told(answer.status)}, to {leads.scheme}://{leads.place}"
        # Where the redirect says another login itself, that is the one.
        stays = leads.is_beside(first) and leads.authorization is None
        asked = replace(leads, authorization=first.authorization) if stays else leads
    return answer, f"more than {MOST_REDIRECTS} redirects"


def _wrong_status(asked: Target, answer: Answer, statuses: Collection[int]) -> str | None:
    if answer.status in statuses:
        return None
    wrong = _told(answer.status)
    if answer.status in REDIRECTS and answer.location is not None:
        try:
            leads = redirected(asked, answer.location)
        except ValueError:
            return wrong
        wrong += " elsewhere on the same host" if leads.is_beside(asked) else f", to {leads.scheme}://{leads.place}"
    return wrong


def _told(status: int) -> str:
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)
