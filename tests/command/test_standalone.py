"""`django_status`, without a Django project or with the settings of one."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import django
import pytest
import yaml
from django.conf import ENVIRONMENT_VARIABLE, LazySettings
from django.test import override_settings

from status.__main__ import main
from status.command import standalone
from status.command.standalone import VARIABLE
from tests.command.running import PATIENCE_S, Done, django_status, environment, on_a_terminal

HERE = "tests.command.checks"
PROVIDERS = {
    "health": [("well", f"{HERE}.well"), ("fails", f"{HERE}.fails")],
    "things": [("nothing", f"{HERE}.nothing"), ("raises", f"{HERE}.raises")],
    "text": [("accented", f"{HERE}.accented")],
    "long": [("long", f"{HERE}.long")],
    "slow": [("hangs", f"{HERE}.hangs")],
}
MODULE = f"""
STATUS_PROVIDERS = {PROVIDERS}

class Site:
    STATUS_PROVIDERS = {{"other": (("well", "{HERE}.well"),)}}
"""
WELL = {"one": True, "other": "text"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where a settings module lies."""
    (tmp_path / "own_settings.py").write_text(MODULE)
    return tmp_path


@pytest.fixture
def fresh(folder: Path, monkeypatch: pytest.MonkeyPatch) -> LazySettings:
    """Settings that nobody has configured yet, in the place of this process's; the rest of Django is as it was."""
    settings = LazySettings()
    monkeypatch.setattr(standalone, "settings", settings)
    monkeypatch.setattr("django.setup", lambda: None)
    monkeypatch.setattr(sys, "path", [*sys.path])
    for module in ("own", "own_settings"):
        monkeypatch.delitem(sys.modules, module, raising=False)
    monkeypatch.setenv(ENVIRONMENT_VARIABLE, "")
    monkeypatch.setenv(VARIABLE, "")
    monkeypatch.chdir(folder)
    return settings


def exit_code(*arguments: str) -> int:
    """What `django_status` with these arguments ends with, in this process."""
    try:
        return main(arguments)
    except SystemExit as ended:
        return int(ended.code or 0)


def told(done: Done) -> Any:
    assert done.stderr == ""
    return yaml.safe_load(done.stdout)


# --- where the settings come from -------------------------------------------------------------------------------------


@pytest.mark.parametrize("option", ["-s", "--settings"])
@pytest.mark.parametrize("before", [True, False])
def test_settings_of_a_module(option: str, before: bool, folder: Path) -> None:
    arguments = [option, "own_settings", "health"] if before else ["health", option, "own_settings"]
    done = django_status(folder, *arguments)
    assert done.returncode == 0
    assert told(done) == {"well": WELL, "fails": {"one": True, "other": False}}


@pytest.mark.parametrize(
    ("arguments", "variables", "shown"),
    [
        (["-s", "own_settings.Site"], {}, ["other"]),
        ([], {VARIABLE: "own_settings.Site"}, ["other"]),
        ([], {VARIABLE: "own_settings.Site", ENVIRONMENT_VARIABLE: "own_settings"}, ["other"]),
        (["-s", "own_settings.Site"], {VARIABLE: "own_settings"}, ["other"]),
        ([], {VARIABLE: "own_settings"}, ["health", "things", "text", "long", "slow"]),
        ([], {ENVIRONMENT_VARIABLE: "own_settings"}, ["health", "things", "text", "long", "slow"]),
        ([], {VARIABLE: "", ENVIRONMENT_VARIABLE: ""}, ["health", "stats"]),
    ],
)
def test_the_nearest_word_on_settings_counts(
    arguments: list[str], variables: dict[str, str], shown: list[str], folder: Path
) -> None:
    done = django_status(folder, *arguments, "-h", **variables)
    assert done.returncode == 0
    assert re.findall(r"^    (\w+) +(?:check|show|serve)", done.stdout, re.MULTILINE) == [*shown, "serve"]


