"""The folder is private to its owner, or not used at all."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from status.runtime.folder import Unusable, private, user
from tests.runtime.owners import not_root

ROOT = Path(__file__).parents[2]


def mode(path: Path) -> int:
    return stat.S_IMODE(path.lstat().st_mode)


@pytest.fixture
def foreign(tmp_path: Path) -> Path:
    """A folder of another user."""
    if os.geteuid():
        return Path("/usr")
    path = tmp_path / "foreign"
    path.mkdir(0o700)
    os.chown(path, 54321, -1)
    return path


@pytest.fixture
def shared() -> Iterator[Path]:
    """A folder that another user can get to; those of pytest are closed to all but its own."""
    with tempfile.TemporaryDirectory(prefix="status-tests-") as path:
        yield Path(path)


def test_a_private_folder_is_returned_as_given(folder: Path) -> None:
    assert private(folder) is folder
    text = f"{folder}/"
    assert private(text) is text


def test_a_missing_folder_is_made_only_when_that_is_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "new"
    with pytest.raises(Unusable, match=f"^{path}: there is no such folder$"):
        private(path)
    assert not path.exists()
    assert private(path, create=True) == path
    assert mode(path) == 0o700
    assert private(path, create=True) == path


def test_only_the_folder_itself_is_made_private(tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        private(tmp_path / "a/b/run", create=True)
    finally:
        os.umask(before)
    assert [mode(tmp_path / each) for each in ("a", "a/b", "a/b/run")] == [0o755, 0o755, 0o700]


def test_whatever_the_umask_the_folder_is_private(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        private(tmp_path / "run", create=True)
    finally:
        os.umask(before)
    assert mode(tmp_path / "run") == 0o700


@pytest.mark.parametrize("create", [False, True])
@pytest.mark.parametrize("slash", ["", "/"])
@pytest.mark.parametrize("dangling", [False, True])
def test_a_link_is_not_followed(dangling: bool, slash: str, create: bool, folder: Path) -> None:
    link = folder.parent / "link"
    target = folder.parent / "nowhere" if dangling else folder
    link.symlink_to(target)
    with pytest.raises(Unusable, match=f"^{link}: is a link, and links are not followed$"):
        private(f"{link}{slash}", create=create)
    assert target.exists() is not dangling


@pytest.mark.parametrize("create", [False, True])
def test_a_file_is_no_folder(create: bool, tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.touch(0o600)
    with pytest.raises(Unusable, match=f"^{path}: is not a folder$"):
        private(path, create=create)


@pytest.mark.parametrize("create", [False, True])
def test_a_folder_of_another_user_names_both(create: bool, foreign: Path) -> None:
    owner, us = user(foreign.stat().st_uid), user(os.geteuid())
    with pytest.raises(Unusable, match=f"^{foreign}: belongs to {owner}, and this process runs as {us}$"):
        private(foreign, create=create)


def test_a_user_without_a_name_has_a_number() -> None:
    assert user(0) == "root"
    assert user(54321) == "user 54321"


@pytest.mark.parametrize("create", [False, True])
@pytest.mark.parametrize("open_to", [0o010, 0o040, 0o001, 0o002, 0o077])
def test_a_folder_open_to_others_is_left_as_it_is(open_to: int, create: bool, folder: Path) -> None:
    folder.chmod(0o700 | open_to)
    with pytest.raises(Unusable, match=f"^{folder}: is open to others than its owner: chmod 700 {folder}$"):
        private(folder, create=create)
    assert mode(folder) == 0o700 | open_to


def test_a_folder_that_can_not_be_made_tells_the_systems_reason(shared: Path) -> None:
    shared.chmod(0o500)
    with not_root(shared), pytest.raises(Unusable, match=f"^{shared}/run: can't be made: Permission denied$"):
        private(shared / "run", create=True)


def test_a_folder_that_can_not_be_looked_at_tells_the_systems_reason(shared: Path) -> None:
    (shared / "run").mkdir(0o700)
    shared.chmod(0o600)
    with not_root(shared), pytest.raises(Unusable, match=f"^{shared}/run: can't be looked at: Permission denied$"):
        private(shared / "run")
    shared.chmod(0o700)


@pytest.mark.parametrize("create", [False, True])
def test_what_lies_below_a_file_can_not_be_used(create: bool, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(Unusable, match=f"^{tmp_path}/file/run: can't be looked at: Not a directory$"):
        private(tmp_path / "file/run", create=create)


@pytest.mark.parametrize(("create", "text"), [(False, "looked at"), (True, "made")])
def test_a_path_that_no_system_takes_is_unusable(create: bool, text: str) -> None:
    with pytest.raises(Unusable, match=f"can't be {text}: .*null"):
        private("/tmp/a\0b", create=create)


def test_a_folder_that_comes_meanwhile_is_looked_at_as_any_other(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    link = folder.parent / "link"
    link.symlink_to(folder)
    monkeypatch.setattr("os.path.lexists", lambda path: False)
    assert private(folder, create=True) == folder
    with pytest.raises(Unusable, match="is a link"):
        private(link, create=True)


def test_a_system_without_owners_can_not_use_it(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "geteuid")
    with pytest.raises(Unusable, match=f"^{folder}: can't be used, since this system has no owners of files"):
        private(folder, create=True)


IMPORT = """
import sys
{before}
had = set(sys.modules)
import status.runtime.{module}
print(*sorted({{name.partition(".")[0] for name in set(sys.modules) - had}} & set(sys.argv[1:])))
"""


@pytest.mark.parametrize("module", ["folder", "drain"])
def test_an_import_brings_nothing_that_takes_long(module: str) -> None:
    heavy = ["pathlib", "dataclasses", "inspect", "json", "logging", "django", "tempfile", "pwd"]
    # Without `site`, which may import some of them by itself.
    command = [sys.executable, "-S", "-c", IMPORT.format(before="", module=module), *heavy]
    environment = {"PYTHONPATH": str(ROOT / "src")}
    assert subprocess.check_output(command, env=environment, text=True, timeout=60) == "\n"


@pytest.mark.parametrize("module", ["folder", "drain", "processes"])
def test_an_import_needs_no_posix(module: str) -> None:
    missing = "import os; sys.modules.update(fcntl=None, pwd=None); del os.geteuid, os.register_at_fork"
    command = [sys.executable, "-c", IMPORT.format(before=missing, module=module), "fcntl"]
    environment = {"PYTHONPATH": str(ROOT / "src")}
    assert subprocess.check_output(command, env=environment, text=True, timeout=60) == "\n"
