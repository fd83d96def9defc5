"""What is wrong with the settings is found at start, told in the check's words, and costs nothing but its entry."""

from __future__ import annotations

import logging
import sys
from collections.abc import AsyncIterator, Callable
from enum import Enum
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from django.core.checks import Error, Warning, run_checks
from django.test import override_settings

from status import Provider, Resource, State, conf, each, observe, start
from status.providers import registry
from status.testing import flush, inline
from tests.conf_providers import fine

FINE = "tests.conf_providers.fine"


def problems() -> list[tuple[str, str]]:
    """Id and text of each problem that `manage.py check` tells of our settings."""
    found = [message for message in run_checks() if str(message.id).startswith("status.")]
    assert all(message.hint for message in found)
    return [(str(message.id), message.msg) for message in found]


def test_the_defaults_have_no_problem() -> None:
    assert problems() == []


PROVIDERS: dict[str, tuple[Any, str, str]] = {
    "no mapping": (["ping"], "E001", "STATUS_PROVIDERS: it is a list, not a mapping."),
    "entries are a text": (
        {"health": "ping"},
        "E001",
        "STATUS_PROVIDERS['health']: its entries are a str, not a list.",
    ),
    "a resource without a name": ({3: []}, "E005", "STATUS_PROVIDERS[3]: a resource's name is a text, not a int."),
    "a reserved resource": ({"api": []}, "E005", "STATUS_PROVIDERS['api']: django-status uses the name 'api' itself."),
    "a reserved command": (
        {"serve": []},
        "E005",
        "STATUS_PROVIDERS['serve']: django-status uses the name 'serve' itself.",
    ),
    "a resource that no URL holds": ({"a b": []}, "E005", "STATUS_PROVIDERS['a b']: 'a b' can't stand in a URL."),
    "a path that does not import": (
        {"health": [("it", "nowhere.nothing")]},
        "E003",
        (
            "STATUS_PROVIDERS['health'][0]: Provider not found: nowhere.nothing"
            " (ModuleNotFoundError: No module named 'nowhere')."
        ),
    ),
    "a path without its function": (
        {"health": [("it", "tests.conf_providers.nothing")]},
        "E003",
        (
            "STATUS_PROVIDERS['health'][0]: Provider not found: tests.conf_providers.nothing"
            " (AttributeError: module 'tests.conf_providers' has no attribute 'nothing')."
        ),
    ),
    "a path to no function": (
        {"health": [("it", "tests.conf_providers.NOT_A_FUNCTION")]},
        "E003",
        (
            "STATUS_PROVIDERS['health'][0]: Provider not found: tests.conf_providers.NOT_A_FUNCTION"
            " (it is a int, not a function)."
        ),
    ),
    "no path": (
        {"health": [("it", "ping")]},
        "E003",
        "STATUS_PROVIDERS['health'][0]: Provider not found: ping (ImportError: it is no dotted path).",
    ),
    "components that can't be named": (
        {"health": [("it", "tests.conf_providers.nameless")]},
        "E003",
        "STATUS_PROVIDERS['health']: the components of 'it' can't be named: ZeroDivisionError: division by zero.",
    ),
    "an entry that is a text": (
        {"health": ["ping"]},
        "E002",
        "STATUS_PROVIDERS['health'][0]: an entry is a tuple or a Provider, not a str.",
    ),
    "an entry too short": (
        {"health": [("ping",)]},
        "E002",
        "STATUS_PROVIDERS['health'][0]: an entry has 2 to 4 parts, not 1.",
    ),
    "an entry too long": (
        {"health": [("it", FINE, [], {}, 5)]},
        "E002",
        "STATUS_PROVIDERS['health'][0]: an entry has 2 to 4 parts, not 5.",
    ),
    "a name that is no text": (
        {"health": [(7, FINE)]},
        "E002",
        "STATUS_PROVIDERS['health'][0]: a provider's name is a text, not a int.",
    ),
    "a function that is none": (
        {"health": [("it", 7)]},
        "E002",
        "STATUS_PROVIDERS['health'][0]: a provider is a function or its dotted path, not a int.",
    ),
    "args that are a text": (
        {"health": [("it", FINE, "abc")]},
        "E002",
        "STATUS_PROVIDERS['health'][0]: a provider's args are a list, not a str.",
    ),
    "kwargs that are a list": (
        {"health": [("it", FINE, [], [1])]},
        "E002",
        "STATUS_PROVIDERS['health'][0]: a provider's kwargs are a mapping, not a list.",
    ),
    "a provider's name that no URL holds": (
        {"health": [("a/b", FINE)]},
        "E005",
        "STATUS_PROVIDERS['health'][0]: 'a/b' can't stand in a URL: use letters, digits and - . _ ~ alone.",
    ),
    "a name given twice": (
        {"health": [("it", FINE), ("it", FINE)]},
        "E004",
        "STATUS_PROVIDERS['health'][1]: the name 'it' is given twice.",
    ),
    "a timeout of zero": (
        {"health": [Provider("it", FINE, timeout=0)]},
        "E008",
        "STATUS_PROVIDERS['health'][0]: its timeout is seconds above zero, at most 86,400, not 0.",
    ),
    "a negative ttl": (
        {"health": [Provider("it", FINE, ttl=-1)]},
        "E008",
        "STATUS_PROVIDERS['health'][0]: its ttl is seconds not below zero, at most 86,400, not -1.",
    ),
    "a timeout beyond a day": (
        {"health": [Provider("it", FINE, timeout=86_401)]},
        "E008",
        "STATUS_PROVIDERS['health'][0]: its timeout is seconds above zero, at most 86,400, not 86401.",
    ),
    "a ttl beyond a day": (
        {"health": [Provider("it", FINE, ttl=1e11)]},
        "E008",
        "STATUS_PROVIDERS['health'][0]: its ttl is seconds not below zero, at most 86,400, not 100000000000.0.",
    ),
    "a ttl that is no number": (
        {"health": [Provider("it", FINE, ttl=float("nan"))]},
        "E008",
        "STATUS_PROVIDERS['health'][0]: its ttl is seconds not below zero, at most 86,400, not nan.",
    ),
    "a broken provider named settings": (
        {"health": [("settings", "nowhere.nothing")]},
        "E003",
        (
            "STATUS_PROVIDERS['health'][0]: Provider not found: nowhere.nothing"
            " (ModuleNotFoundError: No module named 'nowhere')."
        ),
    ),
    "a count of zero": (
        {"health": [Provider("it", FINE, fail_after=0)]},
        "E008",
        "STATUS_PROVIDERS['health'][0]: its fail_after is a count from 1, not 0.",
    ),
}