@pytest.mark.parametrize("reads_early", [False, True])
def test_a_whole_project_is_used_as_it_is(reads_early: bool, tmp_path: Path) -> None:
    (tmp_path / "shop").mkdir()
    # As a Celery app that is imported with its package may do.
    early = "from django.conf import settings; settings.DEBUG" if reads_early else ""
    (tmp_path / "shop/__init__.py").write_text(early)
    (tmp_path / "shop/settings.py").write_text(
        "from tests.settings import *\n"
        f"STATUS_PROVIDERS = {{'health': [..., ('well', '{HERE}.well')], 'settings': [('it', 'shop.checks.it')]}}\n"
    )
    (tmp_path / "shop/checks.py").write_text(
        "from django.conf import settings\n"
        "from django.contrib.auth.models import User\n"
        "def it(): return [User.__name__, settings.ROOT_URLCONF]\n"
    )
    for arguments, variables in (
        ([], {ENVIRONMENT_VARIABLE: "shop.settings"}),
        (["-s", "shop.settings"], {ENVIRONMENT_VARIABLE: "tests.settings"}),
    ):
        done = django_status(tmp_path, *arguments, "settings", **variables)
        assert told(done) == {"it": ["User", "tests.urls"]}
    done = django_status(tmp_path, "-s", "shop.settings", "health", "-e")
    assert done.returncode == 0
    assert set(told(done)) == {"ping", "databases", "caches", "well"}


@pytest.mark.parametrize(
    ("path", "text", "reason"),
    [
        ("missing", "", "ModuleNotFoundError: No module named 'missing'"),
        ("missing.Site", "", "ModuleNotFoundError: No module named 'missing'"),
        ("own.Missing", "", "AttributeError: module 'own' has no attribute 'Missing'"),
        ("own", "import missing_package", "ModuleNotFoundError: No module named 'missing_package'"),
        ("own", "def :", "SyntaxError: invalid syntax (own.py, line 1)"),
        ("own", "raise ValueError('one\\ntwo')", "ValueError: one two"),
        ("own", "raise ValueError('redis://:hunter2@cache')", "ValueError: redis://:********@cache"),
        ("own", "raise SystemExit('set SECRET_KEY first')", "SystemExit: set SECRET_KEY first"),
    ],
)
@pytest.mark.usefixtures("fresh")
def test_settings_that_do_not_import_are_one_clear_line(
    path: str, text: str, reason: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "own.py").write_text(text)
    assert exit_code("-s", path, "health") == 2
    shown = capsys.readouterr()
    assert shown.err == f"django_status: settings {path!r} can't be imported: {reason}\n"
    assert shown.out == ""


@pytest.mark.parametrize("command", [("health",), ("-h",), ("serve", "--bind", "127.0.0.1:0")], ids=" ".join)
def test_settings_that_do_not_import_stop_every_command(command: tuple[str, ...], tmp_path: Path) -> None:
    done = django_status(tmp_path, *command, **{VARIABLE: "missing"})
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("django_status: settings 'missing' can't be imported: ModuleNotFoundError")
    assert done.stderr.count("\n") == 1


def test_settings_that_django_refuses_are_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "own.py").write_text("INSTALLED_APPS = ['status', 'missing_app']\n")
    done = django_status(tmp_path, "-s", "own", "health")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "django_status: ModuleNotFoundError: No module named 'missing_app'\n"


# --- without settings -------------------------------------------------------------------------------------------------


def test_without_settings_it_looks_at_the_directory_and_says_so(tmp_path: Path) -> None:
    done = django_status(tmp_path, "health", "-e")
    assert done.returncode == 0
    assert yaml.safe_load(done.stdout) == {"ping": {"pong": True}, "disk": {".": True}}
    assert done.stderr == f"no settings given: looking at {tmp_path} and this machine\n"


