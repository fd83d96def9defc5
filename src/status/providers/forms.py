"""How a provider that looks at several things declares them, so that one which hangs fails alone."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Iterable, Mapping
from functools import partial, update_wrapper
from typing import Any

Names = Iterable[str] | Callable[..., Iterable[str] | None]
Read = Callable[..., object]


class _Declared:
    """A provider's function with the names of its components.

    These are fixed, or a quick function of the provider's own arguments which is called once, at start. Of a batch it
    may return None, having looked at the arguments: then a run itself names what it found.
    """

    def __init__(self, function: Callable[..., Any], names: Names, *, names_are_details: bool = False) -> None:
        update_wrapper(self, function)  # type: ignore[arg-type] # it takes on the names of any callable
        self._function = self._signed = function
        self._names = names
        self.names_are_details = names_are_details

    def check_arguments(self, *args: Any, **kwargs: Any) -> None:
        """ValueError, without a word on how it is declared, for arguments that the function does not take."""
        try:
            signature = inspect.signature(self._signed)
        except ValueError:  # a function of C's need not say what it takes
            return
        try:
            signature.bind(*args, **kwargs)
        except TypeError as error:
            raise ValueError(str(error)) from None

    def _said(self, *args: Any, **kwargs: Any) -> Any:
        return self._names(*args, **kwargs) if callable(self._names) else self._names


class Each(_Declared):
    """Looks at one name a call; every component has its own deadline, duration and observation."""

    def __init__(
        self, function: Callable[..., Any], names: Names, *, read: Read | None = None, names_are_details: bool = False
    ) -> None:
        super().__init__(function, names, names_are_details=names_are_details)
        self._read = read
        if read is not None:
            self._signed = self.__wrapped__ = read  # it is what takes the provider's arguments

    def names(self, *args: Any, **kwargs: Any) -> tuple[str, ...]:
        """The components' names under these arguments of the provider."""
        return tuple(self.calls(*args, **kwargs))

    def calls(self, *args: Any, **kwargs: Any) -> dict[str, Callable[[], Any]]:
        """What gives the value of each component, by its name; the arguments are read here, and not again."""
        args, kwargs = self._given(args, kwargs)
        return {name: partial(self._function, name, *args, **kwargs) for name in _distinct(self._said(*args, **kwargs))}

    def check_arguments(self, *args: Any, **kwargs: Any) -> None:
        """As of any; where it is the function that takes them, the name comes first, and is not the entry's to give."""
        super().check_arguments(*(() if self._read else ("",)), *args, **kwargs)

    def look_at(self, name: str, *args: Any, **kwargs: Any) -> Any:
        """The value of one component, here and now."""
        args, kwargs = self._given(args, kwargs)
        return self._function(name, *args, **kwargs)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """The whole mapping, one after the other, here and now; what raises is False. Awaitable when it is async."""
        values = {name: _try(call) for name, call in self.calls(*args, **kwargs).items()}
        if inspect.iscoroutinefunction(self._function) or any(map(inspect.isawaitable, values.values())):
            return _all(values)
        return values

    def _given(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """What the function, and that of the names, get of the provider's arguments."""
        return (args, kwargs) if self._read is None else ((self._read(*args, **kwargs),), {})


def _try(call: Callable[[], Any]) -> Any:
    try:
        return call()
    except Exception:  # noqa: BLE001 - as 2.x told it
        return False


async def _all(values: Mapping[str, Any]) -> dict[str, Any]:
    awaited = {}
    for name, value in values.items():
        try:
            awaited[name] = await value if inspect.isawaitable(value) else value
        except Exception:  # noqa: BLE001
            awaited[name] = False
    return awaited


class Batch(_Declared):
    """Looks at all names in one run; those missing in the mapping it returns fail alone."""

    def names(self, *args: Any, **kwargs: Any) -> tuple[str, ...]:
        """As of each; none where only a run can name them."""
        return self.fixed_names(*args, **kwargs) or ()

    def fixed_names(self, *args: Any, **kwargs: Any) -> tuple[str, ...] | None:
        """Those that each run must answer for; None where only a run can name them."""
        said = self._said(*args, **kwargs)
        return None if said is None else _distinct(said)

    def look_at_all(self, *args: Any, **kwargs: Any) -> Any:
        """The mapping of those that answered."""
        return self._function(*args, **kwargs)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """The whole mapping, here and now; what is missing in it is False. Awaitable when it is async."""
        names = self.names(*args, **kwargs)
        answers = self._function(*args, **kwargs)
        return _awaited(names, answers) if inspect.isawaitable(answers) else _filled(names, answers)


async def _awaited(names: tuple[str, ...], answers: Awaitable[Mapping[str, Any]]) -> dict[str, Any]:
    return _filled(names, await answers)


def _distinct(names: Iterable[object]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(str(name) for name in names))


def _filled(names: tuple[str, ...], answers: Mapping[str, Any]) -> dict[str, Any]:
    return {**dict.fromkeys(names, False), **answers}


def each(
    names: Names, *, read: Read | None = None, names_are_details: bool = False
) -> Callable[[Callable[..., Any]], Each]:
    """Declare a provider as a function of one name: `@each(lambda: settings.SHARDS) def shards(name): ...`

    `read` takes the provider's arguments once, at start, and raises ValueError for those that can't be used; the
    function, and that of the names, get what it returns in their place: `@each(lambda urls: urls, read=checked)`.

    Where the names are details themselves, as hosts are, who may see states alone sees the provider's one state.
    """
    return lambda function: Each(function, names, read=read, names_are_details=names_are_details)


def batch(names: Names, *, names_are_details: bool = False) -> Callable[[Callable[..., Any]], Batch]:
    """Declare a provider as one run for all names: `@batch(lambda hosts: hosts) def replies(hosts): ...`

    `names_are_details` is as of `each`.
    """
    return lambda function: Batch(function, names, names_are_details=names_are_details)
