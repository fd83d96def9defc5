"""Paths of an OpenAPI document: what each method may be answered there, and who may ask."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from ..core.observation import Json
from .answers import Answer, bare, merged

METHODS = ("get", "head", "post", "put", "delete", "options")
AS_GET = ("post", "put", "delete")
"""As in 2.x. They are told since `Allow` tells them, and deprecated since nobody needs them."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """One that an operation takes, also the name of its component."""

    name: str
    place: str
    """In which part of the request: "query", "header", or "path", where it must stand."""
    description: str
    schema: Json

    @property
    def told(self) -> dict[str, Json]:
        """The parameter object."""
        told: dict[str, Json] = {"name": self.name, "in": self.place, "description": self.description}
        return {**told, **({"required": True} if self.place == "path" else {}), "schema": self.schema}


@dataclass(frozen=True, slots=True)
class Path:
    """One URL, below the API's root unless `server` says otherwise."""

    path: str
    summary: str
    got: tuple[Answer, ...]
    """What GET may be answered, and what is as GET."""
    listed: tuple[Answer, ...]
    """What OPTIONS may be answered."""
    schemes: tuple[str, ...] = ()
    """Of the security schemes any is enough."""
    is_open: bool = True
    """Whether nobody needs them: who uses one sees more."""
    tag: str = ""
    description: str = ""
    parameters: tuple[Parameter, ...] = ()
    """Of GET, and what is as GET; those of the path are of OPTIONS, too."""
    server: str = ""
    """Path that this one is below, without a slash at its end."""

    def answers(self, method: str) -> tuple[Answer, ...]:
        """One a code, in the order of the codes."""
        by_code: dict[int, list[Answer]] = {}
        for each in self.listed if method == "options" else self.got:
            by_code.setdefault(each.code, []).append(each)
        return tuple(merged(same) for _, same in sorted(by_code.items()))


def item(path: Path) -> dict[str, Json]:
    """The path item object."""
    told: dict[str, Json] = {"summary": path.summary}
    if path.description:
        told["description"] = path.description
    if path.server:
        told["servers"] = [{"url": path.server}]
    own = [each for each in path.parameters if each.place == "path"]
    if own:
        told["parameters"] = _references(own)
    return {**told, **{method: dict(_operation(path, method)) for method in METHODS}}


def responses(paths: Iterable[Path]) -> dict[str, Json]:
    """All that the items refer to, by the names of their components."""
    answers = (answer for path in paths for method in ("get", "options") for answer in path.answers(method))
    return {answer.name: answer.response for answer in answers}


def parameters(paths: Iterable[Path]) -> dict[str, Json]:
    """As `responses`, of what is asked with."""
    return {parameter.name: parameter.told for path in paths for parameter in path.parameters}


def _operation(path: Path, method: str) -> Iterator[tuple[str, Json]]:
    yield "operationId", ":".join(filter(None, (method, *path.path.split("/"))))
    if path.tag:
        yield "tags", [path.tag]
    if method in AS_GET:
        yield "summary", "As GET."
        yield "deprecated", True
    asked = [each for each in path.parameters if each.place != "path"]
    if asked and method != "options":
        yield "parameters", _references(asked)
    yield "security", _security(path.schemes, is_open=path.is_open)
    yield "responses", {str(answer.code): _response(answer, method) for answer in path.answers(method)}


def _references(parameters: Iterable[Parameter]) -> list[Json]:
    return [{"$ref": f"#/components/parameters/{each.name}"} for each in parameters]


def _security(schemes: Sequence[str], *, is_open: bool) -> list[Json]:
    needed: list[Json] = [{name: []} for name in schemes]
    return [{}, *needed] if is_open and needed else needed


def _response(answer: Answer, method: str) -> Json:
    if method == "head":  # without a body: RFC 9110, 9.3.2
        return bare(answer).response
    return {"$ref": f"#/components/responses/{answer.name}"}
