"""A drain is a file whose time of modification says when it ends."""

from __future__ import annotations

import os
import stat
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from status.runtime import drain
from status.runtime.folder import Unusable
from tests.runtime.owners import not_root
from tests.waiting import wait_until


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_drain_is_in_force_until_its_end(folder: Path) -> None:
    before = time.time()
    ends = drain.begin(folder, 60)
    assert before + 60 <= ends <= time.time() + 60
    assert drain.until(folder) == pytest.approx(ends, abs=0.01)
    assert drain.until(str(folder)) == drain.until(folder)


def test_it_is_over_by_itself(folder: Path) -> None:
    drain.begin(folder, 0.2)
    assert drain.until(folder) > 0
    wait_until(lambda: drain.until(folder) == 0.0)
    assert drain.end(folder) is False
    assert names(folder) == []


@pytest.mark.parametrize("later", [30.0, 90.0])
def test_the_last_one_said_counts(later: float, folder: Path) -> None:
    drain.begin(folder, 60)
    ends = drain.begin(folder, later)
    assert drain.until(folder) == pytest.approx(ends, abs=0.01)
    assert names(folder) == ["drain"]


def test_its_end_says_whether_there_was_one(folder: Path) -> None:
    assert drain.end(folder) is False
    drain.begin(folder, 60)
    assert drain.end(folder) is True
    assert drain.until(folder) == 0.0
    assert drain.end(folder) is False


def test_the_file_tells_a_person_who_and_until_when(folder: Path) -> None:
    drain.begin(folder, 60)
    path = folder / "drain"
    assert path.read_text().startswith("draining until 20")
    assert f"(process {os.getpid()})" in path.read_text()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def _link(path: Path) -> None:
    target = path.parent / "elsewhere"
    target.touch()
    later = time.time() + 60
    os.utime(target, (later, later))
    path.symlink_to(target)


def test_what_a_wrong_clock_made_is_no_drain(folder: Path) -> None:
    drain.begin(folder, drain.LONGEST_S + 60)
    assert drain.until(folder) == 0.0


@pytest.mark.parametrize("make", [Path.mkdir, os.mkfifo, _link])
def test_anything_but_a_file_is_no_drain(make: Callable[[Path], object], folder: Path) -> None:
    path = folder / "drain"
    make(path)
    later = time.time() + 60
    os.utime(path, (later, later), follow_symlinks=False)
    assert drain.until(folder) == 0.0


def test_a_file_of_another_user_is_no_drain(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    drain.begin(folder, 60)
    other = os.geteuid() + 1
    monkeypatch.setattr(os, "geteuid", lambda: other)
    assert drain.until(folder) == 0.0


@pytest.mark.parametrize("path", ["/nonexistent/folder", "/dev/null", "a\0b", ""])
def test_a_folder_that_is_none_has_no_drain(path: str) -> None:
    assert drain.until(path) == 0.0


def test_a_look_is_one_call_of_the_system(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    drain.begin(folder, 60)
    asked = []
    lstat = os.lstat

    def counted(path: str) -> os.stat_result:
        asked.append(path)
        return lstat(path)

    monkeypatch.setattr(os, "lstat", counted)
    for name in ("stat", "open", "scandir", "listdir"):
        monkeypatch.delattr(os, name)
    assert drain.until(folder) > 0
    assert asked == [f"{folder}/drain"]


def test_a_link_in_its_place_is_replaced_and_not_followed(folder: Path, tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("untouched")
    before = victim.stat().st_mtime
    (folder / "drain").symlink_to(victim)
    drain.begin(folder, 60)
    assert (victim.read_text(), victim.stat().st_mtime) == ("untouched", before)
    assert drain.until(folder) > 0
    assert drain.end(folder) is True
    assert victim.exists()


def test_a_folder_in_its_place_is_told_and_nothing_left_behind(folder: Path) -> None:
    (folder / "drain").mkdir()
    with pytest.raises(Unusable, match=f"^{folder}: can't be written to: Is a directory$"):
        drain.begin(folder, 60)
    with pytest.raises(Unusable, match=f"^{folder}: can't be written to: "):
        drain.end(folder)
    assert names(folder) == ["drain"]


@pytest.mark.parametrize("verb", [lambda folder: drain.begin(folder, 60), drain.end], ids=["begin", "end"])
def test_an_unusable_folder_is_told_and_not_made(verb: Callable[[Path], object], folder: Path, tmp_path: Path) -> None:
    with pytest.raises(Unusable, match="there is no such folder"):
        verb(tmp_path / "missing")
    assert not (tmp_path / "missing").exists()
    folder.chmod(0o755)
    with pytest.raises(Unusable, match="chmod 700"):
        verb(folder)
    assert names(folder) == []


def test_a_folder_that_can_not_be_written_to_is_told() -> None:
    with tempfile.TemporaryDirectory(prefix="status-tests-") as path:
        folder = Path(path)
        with not_root(folder):
            drain.begin(folder, 60)
            folder.chmod(0o500)
            for verb in (lambda: drain.begin(folder, 90), lambda: drain.end(folder)):
                with pytest.raises(Unusable, match=f"^{folder}: can't be written to: Permission denied$"):
                    verb()
            assert 0 < drain.until(folder) < time.time() + 61
            assert names(folder) == ["drain"]
