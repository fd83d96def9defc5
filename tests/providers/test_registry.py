"""What the registry makes of entries whose components' names are details."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import override_settings

from status import Observation, Provider, State, batch, each, observe
from status.formats import legacy
from status.providers import registry
from status.testing import inline


@each(lambda hosts: hosts, names_are_details=True)
def shards(name: str, hosts: object) -> bool:
    return True


@each(lambda: 1 / 0, names_are_details=True)  # type: ignore[arg-type,return-value] # what names them raises
def unnameable(name: str) -> bool:
    return True


def mapping() -> dict[str, bool]:
    return {"10.0.0.1": True}


def stranger(*entries: object, **settings: object) -> Any:
    """What a caller without details is told of health."""
    with override_settings(STATUS_PROVIDERS={"health": entries}, **settings), inline():
        return legacy.resource(observe("health"), details=False)


@pytest.mark.parametrize(
    "provider",
    [Provider("it", shards, (["10.0.0.1"],)), Provider("it", mapping, names_are_details=True)],
    ids=["each", "the entry"],
)
def test_what_is_observed_says_that_its_names_are_details(provider: Provider) -> None:
    with override_settings(STATUS_PROVIDERS={"health": [provider]}), inline():
        [whole] = observe("health").observations
    seen: list[Observation] = [whole, *whole.components]
    assert [(each.reference, each.names_are_details) for each in seen] == [
        ("health/it", True),
        ("health/it/10.0.0.1", True),
    ]
    assert stranger(provider) == {"it": True}


@each(["a"])
def plain(name: str, *, depth: int = 1) -> bool:
    return True


@batch(["a"])
def at_once(*, depth: int = 1) -> dict[str, bool]:
    return {"a": True}


@pytest.mark.parametrize("function", [plain, at_once])
def test_arguments_that_a_function_does_not_take_are_told_at_start(function: Any) -> None:
    with override_settings(STATUS_PROVIDERS={"health": [("it", function, (), {"depht": 2})]}):
        [problem] = registry.current().problems
    assert problem.id == "E003"
    assert "the arguments of 'it' can't be used: ValueError: got an unexpected keyword argument" in problem.text
    with override_settings(STATUS_PROVIDERS={"health": [("it", function, (), {"depth": 2})]}), inline():
        assert observe("health").state is State.PASS


def test_a_provider_without_components_yet_says_so_too() -> None:
    with override_settings(STATUS_PROVIDERS={"health": [("it", shards, [()])]}):
        [observed] = registry.current().observed["health"]
    assert (observed.checks, observed.names_are_details) == ((), True)


@pytest.mark.parametrize("entry", [("it", "nowhere.nothing"), ("it", unnameable), ("it",)])
def test_what_stands_in_for_a_bad_entry_takes_its_names_for_details(entry: object) -> None:
    with override_settings(STATUS_PROVIDERS={"health": [entry]}):
        [observed] = registry.current().observed["health"]
    assert observed.names_are_details
    assert [check.names_are_details for check in observed.checks] == [True]


def test_which_setting_is_wrong_is_a_detail() -> None:
    assert stranger(STATUS_JUDGED=["health", "billing"]) == {"settings": True}


@pytest.mark.parametrize(("said", "kind"), [("no", "str"), (0, "int"), ([], "list")])
def test_a_word_on_names_that_is_neither_true_nor_false_is_an_error(said: Any, kind: str) -> None:
    with override_settings(STATUS_PROVIDERS={"health": [Provider("it", mapping, names_are_details=said)]}):
        [problem] = registry.current().problems
    assert problem.id == "E002"
    assert str(problem).startswith("STATUS_PROVIDERS['health'][0]: its names_are_details is True, False or None")
    assert kind in str(problem)
