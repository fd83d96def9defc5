"""The API's rows of CONTRACT.md, replayed: the left columns hold, the faults at the right are mended."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from django.test import override_settings

from status.checks import check_settings
from status.providers.base import Resource
from tests.asking import Site, body
from tests.contract.conftest import ENVIRONMENT
from tests.sites import celery_project

if TYPE_CHECKING:
    from tests.conftest import StartCeleryWorker
    from tests.servers.valkey import Valkey

HERE = "tests.contract.providers"
HOST = "http://testserver"

PING = {"pong": True}
HEALTH = {"ping": PING, "databases": {"default": True}, "caches": {"default": True}}


@dataclass(frozen=True)
class Row:
    """A row of the contract: what is asked, and what is answered."""

    name: str
    path: str
    want: Any
    """The body, or a function that says whether it is as it should be."""
    code: int = 200
    method: str = "GET"
    settings: Mapping[str, Any] = field(default_factory=dict)

    def replay(self, site: Site) -> None:
        with override_settings(**self.settings):
            response = site(self.path, self.method)
        told = body(response)
        assert response.headers["Content-Type"] == "application/json"
        assert self.want(told) if callable(self.want) else told == self.want, told
        assert response.status_code == self.code


def rows(*listed: Row) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("row", [pytest.param(row, id=row.name) for row in listed])


def is_the_whole(told: Any) -> bool:
    return told["health"] == HEALTH and is_stats(told["stats"]) and set(told) == {"health", "stats"}


def is_stats(told: Any) -> bool:
    return set(told) == {"databases", "code"} and is_database(told["databases"]["default"]) and is_code(told["code"])


def is_database(told: Any) -> bool:
    flags = {"is_usable", "allow_thread_sharing", "autocommit", "commit_on_exit", "in_atomic_block"}
    return (
        set(told) >= {"vendor", "settings", *flags}
        and told["vendor"] == "sqlite"
        and told["is_usable"] is True
        and all(isinstance(told[flag], bool) for flag in flags)
        and told["settings"]["ENGINE"] == "django.db.backends.sqlite3"
        and not {"USER", "PASSWORD"} & set(told["settings"])
    )


def is_code(told: Any) -> bool:
    return (
        told["debug"] is True
        and told["scm"] == "git"
        and told["branch"] == {"local": "master", "remote": "unknown"}
        and set(told["commit"]) == {"id", "summary", "author", "date"}
        and told["commit"]["summary"] == "The first"
        and told["tag"] == "v1.0"
    )


def urls(resource: str, *providers: str, root: str = f"{HOST}/status/api") -> dict[str, str]:
    return {provider: f"{root}/{resource}/{provider}" for provider in providers}


HEALTH_URLS = urls("health", "ping", "databases", "caches")
STATS_URLS = urls("stats", "databases", "code")


@rows(
    Row("GET status/api/", "api/", is_the_whole),
    Row("GET status/api, which was 404", "api", is_the_whole),
    *(
        Row(f"{method} status/{path} is as GET", path, want, method=method)
        for method in ("POST", "PUT", "DELETE")
        for path, want in (("api/", is_the_whole), ("api/health", HEALTH), ("api/health/ping", PING))
    ),
    Row("OPTIONS status/api/", "api/", {"health": HEALTH_URLS, "stats": STATS_URLS}, method="OPTIONS"),
    Row("GET status/api/health", "api/health", HEALTH),
    Row("GET status/api/health/", "api/health/", HEALTH),
    Row("OPTIONS status/api/health", "api/health", HEALTH_URLS, method="OPTIONS"),
    Row("GET status/api/health/ping", "api/health/ping", PING),
    Row("GET status/api/health/ping/", "api/health/ping/", PING),
    Row("GET status/api/health/celery, no workers", "api/health/celery", lambda told: "celery" in told["error"], 404),
    Row("GET status/api/stats", "api/stats", is_stats),
    Row("GET status/api/stats/databases", "api/stats/databases", lambda told: is_database(told["default"])),
    Row("GET status/api/stats/code", "api/stats/code", is_code),
    Row("an unknown resource", "api/nope", lambda told: told["resources"] == ["health", "stats"], 404),
    Row(
        "an unknown provider",
        "api/health/nope",
        lambda told: told["providers"] == ["ping", "databases", "caches"],
        404,
    ),
)
def test_a_row_of_the_api_holds(row: Row, site: Site) -> None:
    row.replay(site)


@pytest.mark.usefixtures("_site_in_trouble")
@rows(
    Row("GET status/api/health/databases", "api/health/databases", {"default": True, "gone": False}, 503),
    Row("mc was true of a memcached that did not run", "api/health/caches", {"default": True, "mc": False}, 503),
    Row(
        "GET status/api/health was 200 even when something failed",
        "api/health",
        {"ping": PING, "databases": {"default": True, "gone": False}, "caches": {"default": True, "mc": False}},
        503,
    ),
    Row("GET status/api/health/ping beside it", "api/health/ping", PING),
    Row("the root, by what is judged in it", "api/", lambda told: told["health"]["databases"]["gone"] is False, 503),
    Row(
        "GET status/api/stats/databases, one of them gone",
        "api/stats/databases",
        lambda told: is_database(told["default"]) and set(told["gone"]) == {"error"},
    ),
)
def test_a_row_of_a_site_in_trouble_holds(row: Row, site: Site) -> None:
    row.replay(site)


def custom(*entries: Any, resource: str = "resource") -> dict[str, Any]:
    return {"STATUS_PROVIDERS": {resource: entries}}


FAULTY = [("raising", f"{HERE}.raising"), ("object", f"{HERE}.unserialisable"), ("told", f"{HERE}.told", [1])]
BOTH = custom(*FAULTY)
JUDGED = custom(*FAULTY, resource="health")
RAISED = {"error": "RuntimeError: the bus has left"}


@rows(
    Row(
        "a custom provider with args and kwargs",
        "api/resource/test",
        {"args": [1, 2], "foo": "bar"},
        settings=custom(("test", f"{HERE}.told", [1, 2], {"foo": "bar"})),
    ),
    Row(
        "dates are ISO 8601",
        "api/resource/dated",
        {"at": "2017-03-01T12:30:00Z", "day": "2017-03-01"},
        settings=custom(("dated", f"{HERE}.dated", None, None)),
    ),
    Row(
        "a provider that returns None, in the resource",
        "api/resource",
        {"none": None},
        settings=custom(("none", f"{HERE}.nothing")),
    ),
    Row(
        "a provider that returns None, alone, was {}",
        "api/resource/none",
        None,
        settings=custom(("none", f"{HERE}.nothing")),
    ),
    Row("a provider that raises", "api/resource/raising", RAISED, settings=BOTH),
    Row(
        "a provider that returns an object",
        "api/resource/object",
        lambda told: "object" in told["error"] and "here" in told["error"],
        settings=BOTH,
    ),
    Row("beside them another", "api/resource/told", {"args": [1]}, settings=BOTH),
    Row(
        "all of them in the resource",
        "api/resource",
        lambda told: told["raising"] == RAISED and set(told["object"]) == {"error"} and told["told"] == {"args": [1]},
        settings=BOTH,
    ),
    Row(
        "all of them in the root",
        "api",
        lambda told: set(told["resource"]) == {"raising", "object", "told"},
        settings=BOTH,
    ),
    Row("one that raises, in health", "api/health/raising", False, 503, settings=JUDGED),
    Row("one that returns an object, in health", "api/health/object", False, 503, settings=JUDGED),
    Row(
        "both beside another, in health",
        "api/health",
        {"raising": False, "object": False, "told": {"args": [1]}},
        503,
        settings=JUDGED,
    ),
    Row("the other alone, in health", "api/health/told", {"args": [1]}, settings=JUDGED),
)
def test_a_row_of_custom_providers_holds(row: Row, site: Site) -> None:
    row.replay(site)


@pytest.mark.parametrize("name", ["USER", "PASSWORD"])
def test_stats_of_databases_tell_no_one_how_to_log_in(name: str, site: Site) -> None:
    from django.db import connections

    connections.settings["default"][name] = "s3cret-word"
    for path in ("api/stats/databases", "api/stats", "api/"):
        assert "s3cret-word" not in site(path).content.decode()


def test_stats_of_databases_are_for_the_trusted_alone(site: Site) -> None:
    with override_settings(DEBUG=False, ALLOWED_HOSTS=["testserver"]):
        assert site("api/stats/databases").status_code == 401
        assert "stats" not in site.json("api/")


def test_without_a_repository_code_is_told_without_one(site: Site, tmp_path: Path) -> None:
    with override_settings(PROJECT_PATH=str(tmp_path), DEBUG=False, ALLOWED_HOSTS=["*"], STATUS_TOKENS=["t"]):
        told = site.json("api/stats/code", headers={"Authorization": "Bearer t"})
    assert told["debug"] is False
    assert not {"scm", "branch", "commit", "tag"} & set(told)


def test_a_remote_branch_is_a_text_and_a_detached_head_no_failure(site: Site, repository: Path, tmp_path: Path) -> None:
    def git(*arguments: str) -> None:
        subprocess.run(["git", *arguments], cwd=tmp_path, env=ENVIRONMENT, check=True, capture_output=True)

    git("clone", "--quiet", str(repository), "clone")
    with override_settings(PROJECT_PATH=str(tmp_path / "clone")):
        assert site.json("api/stats/code")["branch"] == {"local": "master", "remote": "origin/master"}
    git("-C", "clone", "checkout", "--quiet", "--detach")
    with override_settings(PROJECT_PATH=str(tmp_path / "clone")):
        response = site("api/stats")
    assert response.status_code == 200
    assert body(response)["code"]["commit"]["summary"] == "The first"


def test_a_provider_path_that_does_not_exist_is_found_at_start(site: Site) -> None:
    with override_settings(STATUS_PROVIDERS={"health": [("lost", "provs.nothing"), ("ping", f"{HERE}.told")]}):
        (error,) = check_settings()
        assert "Provider not found: provs.nothing" in error.msg
        response = site("api/health")
        assert response.status_code == 503
        assert body(response) == {"lost": False, "ping": {"args": []}}


def test_an_unknown_resource_raises_as_in_2_x() -> None:
    with pytest.raises(ValueError, match="nope"):
        Resource("nope")


# --- the API alone ----------------------------------------------------------------------------------------------------

ALONE = "tests.contract.urls_of_api_alone"


@rows(
    Row("GET status/", "", is_the_whole),
    Row("GET status/health", "health", HEALTH),
    Row("GET status/health/", "health/", HEALTH),
    Row("GET status/health/ping", "health/ping", PING),
    Row("GET status/health/ping/", "health/ping/", PING),
    Row("GET status/nope", "nope", lambda told: told["resources"] == ["health", "stats"], 404),
    Row(
        "OPTIONS status/ raised NoReverseMatch",
        "",
        {
            "health": urls("health", "ping", "databases", "caches", root=f"{HOST}/status"),
            "stats": urls("stats", "databases", "code", root=f"{HOST}/status"),
        },
        method="OPTIONS",
    ),
    Row(
        "OPTIONS status/health raised it too",
        "health",
        urls("health", "ping", "databases", "caches", root=f"{HOST}/status"),
        method="OPTIONS",
    ),
    Row("OPTIONS status/health/ping", "health/ping", lambda told: told["name"] == "ping", method="OPTIONS"),
)
def test_a_row_of_the_api_alone_holds(row: Row, site: Site) -> None:
    with override_settings(ROOT_URLCONF=ALONE):
        row.replay(site)


# --- Celery -----------------------------------------------------------------------------------------------------------

UP, GONE, OTHER = "celery@host1", "celery@gone", "celery@other"


@pytest.fixture
def celery_app() -> Iterator[Callable[[str], Any]]:
    """A function that makes the project's Celery app, with the broker at this URL."""
    with ExitStack() as stack:
        yield lambda broker_url: stack.enter_context(celery_project(broker_url))


