"""What is installed, held against pip; and against files of each kind, as their tools write them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import override_settings

from status import State, observe
from status.core.redaction import redact
from status.providers import installed, pinned
from status.providers.packages import packages
from status.providers.pinned import found, locks, requirements

PY = f"{sys.version_info.major}.{sys.version_info.minor}"


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project, in a process that has these installed."""
    have = {"Django": "5.2.1", "redis": "5.0.0", "my_app.plugin": "1.0", "pytest": "9.0", "local": "2.0+cpu"}
    monkeypatch.setattr(installed, "versions", lambda: have)
    return tmp_path


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def verdicts(project: Path, **arguments: Any) -> dict[str, set[str]]:
    told: Any = packages(project, **arguments)
    return {word: {each["name"] for each in told[word]} for word in ("behind", "ahead", "missing") if told[word]}


# Installed


def test_what_is_installed_is_what_pip_lists() -> None:
    listed = subprocess.run(
        [sys.executable, "-m", "pip", "list", "--format=json"], check=True, capture_output=True, text=True
    ).stdout
    told: Any = packages(files=[])
    ours = {installed.normal(each["name"]): each["version"] for each in told["installed"]}
    assert ours == {installed.normal(each["name"]): each["version"] for each in json.loads(listed)}
    assert told["count"] == len(ours)


def test_a_new_installation_is_seen_and_of_two_the_imported_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    first.mkdir()
    write(second / "shop-1.dist-info/METADATA", "Name: Shop\nVersion: 1\n\nName: nonsense\n")
    write(second / "old.egg-info/PKG-INFO", "Metadata-Version: 1.0\nName: old\nVersion: 0.1\n")
    write(second / "broken-1.dist-info/METADATA", "nothing of use\n")
    monkeypatch.syspath_prepend(str(second))
    monkeypatch.syspath_prepend(str(first))
    seen = installed.versions()
    assert (seen["Shop"], seen["old"]) == ("1", "0.1")
    assert "broken" not in seen
    write(first / "shop-2.dist-info/METADATA", "Name: shop\nVersion: 2\n")
    os.utime(first, ns=(1, 1))
    assert installed.versions()["shop"] == "2"


def test_no_version_is_taken_for_a_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(installed, "versions", lambda: {"tokens": "1.0", "django-secret-key": "2.0"})
    told: Any = packages(files=[])
    assert redact(told["installed"]) == told["installed"]


# Requirements files


def test_what_is_behind_ahead_and_missing_is_told_with_its_file(here: Path) -> None:
    write(here / "requirements.txt", "django>=6\nredis<5\nMy.App-Plugin==1.0\nlost~=2.0\nlocal==2.0\n")
    told: Any = packages(here)
    assert told["files"] == [{"file": "requirements.txt", "asks_for": 5, "skipped": 0}]
    assert told["counts"] == {"behind": 1, "ahead": 1, "missing": 1}
    assert told["behind"] == [{"name": "django", "installed": "5.2.1", "asked": ">=6", "file": "requirements.txt"}]
    assert told["ahead"] == [{"name": "redis", "installed": "5.0.0", "asked": "<5", "file": "requirements.txt"}]
    assert told["missing"] == [{"name": "lost", "installed": None, "asked": "~=2.0", "file": "requirements.txt"}]


@pytest.mark.parametrize(
    ("line", "verdict"),
    [
        ("Django==5.2.1", None),
        ("Django==5.2.2", "behind"),
        ("Django==5.2.*", None),
        ("Django==5.3.*", "behind"),
        ("Django==5.1.*", "ahead"),
        ("Django~=5.2.5", "behind"),
        ("Django>5.2.1", "behind"),
        ("Django!=5.2.1", "ahead"),
        ("Django===5.2.1", None),
        ("Django<5,>=4", "ahead"),
        ("Django", None),
        ("django[argon2] >= 6  # why", "behind"),
        ("Django==6 --hash=sha256:aa --hash=sha256:bb", "behind"),
        ("Django==6 \\\n    --hash=sha256:aa \\\n    --hash=sha256:bb", "behind"),
        ("Django \\\n  >=6", "behind"),
        ("Django>=6; python_version < '3'", None),
        (f"Django>=6; python_version >= '{PY}'", "behind"),
        ("Django>=6; extra == 'x'", None),
        ("django @ https://user:pw@example.org/django.zip", None),
        ("# Django==6", None),
        ("--index-url https://user:pw@example.org/simple\nDjango==6", "behind"),
        ("-e git+https://example.org/d#egg=Django", None),
        ("\ufeffDjango==6", "behind"),
        ("Django==6\r", "behind"),
    ],
)
def test_a_line_is_read_as_pip_reads_it(line: str, verdict: str | None, here: Path) -> None:
    write(here / "requirements.txt", f"{line}\n")
    assert list(verdicts(here)) == ([verdict] if verdict else [])


