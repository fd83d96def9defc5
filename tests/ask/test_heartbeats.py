"""`python -m status.ask worker` and `beat`: the verdict on heartbeats, and where they are looked for."""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path

import pytest

from status.ask.__main__ import main
from status.ask.heartbeats import _temporary_directory
from status.runtime import heartbeat

Captured = pytest.CaptureFixture[str]


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The system's temporary directory."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    return tmp_path


@pytest.fixture
def site(temporary: Path) -> Path:
    """The default folder of a site."""
    return temporary / "django-status-0123456789abcdef"


def ask(capfd: Captured, *arguments: str) -> tuple[int, str, str]:
    """Exit code, standard output, standard error."""
    code = main(list(arguments))
    told = capfd.readouterr()
    return code, told.out, told.err


def ran_out(site: Path, kind: str, name: str, ago_s: float = 12.0) -> str:
    """A heartbeat that ran out; returns what is said of it."""
    heartbeat.beat(site, kind, name, 30)
    path = heartbeat.file_of(site, kind, name)
    then = time.time() - ago_s
    os.utime(path, (then, then))
    return (
        f"{name}: its heartbeat ran out 12 s ago: it is blocked, or was killed; if it is gone for good, remove {path}"
    )


@pytest.mark.parametrize("kind", ["worker", "beat"])
def test_one_that_is_alive(capfd: Captured, site: Path, kind: str) -> None:
    heartbeat.beat(site, kind, "mail@web-1", 30)
    for where in ([], ["--dir", str(site)], [f"--dir={site}"]):
        assert ask(capfd, kind, *where) == (0, "mail@web-1: alive\n", "")


def test_all_must_be_alive(capfd: Captured, site: Path) -> None:
    heartbeat.beat(site, "worker", "a@x", 30)
    first, second = ran_out(site, "worker", "b@x"), ran_out(site, "worker", "c@x")
    assert ask(capfd, "worker") == (1, "a@x: alive\n", f"{first}; {second}\n")


def test_or_the_one_that_is_named(capfd: Captured, site: Path) -> None:
    heartbeat.beat(site, "worker", "a@x", 30)
    said = ran_out(site, "worker", "b@x")
    assert ask(capfd, "worker", "--name", "a@x") == (0, "a@x: alive\n", "")
    assert ask(capfd, "worker", "--name=b@x") == (1, "", f"{said}\n")
    assert ask(capfd, "worker", "--name", "c@x") == (
        1,
        "",
        f"c@x: has no heartbeat in {site}; there is a@x, b@x\n",
    )


def test_a_beat_is_no_worker(capfd: Captured, site: Path) -> None:
    heartbeat.beat(site, "beat", "celerybeat@x", 30)
    assert ask(capfd, "worker", "--dir", str(site)) == (1, "", f"worker: has no heartbeat in {site}\n")


def test_no_heartbeat_anywhere(capfd: Captured, site: Path) -> None:
    said = f"worker: has no heartbeat in {site.parent}/django-status-*; another STATUS_RUNTIME_DIR is named with --dir"
    assert ask(capfd, "worker") == (1, "", f"{said}\n")

    (site.parent / "django-status-other").mkdir(mode=0o755)
    other = f"{site.parent}/django-status-other: is open to others than its owner: chmod 700"
    code, _, error = ask(capfd, "worker")
    assert (code, error.startswith(f"{said}; {other}")) == (1, True)


def test_sites_without_such_heartbeats_do_not_count(capfd: Captured, site: Path) -> None:
    (site.parent / "django-status-empty").mkdir(mode=0o700)
    heartbeat.beat(site.parent / "django-status-beats", "beat", "celerybeat@x", 30)
    heartbeat.beat(site, "worker", "a@x", 30)
    assert ask(capfd, "worker")[0] == 0


def test_of_several_sites_one_must_be_named(capfd: Captured, site: Path) -> None:
    other = site.with_name("django-status-f")
    for folder in (site, other):
        heartbeat.beat(folder, "worker", "a@x", 30)
    code, out, error = ask(capfd, "worker")
    assert (code, out) == (2, "")
    assert f"there are several sites with heartbeats, say which by --dir: {site}, {other}\n" in error


def test_a_folder_that_is_not_there_or_cannot_be_used(capfd: Captured, temporary: Path) -> None:
    code, out, error = ask(capfd, "worker", "--dir", f"{temporary}/gone")
    assert (code, out, error) == (1, "", f"{temporary}/gone: there is no such folder\n")
    (temporary / "file").touch()
    assert ask(capfd, "worker", "--dir", f"{temporary}/file") == (1, "", f"{temporary}/file: is not a folder\n")


def test_a_name_is_shown_harmless(capfd: Captured, site: Path) -> None:
    heartbeat.beat(site, "worker", "a\x1b[31m\n@x", 30)
    assert ask(capfd, "worker") == (0, "a?[31m?@x: alive\n", "")


@pytest.mark.parametrize("variable", ["TMPDIR", "TEMP", "TMP", "none"])
def test_the_temporary_directory_is_that_of_tempfile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    for name in ("TMPDIR", "TEMP", "TMP"):
        monkeypatch.delenv(name, raising=False)
    if variable != "none":
        monkeypatch.setenv(variable, f"{tmp_path}/x/..")
        (tmp_path / "x").mkdir()
    if variable != "TMP":
        monkeypatch.setenv("TMP", f"{tmp_path}/gone")
    monkeypatch.setattr(tempfile, "tempdir", None)
    assert _temporary_directory() == tempfile.gettempdir()


def test_without_a_temporary_directory_it_is_the_current_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(os, "access", lambda *arguments: False)
    assert _temporary_directory() == str(tmp_path)


def test_a_temporary_directory_that_cannot_be_listed(
    capfd: Captured, temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(path: str) -> list[str]:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "listdir", refused)
    said = f"{temporary}: can't be read: Permission denied; name the folder with --dir\n"
    assert ask(capfd, "worker") == (1, "", said)
