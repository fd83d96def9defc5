"""From the entries of `STATUS_PROVIDERS` to resources, once, at start; each problem becomes a check that tells it."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain, count
from typing import Any

from .. import conf
from ..conf import Settings
from ..core.check import Check
from ..core.names import name_components
from ..core.observation import Component
from ..core.states import State
from ..reading import MAX_SECONDS, Problem, shown, type_of
from .base import Defaults, Provider, Resource

RESERVED = frozenset({"api", "metrics", "badge", "feed", "assets", "public", "heartbeat", "history", "openapi.json"})
RESERVED_COMMANDS = frozenset({"serve", "drain", "undrain", "completion", "record", "prune", "export"})

# RFC 3986, 2.3: the characters that need no encoding in a path, wherever they stand.
_URL_NAME = re.compile(r"[A-Za-z0-9_~-][A-Za-z0-9._~-]*")

STATS_TTL_S = 10.0
"""Statistics change slowly, and cost what is looked at more than a question does: a repository of 20,000 files takes a
quarter of a second to compare."""

_HINT = 'Write ("name", "path.of.function", args, kwargs), or a status.Provider'


@dataclass(frozen=True, slots=True)
class Observed:
    """A provider in its resource, with the checks it is observed by."""

    provider: Provider
    reference: str
    checks: tuple[Check, ...]
    composed: bool
    """Each check is one component."""
    names_are_details: bool = False
    """Also where it has no components yet, so no checks that say so."""


@dataclass(frozen=True, slots=True)
class Registry:
    """All resources of the project, and what was wrong with their settings."""

    resources: Mapping[str, Resource]
    observed: Mapping[str, tuple[Observed, ...]]
    """By resource."""
    problems: tuple[Problem, ...]


@lru_cache(maxsize=1)
def current() -> Registry:
    """The project's registry; built once, and again after `override_settings`."""
    return _Builder(conf.current()).build()


def forget() -> None:
    """Build it anew at the next `current()`."""
    current.cache_clear()


def resource(name: str) -> Resource:
    """The configured resource; ValueError, with the names there are, for another."""
    resources = current().resources
    if name not in resources:
        raise ValueError(f"Resource not found: {name} (there are: {', '.join(resources) or 'none'})")
    return resources[name]


def default_entries(workers: Sequence[str] = ()) -> dict[str, tuple[object, ...]]:
    """The entries that `...` stands for, and all there is without `STATUS_PROVIDERS`."""
    health: list[object] = [
        ("ping", "status.providers.health.ping"),
        ("databases", "status.providers.django.health.databases"),
        ("caches", "status.providers.django.health.caches"),
    ]
    stats: list[object] = [
        Provider("databases", "status.providers.django.stats.databases", ttl=STATS_TTL_S),
        Provider("code", "status.providers.stats.code", ttl=STATS_TTL_S),
    ]
    if workers:
        health.append(("celery", "status.providers.celery.health.celery", (), {"workers": list(workers)}))
        told = {"workers": list(workers)}
        stats.append(Provider("celery", "status.providers.celery.stats.celery", (), told, ttl=STATS_TTL_S))
    return {"health": tuple(health), "stats": tuple(stats)}


