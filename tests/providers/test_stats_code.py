from __future__ import annotations

import json
import os
import platform
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import django
import pytest
from django.core.serializers.json import DjangoJSONEncoder
from django.test import override_settings

from status.providers import stats
from status.providers.deployed import deploy, repository
from status.providers.stats import code

if TYPE_CHECKING:
    from collections.abc import Iterator

GIT = shutil.which("git") or ""
needs_git = pytest.mark.skipif(not GIT, reason="needs the git program to make repositories")
ENVIRONMENT = {"PATH": os.environ["PATH"], "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1"}
VERSIONS = {"python": platform.python_version(), "django": django.get_version()}
PYPROJECT = '[project]\nname = "shop"\nversion = "{}"\n'


@pytest.fixture(autouse=True)
def no_debug(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    # What was deployed has tests of its own, and CI's environment tells of itself.
    monkeypatch.setattr(deploy, "facts", lambda project: {})
    with override_settings(DEBUG=False):
        yield


def git(path: Path, *arguments: str) -> None:
    who = ("-c", "user.name=Ada", "-c", "user.email=ada@example.org", "-c", "init.defaultBranch=main")
    subprocess.run([GIT, *who, *arguments], cwd=path, env=ENVIRONMENT, check=True, capture_output=True)


def write(path: Path, text: str = "") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project in the folder `site` of a repository with one commit."""
    write(tmp_path / "repo/site/manage.py")
    git(tmp_path / "repo", "init", "--quiet")
    git(tmp_path / "repo", "add", "--all")
    git(tmp_path / "repo", "commit", "--quiet", "--message", "First")
    git(tmp_path / "repo", "tag", "v1.0")
    return tmp_path / "repo/site"


@pytest.mark.parametrize("debug", [False, True])
def test_without_a_repository_there_are_the_versions_only(tmp_path: Path, debug: bool) -> None:
    with override_settings(DEBUG=debug):
        assert code(tmp_path) == {"debug": debug, "version": None, **VERSIONS}


def test_a_path_that_does_not_exist_raises_nothing(tmp_path: Path) -> None:
    assert code(tmp_path / "missing") == {"debug": False, "version": None, **VERSIONS}


@needs_git
def test_a_repository_is_told_as_2_x_told_it(project: Path) -> None:
    value = code(str(project))
    commit = value["commit"]
    assert isinstance(commit, dict)
    assert (commit["summary"], commit["author"]) == ("First", "Ada <ada@example.org>")
    assert {key: value[key] for key in value if key != "commit"} == {
        "debug": False,
        "scm": "git",
        "branch": {"local": "main", "remote": "unknown"},
        "tag": "v1.0",
        "detached": False,
        "dirty": False,
        "shallow": False,
        "version": None,
        **VERSIONS,
    }
    assert list(value)[:5] == ["debug", "scm", "branch", "commit", "tag"]


@needs_git
def test_the_value_is_json(project: Path) -> None:
    assert json.loads(json.dumps(code(project), cls=DjangoJSONEncoder))["scm"] == "git"


@needs_git
def test_a_repository_that_cannot_be_read_is_a_problem_and_hides_nothing_else(project: Path) -> None:
    write(project.parent / ".git/HEAD", "nonsense")
    write(project / "pyproject.toml", PYPROJECT.format("1.2"))
    assert code(project) == {
        "debug": False,
        "scm": "git",
        "problem": "HEAD holds no commit id",
        "version": "1.2",
        **VERSIONS,
    }


def test_a_git_file_that_leads_nowhere_is_a_problem_and_hides_nothing_else(tmp_path: Path) -> None:
    write(tmp_path / ".git", "gitdir: /nonexistent")
    write(tmp_path / "pyproject.toml", PYPROJECT.format("1.2"))
    value = code(tmp_path)
    assert value["problem"] == f"{tmp_path}/.git names no git repository that is there and may be read"
    assert value["version"] == "1.2"


@needs_git
def test_without_dulwich_there_is_one_clear_line(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "dulwich", None)
    assert code(project) == {
        "debug": False,
        "scm": None,
        "hint": "install django-status[git] to see the repository",
        "version": None,
        **VERSIONS,
    }
    assert "hint" not in code(tmp_path)


# Where the project is


@pytest.mark.parametrize("setting", ["PROJECT_PATH", "BASE_DIR"])
def test_the_project_is_where_the_settings_say(tmp_path: Path, setting: str) -> None:
    write(tmp_path / "pyproject.toml", PYPROJECT.format("7"))
    with override_settings(**{"PROJECT_PATH": None, "BASE_DIR": None, setting: tmp_path}):
        assert code()["version"] == "7"


def test_without_a_project_path_there_is_no_repository() -> None:
    with override_settings(PROJECT_PATH=None, BASE_DIR=None):
        assert code() == {"debug": False, "version": None, **VERSIONS}


# The project's version


@needs_git
@pytest.mark.parametrize(
    ("files", "version"),
    [
        ({"site": "1.0"}, "1.0"),
        ({".": "2.0"}, "2.0"),
        ({"site": "1.0", ".": "2.0"}, "1.0"),
        ({"..": "3.0"}, None),
    ],
)
def test_the_nearest_pyproject_counts_up_to_the_top_of_the_repository(
    project: Path, files: dict[str, str], version: str | None
) -> None:
    for folder, text in files.items():
        write(project.parent / folder / "pyproject.toml", PYPROJECT.format(text))
    assert code(project)["version"] == version


@needs_git
def test_a_pyproject_without_a_version_leaves_it_to_the_one_above(project: Path) -> None:
    write(project / "pyproject.toml", "[tool.ruff]\nline-length = 120\n")
    write(project.parent / "pyproject.toml", PYPROJECT.format("2.0"))
    assert code(project)["version"] == "2.0"


def test_without_a_repository_only_the_project_itself_is_looked_at(tmp_path: Path) -> None:
    write(tmp_path / "pyproject.toml", PYPROJECT.format("1.0"))
    assert code(tmp_path)["version"] == "1.0"
    assert code(write(tmp_path / "site/manage.py").parent)["version"] is None


@pytest.fixture(params=["tomllib", "lines"] if sys.version_info >= (3, 11) else ["lines"])
def reader(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "lines":
        monkeypatch.setitem(sys.modules, "tomllib", None)


@pytest.mark.usefixtures("reader")
@pytest.mark.parametrize(
    ("text", "version"),
    [
        ('[project]\nname = "shop"\nversion = "1.2.3"\n', "1.2.3"),
        ("[ project ] # ours\r\n  version='1.2.3' # set by hand\r\n", "1.2.3"),
        ('[tool.poetry]\nversion = "9"\n[project]\nversion = "1"\n[project.urls]\nversion = "8"\n', "1"),
        ('[project]\ndescription = """\nversion = "9"\n[tool]\n"""\nversion = "1"\n', "1"),
        ("[project]\ndescription = '''\nversion = \"9\"\n'''\nversion = \"1\"\n", "1"),
        ('[project]\ndependencies = [\n  "django[argon2]",\n  "x",\n]\nversion = "1"\n', "1"),
        ('[project]\nname = "shop"\ndynamic = ["version"]\n', None),
        ('[[project]]\nversion = "9"\n', None),
        ('[project]\nversions = "9"\n', None),
        ("[project]\nversion = 9\n", None),
        ('version = "9"\n[tool.poetry]\nversion = "8"\n', None),
        ('# a """ and\n[project] # no more\nversion = "1"\n', "1"),
        ("", None),
    ],
)
def test_the_version_is_what_the_project_table_says(tmp_path: Path, text: str, version: str | None) -> None:
    (tmp_path / "pyproject.toml").write_bytes(text.encode())
    assert code(tmp_path)["version"] == version


