"""What a check was told by its entry, read at start: a slip is told by the argument's name before anything is asked."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import PurePath

from ..core.states import State
from ..reading import shown, type_of


@dataclass(frozen=True, slots=True)
class Limits:
    """From where on a figure warns, and from where on it fails; None stands for never."""

    warn: float | None
    fail: float | None
    falling: bool = False
    """It is the low figures that are bad."""

    def judge(self, figure: float) -> State:
        """The state of this figure."""
        if not math.isfinite(figure):  # it is no number: NaN reaches no limit, and would pass each
            return State.FAIL
        if self.fail is not None and self._reaches(figure, self.fail):
            return State.FAIL
        if self.warn is not None and self._reaches(figure, self.warn):
            return State.WARN
        return State.PASS

    def _reaches(self, figure: float, limit: float) -> bool:
        return figure <= limit if self.falling else figure >= limit


def limits(unit: str, warn: object, fail: object, *, falling: bool = False) -> Limits:
    """Of the arguments `warn_…` and `fail_…`; ValueError where the first would never be reached before the second."""
    most = 100.0 if unit == "percent" else math.inf
    read = Limits(number(f"warn_{unit}", warn, most=most), number(f"fail_{unit}", fail, most=most), falling)
    # A figure that fails and does not warn: then warn_… is the worse of the two.
    if (
        read.warn is not None
        and read.fail is not None
        and read.warn != read.fail
        and read.judge(read.warn) is State.FAIL
    ):
        wrong = "below" if falling else "above"
        raise ValueError(f"warn_{unit} ({read.warn:g}) is {wrong} fail_{unit} ({read.fail:g})")
    return read


def number(name: str, value: object, *, least: float = 0.0, most: float = math.inf) -> float | None:
    """A finite number from `least` on up to `most`, or None where it was left out."""
    return None if value is None else needed(name, value, least=least, most=most)


def needed(name: str, value: object, *, least: float = 0.0, most: float = math.inf) -> float:
    """As `number`, but it can't be left out."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ValueError(f"{name} is a number, not {shown(value)}")
    if not math.isfinite(value) or not least <= value <= most:
        upto = "on" if most == math.inf else f"to {most:g}"
        raise ValueError(f"{name} is a number from {least:g} {upto}, not {shown(value)}")
    return value


def text(name: str, value: object) -> str:
    """A text that is not empty. What was given instead is not shown: it may be a secret."""
    if not isinstance(value, str) or not value:
        raise ValueError(f"{name} is a text, not {'an empty one' if value == '' else f'a {type_of(value)}'}")
    return value


def path(name: str, value: object) -> str:
    """Of a file or folder, as a text or as `pathlib` has it."""
    return text(name, str(value) if isinstance(value, PurePath) else value)


def host(name: str, value: object) -> str:
    """A host's name or address. ValueError for what no resolver can be asked for."""
    said = text(name, value)
    try:
        said.encode("idna")
    except UnicodeError:  # a part that is empty, or longer than 63 characters
        raise ValueError(f"{name}: {shown(said)} is no name of a host") from None
    if "\0" in said:
        raise ValueError(f"{name}: {shown(said)} is no name of a host")
    return said


def some(name: str, values: tuple[str, ...]) -> tuple[str, ...]:
    """These, of which there is one at least: a check of nothing would always pass."""
    if not values:
        raise ValueError(f"{name} names none: a check of nothing would always pass")
    return values


def texts(name: str, value: object) -> tuple[str, ...]:
    """Several texts, or none; one alone is a slip for a list of one."""
    if isinstance(value, (str, bytes)) or not isinstance(value, Iterable):
        raise ValueError(f"{name} is a list of texts, not a {type_of(value)}")
    return tuple(text(name, each) for each in value)


def flag(name: str, value: object) -> bool:
    """True or False."""
    if not isinstance(value, bool):
        raise ValueError(f"{name} is True or False, not {shown(value)}")
    return value


def choice(name: str, value: object, choices: Sequence[str]) -> str:
    """One of these words."""
    if not isinstance(value, str) or value not in choices:
        raise ValueError(f"{name} is one of {', '.join(choices)}, not {shown(value)}")
    return value


def port(name: str, value: object) -> int:
    """The number of a port."""
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value < 65536:
        raise ValueError(f"{name} is a port's number, not {shown(value)}")
    return value


def aliases(value: object, there: Collection[str], setting: str) -> tuple[str, ...]:
    """Aliases that the setting has, one at least."""
    named = some("aliases", texts("aliases", value))
    for alias in named:
        known("aliases", alias, there, setting)
    return named


def known(name: str, alias: object, there: Collection[str], setting: str) -> str:
    """An alias that the setting has."""
    if not isinstance(alias, str) or alias not in there:
        raise ValueError(f"{name}: {setting} has no {shown(alias)} (it has: {', '.join(there) or 'none'})")
    return alias