class _Builder:
    """Collects problems while it builds."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._defaults = Defaults(settings.timeout_s, settings.ttl_s)
        self._standard = default_entries(settings.celery_workers)
        self._homeless: list[Problem] = list(settings.problems)
        """Problems that no entry stands for; a check of their own tells them."""
        self._problems: list[Problem] = list(settings.problems)

    def build(self) -> Registry:
        entries = self._standard if self._settings.providers is None else self._settings.providers
        named = {name: self._providers(name, listed) for name, listed in entries.items() if self._fits(name)}
        self._check_judged(named)
        observed = {
            name: [self._observe(name, provider) for provider in providers] for name, providers in named.items()
        }
        self._check_probes(observed)
        if self._homeless and "health" in named:
            provider = _warning(_free_name("settings", [each.name for each in named["health"]]), self._homeless)
            named["health"].append(provider)
            observed["health"].append(self._observe("health", provider))
        resources = {
            name: Resource(name, providers, judged=name in self._settings.judged) for name, providers in named.items()
        }
        return Registry(resources, {name: tuple(each) for name, each in observed.items()}, tuple(self._problems))

    def _homeless_problem(self, problem: Problem) -> None:
        self._problems.append(problem)
        self._homeless.append(problem)

    def _fits(self, name: str) -> bool:
        if name in RESERVED | RESERVED_COMMANDS:
            text, hint = f"django-status uses the name {name!r} itself", "Give the resource another name"
        elif not _URL_NAME.fullmatch(name):
            text, hint = f"{name!r} can't stand in a URL", "Use letters, digits and - . _ ~ alone"
        else:
            return True
        self._homeless_problem(Problem("E005", "STATUS_PROVIDERS", text, hint, f"[{name!r}]"))
        return False

    def _providers(self, resource: str, entries: Sequence[object]) -> list[Provider]:
        own = {at: self._provider(e, f"[{resource!r}][{at}]") for at, e in enumerate(entries) if e is not ...}
        named = {provider.name for provider in own.values()}
        providers: dict[str, Provider] = {}
        for at in range(len(entries)):
            if at not in own:  # the defaults, less those that the project has its own of
                standard = map(_provider, self._standard.get(resource, ()))
                providers.update({each.name: each for each in standard if each.name not in named})
                continue
            provider = own[at]
            if provider.name in providers:
                text, hint = f"the name {provider.name!r} is given twice", "Name each provider of a resource once"
                problem = Problem("E004", "STATUS_PROVIDERS", text, hint, f"[{resource!r}][{at}]")
                self._problems.append(problem)
                provider = _failing(_free_name(f"{provider.name}-{at}", named | set(providers)), problem)
            providers[provider.name] = provider
        return list(providers.values())

    def _provider(self, entry: object, where: str) -> Provider:
        """The entry's provider, or one in its place that tells what is wrong with it."""
        name = _name_of(entry) or f"entry-{where.rpartition('[')[2][:-1]}"
        code = "E002"
        try:
            provider = _provider(entry)
            name = provider.name
            code = "E005"
            if not _URL_NAME.fullmatch(name):
                name = re.sub(r"[^A-Za-z0-9_~-]+", "-", shown(name)).strip("-") or "entry"
                raise ValueError(f"{provider.name!r} can't stand in a URL: use letters, digits and - . _ ~ alone")
            code = "E008"
            _check_numbers(provider)
            code = "E002"
            _check_names(provider)
            code = "E003"
            provider.function  # noqa: B018 - imported now, so that a wrong path is found at start
        except Exception as error:  # noqa: BLE001 - the project's own objects, and an import's error without a text
            text = str(error) if type(error) in (ValueError, TypeError) else _describe(error)
            problem = Problem(code, "STATUS_PROVIDERS", text, _HINT, where)
            self._problems.append(problem)
            return _failing(name, problem)
        return provider

    def _observe(self, resource: str, provider: Provider) -> Observed:
        judged = resource in self._settings.judged
        try:
            checks = provider.checks(resource, judged=judged, defaults=self._defaults)
            composed = provider.composed
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # noqa: BLE001 - the project's own function that names the components
            # A ValueError is what those that ship say of their arguments, which they read to name their components.
            wrong = isinstance(error, ValueError)
            what = "the arguments of {} can't be used" if wrong else "the components of {} can't be named"
            text = f"{what.format(repr(provider.name))}: {_describe(error)}"
            problem = Problem("E003", "STATUS_PROVIDERS", text, _HINT, f"[{resource!r}]")
            self._problems.append(problem)
            provider = _failing(provider.name, problem)
            checks = provider.checks(resource, judged=judged, defaults=self._defaults)
            composed = False
        return Observed(provider, f"{resource}/{provider.name}", checks, composed, provider.withholds_names)

    def _check_judged(self, named: Mapping[str, object]) -> None:
        for resource in self._settings.judged:
            if resource not in named and not (resource == "health" and self._settings.judged == ("health",)):
                text, hint = f"there is no resource {resource!r}", f"The resources are: {', '.join(named)}"
                self._homeless_problem(Problem("E006", "STATUS_JUDGED", text, hint))

    def _check_probes(self, observed: Mapping[str, Sequence[Observed]]) -> None:
        known = {each.reference: each for listed in observed.values() for each in listed}
        for path, references in self._settings.probes.items():
            for reference in references:
                owner = known.get("/".join(reference.split("/", 2)[:2]))
                names = {check.reference for check in owner.checks} if owner and owner.composed else None
                whole = reference.count("/") == 1
                if owner is None or (names is not None and not whole and reference not in names):
                    text = f"there is no {reference!r} to ask"
                    hint = f"The references are: {', '.join(known)}, or a component below one"
                    self._homeless_problem(Problem("E007", "STATUS_PROBES", text, hint, f"[{path!r}]"))


