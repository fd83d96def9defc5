"""A process that is drained wants no new traffic, and is otherwise as well as before."""

from __future__ import annotations

import logging
import os
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.test import override_settings

from status.probes import process
from status.runtime import drain, processes
from tests.probes.doors import DOORS, Reply
from tests.waiting import wait_until

Ask = Callable[..., Reply]


@pytest.fixture(autouse=True)
def _looks_always(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not at every fifth of a second."""
    monkeypatch.setattr(drain, "LOOK_EVERY_S", 0.0)


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """The site's folder, which is there when something of it has begun to serve.

    By the URLs that is at a process's first probe alone, which is long gone here: `test_found` has it.
    """
    folder = tmp_path / "status"
    with override_settings(STATUS_RUNTIME_DIR=folder):
        process.begin()
        yield folder
    process.begin()


@pytest.mark.parametrize(
    ("path", "status", "body"),
    [
        ("/readyz", 503, "draining"),
        ("/readyz?", 503, "draining"),
        ("/fine", 503, "draining"),
        ("/group", 503, "draining"),
        ("/livez", 200, "ok"),
        ("/startupz", 200, "ok"),
        ("/group/live", 200, "ok"),
        ("/readyz/health/well", 200, "ok"),
    ],
)
def test_readiness_alone_says_that_it_drains(ask: Ask, folder: Path, path: str, status: int, body: str) -> None:
    drain.begin(folder, 60)
    path, mark, _ = path.partition("?")
    reply = ask(path, query="verbose&exclude=health/well" if mark else "")
    assert (reply.status, reply.body) == (status, body)


def test_it_is_ready_again_when_the_drain_is_ended_or_over(ask: Ask, folder: Path) -> None:
    drain.begin(folder, 60)
    assert ask("/fine").body == "draining"
    drain.end(folder)
    assert ask("/fine").body == "ok"
    drain.begin(folder, 60)
    os.utime(folder / "drain", (0, 0))
    assert ask("/fine").body == "ok"


def test_between_two_looks_the_last_one_counts(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drain, "LOOK_EVERY_S", 3_600.0)
    ask = DOORS["wrapper, WSGI"]
    assert ask("/fine").body == "ok"
    drain.begin(folder, 60)
    assert ask("/fine").body == "ok"
    monkeypatch.setattr(process._process, "look_at", 0.0)
    assert ask("/fine").body == "draining"


def test_a_look_that_took_long_takes_back_nothing_that_a_later_one_has_seen(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    look, looked, go_on = drain.until, threading.Event(), threading.Event()

    def slow(path: str) -> float:
        until = look(path)
        looked.set()
        assert go_on.wait(30)
        return until

    monkeypatch.setattr(drain, "until", slow)
    thread = threading.Thread(target=process.is_draining)
    thread.start()
    assert looked.wait(30)
    monkeypatch.setattr(drain, "until", look)
    drain.begin(folder, 60)
    assert process.is_draining()
    monkeypatch.setattr(process._process, "look_at", float("inf"))
    go_on.set()
    thread.join(30)
    assert process.is_draining()


def test_it_is_told_once_when_it_begins_and_once_when_it_ends(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "status")
    ask = DOORS["wrapper, WSGI"]
    drain.begin(folder, 60)
    for _ in range(5):
        ask("/fine")
    drain.end(folder)
    for _ in range(5):
        ask("/fine")

    def told() -> list[tuple[str, str]]:
        return [
            (each.levelname, each.getMessage().split(" until")[0])
            for each in caplog.records
            if "drain" in each.getMessage()
        ]

    wait_until(lambda: len(told()) == 2)
    assert told() == [("WARNING", "draining"), ("INFO", "not draining any more")]


def test_a_process_that_starts_into_a_drain_says_so(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    folder = tmp_path / "status"
    folder.mkdir(0o700)
    drain.begin(folder, 60)
    with override_settings(STATUS_RUNTIME_DIR=folder):
        process.begin()
        wait_until(lambda: "draining until" in caplog.text)
    process.begin()


def test_the_process_is_found_by_who_drains(folder: Path) -> None:
    (found,) = processes.alive(folder)
    assert found.pid == os.getpid()


@pytest.mark.parametrize(
    ("argv", "name"),
    [
        (["/usr/bin/gunicorn", "site.wsgi"], "gunicorn"),
        (["/lib/uvicorn/__main__.py"], "uvicorn"),
        ([""], "python"),
        ([], "python"),
    ],
)
def test_it_is_named_by_its_program(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, argv: list[str], name: str
) -> None:
    monkeypatch.setattr(sys, "argv", argv)
    with override_settings(STATUS_RUNTIME_DIR=tmp_path / "status"):
        process.begin()
        (found,) = processes.alive(tmp_path / "status")
    process.begin()
    assert found.serves == name


def test_a_folder_that_can_not_be_used_hinders_nothing_but_the_drain(
    ask: Ask, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "status").write_text("a file")
    with override_settings(STATUS_RUNTIME_DIR=tmp_path / "status"):
        process.begin()
        process.begin()
        assert ask("/fine").body == "ok"
    process.begin()
    warnings = [
        each.getMessage() for each in caplog.records if each.levelno == logging.WARNING and each.name == "status"
    ]
    told = [text for text in warnings if "can't be drained" in text]
    assert told == [f"this process can't be drained: {tmp_path / 'status'}: is not a folder"]


def test_where_there_are_no_users_it_serves_all_the_same(
    ask: Ask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(os, "geteuid")
    with override_settings(STATUS_RUNTIME_DIR=tmp_path / "status"):
        process.begin()
        assert ask("/fine").body == "ok"
    monkeypatch.undo()
    process.begin()


def test_what_a_cleaner_took_away_is_made_again(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for path in (folder / "processes").iterdir():
        path.unlink()
    assert processes.alive(folder) == []
    monkeypatch.setattr(process, "TEND_EVERY_S", 0.0)
    monkeypatch.setattr(process._process, "tend_at", 0.0)
    DOORS["wrapper, WSGI"]("/fine")
    wait_until(lambda: len(processes.alive(folder)) == 1)


def test_a_folder_that_became_usable_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "status"
    folder.write_text("a file")
    ask = DOORS["wrapper, WSGI"]
    with override_settings(STATUS_RUNTIME_DIR=folder):
        process.begin()
        folder.unlink()
        monkeypatch.setattr(process._process, "tend_at", 0.0)
        ask("/fine")
        wait_until(lambda: folder.is_dir() and len(processes.alive(folder)) == 1)
        drain.begin(folder, 60)
        assert ask("/fine").body == "draining"
    process.begin()


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="root alone can become another user")
def test_a_process_that_becomes_another_user_says_that_it_can_not_be_drained(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    os.seteuid(65_534)
    try:
        assert DOORS["wrapper, WSGI"]("/fine").body == "ok"
    finally:
        os.seteuid(0)
    assert "this process can't be drained" in caplog.text
