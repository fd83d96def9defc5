"""What was deployed, where no repository tells: of the environment, of files, as it was installed."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from status.core.redaction import redact
from status.providers.deployed import deploy, places
from status.providers.deployed.platforms import PLATFORMS, VARIABLES
from status.providers.stats import code

own_module = deploy._module
COMMIT = "2c3a0b24069af49b3de35b8e8c26765c1dba9ff0"


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    """No platform's environment but the test's own, as CI has one, and no project that was installed."""
    for variables in (*VARIABLES.values(), *(marks for _, marks in PLATFORMS)):
        for variable in variables:
            monkeypatch.delenv(variable, raising=False)
    monkeypatch.setattr(deploy, "_module", lambda: "")


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    deploy._distribution.cache_clear()
    yield
    deploy._distribution.cache_clear()


def deployed(project: Path) -> Any:
    return code(project).get("deploy")


def write(path: Path, text: str = "") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


# The environment


@pytest.mark.parametrize(
    ("environment", "told"),
    [
        (
            {"DYNO": "web.1", "HEROKU_SLUG_COMMIT": "old", "HEROKU_BUILD_COMMIT": COMMIT, "HEROKU_APP_NAME": "shop"},
            {"platform": "heroku", "commit": COMMIT, "service": "shop", "instance": "web.1"},
        ),
        (
            {"RENDER": "true", "RENDER_GIT_COMMIT": COMMIT, "RENDER_GIT_BRANCH": "main"},
            {"platform": "render", "commit": COMMIT, "branch": "main"},
        ),
        (
            {"FLY_APP_NAME": "shop", "FLY_MACHINE_VERSION": "01H", "FLY_REGION": "ams", "FLY_MACHINE_ID": "9"},
            {"platform": "fly", "release": "01H", "service": "shop", "instance": "9", "region": "ams"},
        ),
        (
            {"RAILWAY_PROJECT_ID": "p", "RAILWAY_GIT_COMMIT_SHA": COMMIT, "RAILWAY_ENVIRONMENT_NAME": "production"},
            {"platform": "railway", "commit": COMMIT, "environment": "production"},
        ),
        (
            {"K_SERVICE": "shop", "K_REVISION": "shop-7"},
            {"platform": "cloud-run", "release": "shop-7", "service": "shop"},
        ),
        (
            {"ECS_CONTAINER_METADATA_URI_V4": "http://169.254.170.2/v4", "AWS_EXECUTION_ENV": "AWS_ECS_FARGATE"},
            {"platform": "aws-ecs", "execution": "AWS_ECS_FARGATE"},
        ),
        (
            {"CONTAINER_APP_NAME": "shop", "CONTAINER_APP_REVISION": "shop--1", "KUBERNETES_SERVICE_HOST": "10.0.0.1"},
            {"platform": "azure-container-apps", "release": "shop--1", "service": "shop"},
        ),
        (
            {"WEBSITE_SITE_NAME": "shop", "WEBSITE_SLOT_NAME": "staging"},
            {"platform": "azure-app-service", "service": "shop", "environment": "staging"},
        ),
        (
            {"KUBERNETES_SERVICE_HOST": "10.0.0.1", "POD_NAME": "shop-1", "POD_NAMESPACE": "web", "GIT_COMMIT": COMMIT},
            {"platform": "kubernetes", "commit": COMMIT, "instance": "shop-1", "namespace": "web"},
        ),
        ({"SOURCE_COMMIT": COMMIT, "SENTRY_RELEASE": "shop@1.2"}, {"commit": COMMIT, "release": "shop@1.2"}),
        ({"GIT_COMMIT": "  \n", "GITHUB_SHA": f"{COMMIT}\nmore"}, {"commit": COMMIT}),
    ],
)
def test_a_platforms_environment_tells(
    environment: dict[str, str], told: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, text in environment.items():
        monkeypatch.setenv(name, text)
    seen = deployed(tmp_path)
    by = seen.pop("told_by", {})
    assert seen == told
    assert set(by) == set(told) - {"platform"}
    assert all(environment[variable].startswith(told[fact]) for fact, variable in by.items())


def test_without_any_there_is_nothing(tmp_path: Path) -> None:
    assert deployed(tmp_path) is None


def test_a_long_text_is_cut(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("APP_VERSION", "x" * 10_000)
    assert len(deployed(tmp_path)["release"]) == deploy.MAX_TEXT


def test_no_fact_goes_by_a_secrets_name_and_no_commit_is_masked() -> None:
    told: Any = {**dict.fromkeys(VARIABLES, COMMIT), "told_by": dict.fromkeys(VARIABLES, "RENDER_GIT_COMMIT")}
    assert redact(told) == told


# Files


@pytest.mark.parametrize("name", ["REVISION", "VERSION", ".git-commit"])
def test_a_file_of_the_build_tells(name: str, tmp_path: Path) -> None:
    write(tmp_path / name, f"\n  {COMMIT}  \nmore\n")
    assert deployed(tmp_path) == {"files": {name: COMMIT}}


def test_the_nearest_file_counts_up_to_the_projects_top(tmp_path: Path) -> None:
    project = write(tmp_path / "app/backend/manage.py").parent
    write(tmp_path / "app/Dockerfile")
    write(tmp_path / "app/REVISION", "above")
    write(tmp_path / "app/VERSION", "1.0")
    write(tmp_path / "REVISION", "another's")
    assert deployed(project) == {"files": {"REVISION": "above", "VERSION": "1.0"}}
    write(project / "REVISION", "here")
    assert deployed(project) == {"files": {"REVISION": "here", "VERSION": "1.0"}}


def test_a_project_that_is_its_own_top_is_left_at_that(tmp_path: Path) -> None:
    project = write(tmp_path / "app/pyproject.toml").parent
    write(tmp_path / "Dockerfile")
    write(tmp_path / "REVISION", "another's")
    assert deployed(project) is None


def test_no_top_within_two_folders_is_none_and_the_root_never(tmp_path: Path) -> None:
    project = write(tmp_path / "a/b/c/manage.py").parent
    write(tmp_path / "Dockerfile")
    write(tmp_path / "REVISION", "another's")
    assert deployed(project) is None
    assert places.deployed_folders(Path("/nowhere")) == [Path("/nowhere")]


@pytest.mark.parametrize("content", [b"", b"\n \n", b"\xff\xfe\x00", b"x" * 5000])
def test_a_file_that_is_no_line_of_text_tells_nothing(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "REVISION").write_bytes(content)
    (tmp_path / "VERSION").mkdir()
    assert deployed(tmp_path) is None


# As it was installed


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of installed packages, with `shop` imported from it and named by the settings."""
    folder = tmp_path / "site-packages"
    write(folder / "shop/__init__.py")
    shop: Any = ModuleType("shop")
    shop.__path__ = [str(folder / "shop")]
    monkeypatch.setitem(sys.modules, "shop", shop)
    monkeypatch.setattr(deploy, "_module", lambda: "shop")
    monkeypatch.syspath_prepend(str(folder))
    return folder