@pytest.mark.usefixtures("reader")
@pytest.mark.parametrize("content", [b"[project\nversion", b"\xff\xfe", b'project = "text"\n'])
def test_a_broken_pyproject_has_no_version(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "pyproject.toml").write_bytes(content)
    assert code(tmp_path)["version"] is None


@pytest.mark.usefixtures("reader")
def test_a_pyproject_is_bounded_and_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = PYPROJECT.format("1")
    file = write(tmp_path / "pyproject.toml", text)
    monkeypatch.setattr(stats, "MAX_BYTES", len(text))
    assert code(tmp_path)["version"] == "1"
    file.write_text(f"{text}#")
    assert code(tmp_path)["version"] is None
    file.unlink()
    os.mkfifo(file)  # to open it would wait for who writes
    assert code(tmp_path)["version"] is None


@pytest.mark.parametrize(
    "text",
    [
        "[" + " " * 200_000,
        "[" + "a " * 100_000,
        " " * 200_000 + "x",
        "[project]\nversion" + " " * 200_000,
        "[project]\nversion = '1'" + " " * 200_000 + "x",
        '"""' + '\\"""' * 50_000,
        '"""' + '\\"""' * 50_000 + "\\",
        "'''" + '"""' * 50_000,
    ],
    ids=["blanks", "words", "indent", "version", "after", "escapes", "escape-at-the-end", "quotes"],
)
def test_its_version_takes_no_longer_than_the_text_is_long(text: str) -> None:
    begun = time.process_time()
    assert stats._version_in_lines(text) is None
    assert time.process_time() - begun < 0.5


