"""The probes of `STATUS_PROBES`, resolved once: which path asks which checks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from .. import conf
from ..core.check import Check
from ..core.probe import Kind
from ..providers import registry
from ..providers.registry import Observed


@dataclass(frozen=True, slots=True)
class Target:
    """A check that a probe asks, and what of its answer counts."""

    check: Check
    component: str | None = None
    """The reference of the one component that counts; None for all that the check says."""
    certain: bool = True
    """Whether the project names the component, so that it must be there; a request may name one that is not."""

    @property
    def name(self) -> str:
        return self.component or self.check.reference


@dataclass(frozen=True, slots=True)
class Reference:
    """One entry of a probe: "health/databases", or one component, "health/databases/default"."""

    name: str
    targets: tuple[Target, ...]

    def part(self, name: str, *, certain: bool) -> Reference | None:
        """This reference, or one component of it, by its name; None for a name that is neither."""
        if name == self.name:
            return self
        if not name.startswith(f"{self.name}/"):
            return None
        found = tuple(target for target in self.targets if target.name == name)
        if not found and len(self.targets) == 1 and self.targets[0].check.reference == self.name:
            # A provider that is one check: which components it has is known by its answer alone.
            found = (Target(self.targets[0].check, name, certain),)
        return Reference(name, found) if found else None


@dataclass(frozen=True, slots=True)
class Selection:
    """What is asked at once: these targets, by these checks."""

    targets: tuple[Target, ...]
    of_each: bool = False
    """Whether it is asked how each of them is, and not for a verdict alone."""
    checks: tuple[Check, ...] = field(init=False)
    by_check: bool = field(init=False)
    """Whether whole checks count alone, so that nobody needs to look at components."""
    deciding: frozenset[str] = field(init=False)
    """References of which one that fails is the answer: of the checks that count as a whole, for a verdict alone."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "checks", tuple(dict.fromkeys(target.check for target in self.targets)))
        in_part = {target.check for target in self.targets if target.component is not None}
        object.__setattr__(self, "by_check", not in_part)
        whole = () if self.of_each else (check for check in self.checks if check not in in_part)
        object.__setattr__(self, "deciding", frozenset(check.reference for check in whole))


@dataclass(frozen=True, slots=True)
class Probe:
    """A path and the references that it asks."""

    path: str
    kind: Kind
    references: tuple[Reference, ...]
    whole: Selection = field(init=False)
    """All of them."""
    discreet: frozenset[str] = field(init=False)
    """References of the providers it asks whose components' names are details."""

    def __post_init__(self) -> None:
        whole = Selection(tuple(target for reference in self.references for target in reference.targets))
        discreet = frozenset(provider_of(each.reference) for each in whole.checks if each.names_are_details)
        object.__setattr__(self, "whole", whole)
        object.__setattr__(self, "discreet", discreet)

    def below(self, name: str) -> Reference | None:
        """The reference of this name, or the component below one; None where the probe has neither."""
        found = (reference.part(name, certain=False) for reference in self.references)
        return next((reference for reference in found if reference is not None), None)


@dataclass(frozen=True, slots=True)
class Table:
    """All probes, found by the path of a request."""

    exact: Mapping[str, Probe]
    """By the path as a request has it, with and without a slash at the end."""
    beginnings: tuple[str, ...]
    """How the paths below probes begin, the longest first: one probe may stand below another."""
    timeout_s: float
    mount: str

    def find(self, path: str) -> tuple[Probe, str] | None:
        """The probe at this path, or the one above it with the rest of the path; None where there is neither."""
        probe = self.exact.get(path)
        if probe is not None:
            return probe, ""
        if not path.startswith(self.beginnings):
            return None
        beginning = next(each for each in self.beginnings if path.startswith(each))
        return self.exact[beginning], path[len(beginning) :].removesuffix("/")


@lru_cache(maxsize=1)
def current() -> Table:
    """The project's probes; resolved once, and again after `override_settings`."""
    settings = conf.current()
    by_reference = {each.reference: each for listed in registry.current().observed.values() for each in listed}
    exact: dict[str, Probe] = {}
    for path, names in settings.probes.items():
        references = tuple(_resolve(name, by_reference) for name in dict.fromkeys(names))
        probe = Probe(path, Kind.of(path), references)
        exact[f"/{path}"] = exact[f"/{path}/"] = probe
    beginnings = sorted((path for path in exact if path.endswith("/")), key=len, reverse=True)
    return Table(exact, tuple(beginnings), settings.probe_timeout_s, settings.mount)


def forget() -> None:
    """Resolve them anew at the next `current()`."""
    current.cache_clear()


def provider_of(reference: str) -> str:
    """The reference of the provider: what there is from the second slash on is a component's name."""
    return "/".join(reference.split("/", 2)[:2])


def _resolve(name: str, by_reference: Mapping[str, Observed]) -> Reference:
    provider = by_reference.get(provider_of(name))
    if provider is None:  # nobody knows whether its components' names would be details
        return _unknown(name, names_are_details=True)
    whole = Reference(provider.reference, tuple(Target(check) for check in provider.checks))
    return whole.part(name, certain=True) or _unknown(name, names_are_details=provider.names_are_details)


def _unknown(name: str, *, names_are_details: bool) -> Reference:
    """What can't be asked is not well; that it is wrong is a problem of the settings, told at start."""

    def tell() -> object:
        raise ValueError(f"STATUS_PROBES: there is no {name!r} to ask")

    return Reference(name, (Target(Check(name, tell, names_are_details=names_are_details)),))
