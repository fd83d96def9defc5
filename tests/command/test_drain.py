"""`status drain` and `status undrain`, of both commands."""

from __future__ import annotations

import argparse
import io
import os
import re
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import pytest
from django.core.management import CommandError, call_command
from django.test import override_settings
from hypothesis import given
from hypothesis import strategies as st

from status.__main__ import main
from status.command import standalone
from status.command.arguments import duration_s
from status.probes import process
from status.runtime import drain as drains
from tests.command.running import Done, django_status, manage, manage_apart
from tests.runtime.owners import not_root
from tests.runtime.serving import StartServing, start_serving

T = TypeVar("T")

HINTS = ["server running", "these settings", "STATUS_RUNTIME_DIR", "this user", "PrivateTmp="]
MOMENT = r"20\d\d-\d\d-\d\d \d\d:\d\d:\d\d UTC"


@pytest.fixture
def serving() -> Iterator[StartServing]:
    with start_serving() as start:
        yield start


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "run"


@pytest.fixture
def site(folder: Path) -> Iterator[None]:
    """A site whose processes share the folder, and whose settings name it."""
    with override_settings(STATUS_RUNTIME_DIR=folder):
        yield


def django_status_here(*arguments: str) -> int:
    """`django_status …` in this process, with its settings."""
    try:
        return main(arguments)
    except SystemExit as ended:
        return int(ended.code or 0)


@pytest.fixture(params=[manage, django_status_here], ids=["manage.py", "django_status"])
def command(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Callable[..., int]:
    """Either command; returns its exit code."""
    monkeypatch.setattr("status.__main__.configure", lambda settings: settings or "tests.settings")
    chosen: Callable[..., int] = request.param
    return chosen


# --- durations --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("90", 90),
        ("90s", 90),
        ("15m", 900),
        ("1h", 3600),
        ("1h30m", 5400),
        ("1h30m15s", 5415),
        ("1h5s", 3605),
        ("24h", 86_400),
        ("86400", 86_400),
        ("007", 7),
        ("90m", 5400),
    ],
)
def test_a_duration_is_said_in_the_usual_ways(text: str, seconds: int) -> None:
    assert duration_s(text) == seconds


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "1 h",
        "h",
        "1d",
        "1.5h",
        "-1",
        "+1",
        "1h30",
        "30m1h",
        "1H",
        "1e3",
        "nan",
        "inf",
        "٣",
        "1h1h",
        "9" * 5000,
    ],
)
def test_anything_else_is_no_duration(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match=r"is no duration: write 90s, 15m, 1h or 1h30m$"):
        duration_s(text)


@pytest.mark.parametrize(
    ("text", "wrong"),
    [("0", "no time"), ("0h0m0s", "no time"), ("24h1s", "too long"), ("86401", "too long"), ("999999999h", "too long")],
)
def test_a_duration_is_more_than_nothing_and_at_most_a_day(text: str, wrong: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match=f"^'{text}' is {wrong}: write 1s to 24h$"):
        duration_s(text)


@given(st.integers(0, 23), st.integers(0, 59), st.integers(0, 59))
def test_hours_minutes_and_seconds_add_up(hours: int, minutes: int, seconds: int) -> None:
    total = 3600 * hours + 60 * minutes + seconds
    texts = {f"{total}", f"{total}s", f"{hours}h{minutes}m{seconds}s"}
    if total:
        assert {duration_s(text) for text in texts} == {total}
    else:
        for text in texts:
            with pytest.raises(argparse.ArgumentTypeError):
                duration_s(text)


@given(st.text() | st.from_regex(r"[0-9]{0,12}[hms]?[0-9]{0,12}[hms]?", fullmatch=True))
def test_whatever_is_said_is_a_duration_within_a_day_or_an_error_of_one_line(text: str) -> None:
    try:
        seconds = duration_s(text)
    except argparse.ArgumentTypeError as error:
        told = str(error)
    else:
        told = f"{seconds}"
        assert 0 < seconds <= 86_400
    assert len(told.splitlines()) == 1


