"""The doors beside those of the resources, for the OpenAPI document: metrics, badges and the feed.

Each is described by the rules that it goes by itself, and left out for a caller for whom there is nothing behind it.
The feed is the website's, which the API knows nothing of: what is said of it here is tried by the tests.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..access import Sight
from ..core.observation import Json
from ..formats import atom
from ..formats.badge import KINDS, MOST_TEXT
from ..formats.metrics import exposition
from ..providers import registry
from ..providers.extras import MissingExtra
from . import answers
from .answers import OK, Answer
from .components import reference
from .known import METRICS, Known, security_schemes, seen_by_strangers
from .paths import Parameter, Path

_TEXT: Json = {"type": "string"}
_PLAIN = "text/plain; charset=utf-8"
_BODIES: dict[str, Json] = {"svg": _TEXT, "json": reference("badge")}
"""Of badges, by the end of the URL."""

_ALLOWED = Answer(OK, "allowed", "Which methods there are.", headers=("Allow",))
_NEEDS_TOKEN = Answer(
    401, "needs-token.text", answers.NEEDS_TOKEN.description, {_PLAIN: _TEXT}, answers.NEEDS_TOKEN.headers
)
_NO_PAGE = Answer(404, "no-page", "As if it were not there: the project's own page.", {"*/*": {}})
_METRICS = Answer(
    OK,
    METRICS,
    "By the header Accept; version and escaping are parameters of the type.",
    {"text/plain": _TEXT, "application/openmetrics-text": _TEXT},
)
_NO_EXTRA = Answer(501, "metrics.missing", "The extra that writes them is not installed.", {_PLAIN: _TEXT})
_FEED = Answer(OK, "feed", "The last hour's changes of state, in Atom.", {atom.MEDIA_TYPE: _TEXT}, ("ETag",))
_NOTHING_NEW = Answer(304, "feed.unchanged", "As If-None-Match has it.", headers=("ETag",))

_LABEL = Parameter("label", "query", f"Another label of the badge. It is cut after {MOST_TEXT} characters.", _TEXT)
_IF_NONE_MATCH = Parameter("If-None-Match", "header", "The ETag of a feed that the reader has.", _TEXT)


def metrics(known: Known) -> Iterator[Path]:
    """What Prometheus scrapes, unless that is hidden from the caller."""
    if known.metrics is Sight.HIDDEN:
        return
    strangers = seen_by_strangers(METRICS)
    is_withheld = known.metrics is Sight.NOTHING
    refusals = (_NEEDS_TOKEN,) if is_withheld else tuple(_refusals_of_metrics(strangers, is_alone=known.is_alone))
    path, server = _place(known, METRICS)
    yield Path(
        path,
        "For Prometheus: the checks, their host and who answers.",
        refusals if is_withheld else (_scraped(), *refusals),
        refusals if is_withheld else (_ALLOWED, *refusals),
        # Who sees the metrics sees in them no more than it does of each resource.
        _schemes([strangers, *(seen_by_strangers(name) for name, _ in known.sights)]),
        is_open=strangers not in (Sight.NOTHING, Sight.HIDDEN),
        server=server,
    )


def _scraped() -> Answer:
    """What who may see metrics is answered by this process."""
    try:
        exposition.check()
    except MissingExtra:
        return _NO_EXTRA
    return _METRICS


def _refusals_of_metrics(strangers: Sight | None, *, is_alone: bool) -> Iterator[Answer]:
    """What who is not trusted may be answered instead; None where the project's own rule decides that."""
    if strangers in (Sight.NOTHING, None):
        yield _NEEDS_TOKEN
    if strangers is None and is_alone:  # a rule that gave no answer
        yield answers.NEEDS_TOKEN
    if strangers in (Sight.HIDDEN, None):
        yield answers.NOT_FOUND if is_alone else _NO_PAGE