@pytest.mark.parametrize("line", ["./local/folder", "nonsense = 1", "https://example.org/x.whl", "a; nowhere == '1'"])
def test_a_line_that_can_not_be_compared_is_counted(line: str, here: Path) -> None:
    write(here / "requirements.txt", f"{line}\nDjango\n")
    told: Any = packages(here)
    assert told["files"] == [{"file": "requirements.txt", "asks_for": 1, "skipped": 1}]


def test_other_files_are_included_once_and_constraints_ask_for_nothing_to_be_there(here: Path) -> None:
    write(here / "requirements.txt", "-r more/base.txt\n--constraint=limits.txt\n-r https://example.org/r.txt\n")
    write(here / "more/base.txt", "lost\n-r ../requirements.txt\n-cagain.txt\n")
    write(here / "more/again.txt", "redis>=6\n")
    write(here / "limits.txt", "Django==6\nnot-there==1\n")
    assert verdicts(here) == {"behind": {"Django", "redis"}, "missing": {"lost"}}


def test_files_for_development_do_not_ask_for_what_is_not_there(here: Path) -> None:
    write(here / "requirements.txt", "Django\n")
    write(here / "requirements-dev.txt", "pytest>=10\ndebug-toolbar\n")
    assert verdicts(here) == {"behind": {"pytest"}}


def test_a_folder_of_requirements_is_found(here: Path) -> None:
    write(here / "requirements/base.txt", "lost\n")
    write(here / "requirements/test.txt", "more\npytest>=10\n")
    assert verdicts(here) == {"missing": {"lost"}, "behind": {"pytest"}}


def test_a_file_that_is_included_and_not_there_is_told(here: Path) -> None:
    write(here / "requirements.txt", "-r nowhere.txt\n")
    told: Any = packages(here)
    reason = "needs a file that can be read: nowhere.txt can't be read: No such file or directory"
    assert told["unavailable"] == {"requirements.txt": reason}
    assert told["count"] == 5


@pytest.mark.parametrize(
    "line",
    ["a" + " " * 50_000 + "x", "a" + " #" * 50_000, "#a" * 50_000, "a" + "\t" * 50_000 + "\\"],
    ids=["blanks", "comments", "marks", "goes-on"],
)
def test_a_line_takes_no_longer_than_it_is_long(line: str, here: Path) -> None:
    file = write(here / "requirements.txt", line)
    begun = time.process_time()
    requirements.read(file, required=True)
    assert time.process_time() - begun < 0.5