def install(site: Path, name: str, version: str, record: str = "", direct: object = None) -> None:
    folder = site / f"{name}-{version}.dist-info"
    write(folder / "METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
    write(folder / "RECORD", record)
    if direct is not None:
        write(folder / "direct_url.json", json.dumps(direct))


def test_the_distribution_that_brought_the_project_tells_its_version(site: Path, tmp_path: Path) -> None:
    install(site, "other", "9", "other/__init__.py,,\nshopping/x.py,,\n")
    install(site, "my-shop", "4.5", "my.txt,,\nshop/__init__.py,sha256=x,1\n")
    assert deployed(tmp_path) == {"distribution": {"name": "my-shop", "version": "4.5"}}


@pytest.mark.parametrize(
    ("direct", "told"),
    [
        (
            {
                "url": "https://user:hunter2@git.example.org/shop.git?token=s3cret",
                "vcs_info": {"vcs": "git", "commit_id": COMMIT, "requested_revision": "v4"},
            },
            {"url": "https://git.example.org/shop.git", "commit": COMMIT, "revision": "v4"},
        ),
        ({"url": "https://ghp_token@host/x.whl", "archive_info": {}}, {"url": "https://host/x.whl"}),
        ({"url": "file:///srv/shop", "dir_info": {"editable": True}}, {"url": "file:///srv/shop", "editable": True}),
        ({"url": "https://[bad", "vcs_info": "nonsense"}, {}),
        ([], {}),
    ],
)
def test_its_direct_url_is_told_without_a_login(
    direct: object, told: dict[str, object], site: Path, tmp_path: Path
) -> None:
    install(site, "shop", "4.5", "shop/__init__.py,,\n", direct)
    assert deployed(tmp_path)["distribution"] == {"name": "shop", "version": "4.5", **told}


@pytest.mark.parametrize("layout", [".", "src"])
def test_an_editable_installation_is_found_by_its_folder(
    layout: str, site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path / "work" / layout / "shop/__init__.py")
    monkeypatch.setattr(sys.modules["shop"], "__path__", [str(tmp_path / "work" / layout / "shop")])
    direct = {"url": (tmp_path / "work").as_uri(), "dir_info": {"editable": True}}
    install(site, "shop", "4.5", "__editable__.shop.pth,,\n", direct)
    seen = deployed(tmp_path)["distribution"]
    assert (seen["name"], seen["version"], seen["editable"]) == ("shop", "4.5", True)


def test_a_module_of_one_file_is_found(site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shop: Any = ModuleType("shop")
    shop.__file__ = str(site / "shop.py")
    monkeypatch.setitem(sys.modules, "shop", shop)
    install(site, "shop", "4.5", "shop.py,,\n")
    assert deployed(tmp_path)["distribution"]["version"] == "4.5"


@pytest.mark.parametrize("module", ["", "not_imported"])
def test_a_project_that_no_distribution_brought_has_none(
    module: str, site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(site, "other", "9", "other/__init__.py,,\n", {"url": "https://example.org"})
    assert deployed(tmp_path) is None
    monkeypatch.setattr(deploy, "_module", lambda: module)
    assert deployed(tmp_path) is None


def test_the_projects_package_is_that_of_its_settings() -> None:
    assert own_module() == "tests"
