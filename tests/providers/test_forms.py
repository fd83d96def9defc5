"""Providers of several things, called as plain functions and declared wrongly."""

from __future__ import annotations

import asyncio

import pytest

from status import Component, Provider, State, batch, each
from status.providers.base import Defaults


@each(lambda names: names)
def one(name: str, names: object) -> bool:
    return bool(1 / len(name))


@each(["a", ""])
async def one_async(name: str) -> bool:
    return bool(1 / len(name))


@batch(["a", "b"])
def some() -> dict[str, bool]:
    return {"a": True}


@batch(["a", "b"])
async def some_async() -> dict[str, bool]:
    return {"a": True}


def test_called_as_a_function_each_is_the_whole_mapping_and_what_raises_is_false() -> None:
    assert one(["a", ""]) == {"a": True, "": False}
    assert asyncio.run(one_async()) == {"a": True, "": False}


def test_called_as_a_function_a_batch_is_the_whole_mapping_and_what_is_missing_is_false() -> None:
    assert some() == {"a": True, "b": False}
    assert asyncio.run(some_async()) == {"a": True, "b": False}


def test_a_declared_provider_keeps_the_name_and_words_of_its_function() -> None:
    assert (getattr(one, "__name__", ""), one.__module__) == ("one", __name__)


def test_names_are_asked_with_the_providers_arguments_and_stand_once() -> None:
    checks = Provider("it", one, (["a", "b", "a"],)).checks("health", judged=True, defaults=Defaults())
    assert [check.reference for check in checks] == ["health/it/a", "health/it/b"]
    assert [check.call() for check in checks] == [True, True]


def test_a_batch_is_one_check_with_its_names() -> None:
    [check] = Provider("it", some).checks("health", judged=True, defaults=Defaults(timeout_s=3.0, ttl_s=4.0))
    assert (check.names, check.timeout_s, check.ttl_s) == (("a", "b"), 3.0, 4.0)
    assert check.call() == {"a": True}


@pytest.mark.parametrize("state", list(State))
def test_a_component_takes_the_states_word(state: State) -> None:
    assert Component(state.value).state is state  # type: ignore[arg-type]