def test_without_settings_stats_are_of_the_code_here_and_of_the_machine(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "shop"\nversion = "1.2.3"\n')
    done = django_status(tmp_path, "stats", "-f", "json")
    assert done.returncode == 0
    stats = json.loads(done.stdout)
    assert set(stats) == {"code", "system", "packages"}
    assert stats["code"]["version"] == "1.2.3"
    assert stats["code"]["django"] == django.get_version()
    assert stats["system"]["cpu"]["processors"] == os.cpu_count()


# --- options, exit codes, output --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["health"], 0),
        (["health", "-e"], 1),
        (["health", "--error-on-fail", "well"], 0),
        (["health", "--error_on_fail", "well", "fails"], 1),
        (["things", "nothing", "-e"], 0),
        (["things", "-e"], 1),
    ],
)
@pytest.mark.usefixtures("fresh")
def test_the_exit_code_says_how_it_is(arguments: list[str], code: int, capsys: pytest.CaptureFixture[str]) -> None:
    with override_settings(STATUS_PROVIDERS=PROVIDERS):
        assert exit_code("-s", "own_settings", *arguments) == code
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(("option", "code"), [((), 0), (("-e",), 1)])
def test_the_exit_code_of_the_process_is_that(option: tuple[str, ...], code: int, folder: Path) -> None:
    done = django_status(folder, "-s", "own_settings", "health", *option)
    assert (done.returncode, done.stderr) == (code, "")


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ([], ["resource"]),
        (["nope"], ["nope", "health", "things", "serve"]),
        (["health", "nope"], ["health/nope", "well", "fails"]),
        (["health", "-f", "xml"], ["xml", "yaml", "json", "table"]),
        (["--nope", "health"], ["--nope"]),
        (["-s"], ["-s/--settings"]),
        (["serve", "nope"], ["nope"]),
    ],
)
@pytest.mark.usefixtures("fresh")
def test_a_usage_error_is_2_and_names_the_choices(
    arguments: list[str], named: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(VARIABLE, "own_settings")
    with override_settings(STATUS_PROVIDERS=PROVIDERS):
        assert exit_code(*arguments) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.startswith("usage: django_status")
    assert all(name in shown.err for name in named)


def test_a_usage_error_of_the_process_is_that(folder: Path) -> None:
    done = django_status(folder, "-s", "own_settings", "nope")
    assert (done.returncode, done.stdout) == (2, "")
    assert "'health', 'things'" in done.stderr or "health, things" in done.stderr


def test_help_is_per_resource_and_names_the_settings(folder: Path) -> None:
    done = django_status(folder, "-s", "own_settings", "--help")
    assert done.returncode == 0
    assert re.search(r"health +check well, fails", done.stdout)
    assert "Settings: own_settings" in done.stdout
    done = django_status(folder, "-s", "own_settings", "health", "-h")
    assert done.stdout.startswith("usage: django_status health")
    assert "there are: well, fails" in done.stdout


@pytest.mark.parametrize("option", [[], ["--no-color"]])
def test_the_table_is_coloured_on_a_terminal_and_plain_when_piped(option: list[str], folder: Path) -> None:
    arguments = ["-s", "own_settings", "health", "-f", "table", *option]
    seen = on_a_terminal(folder, "-m", "status", *arguments)
    assert ("\x1b[31;1mfail\x1b[0m" in seen) is (not option)
    plain = django_status(folder, *arguments).stdout
    assert "\x1b" not in plain
    assert "fails/other" in plain
    assert "fails/other" in seen


def test_no_color_holds_on_a_terminal_too(folder: Path) -> None:
    arguments = ("-m", "status", "-s", "own_settings", "health", "-f", "table")
    assert "\x1b" not in on_a_terminal(folder, *arguments, NO_COLOR="1")


def test_a_reader_that_has_gone_is_no_error(folder: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "status", "-s", "own_settings", "long"],
        cwd=folder,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    assert process.stderr.read() == b""
    process.stderr.close()
    assert process.wait(PATIENCE_S) == 0


@pytest.mark.parametrize("format", ["yaml", "json"])
def test_a_terminal_without_utf_8_gets_the_same_tree(format: str, folder: Path) -> None:
    done = django_status(folder, "-s", "own_settings", "text", "-f", format, PYTHONIOENCODING="ascii")
    assert done.returncode == 0
    assert done.stdout.isascii()
    assert told(done) == {"accented": {"é": "naïve …"}}  # YAML reads JSON


def test_a_check_that_hangs_delays_neither_the_answer_nor_the_exit(folder: Path) -> None:
    # It sleeps for ten minutes; `django_status` gives up after two.
    done = django_status(folder, "-s", "own_settings", "slow", "-e")
    assert done.returncode == 1
    assert told(done) == {"hangs": {"error": "no answer in 2 s"}}


def test_what_fails_in_another_way_is_one_line_too(folder: Path) -> None:
    (folder / "broken.py").write_text(
        "STATUS_TIMEOUT = 2\nLOGGING = {'version': 1, 'handlers': {'a': {'class': 'no.Such'}}}"
    )
    done = django_status(folder, "-s", "broken", "health")
    assert done.returncode == 2
    assert done.stderr.startswith("django_status: ValueError: ")
    assert done.stderr.count("\n") == 1


# --- in this process, so that coverage sees it ------------------------------------------------------------------------


def test_settings_of_a_module_are_put_over_the_standalone_ones(fresh: Any) -> None:
    assert standalone.configure("own_settings", DEBUG=True) == "own_settings"
    assert fresh.INSTALLED_APPS == ["status"]
    assert set(fresh.STATUS_PROVIDERS) == {"health", "things", "text", "long", "slow"}
    assert fresh.DEBUG is True
    assert fresh.SETTINGS_MODULE == "own_settings"


def test_settings_of_a_class_are_put_over_the_standalone_ones(fresh: Any) -> None:
    standalone.configure("own_settings.Site")
    assert set(fresh.STATUS_PROVIDERS) == {"other"}


def test_overrides_are_put_over_a_whole_project(fresh: Any) -> None:
    standalone.configure("tests.settings", ROOT_URLCONF="other.urls")
    assert "django.contrib.auth" in fresh.INSTALLED_APPS
    assert fresh.ROOT_URLCONF == "other.urls"
    assert fresh.SETTINGS_MODULE == "tests.settings"


@pytest.mark.parametrize("serving", [False, True])
def test_without_settings_there_are_providers_of_the_machine(serving: bool, fresh: Any) -> None:
    databases = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
    origin = standalone.configure(None, **({"DATABASES": databases} if serving else {}))
    assert origin.startswith("no settings given: looking at ")
    names = {
        resource: [entry[0] if isinstance(entry, tuple) else entry.name for entry in entries]
        for resource, entries in fresh.STATUS_PROVIDERS.items()
    }
    assert names == (
        {"health": ["ping", "databases", "caches", "disk"], "stats": ["databases", "code", "system", "packages"]}
        if serving
        else {"health": ["ping", "disk"], "stats": ["code", "system", "packages"]}
    )


@pytest.mark.usefixtures("fresh")
def test_main_shows_and_says_how_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    providers = {"health": [("well", f"{HERE}.well"), ("fails", f"{HERE}.fails")]}
    with override_settings(STATUS_PROVIDERS=providers):
        assert main(["health", "well", "-e"]) == 0
        shown = capsys.readouterr()
        assert yaml.safe_load(shown.out) == {"well": WELL}
        assert shown.err.startswith("no settings given")
        assert main(["-s", "own_settings.Nope", "health"]) == 2
        assert capsys.readouterr().err.startswith("django_status: settings 'own_settings.Nope' can't be imported")


@pytest.mark.usefixtures("fresh")
@pytest.mark.parametrize(
    ("error", "code", "said"),
    [(KeyboardInterrupt(), 130, ""), (OSError("disk full"), 2, "django_status: OSError: disk full\n")],
)
def test_main_says_what_stopped_it(
    error: BaseException, code: int, said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def stopped(*args: object, **kwargs: object) -> None:
        raise error

    monkeypatch.setattr("status.command.show.observe", stopped)
    with override_settings(STATUS_PROVIDERS={"health": []}):
        assert main(["-s", "own_settings", "health"]) == code
    assert capsys.readouterr().err == said
