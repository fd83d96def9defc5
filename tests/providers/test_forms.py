"""Providers of several things, called as plain functions and declared wrongly."""

from __future__ import annotations

import asyncio
from inspect import signature

import pytest

from status import Component, Provider, State, batch, each
from status.core.check import Check
from status.providers.base import Defaults
from status.providers.celery import health, stats


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


READ: list[str] = []


def read(text: str, *, apart: str = ",") -> list[str]:
    READ.append(text)
    if not text:
        raise ValueError("text names none")
    return text.split(apart)


@each(lambda names: names, read=read)
def told(name: str, names: list[str]) -> str:
    return f"{name} of {len(names)}"


def test_arguments_that_are_read_are_read_once_and_given_to_the_names_and_the_function() -> None:
    READ.clear()
    checks = Provider("it", told, ("a;b",), {"apart": ";"}).checks("health", judged=True, defaults=Defaults())
    assert {check.reference: check.call() for check in checks} == {
        "health/it/a": "a of 2",
        "health/it/b": "b of 2",
    }
    assert READ == ["a;b"]
    assert told("a,b") == {"a": "a of 2", "b": "b of 2"}
    assert told.look_at("c", "a,b") == "c of 2"
    assert str(signature(told)) == "(text: 'str', *, apart: 'str' = ',') -> 'list[str]'"


@pytest.mark.parametrize(
    ("args", "kwargs", "wrong"),
    [(("",), {}, "text names none"), ((), {}, "missing a required argument"), (("a",), {"b": 1}, "unexpected keyword")],
)
def test_arguments_that_can_not_be_read_are_told_at_start(
    args: tuple[object, ...], kwargs: dict[str, object], wrong: str
) -> None:
    with pytest.raises(ValueError, match=wrong):
        Provider("it", told, args, kwargs).checks("health", judged=True, defaults=Defaults())


def test_a_batch_is_one_check_with_its_names() -> None:
    [check] = Provider("it", some).checks("health", judged=True, defaults=Defaults(timeout_s=3.0, ttl_s=4.0))
    assert (check.names, check.timeout_s, check.ttl_s) == (("a", "b"), 3.0, 4.0)
    assert check.call() == {"a": True}


@each(["a", "b"], names_are_details=True)
def hosts(name: str) -> bool:
    return True


@batch(["a", "b"], names_are_details=True)
async def hosts_together() -> dict[str, bool]:
    return {"a": True, "b": True}


def mapping() -> dict[str, bool]:
    return {"a": True}


def checks_of(provider: Provider) -> tuple[Check, ...]:
    return provider.checks("health", judged=True, defaults=Defaults())


@pytest.mark.parametrize(
    ("provider", "names_are_details"),
    [
        pytest.param(Provider("it", hosts), True, id="each says so"),
        pytest.param(Provider("it", hosts_together), True, id="a batch says so"),
        pytest.param(Provider("it", hosts, names_are_details=False), False, id="the entry says no, and each yes"),
        pytest.param(Provider("it", hosts_together, names_are_details=False), False, id="the entry says no of a batch"),
        pytest.param(Provider("it", some, names_are_details=True), True, id="the entry says yes, and a batch no"),
        pytest.param(Provider("it", mapping, names_are_details=True), True, id="the entry says it of any function"),
        pytest.param(Provider("it", one, (["a"],)), False, id="each says nothing"),
        pytest.param(Provider("it", some), False, id="a batch says nothing"),
        pytest.param(Provider("it", mapping), False, id="nobody says anything"),
        pytest.param(Provider("it", health.celery, kwargs={"workers": ["w@1"]}), True, id="workers, in health"),
        pytest.param(Provider("it", stats.celery, kwargs={"workers": ["w@1"]}), True, id="workers, in stats"),
    ],
)
def test_names_are_details_where_the_entry_or_else_the_function_says_so(
    provider: Provider, names_are_details: bool
) -> None:
    assert {check.names_are_details for check in checks_of(provider)} == {names_are_details}


@pytest.mark.parametrize("state", list(State))
def test_a_component_takes_the_states_word(state: State) -> None:
    assert Component(state.value).state is state  # type: ignore[arg-type]