@pytest.mark.parametrize("site", ["asgi"], indirect=True)
def test_the_rows_of_celery_with_a_worker_that_runs(
    site: Site, valkey: Valkey, start_celery_worker: StartCeleryWorker, celery_app: Callable[[str], Any]
) -> None:
    app = celery_app(valkey.url)
    start_celery_worker(valkey.url, UP)
    start_celery_worker(valkey.url, OTHER)
    # On a busy machine a worker takes its time to answer.
    with override_settings(STATUS_CELERY_WORKERS=(UP, GONE), STATUS_TIMEOUT=3.0):
        response = site("api/")
        told = body(response)
        assert told["health"] == {**HEALTH, "celery": {UP: True, GONE: False}}
        assert response.status_code == 503
        stats = told["stats"]["celery"]
        assert set(stats) == {UP, GONE, "totals"}  # these not of 2.x
        assert stats[GONE] == {"error": "no answer"}
        assert set(stats[UP]) == set(app.control.inspect(destination=[UP], timeout=3.0).stats()[UP])
    with override_settings(STATUS_CELERY_WORKERS=(UP,), STATUS_TIMEOUT=3.0):
        response = site("api/health/celery")
        assert body(response) == {UP: True}
        assert response.status_code == 200
        assert set(site.json("api/stats/celery")) == {UP, "totals"}


@pytest.mark.parametrize("broker", ["refused_port", "silent_port"])
def test_a_broker_that_is_unreachable_is_told_within_the_deadline(
    broker: str, site: Site, request: pytest.FixtureRequest, celery_app: Callable[[str], Any]
) -> None:
    celery_app(f"redis://127.0.0.1:{request.getfixturevalue(broker)}/0")
    with override_settings(STATUS_CELERY_WORKERS=(UP, GONE), STATUS_TIMEOUT=0.5):
        response = site("api/health")
    told = body(response)
    assert response.status_code == 503
    assert told["ping"] == PING
    assert told["celery"] in (False, {UP: False, GONE: False})
