"""What an operation of the API may answer, as responses of an OpenAPI document."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from .. import conf
from ..access import Sight
from ..core.observation import Json
from ..core.states import State
from ..formats import registry
from ..formats.format import Format
from ..formats.registry import Formats
from ..providers.base import Provider
from .components import reference

OK = 200
JSON = "application/json"
_TEXT: Json = {"type": "string"}
_ANYTHING: Json = {}


@dataclass(frozen=True, slots=True)
class Answer:
    """One that may be given."""

    code: int
    name: str
    """Of the component that it is."""
    description: str
    content: Mapping[str, Json] = field(default_factory=dict)
    """Media type → schema."""
    headers: Sequence[str] = ()
    """Names of those that it has beyond those of every answer."""

    @property
    def response(self) -> dict[str, Json]:
        """The response object."""
        told: dict[str, Json] = {"description": self.description}
        if self.headers:
            told["headers"] = {name: {"required": True, "schema": _TEXT} for name in self.headers}
        if self.content:
            told["content"] = {media_type: {"schema": schema} for media_type, schema in self.content.items()}
        return told


UNKNOWN_FORMAT = Answer(400, "unknown-format", "There is no such format.", {JSON: reference("error")})
NEEDS_TOKEN = Answer(
    401, "needs-token", "Without a token or a login that counts.", {JSON: reference("error")}, ("WWW-Authenticate",)
)
MISSING_EXTRA = Answer(501, "missing-extra", "What writes this format is not installed.", {JSON: reference("error")})
NOT_FOUND = Answer(404, "not-found", "As if it were not there.", {JSON: reference("error")})


def listing(shape: str) -> Answer:
    """What OPTIONS answers; `shape` is the part of its schema."""
    return Answer(OK, f"listing.{shape}", "What is below.", {JSON: reference("listing", shape)}, ("Allow",))


def reports(formats: Formats, shape: str, states: Sequence[State]) -> Iterator[Answer]:
    """What may be said of what is in one of these states, in any format; `shape` is the part of the schemas."""
    codes = conf.current().http_codes
    # JSON as it is shipped stands in for another that can't write.
    named = tuple(dict.fromkeys((*formats.by_name.values(), registry.DEFAULT)))
    known = tuple(each for each in named if not registry.lacking(each))
    by_state = tuple(each for each in known if not each.is_always_ok)
    for code in dict.fromkeys(codes[state] for state in states):
        own = [state.value for state in states if codes[state] == code]
        said = f"The worst judged state that is shown is {' or '.join(own)}."
        yield Answer(code, f"{shape}.{'-'.join(own)}", said, _content(known if code == OK else by_state, shape))
    if OK not in {codes[state] for state in states} and len(by_state) < len(known):
        always = tuple(each for each in known if each.is_always_ok)
        yield Answer(OK, f"{shape}.always", "In what can't be told with another code.", _content(always, shape))
    yield UNKNOWN_FORMAT
    if len(known) < len(named):
        yield MISSING_EXTRA


def states_of(providers: Iterable[Provider], *, judged: bool) -> tuple[State, ...]:
    """Those that the worst of these may be: what isn't judged passes, and what isn't critical warns at most."""
    all_critical = [provider.critical for provider in providers] if judged else []
    if not all_critical:
        return (State.PASS,)
    return (State.PASS, State.WARN, State.FAIL) if any(all_critical) else (State.PASS, State.WARN)


def of_strangers(seen: Sight | None) -> Iterator[Answer]:
    """What who is not trusted may be answered instead; None where the project's own rule decides that."""
    if seen in (Sight.NOTHING, None):
        yield NEEDS_TOKEN
    if seen in (Sight.HIDDEN, None):
        yield NOT_FOUND


def merged(same: Sequence[Answer]) -> Answer:
    """Answers of one code as one."""
    if len(same) == 1:
        return same[0]
    told: dict[str, list[Json]] = {}
    for media_type, schema in (each for answer in same for each in answer.content.items()):
        told.setdefault(media_type, []).append(schema)
    name, said = "_".join(answer.name for answer in same), " Or: ".join(answer.description for answer in same)
    content = {media_type: _any_of(schemas) for media_type, schemas in told.items()}
    headers = tuple(each for each in same[0].headers if all(each in answer.headers for answer in same))
    return Answer(same[0].code, name, said, content, headers)


def bare(answer: Answer) -> Answer:
    """As HEAD is answered."""
    return replace(answer, content={})


def _content(formats: Iterable[Format], shape: str) -> dict[str, Json]:
    told: dict[str, list[Json]] = {}
    for each in formats:
        told.setdefault(each.media_type, []).append(_schema(each, shape))
    return {media_type: _any_of(schemas) for media_type, schemas in told.items()}


def _any_of(schemas: Sequence[Json]) -> Json:
    different = [schema for at, schema in enumerate(schemas) if schema not in schemas[:at]]
    return different[0] if len(different) == 1 else {"anyOf": different}


def _schema(format: Format, shape: str) -> Json:
    if format.schema:
        return reference(format.schema, shape)
    return _ANYTHING if "json" in format.media_type else _TEXT