@pytest.mark.parametrize(("setting", "id", "text"), PROVIDERS.values(), ids=PROVIDERS.keys())
def test_a_wrong_entry_is_an_error_of_the_system_check(setting: Any, id: str, text: str) -> None:
    with override_settings(STATUS_PROVIDERS=setting):
        assert problems() == [(f"status.{id}", text)]


@pytest.mark.parametrize(("setting", "id", "text"), PROVIDERS.values(), ids=PROVIDERS.keys())
def test_at_start_it_is_logged_once_as_an_error(
    setting: Any, id: str, text: str, caplog: pytest.LogCaptureFixture
) -> None:
    with override_settings(STATUS_PROVIDERS=setting), caplog.at_level(logging.ERROR, "status"):
        start.resolve()
    [record] = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert record.getMessage().startswith(text)


ENTRIES = {name: case for name, case in PROVIDERS.items() if "'health']" in case[2] and name != "entries are a text"}


@pytest.mark.parametrize(("setting", "id", "text"), ENTRIES.values(), ids=ENTRIES.keys())
def test_a_wrong_entry_becomes_a_check_that_fails_with_its_words(setting: Any, id: str, text: str) -> None:
    with override_settings(STATUS_PROVIDERS=setting), inline():
        report = observe("health")
    [failing] = [seen for seen in report.observations if seen.state is State.FAIL]
    assert str(failing.error).startswith(f"ValueError: {text}")


LONG_INTEGER = "a int" if hasattr(sys, "get_int_max_str_digits") else "1" + 78 * "0" + "…"  # as Python writes it