def test_files_that_include_very_many_or_are_very_large_are_bounded(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(requirements, "MOST_FILES", 1)
    write(here / "requirements.txt", "-r lost.txt\n")
    write(here / "lost.txt", "lost\n")
    assert verdicts(here, files=["requirements.txt"]) == {}
    monkeypatch.setattr(requirements, "MAX_BYTES", 3)
    told: Any = packages(here)
    assert "is larger than 0 MiB" in told["unavailable"]["requirements.txt"]


# Lock files

UV = """
version = 1
requires-python = ">=3.10"

[[package]]
name = "shop"
version = "0.1"
source = { editable = "." }
dependencies = [
    { name = "django" },
    { name = "redis", extra = ["hiredis"] },
    { name = "win", marker = "sys_platform == 'win32'" },
    { name = "forked", version = "1.0", source = { registry = "x" }, marker = "python_full_version < '3'" },
    { name = "forked", version = "2.0", source = { registry = "x" }, marker = "python_full_version >= '3'" },
]

[package.optional-dependencies]
pdf = [{ name = "reportlab" }]

[package.dev-dependencies]
dev = [{ name = "pytest" }, { name = "ruff" }]

[[package]]
name = "django"
version = "6.0"
source = { registry = "https://pypi.org/simple" }
dependencies = [{ name = "sqlparse" }, { name = "django" }]
sdist = { url = "https://x/django.tar.gz", hash = "sha256:aa", size = 1 }
wheels = [
    { url = "https://x/django.whl", hash = "sha256:bb", size = 2 },
]

[[package]]
name = "redis"
version = "5.0.0"
source = { registry = "x" }

[package.optional-dependencies]
hiredis = [{ name = "hiredis" }]
""" + "".join(
    f'\n[[package]]\nname = "{name}"\nversion = "{version}"\nsource = {{ registry = "x" }}\n'
    for name, version in [
        *(("sqlparse", "0.5"), ("hiredis", "3"), ("win", "1"), ("reportlab", "4"), ("pytest", "9.1"), ("ruff", "1")),
        *(("forked", "1.0"), ("forked", "2.0")),
    ]
)
POETRY = """
[[package]]
name = "django"
version = "6.0"
optional = false
groups = ["main"]
files = [
    {file = "django.whl", hash = "sha256:bb"},
    {file = "django.tar.gz", hash = "sha256:cc"},
]

[[package]]
name = "lost"
version = "1"
groups = ["main", "dev"]
markers = {main = "python_version >= '3'", dev = "python_version < '3'"}

[[package]]
name = "win"
version = "1"
groups = ["main"]
markers = "sys_platform == 'win32'"

[[package]]
name = "extra"
version = "1"
optional = true
groups = ["main"]

[[package]]
name = "pytest"
version = "9.1"
groups = ["dev"]

[[package]]
name = "older"
version = "1"
category = "main"

[[package]]
name = "unknown"
version = "1"
"""
PDM = """
[metadata]
groups = ["default", "dev"]

[[package]]
name = "django"
version = "6.0"
groups = ["default"]

[[package]]
name = "lost"
version = "1"
groups = ["default", "dev"]

[[package]]
name = "win"
version = "1"
groups = ["default"]
marker = "sys_platform == 'win32'"

[[package]]
name = "pytest"
version = "9.1"
groups = ["dev"]
"""
PYLOCK = """
lock-version = "1.0"
default-groups = ["server"]
dependency-groups = ["server", "dev"]

[[packages]]
name = "django"
version = "6.0"
wheels = [
  {name = "django.whl", url = "https://x", hashes = {sha256 = "bb"}},
]

[[packages]]
name = "lost"
version = "1"

[[packages]]
name = "served"
version = "1"
marker = "'server' in dependency_groups"

[[packages]]
name = "win"
version = "1"
marker = "sys_platform == 'win32'"

[[packages]]
name = "pytest"
version = "9.1"
marker = "'dev' in dependency_groups"

[[packages]]
name = "shop"
directory = {path = "."}
"""
PIPFILE = json.dumps(
    {
        "default": {
            "django": {"version": "==6.0", "hashes": ["sha256:aa"]},
            "lost": {"version": "==1"},
            "redis": {"version": "*"},
            "win": {"version": "==1", "markers": "sys_platform == 'win32'"},
            "from-git": {"git": "https://example.org/x", "ref": "main"},
        },
        "develop": {"pytest": {"version": "==9.1"}, "ruff": {"version": "==1"}},
    }
)


@pytest.mark.parametrize(
    ("name", "text", "missing"),
    [
        ("uv.lock", UV, {"sqlparse", "hiredis", "forked"}),
        ("poetry.lock", POETRY, {"lost", "older"}),
        ("pdm.lock", PDM, {"lost"}),
        ("pylock.toml", PYLOCK, {"lost", "served"}),
        ("Pipfile.lock", PIPFILE, {"lost", "from-git"}),
    ],
)
def test_a_lock_file_asks_for_what_the_project_itself_needs_here(
    name: str, text: str, missing: set[str], here: Path
) -> None:
    write(here / name, text)
    write(here / "requirements.txt", "never-looked-at\n")
    assert verdicts(here) == {"behind": {"django", "pytest"}, "missing": missing}


def test_of_a_forked_package_the_version_for_this_environment_counts(here: Path) -> None:
    write(here / "uv.lock", UV)
    told: Any = packages(here)
    assert [each["asked"] for each in told["missing"] if each["name"] == "forked"] == ["==2.0"]


def test_what_a_lock_holds_of_files_and_hashes_is_left_out_and_nothing_else() -> None:
    entry = '    { url = "https://x/a.whl", hash = "sha256:bb", size = 1, upload-time = "2026-01-01T00:00:00Z" },\n'
    kept = '    { name = "hash", marker = "python_version >= \'3\'" },\n'
    read = locks._toml(f"wheels = [\n{entry * 3}]\ndependencies = [\n{kept}]\n")
    assert (read["wheels"], [each["name"] for each in read["dependencies"]]) == ([], ["hash"])


@pytest.mark.parametrize("text", ["[[package", '[[package]]\nname = 1\nversion = "1"\ngroups = 7\n', "package = 7\n"])
def test_a_broken_lock_file_is_told_and_the_rest_is_there(text: str, here: Path) -> None:
    write(here / "poetry.lock", text)
    told: Any = packages(here)
    assert told["unavailable"]["poetry.lock"].startswith("needs a file that can be read: poetry.lock is malformed: ")
    assert told["count"] == 5


def test_a_lock_file_is_bounded_and_may_go(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(locks, "MAX_BYTES", 3)
    with pytest.raises(pinned.Unreadable, match="is larger than 0 MiB"):
        locks.read(write(here / "uv.lock", UV))
    with pytest.raises(pinned.Unreadable, match=r"uv.lock can't be read: No such file"):
        pinned.read(here / "nowhere/uv.lock")
    with pytest.raises(pinned.Unreadable, match=r"uv.lock can't be read: No such file"):
        locks.read(here / "nowhere/uv.lock")


def test_a_lock_file_is_read_anew_when_it_has_changed(here: Path) -> None:
    path = write(here / "pylock.toml", PYLOCK)
    assert "behind" in verdicts(here)
    path.write_text('lock-version = "1.0"\n')
    assert verdicts(here) == {}


def test_a_marker_that_this_packaging_does_not_know_holds_not() -> None:
    assert not locks.applies("nonsense ==")
    assert locks.applies("")


# Which file


def test_the_nearest_folder_with_any_counts(here: Path) -> None:
    write(here / "requirements.txt", "above\n")
    project = write(here / "backend/manage.py", "").parent
    assert verdicts(project) == {"missing": {"above"}}
    write(project / "requirements.txt", "nearer\n")
    assert verdicts(project) == {"missing": {"nearer"}}


def test_files_may_be_named_from_the_projects_folder(here: Path) -> None:
    write(here / "requirements.txt", "never-looked-at\n")
    write(here / "deploy/production.txt", "Django==6\n")
    write(here / "pylock.web.toml", PYLOCK)
    told: Any = packages(here, files=["deploy/production.txt", "pylock.web.toml"])
    assert [each["file"] for each in told["files"]] == ["deploy/production.txt", "pylock.web.toml"]
    assert told["behind"][0]["file"] == "deploy/production.txt"


def test_without_a_file_or_a_project_nothing_is_asked_for(here: Path) -> None:
    told: Any = packages(here)
    assert (told["files"], told["missing"]) == ([], [])
    with override_settings(PROJECT_PATH=None, BASE_DIR=None):
        assert packages()["files"] == []


def test_the_project_is_where_the_settings_say(here: Path) -> None:
    write(here / "requirements.txt", "lost\n")
    with override_settings(PROJECT_PATH=here):
        assert packages()["counts"] == {"behind": 0, "ahead": 0, "missing": 1}


@pytest.mark.parametrize(
    ("files", "error"),
    [
        ("requirements.txt", "files is a list of paths, not 'requirements.txt'"),
        ([1], r"files is a list of paths, not \[1\]"),
        (["setup.py"], "no reader for 'setup.py': the files are requirements"),
    ],
)
def test_wrong_files_are_named(files: Any, error: str, here: Path) -> None:
    with pytest.raises(ValueError, match=error):
        packages(here, files=files)


def test_lists_are_bounded_and_counts_are_not(here: Path) -> None:
    write(here / "requirements.txt", "".join(f"lost-{number}\n" for number in range(100)))
    told: Any = packages(here)
    assert (len(told["missing"]), told["counts"]["missing"]) == (50, 100)


def test_versions_of_no_known_scheme_are_not_compared(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(installed, "versions", lambda: {"old": "2004-final-alpha!"})
    write(here / "requirements.txt", "old>=1\n")
    assert verdicts(here) == {}


# Without the extra


@pytest.mark.parametrize("package", ["packaging", "packaging.version"])
def test_without_packaging_the_installed_are_told_and_one_line_says_what_is_missing(
    package: str, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    write(here / "requirements.txt", "lost\n")
    told: Any = packages(here)
    line = "packaging is not installed: pip install django-status[packages]"
    assert told["unavailable"] == {"comparison": f"needs packaging: {line}"}
    assert len(told["installed"]) == 5
    assert "missing" not in told


if sys.version_info < (3, 11):  # from then on Python has a reader of TOML itself

    def test_without_tomli_python_3_10_says_so(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(sys.modules, "tomli", None)
        write(here / "uv.lock", UV)
        told: Any = packages(here)
        line = "tomli is not installed: pip install django-status[packages]"
        assert told["unavailable"] == {"comparison": f"needs tomli: {line}"}


@pytest.fixture(autouse=True)
def unread() -> Iterator[None]:
    found._locked.cache_clear()
    yield
    found._locked.cache_clear()


def test_it_is_observed_as_any_other() -> None:
    with override_settings(STATUS_PROVIDERS={"stats": [("packages", "status.providers.packages.packages")]}):
        [seen] = observe("stats").observations
    assert seen.state is State.PASS, seen.error