# --- drain ------------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("site")
def test_drain_tells_where_who_until_when_and_how_to_end_it(
    command: Callable[..., int], folder: Path, serving: StartServing, capsys: pytest.CaptureFixture[str]
) -> None:
    worker, other = serving(folder, "gunicorn: worker"), serving(folder, "uvicorn")
    before = time.time()
    assert command("drain", "--for", "15m") == 0
    assert before + 900 <= drains.until(folder) + 0.01 <= time.time() + 900.01
    told = capsys.readouterr()
    assert told.err == ""
    first, where, heading, *rows, last = told.out.splitlines()
    assert re.fullmatch(f"Draining until {MOMENT}: readiness probes answer 503.", first)
    assert where == f"Folder: {folder}"
    assert heading == "Processes that read it:"
    assert re.fullmatch(f" +{worker.pid}  gunicorn: worker  since {MOMENT}", rows[0])
    assert re.fullmatch(f" +{other.pid}  uvicorn           since {MOMENT}", rows[1])
    assert len(rows) == 2
    assert re.fullmatch(r"To end it: (python manage\.py status undrain|django_status -s tests\.settings undrain)", last)


@pytest.mark.usefixtures("site")
def test_when_it_returns_every_process_answers_by_it(
    command: Callable[..., int], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # As for a worker that has looked at the very moment before the drain.
    here = process._Process()
    here.begin(folder)

    def just_looked(begun: Callable[..., T]) -> Callable[..., T]:
        def begin(*arguments: object) -> T:
            here.look_at = float("-inf")
            here.is_draining()
            return begun(*arguments)

        return begin

    monkeypatch.setattr(drains, "begin", just_looked(drains.begin))
    monkeypatch.setattr(drains, "end", just_looked(drains.end))
    assert command("drain") == 0
    assert here.is_draining()
    assert command("undrain") == 0
    assert not here.is_draining()


@pytest.mark.usefixtures("site")
def test_drain_takes_an_hour_when_nothing_is_said(
    command: Callable[..., int], folder: Path, serving: StartServing
) -> None:
    serving(folder)
    assert command("drain") == 0
    assert drains.until(folder) == pytest.approx(time.time() + 3600, abs=60)


@pytest.mark.usefixtures("site")
@pytest.mark.parametrize("later", ["5m", "2h"])
def test_the_last_drain_counts(later: str, command: Callable[..., int], folder: Path, serving: StartServing) -> None:
    serving(folder)
    assert command("drain", "--for", "1h") == 0
    assert command("drain", "--for", later) == 0
    assert drains.until(folder) == pytest.approx(time.time() + duration_s(later), abs=60)


@pytest.mark.usefixtures("site")
def test_undrain_ends_it_and_says_so(
    command: Callable[..., int], folder: Path, serving: StartServing, capsys: pytest.CaptureFixture[str]
) -> None:
    serving(folder)
    assert command("drain") == 0
    capsys.readouterr()
    assert command("undrain") == 0
    assert drains.until(folder) == 0
    told = capsys.readouterr()
    assert told.out == f"No longer draining: readiness probes answer by their checks again.\nFolder: {folder}\n"
    assert command("undrain") == 0
    assert capsys.readouterr().out == f"It was not draining.\nFolder: {folder}\n"


def _missing(folder: Path) -> None:
    pass


def _without_processes(folder: Path) -> None:
    folder.mkdir(0o700)


def _with_the_dead(folder: Path) -> None:
    with start_serving() as start:
        start(folder).kill()


def _open_to_others(folder: Path) -> None:
    folder.mkdir()
    folder.chmod(0o755)


def _a_link(folder: Path) -> None:
    (folder.parent / "other").mkdir(0o700)
    folder.symlink_to(folder.parent / "other")


def _a_file(folder: Path) -> None:
    folder.touch()


@pytest.mark.usefixtures("site")
@pytest.mark.parametrize(
    ("make", "said"),
    [
        (_missing, "{folder}: there is no such folder"),
        (_without_processes, "no process of this site reads {folder}"),
        (_with_the_dead, "no process of this site reads {folder}"),
        (_open_to_others, "{folder}: is open to others than its owner: chmod 700 {folder}"),
        (_a_link, "{folder}: is a link, and links are not followed"),
        (_a_file, "{folder}: is not a folder"),
    ],
)
def test_a_drain_that_nobody_would_see_is_refused_with_hints_and_leaves_nothing(
    make: Callable[[Path], None],
    said: str,
    command: Callable[..., int],
    folder: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    make(folder)
    assert command("drain") == 2
    told = capsys.readouterr()
    first, *hints = told.err.splitlines()
    assert told.out == ""
    assert re.sub("^(CommandError|django_status): ", "", first) == said.format(folder=folder)
    assert all(hint in " ".join(hints) for hint in [*HINTS, os.environ["DJANGO_SETTINGS_MODULE"]])
    assert [path for path in tmp_path.rglob("*") if "drain" in path.name] == []


@pytest.mark.usefixtures("site")
def test_a_drain_in_force_outlives_one_that_is_refused(
    command: Callable[..., int], folder: Path, serving: StartServing
) -> None:
    # As while the server is restarted.
    server = serving(folder)
    assert command("drain", "--for", "5m") == 0
    server.kill()
    ends = drains.until(folder)
    assert command("drain", "--for", "1h") == 2
    assert drains.until(folder) == ends


@pytest.mark.parametrize("verb", ["drain", "undrain"])
def test_the_folder_of_another_user_is_refused_and_both_are_named(
    verb: str, command: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    with not_root(), override_settings(STATUS_RUNTIME_DIR="/usr"):
        assert command(verb) == 2
    assert "/usr: belongs to root, and this process runs as " in capsys.readouterr().err


@pytest.mark.usefixtures("site")
def test_undrain_refuses_a_folder_that_can_not_be_used(
    command: Callable[..., int], folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command("undrain") == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert f"{folder}: there is no such folder\n" in told.err
    assert all(hint in told.err for hint in HINTS)
    assert not folder.exists()


@pytest.mark.usefixtures("site")
def test_where_there_are_no_users_it_is_told_too(
    command: Callable[..., int], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delattr(os, "geteuid")
    assert command("drain") == 2
    assert "no owners of files" in capsys.readouterr().err


@pytest.mark.usefixtures("site")
@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (("drain", "--for", "1d"), "argument --for: '1d' is no duration: write 90s, 15m, 1h or 1h30m"),
        (("drain", "--for", "-5"), "argument --for: '-5' is no duration"),
        (("drain", "--for", "25h"), "argument --for: '25h' is too long: write 1s to 24h"),
        (("drain", "--for", "0"), "argument --for: '0' is no time"),
        (("drain", "--for"), "argument --for: expected one argument"),
        (("drain", "now"), "unrecognized arguments: now"),
        (("undrain", "now"), "unrecognized arguments: now"),
    ],
)
def test_what_is_said_wrong_is_named(
    arguments: tuple[str, ...],
    named: str,
    command: Callable[..., int],
    folder: Path,
    serving: StartServing,
    capsys: pytest.CaptureFixture[str],
) -> None:
    serving(folder)
    assert command(*arguments) == 2
    told = capsys.readouterr()
    assert named in told.err
    assert told.out == ""
    assert drains.until(folder) == 0


def test_help_lists_them(command: Callable[..., int], capsys: pytest.CaptureFixture[str]) -> None:
    assert command("--help") == 0
    told = " ".join(capsys.readouterr().out.split())
    assert "drain have this site's processes on this host ask for no traffic" in told
    assert "undrain end that before its time" in told
    assert command("drain", "--help") == 0
    told = " ".join(capsys.readouterr().out.split())
    assert "--for DURATION how long at most, as 90s, 15m or 1h30m (default: 1h)" in told


@pytest.mark.usefixtures("site")
def test_another_command_can_call_them(folder: Path, serving: StartServing) -> None:
    with pytest.raises(CommandError, match="there is no such folder"):
        call_command("status", "drain")
    serving(folder)
    out = io.StringIO()
    call_command("status", "drain", stdout=out)
    assert "Draining until" in out.getvalue()
    assert drains.until(folder) > 0


def test_a_folder_that_can_not_be_encoded_is_escaped(
    tmp_path: Path, serving: StartServing, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = io.BytesIO()
    serving(tmp_path / "é")
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(written, encoding="ascii", write_through=True))
    with override_settings(STATUS_RUNTIME_DIR=tmp_path / "é"):
        assert manage("drain") == 0
    assert f"Folder: {tmp_path}/\\xe9\n" in written.getvalue().decode()


# --- in processes of their own ----------------------------------------------------------------------------------------

SETTINGS = """
from tests.settings import *
STATUS_RUNTIME_DIR = "{folder}"
"""
BROKEN = """
DATABASES = {{"default": {{"ENGINE": "django.db.backends.postgresql", "NAME": "gone", "HOST": "192.0.2.1"}}}}
STATUS_PROVIDERS = {{"health": [("gone", "no.such.provider"), 7], "drain": []}}
STATUS_PROBES = 7
STATUS_TTL = "never"
ROOT_URLCONF = "no.such.urls"
"""

WAYS = [
    (manage_apart, ("--settings", "site_settings"), (), {}),
    (manage_apart, (), ("--settings", "site_settings"), {}),
    (manage_apart, (), (), {"DJANGO_SETTINGS_MODULE": "site_settings"}),
    (django_status, ("-s", "site_settings"), (), {}),
    (django_status, (), ("-s", "site_settings"), {}),
    (django_status, (), (), {standalone.VARIABLE: "site_settings"}),
    (django_status, (), (), {"DJANGO_SETTINGS_MODULE": "site_settings"}),
]


@pytest.mark.parametrize(("run", "before", "after", "variables"), WAYS)
def test_the_settings_can_be_named_in_every_way(
    run: Callable[..., Done],
    before: tuple[str, ...],
    after: tuple[str, ...],
    variables: dict[str, str],
    tmp_path: Path,
    folder: Path,
    serving: StartServing,
) -> None:
    (tmp_path / "site_settings.py").write_text(SETTINGS.format(folder=folder))
    serving(folder)

    def said(verb: str) -> Done:
        return run(tmp_path, *before, verb, *after, **variables)

    done = said("drain")
    assert (done.returncode, done.stderr) == (0, "")
    assert drains.until(folder) > 0
    assert re.search(r"^To end it: .* undrain", done.stdout, re.MULTILINE)
    done = said("undrain")
    assert (done.returncode, done.stderr) == (0, "")
    assert drains.until(folder) == 0


@pytest.mark.parametrize(
    ("run", "options"), [(manage_apart, ("--settings", "site_settings")), (django_status, ("-s", "site_settings"))]
)
def test_the_way_to_end_it_names_the_settings_that_were_named(
    run: Callable[..., Done], options: tuple[str, ...], tmp_path: Path, folder: Path, serving: StartServing
) -> None:
    (tmp_path / "site_settings.py").write_text(SETTINGS.format(folder=folder))
    serving(folder)
    last = run(tmp_path, *options, "drain").stdout.splitlines()[-1]
    wanted = {
        manage_apart: "To end it: python manage.py status undrain --settings site_settings",
        django_status: "To end it: django_status -s site_settings undrain",
    }
    assert last == wanted[run]


@pytest.mark.parametrize(
    ("run", "options"), [(manage_apart, ("--settings", "site_settings")), (django_status, ("-s", "site_settings"))]
)
def test_neither_a_database_nor_settings_that_are_right_are_needed(
    run: Callable[..., Done], options: tuple[str, ...], tmp_path: Path, folder: Path, serving: StartServing
) -> None:
    (tmp_path / "site_settings.py").write_text(SETTINGS.format(folder=folder) + BROKEN.format())
    serving(folder)
    for verb, draining in (("drain", True), ("undrain", False)):
        done = run(tmp_path, *options, verb)
        assert done.returncode == 0
        assert "Traceback" not in done.stderr
        assert (drains.until(folder) > 0) is draining


def test_without_settings_it_is_said_what_to_name(tmp_path: Path) -> None:
    done = django_status(tmp_path, "drain")
    assert done.returncode == 2
    assert done.stdout == ""
    assert "these settings (here: none named)" in done.stderr


def test_the_default_folder_of_a_site_is_the_same_for_server_and_command(tmp_path: Path, serving: StartServing) -> None:
    # Named by the settings, in the temporary directory of the environment.
    (tmp_path / "tmp").mkdir()
    (tmp_path / "site_settings.py").write_text("from tests.settings import *\ndel STATUS_RUNTIME_DIR")
    variables = {"TMPDIR": str(tmp_path / "tmp"), "DJANGO_SETTINGS_MODULE": "site_settings"}
    refused = manage_apart(tmp_path, "drain", **variables)
    found = re.search(rf"{tmp_path}/tmp/django-status-[0-9a-f]+", refused.stderr)
    assert found
    serving(Path(found[0]))
    assert manage_apart(tmp_path, "drain", **variables).returncode == 0
    assert django_status(tmp_path, "-s", "site_settings", "drain", TMPDIR=variables["TMPDIR"]).returncode == 0
