"""Functions that the tests' settings name."""

from __future__ import annotations

from status import each


def fine() -> bool:
    return True


NOT_A_FUNCTION = 3


@each(["a", "b"])
def letters(name: str) -> bool:
    return True


@each(lambda: 1 / 0)  # type: ignore[arg-type,return-value]
def nameless(name: str) -> bool:
    return True
