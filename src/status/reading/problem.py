"""What is wrong with the settings, and how it is told without their secrets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeGuard


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong in the settings: where it is, what is wrong, and what to do."""

    id: str
    """As Django's system checks have it, without the app: "E001", "W001"."""
    setting: str
    text: str
    hint: str
    entry: str = ""
    """Which entry of the setting, as "health[2]"; empty where it is the whole."""

    def __post_init__(self) -> None:
        from ..core.redaction import redact_text  # its patterns take 10 ms to compile, and most are right

        for part in ("text", "hint", "entry"):
            object.__setattr__(self, part, redact_text(getattr(self, part)))

    def __str__(self) -> str:
        return f"{self.setting}{self.entry}: {self.text}. {self.hint}"

    @property
    def is_warning(self) -> bool:
        return self.id.startswith("W")


class Problems:
    """Collects them while the settings are read."""

    def __init__(self) -> None:
        self.found: list[Problem] = []
        """What can't be used, or not as it was meant: `health` warns of it as well."""
        self.weaknesses: list[Problem] = []
        """What is used as it was written, and shows much to many. Not told in `health`, which strangers may read."""

    def tell(self, code: str, setting: str, text: str, hint: str, entry: str = "") -> None:
        self.found.append(Problem(code, setting, text, hint, entry))

    def warn(self, code: str, setting: str, text: str, hint: str, entry: str = "") -> None:
        self.weaknesses.append(Problem(code, setting, text, hint, entry))


def type_of(value: object) -> str:
    return type(value).__name__


def is_list(value: object) -> TypeGuard[Sequence[Any]]:
    """A text is none, though it is a sequence: that is a slip for a list of one."""
    return isinstance(value, Sequence) and not isinstance(value, (str, bytes))


def shown(value: object) -> str:
    """The value as a problem's text has it: redacted, and cut after that, since a cut can hide what marks a secret."""
    from ..core.redaction import redact_text

    try:
        text = redact_text(repr(value))
    except Exception:  # noqa: BLE001 - the project's own object, or an integer of too many digits
        text = f"a {type_of(value)}"
    return text if len(text) <= 80 else f"{text[:79]}…"


def place(key: object) -> str:
    """Where in a mapping a problem is."""
    return f"[{shown(str(key) if isinstance(key, str) else key)}]"