def badges(known: Known) -> Iterator[Path]:
    """A path a kind of badge, where there is a resource that the caller may know of."""
    if not known.sights:
        return
    strangers = [seen_by_strangers(name) for name, _ in known.sights]
    shown = [name for name, sight in known.sights if sight >= Sight.STATES]
    is_refused = {Sight.NOTHING, None} & {*strangers, *(sight for _, sight in known.sights)}
    for kind, written in KINDS.items():
        path, server = _place(known, f"badge/{{reference}}.{kind}")
        body = {written.media_type: _BODIES[kind]}
        got = [Answer(404, f"badge.{kind}.not-found", "There is no such thing for this caller.", body)]
        if is_refused:
            headers = answers.NEEDS_TOKEN.headers
            got.append(Answer(401, f"badge.{kind}.private", "The caller may not see the resource.", body, headers))
        if shown:
            kept = "The state, whatever it is. How long it may be kept, and by whom, Cache-Control says."
            got.append(Answer(OK, f"badge.{kind}", kept, body, ("Cache-Control",)))
        yield Path(
            path,
            "A badge: a state as an image." if kind == "svg" else "A badge for shields.io, which draws it.",
            tuple(got),
            (_ALLOWED,),
            _schemes(strangers),
            is_open=any(seen not in (Sight.NOTHING, Sight.HIDDEN) for seen in strangers),
            parameters=(_reference(shown), _LABEL),
            server=server,
        )


def _reference(shown: Sequence[str]) -> Parameter:
    """What a badge is of; with examples for who may see any."""
    examples: list[Json] = []
    for name in shown[:1]:
        examples += [name, *(f"{name}/{provider}" for provider in [*registry.resource(name).providers][:1])]
    said = (
        "A resource, a provider of it, or a component of that: all after the second slash is the component. "
        "Percent-encoded; its slashes may be or not."
    )
    schema: dict[str, Json] = {"type": "string", "minLength": 1}
    return Parameter("reference", "path", said, {**schema, "examples": examples} if examples else schema)


def feed(known: Known) -> Iterator[Path]:
    """The feed of changes, where the website is, and a judged resource that the caller may know of."""
    judged = {name: sight for name, sight in known.sights if registry.resource(name).judged}
    if known.is_alone or not judged:
        return
    strangers = [seen_by_strangers(name) for name in judged]
    refusals = tuple(_refusals_of_feed(strangers))
    is_shown = any(sight >= Sight.STATES for sight in judged.values())
    path, server = _place(known, "feed")
    yield Path(
        path,
        "A feed of the changes of state.",
        (_FEED, _NOTHING_NEW, *refusals) if is_shown else (_NEEDS_TOKEN,),
        (_ALLOWED, *(each for each in refusals if each is _NO_PAGE)),
        _schemes(strangers),
        is_open=any(seen is None or seen >= Sight.STATES for seen in strangers),
        parameters=(_IF_NONE_MATCH,),
        server=server,
    )


def _refusals_of_feed(strangers: Sequence[Sight | None]) -> Iterator[Answer]:
    """What who is not trusted may be answered instead; None where the project's own rule decides that."""
    if any(seen is not None and seen >= Sight.STATES for seen in strangers):
        return
    if {Sight.NOTHING, None} & {*strangers}:
        yield _NEEDS_TOKEN
    if Sight.NOTHING not in strangers:
        yield _NO_PAGE


def _schemes(strangers: Sequence[Sight | None]) -> tuple[str, ...]:
    """None where everybody sees everything."""
    return () if all(seen is Sight.DETAILS for seen in strangers) else tuple(security_schemes())


def _place(known: Known, name: str) -> tuple[str, str]:
    """The path of a door, and the path that it is below: empty for that of the API.

    With the website the API is at "api" beside it. The site may be included without a slash at the end of its own
    path, as "status": then the door's name goes on where that ends, and a path must begin with a slash.
    """
    if known.is_alone:
        return f"/{name}", ""
    server, _, begun = known.root.removesuffix("api").rpartition("/")
    return f"/{begun}{name}", server or "/"