OTHERS: dict[str, tuple[dict[str, Any], str, str]] = {
    "a timeout of zero": ({"STATUS_TIMEOUT": 0}, "E008", "STATUS_TIMEOUT: 0 is not a time."),
    "a negative probe timeout": ({"STATUS_PROBE_TIMEOUT": -1}, "E008", "STATUS_PROBE_TIMEOUT: -1 is not a time."),
    "a ttl that is a text": ({"STATUS_TTL": "1"}, "E008", "STATUS_TTL: '1' is not a time."),
    "an endless timeout": (
        {"STATUS_TIMEOUT": float("inf")},
        "E008",
        "STATUS_TIMEOUT: inf is more than 86,400 seconds.",
    ),
    "a timeout beyond a day": (
        {"STATUS_TIMEOUT": 1e11},
        "E008",
        "STATUS_TIMEOUT: 100000000000.0 is more than 86,400 seconds.",
    ),
    "a ttl beyond a day": ({"STATUS_TTL": 86_401}, "E008", "STATUS_TTL: 86401 is more than 86,400 seconds."),
    "a probe timeout beyond a day": (
        {"STATUS_PROBE_TIMEOUT": 86_400.1},
        "E008",
        "STATUS_PROBE_TIMEOUT: 86400.1 is more than 86,400 seconds.",
    ),
    "a timeout that no float holds": (
        {"STATUS_TIMEOUT": 10**5000},
        "E008",
        f"STATUS_TIMEOUT: {LONG_INTEGER} is more than 86,400 seconds.",
    ),
    "a timeout that is no number": ({"STATUS_TIMEOUT": float("nan")}, "E008", "STATUS_TIMEOUT: nan is not a time."),
    "a timeout that is true": ({"STATUS_TIMEOUT": True}, "E008", "STATUS_TIMEOUT: True is not a time."),
    "workers that are a text": (
        {"STATUS_CELERY_WORKERS": "w"},
        "E009",
        "STATUS_CELERY_WORKERS: it is a str, not a list.",
    ),
    "a worker without a name": ({"STATUS_CELERY_WORKERS": [""]}, "E009", "STATUS_CELERY_WORKERS[0]: it is empty."),
    "an unknown judged resource": (
        {"STATUS_JUDGED": ["health", "helth"]},
        "E006",
        "STATUS_JUDGED: there is no resource 'helth'.",
    ),
    "an unknown reference": (
        {"STATUS_PROBES": {"readyz": ["health/database"]}},
        "E007",
        "STATUS_PROBES['readyz']: there is no 'health/database' to ask.",
    ),
    "an unknown component": (
        {"STATUS_PROBES": {"readyz": ["health/databases/other"]}},
        "E007",
        "STATUS_PROBES['readyz']: there is no 'health/databases/other' to ask.",
    ),
    "probes that are a list": ({"STATUS_PROBES": ["readyz"]}, "E007", "STATUS_PROBES: it is a list, not a mapping."),
    "references that are a text": (
        {"STATUS_PROBES": {"readyz": "health/ping"}},
        "E007",
        "STATUS_PROBES['readyz']: its references are a str, not a list.",
    ),
    "a probe without a path": ({"STATUS_PROBES": {"/": []}}, "E007", "STATUS_PROBES['/']: a probe's path is a text."),
    "a probe with a query": (
        {"STATUS_PROBES": {"readyz?verbose": []}},
        "E007",
        "STATUS_PROBES['readyz?verbose']: no request has such a path.",
    ),
    "a middleware that does not stand first": (
        {"MIDDLEWARE": ["django.middleware.common.CommonMiddleware", "status.middleware.ProbeMiddleware"]},
        "W002",
        (
            "MIDDLEWARE: status.middleware.ProbeMiddleware does not stand first,"
            " so that what stands before it touches the probes."
        ),
    ),
    "codes that are a number": ({"STATUS_HTTP_CODES": 200}, "E010", "STATUS_HTTP_CODES: it is a int, not a mapping."),
    "a code of no state": ({"STATUS_HTTP_CODES": {"bad": 500}}, "E010", "STATUS_HTTP_CODES['bad']: 'bad' is no state."),
    "a state without a code": (
        {"STATUS_HTTP_CODES": {"fail": "503"}},
        "E010",
        "STATUS_HTTP_CODES['fail']: '503' is no HTTP code.",
    ),
    "access that is a list": ({"STATUS_ACCESS": ["public"]}, "E011", "STATUS_ACCESS: it is a list, not a mapping."),
    "access by a function that is not there": (
        {"STATUS_ACCESS": "public"},
        "E011",
        "STATUS_ACCESS: ImportError: public doesn't look like a module path.",
    ),
    "an unknown level": (
        {"STATUS_ACCESS": {"stats": "pubic"}},
        "E011",
        "STATUS_ACCESS['stats']: 'pubic' is no level.",
    ),
    "a level of no name": (
        {"STATUS_ACCESS": {7: "hidden"}},
        "E011",
        "STATUS_ACCESS[7]: a resource's name is a text, not a int.",
    ),
    "no network": (
        {"STATUS_NETWORKS": ["10.0.0.0/99"]},
        "E012",
        "STATUS_NETWORKS[0]: '10.0.0.0/99' is no network.",
    ),
    "a token that is a number": ({"STATUS_TOKENS": [7]}, "E013", "STATUS_TOKENS[0]: it is a int, not a text."),
    "a folder that is a number": ({"STATUS_RUNTIME_DIR": 7}, "E014", "STATUS_RUNTIME_DIR: 7 is not a path."),
    "a project that is a number": ({"PROJECT_PATH": 7}, "E014", "PROJECT_PATH: it is a int, not a path."),
    "a site that is a text": ({"STATUS_SITE": "shop"}, "E015", "STATUS_SITE: it is a str, not a mapping."),
    "an unknown part of the site": ({"STATUS_SITE": {"titel": "x"}}, "E015", "STATUS_SITE['titel']: it is not known."),
    "a slip in a setting's name": (
        {"STATUS_TIMEOUTS": 3},
        "W001",
        "STATUS_TIMEOUTS: django-status has no such setting.",
    ),
}


