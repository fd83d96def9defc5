"""What arguments have in common: limits, and what is judged by them."""

from __future__ import annotations

import pytest

from status import State
from status.providers.arguments import limits


@pytest.mark.parametrize("falling", [False, True])
@pytest.mark.parametrize("figure", [float("nan"), float("inf"), float("-inf")])
@pytest.mark.parametrize(("warn", "fail"), [(None, None), (5, None), (5, 5)])
def test_a_figure_that_is_not_finite_fails(
    warn: float | None, fail: float | None, figure: float, falling: bool
) -> None:
    assert limits("ms", warn, fail, falling=falling).judge(figure) is State.FAIL
