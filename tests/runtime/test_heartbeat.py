"""Heartbeats as files: written, read, removed, and what else may be in their place."""

from __future__ import annotations

import os
import stat
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from status.runtime import heartbeat
from status.runtime.folder import Unusable


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "site"


def test_the_time_of_modification_is_the_moment_until_which_it_counts(folder: Path) -> None:
    before = time.time()
    heartbeat.beat(folder, "worker", "mail@web-1", 30)
    moments = heartbeat.read(folder, "worker")
    assert list(moments) == ["mail@web-1"]
    assert before + 30 <= moments["mail@web-1"] + 0.001 <= time.time() + 30.1

    heartbeat.beat(folder, "worker", "mail@web-1", 10)
    assert heartbeat.read(folder, "worker")["mail@web-1"] < before + 29


def test_all_of_it_is_private(folder: Path) -> None:
    heartbeat.beat(folder, "worker", "mail@web-1", 30)
    (path,) = (folder / "heartbeats").iterdir()
    assert [stat.S_IMODE(each.stat().st_mode) for each in (folder, path.parent, path)] == [0o700, 0o700, 0o600]
    assert str(path) == heartbeat.file_of(folder, "worker", "mail@web-1")


def test_kinds_are_kept_apart(folder: Path) -> None:
    heartbeat.beat(folder, "worker", "a", 30)
    heartbeat.beat(folder, "beat", "b", 30)
    assert (list(heartbeat.read(folder, "worker")), list(heartbeat.read(folder, "beat"))) == (["a"], ["b"])


def test_removed_once_and_again(folder: Path) -> None:
    heartbeat.beat(folder, "worker", "a", 30)
    for _ in range(2):
        heartbeat.remove(folder, "worker", "a")
        assert heartbeat.read(folder, "worker") == {}


def test_a_folder_that_was_removed_comes_again(folder: Path) -> None:
    heartbeat.beat(folder, "worker", "a", 30)
    heartbeat.remove(folder, "worker", "a")
    (folder / "heartbeats").rmdir()
    folder.rmdir()
    heartbeat.beat(folder, "worker", "a", 30)
    assert list(heartbeat.read(folder, "worker")) == ["a"]


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=40))
def test_any_name_is_one_file_and_is_read_as_it_was(name: str) -> None:
    path = heartbeat.file_of("folder", "worker", name)
    assert path.startswith("folder/heartbeats/worker-")
    assert path.count("/") == 2
    assert heartbeat._unquoted(path.partition("worker-")[2]) == name


def test_what_is_no_file_of_ours_is_no_heartbeat(folder: Path) -> None:
    heartbeat.beat(folder, "worker", "true", 30)
    files = folder / "heartbeats"
    (files / "worker-link").symlink_to(files / "worker-true")
    (files / "worker-folder").mkdir()
    (files / "something").touch()
    assert list(heartbeat.read(folder, "worker")) == ["true"]


def test_nor_is_the_file_of_another_user(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    heartbeat.beat(folder, "worker", "a", 30)
    monkeypatch.setattr(heartbeat, "private", lambda folder: folder)
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
    assert heartbeat.read(folder, "worker") == {}


def test_a_folder_open_to_others_is_not_used(folder: Path) -> None:
    folder.mkdir(mode=0o755)
    for use in (
        lambda: heartbeat.beat(folder, "worker", "a", 30),
        lambda: heartbeat.remove(folder, "worker", "a"),
        lambda: heartbeat.read(folder, "worker"),
    ):
        with pytest.raises(Unusable, match="is open to others"):
            use()


def test_what_the_system_refuses_is_told_with_the_folder(folder: Path) -> None:
    heartbeat.beat(folder, "worker", "a", 30)
    with pytest.raises(Unusable, match=f"^{folder}: can't be written to: File name too long$"):
        heartbeat.beat(folder, "worker", "a" * 300, 30)
    with pytest.raises(Unusable, match=f"^{folder}: can't be written to: File name too long$"):
        heartbeat.remove(folder, "worker", "a" * 300)


def test_whatever_else_lies_there_is_no_heartbeat(folder: Path) -> None:
    heartbeat.beat(folder, "worker", "a", 30)
    for name in ("worker-%zz", "worker-a%q", "beat-b", "else"):
        (folder / "heartbeats" / name).touch()
    assert [*heartbeat.read(folder, "worker")] == ["a"]


def test_nothing_half_made_is_left(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*arguments: object, **options: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "rename", full)
    with pytest.raises(Unusable, match="No space left on device"):
        heartbeat.beat(folder, "worker", "a", 30)
    assert list((folder / "heartbeats").iterdir()) == []