def install(site: Path, name: str, version: str, direct_url: str | None) -> None:
    folder = site / f"{name}-{version}.dist-info"
    write(folder / "METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
    if direct_url is not None:
        write(folder / "direct_url.json", direct_url)


@pytest.fixture
def site_packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    site = tmp_path / "site packages"
    site.mkdir()
    monkeypatch.syspath_prepend(str(site))
    return site


def test_without_a_static_version_it_is_that_of_the_distribution_installed_from_there(
    tmp_path: Path, site_packages: Path
) -> None:
    project = write(tmp_path / "my shop/pyproject.toml", '[project]\ndynamic = ["version"]\n').parent
    (tmp_path / "link").symlink_to(project)
    install(site_packages, "other", "1", json.dumps({"url": tmp_path.as_uri(), "dir_info": {}}))
    install(site_packages, "shop", "4.5", json.dumps({"url": project.as_uri(), "dir_info": {"editable": True}}))
    assert code(project)["version"] == code(tmp_path / "link")["version"] == "4.5"


@pytest.mark.parametrize(
    "direct_url",
    [None, "", "{", "[]", "{}", '{"url": 1}', '{"url": "https://example.org/%s"}', '{"url": "file://[bad"}'],
)
def test_a_distribution_from_elsewhere_says_nothing(
    tmp_path: Path, site_packages: Path, direct_url: str | None
) -> None:
    install(site_packages, "shop", "4.5", direct_url and direct_url.replace("%s", str(tmp_path)))
    assert code(tmp_path)["version"] is None


@needs_git
def test_of_two_distributions_the_one_from_nearest_the_project_counts(project: Path, site_packages: Path) -> None:
    install(site_packages, "all", "1", json.dumps({"url": project.parent.as_uri()}))
    assert code(project)["version"] == "1"
    install(site_packages, "shop", "2", json.dumps({"url": project.as_uri()}))
    assert code(project)["version"] == "2"


def test_importing_the_module_imports_nothing_heavy() -> None:
    source = (
        "import sys; import status.providers.stats;"
        "heavy = ('dulwich', 'django.conf', 'importlib.metadata', 'status.providers.deployed.repository', 'tomllib');"
        "assert not [name for name in sys.modules if name.startswith(heavy)], sys.modules.keys()"
    )
    folder = str(Path(repository.__file__).parents[2])
    subprocess.run([sys.executable, "-c", source], check=True, env={"PYTHONPATH": folder})
    assert stats.code is code