@pytest.mark.django_db
@pytest.mark.parametrize(("settings", "id", "text"), OTHERS.values(), ids=OTHERS.keys())
def test_any_other_wrong_setting_is_told_and_its_default_stands_in(
    settings: dict[str, Any], id: str, text: str
) -> None:
    with override_settings(**settings):
        assert problems() == [(f"status.{id}", text)]
        with inline():
            report = observe("health")
    [told] = [part for seen in report.observations if seen.name == "settings" for part in seen.components]
    assert told.state is State.WARN
    assert str(told.error).startswith(text.partition(": ")[2])
    assert report.state is State.WARN


def test_a_problem_with_a_hint_of_danger_is_an_error_and_a_slip_a_warning() -> None:
    with override_settings(STATUS_TIMEOUT=0, STATUS_TIMEOUTS=1):
        kinds = {type(message) for message in run_checks() if str(message.id).startswith("status.")}
    assert kinds == {Error, Warning}


def test_a_setting_of_the_projects_own_is_no_slip() -> None:
    with override_settings(STATUS_CHOICES=("draft", "done")):
        assert problems() == []


def test_access_may_be_a_function_or_its_path() -> None:
    for setting in ("tests.conf_providers.fine", fine):
        with override_settings(STATUS_ACCESS=setting):
            assert problems() == []
            assert conf.current().access is fine


async def async_access(request: object, resource: str) -> str:
    return "details"


async def async_answers(request: object, resource: str) -> AsyncIterator[str]:
    yield "details"


class AsyncAccess:
    async def __call__(self, request: object, resource: str) -> str:
        return "details"

    async def decide(self, request: object, resource: str) -> str:
        return "details"

    def answer(self, request: object, resource: str) -> str:
        return "details"


ASYNC = {
    "a function": async_access,
    "a generator": async_answers,
    "a path": f"{__name__}.async_access",
    "an object": AsyncAccess(),
    "a method": AsyncAccess().decide,
    "in part": partial(async_access),
    "an object in part": partial(AsyncAccess()),
    "made async": sync_to_async(fine),
}


@pytest.mark.parametrize("setting", ASYNC.values(), ids=ASYNC)
def test_access_that_would_have_to_be_awaited_is_an_error_and_opens_nothing(setting: object) -> None:
    with override_settings(STATUS_ACCESS=setting):
        assert problems() == [("status.E011", "STATUS_ACCESS: it is async, and nobody would await it.")]
        assert conf.current().access == {"*": "private"}


@pytest.mark.parametrize(
    "setting",
    [AsyncAccess().answer, partial(fine), async_to_sync(async_access), AsyncAccess],
    ids=["a method", "in part", "made sync", "a class"],
)
def test_access_that_answers_at_once_is_none_of_these(setting: object) -> None:
    with override_settings(STATUS_ACCESS=setting):
        assert problems() == []
        assert conf.current().access is setting


