"""The import paths and names of CONTRACT.md that projects use."""

from __future__ import annotations

from importlib import import_module
from importlib.metadata import entry_points
from pathlib import Path

import pytest
from django.apps import apps
from django.test import override_settings
from django.urls import reverse

from status.providers import Provider, Resource
from status.providers.base import Defaults
from tests.contract import providers

PATHS = [
    "status.urls.urlpatterns",
    "status.api.urls.urlpatterns",
    "status.providers.Provider",
    "status.providers.Resource",
    "status.providers.base.Provider",
    "status.providers.base.Resource",
    "status.providers.health.ping",
    "status.providers.stats.code",
    "status.providers.django.health.databases",
    "status.providers.django.health.caches",
    "status.providers.django.stats.databases",
    "status.providers.celery.health.celery",
    "status.providers.celery.stats.celery",
    "status.__main__.main",
]


@pytest.mark.parametrize("path", PATHS)
def test_an_import_path_of_2_x_is_there(path: str) -> None:
    module, _, name = path.rpartition(".")
    assert hasattr(import_module(module), name)


def test_provider_and_resource_are_the_same_at_both_paths() -> None:
    base = import_module("status.providers.base")
    assert (Provider, Resource) == (base.Provider, base.Resource)


@pytest.mark.parametrize("module", ["status.urls", "status.api.urls"])
def test_the_namespace_is_status(module: str) -> None:
    assert import_module(module).app_name == "status"


def test_the_app_is_status() -> None:
    assert apps.get_app_config("status").name == "status"


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("api_health_root", "/status/api/health"),
        ("api_health_ping", "/status/api/health/ping"),
        ("api_health_databases", "/status/api/health/databases"),
        ("api_health_caches", "/status/api/health/caches"),
        ("api_stats_root", "/status/api/stats"),
        ("api_stats_databases", "/status/api/stats/databases"),
        ("api_stats_code", "/status/api/stats/code"),
    ],
)
def test_a_url_is_named_as_in_2_x(name: str, path: str) -> None:
    assert reverse(f"status:{name}") == path


def test_the_console_script_is_django_status() -> None:
    found = entry_points(group="console_scripts", name="django_status")
    values = {entry.value for entry in found}
    if not values:  # the tests run from the source alone
        text = (Path(__file__).parents[2] / "pyproject.toml").read_text()
        values = {"status.__main__:main"} if 'django_status = "status.__main__:main"' in text else set()
    assert values == {"status.__main__:main"}


def test_a_provider_is_called_with_its_configured_arguments() -> None:
    provider = Provider("test", "tests.contract.providers.told", [1, 2], {"foo": "bar"})  # type: ignore[arg-type]
    assert provider() == {"args": [1, 2], "foo": "bar"}


def test_arguments_of_the_call_replace_the_configured_ones() -> None:
    provider = Provider("test", providers.told, (1, 2), {"foo": "bar"})
    assert provider(3) == {"args": [3], "foo": "bar"}
    assert provider(foo="baz") == {"args": [1, 2], "foo": "baz"}


def test_a_provider_without_arguments_may_say_none() -> None:
    provider = Provider("test", providers.told, None, None)  # type: ignore[arg-type]
    assert provider() == {"args": []}


def test_a_provider_that_is_not_there_raises_the_error_of_2_x() -> None:
    with pytest.raises(ValueError, match=r"Provider not found: provs\.nothing"):
        Provider("test", "provs.nothing")()


def test_a_resource_has_providers_by_name_and_is_callable() -> None:
    with override_settings(STATUS_PROVIDERS={"things": [("one", providers.told, [1]), ("two", providers.partly)]}):
        resource = Resource("things")
        assert set(resource.providers) == {"one", "two"}
        assert isinstance(resource.providers["one"], Provider)
        assert resource() == {"one": {"args": [1]}, "two": {"one": True, "other": False}}


def test_an_unknown_resource_raises_value_error() -> None:
    with pytest.raises(ValueError, match="nope"):
        Resource("nope")


@pytest.mark.usefixtures("_site")
@pytest.mark.parametrize(
    ("path", "returned"),
    [
        ("status.providers.health.ping", {"pong": True}),
        ("status.providers.django.health.databases", {"default": True}),
        ("status.providers.django.health.caches", {"default": True}),
    ],
)
def test_a_check_called_as_a_function_returns_its_mapping(path: str, returned: dict[str, bool]) -> None:
    assert Provider("test", path)() == returned


@pytest.mark.parametrize("kind", ["health", "stats"])
def test_the_celery_providers_take_workers(kind: str) -> None:
    provider = Provider("celery", f"status.providers.celery.{kind}.celery", kwargs={"workers": ["mail@w1"]})
    (check,) = provider.checks(kind, judged=False, defaults=Defaults())
    # What all workers are together is not of 2.x: it stands beside them.
    assert check.names == ("mail@w1", *(["totals"] if kind == "stats" else []))