def _provider(entry: object) -> Provider:
    """The provider of a well-formed entry; ValueError or TypeError, saying why, for another."""
    if isinstance(entry, Provider):
        return entry
    if isinstance(entry, (str, bytes)) or not isinstance(entry, Sequence):
        raise TypeError(f"an entry is a tuple or a Provider, not a {type(entry).__name__}")
    if not 2 <= len(entry) <= 4:
        raise ValueError(f"an entry has 2 to 4 parts, not {len(entry)}")
    name, function, args, kwargs = (*entry, None, None)[:4]
    # Types alone: a slip puts the one in the place of the other, and arguments may be secrets.
    if not isinstance(name, str) or not name:
        raise TypeError(f"a provider's name is a text, not a {type_of(name)}")
    if not isinstance(function, str) and not callable(function):
        raise TypeError(f"a provider is a function or its dotted path, not a {type_of(function)}")
    if args is not None and (isinstance(args, (str, bytes)) or not isinstance(args, Sequence)):
        raise TypeError(f"a provider's args are a list, not a {type_of(args)}")
    if kwargs is not None and not isinstance(kwargs, Mapping):
        raise TypeError(f"a provider's kwargs are a mapping, not a {type_of(kwargs)}")
    return Provider(name, function, tuple(args or ()), dict(kwargs or {}))


def _check_numbers(provider: Provider) -> None:
    for word, number in (("timeout", provider.timeout), ("ttl", provider.ttl)):
        least = "above zero" if word == "timeout" else "not below zero"
        wanted = f"seconds {least}, at most {MAX_SECONDS:,}"
        if number is not None and not (_is_number(number) and (number > 0 or (word == "ttl" and number == 0))):
            raise ValueError(f"its {word} is {wanted}, not {shown(number)}")
    for word, runs in (("fail_after", provider.fail_after), ("pass_after", provider.pass_after)):
        if isinstance(runs, bool) or not isinstance(runs, int) or runs < 1:
            raise ValueError(f"its {word} is a count from 1, not {shown(runs)}")


def _check_names(provider: Provider) -> None:
    said: object = provider.names_are_details
    if said is not None and not isinstance(said, bool):
        raise TypeError(f"its names_are_details is True, False or None, not a {type_of(said)}")


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and value <= MAX_SECONDS


def _name_of(entry: object) -> str:
    """The name that a malformed entry was probably meant to have."""
    name = entry[0] if isinstance(entry, Sequence) and not isinstance(entry, (str, bytes)) and entry else None
    return name if isinstance(name, str) and _URL_NAME.fullmatch(name) else ""


def _free_name(name: str, taken: Collection[str]) -> str:
    """The name, or with a number behind it where the project has a provider of that name."""
    return next(free for free in chain([name], (f"{name}-{number}" for number in count(2))) if free not in taken)


def _failing(name: str, problem: Problem) -> Provider:
    """In the place of an entry that can't be used: a check that fails with the problem's words."""

    def tell() -> object:
        raise ValueError(str(problem))

    # A probe may name its components, and what it stands for can't be asked whether their names are details.
    return Provider(name, tell, names_are_details=True)


def _warning(name: str, problems: Sequence[Problem]) -> Provider:
    """A check that warns of what is wrong elsewhere, where a default stands in. Which setting it is, is a detail."""

    def tell() -> object:
        return name_components(
            (f"{p.setting}{p.entry}", Component(State.WARN, detail=f"{p.text}. {p.hint}")) for p in problems
        )

    return Provider(name, tell, names_are_details=True)


def _describe(error: BaseException) -> str:
    from ..core.redaction import describe  # its patterns take 10 ms to compile

    return describe(error)