@pytest.mark.parametrize("setting", ["public", ["public"]])
def test_access_that_can_not_be_read_is_not_open(setting: object) -> None:
    with override_settings(STATUS_ACCESS=setting):
        assert conf.current().access == {"*": "private"}


def test_what_is_misspelt_is_not_open() -> None:
    with override_settings(STATUS_ACCESS={"stats": "pubic"}):
        assert conf.current().access["stats"] == "private"  # type: ignore[index]


class Level(str, Enum):
    """Its text is "Level.OPEN"."""

    OPEN = "states"


def test_a_level_may_be_of_an_enum() -> None:
    with override_settings(STATUS_ACCESS={"stats": Level.OPEN}):
        assert problems() == []
        assert repr(conf.current().access["stats"]) == "'states'"  # type: ignore[index]


STARS: list[tuple[dict[str, str], dict[str, str]]] = [
    ({}, {"health": "states", "*": "private"}),
    ({"stats": "hidden"}, {"health": "states", "*": "private", "stats": "hidden"}),
    ({"health": "public"}, {"health": "public", "*": "private"}),
    ({"*": "hidden"}, {"*": "hidden"}),
    ({"*": "pubic"}, {"*": "private"}),
    ({"*": "hidden", "health": "states"}, {"*": "hidden", "health": "states"}),
]


@pytest.mark.parametrize(("given", "read"), STARS)
def test_a_star_governs_all_that_is_not_named_health_included(given: dict[str, str], read: dict[str, str]) -> None:
    with override_settings(STATUS_ACCESS=given):
        assert conf.current().access == read


