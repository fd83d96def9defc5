"""Provider and Resource: what is looked at, under which name, and how patiently."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from importlib import import_module
from typing import Any

from ..core.check import Check
from ..core.names import name_components
from .forms import Batch, Each

Function = Callable[..., Any]


@dataclass(frozen=True, slots=True)
class Defaults:
    """What a provider that says nothing gets. Durations in seconds."""

    timeout_s: float = 2.0
    ttl_s: float = 1.0


@dataclass(frozen=True)
class Provider:
    """A named function that looks at one thing and returns a JSON-serialisable value.

    `provider` is the function or its dotted path. `timeout` and `ttl` are in seconds; None stands for `STATUS_TIMEOUT`
    and `STATUS_TTL`. A check that is not `critical` makes its report warn at most. It fails after `fail_after` failures
    in a row, and passes again after `pass_after` passes. Where `names_are_details`, who may see states alone sees its
    one state in place of its components; None stands for what the function says.
    """

    name: str
    provider: str | Function
    args: tuple[Any, ...] = ()
    kwargs: Mapping[str, Any] = field(default_factory=dict)
    timeout: float | None = field(default=None, kw_only=True)
    ttl: float | None = field(default=None, kw_only=True)
    critical: bool = field(default=True, kw_only=True)
    fail_after: int = field(default=1, kw_only=True)
    pass_after: int = field(default=1, kw_only=True)
    names_are_details: bool | None = field(default=None, kw_only=True)
    label: str = field(default="", kw_only=True)
    description: str = field(default="", kw_only=True)
    runbook: str = field(default="", kw_only=True)

    def __post_init__(self) -> None:
        # 2.x projects write None for "no arguments".
        object.__setattr__(self, "args", tuple(self.args or ()))
        object.__setattr__(self, "kwargs", dict(self.kwargs or {}))

    @property
    def path(self) -> str:
        """Dotted, of what it calls: as it is written, else where that was defined."""
        if isinstance(self.provider, str):
            return self.provider
        module = getattr(self.provider, "__module__", "")
        named = getattr(self.provider, "__qualname__", type(self.provider).__qualname__)
        return f"{module}.{named}" if module else str(named)

    @property
    def function(self) -> Function:
        """What it calls; ValueError, in the words of 2.x, when its path can't be imported or is no function."""
        return load(self.provider) if isinstance(self.provider, str) else self.provider

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call it here and now, without deadline; arguments, when given, replace the configured ones."""
        return self.function(*(args or self.args), **(kwargs or self.kwargs))

    def checks(self, resource: str, *, judged: bool, defaults: Defaults) -> tuple[Check, ...]:
        """The checks that it is observed by: one, or one a component where it declares these.

        Raises ValueError when its function can't be had, or does not take the arguments, and whatever the function that
        names the components raises.
        """
        function = self.function
        make = partial(
            Check,
            judged=judged,
            critical=self.critical,
            timeout_s=defaults.timeout_s if self.timeout is None else self.timeout,
            ttl_s=defaults.ttl_s if self.ttl is None else self.ttl,
            fail_after=self.fail_after,
            pass_after=self.pass_after,
            names_are_details=self.withholds_names,
        )
        reference = f"{resource}/{self.name}"
        if not isinstance(function, (Each, Batch)):
            return (make(reference, partial(function, *self.args, **self.kwargs)),)
        function.check_arguments(*self.args, **self.kwargs)
        if isinstance(function, Batch):
            look_at_all = partial(function.look_at_all, *self.args, **self.kwargs)
            fixed = function.fixed_names(*self.args, **self.kwargs)
            shown = None if fixed is None else tuple(name_components((name, name) for name in fixed))
            return (make(reference, look_at_all, names=shown),)
        calls = name_components(function.calls(*self.args, **self.kwargs).items())
        return tuple(make(f"{reference}/{name}", call, whole=False) for name, call in calls.items())

    @property
    def composed(self) -> bool:
        """Whether its components are observed one by one."""
        return isinstance(self.function, Each)

    @property
    def withholds_names(self) -> bool:
        """Whether its components' names are details: by its entry, else by what its function says."""
        if self.names_are_details is not None:
            return self.names_are_details
        function = self.function
        return isinstance(function, (Each, Batch)) and function.names_are_details


class Resource:
    """A named group of providers.

    `Resource(name)` is the configured one, ValueError when there is none of that name. Called, it calls each provider
    here and now, as in 2.x; to observe it within deadlines, use `status.observe`.
    """

    name: str
    providers: Mapping[str, Provider]
    judged: bool

    def __init__(self, name: str, providers: Iterable[Provider] | None = None, *, judged: bool = False) -> None:
        if providers is None:
            from .registry import resource  # it builds resources of this class

            found = resource(name)
            self.name, self.providers, self.judged = name, found.providers, found.judged
        else:
            self.name, self.judged = name, judged
            self.providers = {provider.name: provider for provider in providers}

    def __call__(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        return {name: provider(*args, **kwargs) for name, provider in self.providers.items()}

    def __repr__(self) -> str:
        return f"Resource({self.name!r})"


def load(path: str) -> Function:
    """The function at a dotted path. ValueError, with the reason, when there is none."""
    module_path, _, name = path.rpartition(".")
    try:
        if not module_path:
            raise ImportError("it is no dotted path")
        function = getattr(import_module(module_path), name)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # a module may even call sys.exit
        raise ValueError(f"Provider not found: {path} ({type(error).__name__}: {error})") from error
    if not callable(function):
        raise ValueError(f"Provider not found: {path} (it is a {type(function).__name__}, not a function)")
    return function  # type: ignore[no-any-return]