def test_a_start_that_fails_is_logged_and_does_not_raise(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken() -> None:
        raise RuntimeError("no")

    monkeypatch.setattr(registry, "current", broken)
    start.resolve()
    assert "could not be read" in caplog.text


@pytest.mark.parametrize("raised", ["SystemExit('no')", "KeyError('no')", "GeneratorExit('no')"])
def test_whatever_keeps_a_start_from_its_settings_does_not_end_it(
    raised: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(registry, "current", lambda: exec(f"raise {raised}"))
    start.resolve()
    assert raised.partition("(")[0] in caplog.text


# What a module of the project does at its import, with the words that tell it.
IMPORTS = {
    "import sys; sys.exit('needs a config')": "SystemExit: needs a config",
    "raise GeneratorExit('over')": "GeneratorExit: over",
    "import asyncio; raise asyncio.CancelledError('gone')": "CancelledError: gone",
    "1 / 0": "ZeroDivisionError: division by zero",
    "raise BaseException('password=hunter2')": "BaseException: password=********",
}


@pytest.fixture
def broken_module(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The name of a module with the parameter for its code."""
    (tmp_path / "broken_at_import.py").write_text(request.param)
    monkeypatch.syspath_prepend(tmp_path)
    return "broken_at_import"


@pytest.mark.parametrize(("broken_module", "words"), IMPORTS.items(), indirect=["broken_module"])
def test_a_module_that_ends_at_its_import_is_a_problem_of_its_entry_alone(
    broken_module: str, words: str, caplog: pytest.LogCaptureFixture
) -> None:
    with override_settings(STATUS_PROVIDERS={"health": [("it", f"{broken_module}.f"), ("fine", FINE)]}):
        text = f"STATUS_PROVIDERS['health'][0]: Provider not found: {broken_module}.f ({words})"
        assert problems() == [("status.E003", f"{text}.")]
        start.resolve()
        with inline():
            report = observe("health")
    assert text in caplog.text
    assert [(seen.name, seen.state) for seen in report.observations] == [("it", State.FAIL), ("fine", State.PASS)]


@pytest.mark.parametrize(("broken_module", "words"), IMPORTS.items(), indirect=["broken_module"])
def test_a_module_of_access_that_ends_at_its_import_is_a_problem_and_opens_nothing(
    broken_module: str, words: str
) -> None:
    with override_settings(STATUS_ACCESS=f"{broken_module}.f"):
        assert problems() == [("status.E011", f"STATUS_ACCESS: {words}.")]
        assert conf.current().access == {"*": "private"}


@pytest.mark.parametrize("broken_module", ["raise KeyboardInterrupt"], indirect=True)
def test_whoever_interrupts_a_start_is_heard(broken_module: str) -> None:
    with override_settings():
        registry.forget()
        with (
            pytest.raises(KeyboardInterrupt),
            override_settings(STATUS_PROVIDERS={"health": [("it", f"{broken_module}.f")]}),
        ):
            start.resolve()


def exiting_names() -> list[str]:
    raise SystemExit("no names")


def test_components_whose_naming_exits_are_a_problem() -> None:
    with override_settings(STATUS_PROVIDERS={"health": [("it", each(exiting_names)(print))]}):
        text = "STATUS_PROVIDERS['health']: the components of 'it' can't be named: SystemExit: no names."
        assert problems() == [("status.E003", text)]


class Unshown:
    def __repr__(self) -> str:
        raise RuntimeError("no text for me")


def test_a_value_without_a_text_is_told_by_its_type() -> None:
    with override_settings(STATUS_TIMEOUT=Unshown(), STATUS_HTTP_CODES={Unshown(): 200}):
        assert problems() == [
            ("status.E008", "STATUS_TIMEOUT: a Unshown is not a time."),
            ("status.E010", "STATUS_HTTP_CODES[a Unshown]: a Unshown is no state."),
        ]


# No problem tells a secret

SECRET = "Zk3Sesame99hunter2x"
URL = f"postgres://app:{SECRET}@db.example.com/shop"
LONG_URL = f"postgres://app:{SECRET * 5}@db.example.com/shop"

SECRETS: dict[str, dict[str, Any]] = {
    "a token in bytes": {"STATUS_TOKENS": [SECRET.encode()]},
    "a token in a tuple of its own": {"STATUS_TOKENS": [(SECRET,)]},
    "a token alone": {"STATUS_TOKENS": SECRET},
    "tokens by name": {"STATUS_TOKENS": {"monitor": SECRET}},
    "a token in its name's place": {"STATUS_TOKENS": {SECRET: "monitor"}},
    "a token with whitespace": {"STATUS_TOKENS": [f"{SECRET} {SECRET}\n"]},
    "a token with half a character": {"STATUS_TOKENS": [f"{SECRET}\udc80"]},
    "a token that should be a digest": {"STATUS_TOKENS": [f"sha256:{SECRET}"]},
    "a token twice": {"STATUS_TOKENS": [SECRET * 2, SECRET * 2]},
    "a token that is too long": {"STATUS_TOKENS": [SECRET * 500]},
    "args that are a text": {"STATUS_PROVIDERS": {"health": [("it", FINE, SECRET)]}},
    "args that are a mapping": {"STATUS_PROVIDERS": {"health": [("it", FINE, {"pin": SECRET})]}},
    "kwargs that are a text": {"STATUS_PROVIDERS": {"health": [("it", FINE, [], SECRET)]}},
    "kwargs that are a list": {"STATUS_PROVIDERS": {"health": [("it", FINE, [], [SECRET])]}},
    "args in the function's place": {"STATUS_PROVIDERS": {"health": [("it", ["app", SECRET])]}},
    "args in the name's place": {"STATUS_PROVIDERS": {"health": [([SECRET], FINE)]}},
    "a URL in the function's place": {"STATUS_PROVIDERS": {"health": [("it", URL)]}},
    "a URL in the name's place": {"STATUS_PROVIDERS": {"health": [(URL, FINE)]}},
    "a URL in a resource's place": {"STATUS_PROVIDERS": {"health": [], URL: []}},
    "a URL in a number's place": {"STATUS_PROVIDERS": {"health": [Provider("it", FINE, timeout=URL)]}},  # type: ignore[arg-type]
    "a URL in a count's place": {"STATUS_PROVIDERS": {"health": [Provider("it", FINE, fail_after=LONG_URL)]}},  # type: ignore[arg-type]
    "a URL in a time's place": {"STATUS_TIMEOUT": URL},
    "a URL that is cut": {"STATUS_TIMEOUT": LONG_URL},
    "a URL among the judged": {"STATUS_JUDGED": ["health", URL]},
    "a URL among the references": {"STATUS_PROBES": {"readyz": [URL]}},
    "a URL in a state's place": {"STATUS_HTTP_CODES": {URL: 500}},
    "a URL in a code's place": {"STATUS_HTTP_CODES": {"fail": URL}},
    "a URL in a level's place": {"STATUS_ACCESS": {URL: LONG_URL}},
    "a URL in a function's place": {"STATUS_ACCESS": URL},
    "a URL among the networks": {"STATUS_NETWORKS": [URL]},
    "a password in a folder's place": {"STATUS_RUNTIME_DIR": {"password": SECRET}},
    "a URL among the site's parts": {"STATUS_SITE": {URL: 1}},
}


@pytest.mark.django_db
@pytest.mark.parametrize("settings", SECRETS.values(), ids=SECRETS.keys())
def test_no_problem_tells_a_secret(settings: dict[str, Any], caplog: pytest.LogCaptureFixture) -> None:
    with override_settings(**{"STATUS_PROVIDERS": {"health": []}, **settings}), caplog.at_level(logging.DEBUG):
        told = [str(message) for message in run_checks() if str(message.id).startswith("status.")]
        assert told
        start.resolve()
        with inline():
            told.append(repr(observe("health")))
        told.append(repr(observe("health")))
        flush()
    assert caplog.records
    for text in (*told, caplog.text):
        assert SECRET[:8] not in text


def test_a_start_that_fails_tells_no_secret(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    def broken() -> None:
        raise RuntimeError(f"no {URL}")

    monkeypatch.setattr(registry, "current", broken)
    start.resolve()
    assert "could not be read" in caplog.text
    assert SECRET not in caplog.text


# The check that tells of the settings, and a project's own of the same name


def test_a_provider_named_settings_that_is_broken_fails_and_ours_has_another_name() -> None:
    entries = [("settings", "nowhere.nothing"), ("settings-2", FINE)]
    with override_settings(STATUS_PROVIDERS={"health": entries}, STATUS_TIMEOUT=0), inline():
        report = observe("health")
    states = {seen.name: seen.state for seen in report.observations}
    assert states == {"settings": State.FAIL, "settings-2": State.PASS, "settings-3": State.WARN}
    assert report.state is State.FAIL


def test_a_provider_named_settings_is_the_projects_own() -> None:
    with override_settings(STATUS_PROVIDERS={"health": [("settings", FINE)]}, STATUS_TIMEOUT=0), inline():
        report = observe("health")
    assert [(seen.name, seen.state) for seen in report.observations] == [
        ("settings", State.PASS),
        ("settings-2", State.WARN),
    ]


# What is right


def test_a_day_is_the_longest_time() -> None:
    provider = Provider("it", FINE, timeout=86_400, ttl=86_400)
    with override_settings(
        STATUS_PROVIDERS={"health": [provider]},
        STATUS_TIMEOUT=86_400,
        STATUS_TTL=86_400.0,
        STATUS_PROBE_TIMEOUT=86_400,
    ):
        assert problems() == []
        assert conf.current().timeout_s == conf.current().ttl_s == conf.current().probe_timeout_s == 86_400
        assert observe("health").state is State.PASS


def test_three_dots_stand_for_the_defaults_of_their_resource() -> None:
    setting = {"health": [("first", FINE), ..., ("last", FINE)], "mine": [..., ("it", FINE)]}
    with override_settings(STATUS_PROVIDERS=setting):
        assert list(Resource("health").providers) == ["first", "ping", "databases", "caches", "last"]
        assert list(Resource("mine").providers) == ["it"]
        assert problems() == []


@pytest.mark.parametrize("entries", [[("ping", FINE), ...], [..., ("ping", FINE)]], ids=["before", "after"])
def test_an_entry_beside_the_dots_stands_in_for_the_default_of_its_name(entries: list[object]) -> None:
    with override_settings(STATUS_PROVIDERS={"health": entries}):
        assert Resource("health").providers["ping"].provider == FINE
        assert problems() == []


@pytest.mark.parametrize(
    "entry",
    [("it", FINE), ["it", FINE], ("it", FINE, None, None), ("it", FINE, [], {}), Provider("it", FINE), ("it", print)],
    ids=["pair", "list", "nones", "four", "provider", "callable"],
)
def test_an_entry_may_be_written_in_many_ways(entry: object) -> None:
    with override_settings(STATUS_PROVIDERS={"health": [entry]}):
        assert problems() == []
        assert list(Resource("health").providers) == ["it"]


def test_workers_add_celery_to_health_and_stats() -> None:
    with override_settings(STATUS_CELERY_WORKERS=["w@1"]):
        assert Resource("health").providers["celery"].kwargs == {"workers": ["w@1"]}
        assert "celery" in Resource("stats").providers


def test_the_runners_view_of_a_provider_follows_its_numbers() -> None:
    provider = Provider(
        "it", "tests.conf_providers.letters", timeout=9, ttl=8, critical=False, fail_after=7, pass_after=6
    )
    with override_settings(STATUS_PROVIDERS={"health": [provider]}):
        [observed] = registry.current().observed["health"]
    assert observed.composed
    assert [(c.reference, c.timeout_s, c.ttl_s, c.critical, c.fail_after, c.pass_after) for c in observed.checks] == [
        ("health/it/a", 9, 8, False, 7, 6),
        ("health/it/b", 9, 8, False, 7, 6),
    ]


def test_a_judged_resource_has_a_verdict_and_another_has_none() -> None:
    failing: Callable[[], bool] = lambda: False  # noqa: E731
    setting = {"health": [], "mine": [("it", failing)], "other": [("it", failing)]}
    with override_settings(STATUS_PROVIDERS=setting, STATUS_JUDGED=["mine"]), inline():
        assert observe("mine").state is State.FAIL
        assert observe("other").state is State.PASS


def test_references_of_probes_may_name_a_component() -> None:
    with override_settings(
        STATUS_PROBES={"/readyz/": ["health/databases", "health/databases/default", "health/ping/pong"]}
    ):
        assert problems() == []
        assert conf.current().probes == {
            "livez": (),
            "readyz": ("health/databases", "health/databases/default", "health/ping/pong"),
            "startupz": (),
        }


def test_a_probe_is_removed_by_none_and_the_others_stay() -> None:
    with override_settings(STATUS_PROBES={"/startupz": None, "up": [], "nope": None}):
        assert problems() == []
        assert conf.current().probes == {"livez": (), "readyz": (), "up": ()}


@pytest.mark.parametrize("middleware", [[], ["status.middleware.ProbeMiddleware", "shop.middleware.Other"]])
def test_a_middleware_that_stands_first_or_is_not_there_is_well(middleware: list[str]) -> None:
    with override_settings(MIDDLEWARE=middleware):
        assert problems() == []


def _nowhere() -> str:
    raise FileNotFoundError("No usable temporary directory found")


def test_the_runtime_folder_is_of_this_settings_module_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    with override_settings(STATUS_RUNTIME_DIR=None):
        assert conf.current().runtime_dir.name.startswith("django-status-")
    with override_settings(STATUS_RUNTIME_DIR=None), monkeypatch.context() as patch:
        # As with a file system that can't be written to: the site must start, and says why it can't be drained.
        patch.setattr("tempfile.gettempdir", _nowhere)
        conf.forget()
        assert conf.current().runtime_dir.parent == Path("/")
    with override_settings(STATUS_RUNTIME_DIR="/run/site"):
        assert conf.current().runtime_dir == Path("/run/site")


def test_the_projects_path_comes_before_its_base_dir() -> None:
    with override_settings(PROJECT_PATH="/one", BASE_DIR="/two"):
        assert conf.current().project_path == Path("/one")
    with override_settings(BASE_DIR=Path("/two")):
        assert conf.current().project_path == Path("/two")


def test_an_unknown_resource_names_those_there_are() -> None:
    with pytest.raises(ValueError, match=r"Resource not found: nope \(there are: health, stats\)"):
        Resource("nope")


def test_an_unknown_provider_names_those_there_are() -> None:
    with pytest.raises(ValueError, match=r"Provider not found: health/nope \(there are: ping, databases, caches\)"):
        observe("health", ["nope"])


def test_a_name_given_twice_takes_no_others_place() -> None:
    entries = [("it", FINE), ("it", FINE), ("it-1", FINE)]
    with override_settings(STATUS_PROVIDERS={"health": entries}):
        assert list(Resource("health").providers) == ["it", "it-1-2", "it-1"]


@pytest.mark.django_db
def test_each_problem_of_a_setting_is_told() -> None:
    with override_settings(STATUS_JUDGED=["health", "one", "two"]), inline():
        report = observe("health")
    [told] = [seen for seen in report.observations if seen.name == "settings"]
    assert [part.name for part in told.components] == ["STATUS_JUDGED", "STATUS_JUDGED (2)"]


def test_a_problem_is_told_at_its_place_in_the_list() -> None:
    with override_settings(STATUS_NETWORKS=[7, "10.0.0.0/8", "nowhere"]):
        assert [text.partition(":")[0] for _, text in problems()] == ["STATUS_NETWORKS[0]", "STATUS_NETWORKS[2]"]
