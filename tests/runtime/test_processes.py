"""The processes that read the folder: the living are known from the dead, whatever became of them."""

from __future__ import annotations

import errno
import fcntl
import os
import signal
import stat
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from status.runtime import processes
from status.runtime.folder import Unusable
from status.runtime.processes import NEWBORN_S, SWEPT_AT_ONCE, alive, register, unregister
from tests.runtime.owners import not_root
from tests.runtime.serving import Serving, StartServing
from tests.waiting import wait_until


@pytest.fixture(autouse=True)
def _registered_nowhere() -> Iterator[None]:
    yield
    for folder in list(processes._held):
        unregister(folder)


def pids(folder: Path) -> list[int]:
    return [process.pid for process in alive(folder)]


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / "processes").iterdir())


def leave(folder: Path, name: str, age_s: float = 0.0) -> Path:
    """A file as a process left it that died."""
    path = folder / "processes" / name
    path.parent.mkdir(0o700, exist_ok=True)
    path.write_text("gunicorn: worker")
    if age_s:
        then = time.time() - age_s
        os.utime(path, (then, then))
    return path


# --- the living and the dead ------------------------------------------------------------------------------------------


def test_nobody_reads_a_folder_that_is_new(folder: Path) -> None:
    assert alive(folder) == []


def test_a_process_says_what_it_serves_and_since_when(folder: Path, serving: StartServing) -> None:
    before = time.time()
    server = serving(folder, "uvicorn")
    (process,) = alive(folder)
    assert (process.pid, process.serves) == (server.pid, "uvicorn")
    assert before - 1 < process.since < time.time() + 1


def test_the_oldest_process_comes_first(folder: Path, serving: StartServing) -> None:
    first, second, third = (serving(folder) for _ in range(3))
    assert pids(folder) == [first.pid, second.pid, third.pid]


def test_the_folder_is_made_private(tmp_path: Path, serving: StartServing) -> None:
    serving(tmp_path / "deep/run")
    (file,) = (tmp_path / "deep/run/processes").iterdir()
    modes = [stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "deep/run", file.parent, file)]
    # The sticky bit is for systemd-tmpfiles, which passes over such files.
    assert modes[:2] == [0o700, 0o700]
    assert modes[2] & ~stat.S_ISVTX == 0o600


@pytest.mark.parametrize("how", [Serving.end, Serving.kill])
def test_who_has_ended_in_whatever_way_is_not_alive_and_leaves_nothing(
    how: object, folder: Path, serving: StartServing
) -> None:
    assert callable(how)
    dead, living = serving(folder), serving(folder)
    how(dead)
    assert pids(folder) == [living.pid]
    assert len(files(folder)) == 1


def test_who_is_stopped_in_its_tracks_is_alive(folder: Path, serving: StartServing) -> None:
    server = serving(folder)
    os.kill(server.pid, signal.SIGSTOP)
    assert pids(folder) == [server.pid]


def test_two_sites_do_not_see_each_other(tmp_path: Path, serving: StartServing) -> None:
    shop, forum = serving(tmp_path / "shop"), serving(tmp_path / "forum")
    assert pids(tmp_path / "shop") == [shop.pid]
    assert pids(tmp_path / "forum") == [forum.pid]


def test_a_process_id_says_nothing_about_who_lives(folder: Path, serving: StartServing) -> None:
    # As of a container that counts its processes anew: the same number, alive here, and nobody's there.
    server = serving(folder)
    leave(folder, f"{server.pid}-{'0' * 16}")
    leave(folder, f"1-{'0' * 16}")
    assert pids(folder) == [server.pid]
    assert len(files(folder)) == 1


def test_a_new_process_removes_what_the_dead_have_left(folder: Path, serving: StartServing) -> None:
    for number in range(20):
        leave(folder, f"{number}-{number:016x}")
    server = serving(folder)
    assert [name.partition("-")[0] for name in files(folder)] == [str(server.pid)]


def test_a_start_removes_no_more_than_a_start_may_take(folder: Path, serving: StartServing) -> None:
    for number in range(SWEPT_AT_ONCE + 50):
        leave(folder, f"{number}-{number:016x}")
    serving(folder)
    assert len(files(folder)) in (51, 52)  # its own may be among those it looked at
    serving(folder)
    assert len(files(folder)) == 2


@pytest.mark.parametrize(("age_s", "left"), [(0.0, True), (NEWBORN_S + 5, False)])
def test_a_file_about_to_be_shown_is_removed_only_when_its_maker_died_at_it(
    age_s: float, left: bool, folder: Path
) -> None:
    path = leave(folder, f".1-{'0' * 16}", age_s)
    assert alive(folder) == []
    assert path.exists() is left


def test_files_of_others_are_left_alone(folder: Path, tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.touch()
    leave(folder, "notes.txt")
    (folder / "processes" / f"1-{'0' * 16}").symlink_to(victim)
    os.mkfifo(folder / "processes" / f"2-{'0' * 16}")
    (folder / "processes" / f"3-{'0' * 16}").mkdir()
    before = files(folder)
    assert alive(folder) == []
    assert files(folder) == before
    assert victim.exists()


def test_what_it_serves_is_a_short_line(folder: Path, serving: StartServing) -> None:
    serving(folder, "a\x1b[31m\n\tserver: " + "é" * 500)
    (process,) = alive(folder)
    assert process.serves == "a?[31m server: " + "é" * 92  # 199 bytes
    register(folder, "\udcff")
    assert [each.serves for each in alive(folder)] == [process.serves, "?"]


# --- registered, and registered again ---------------------------------------------------------------------------------


def test_a_process_registers_once(folder: Path) -> None:
    register(folder, "uvicorn")
    register(folder, "uvicorn")
    assert pids(folder) == [os.getpid()]
    assert len(files(folder)) == 1


def test_a_process_that_looks_who_is_alive_stays_so(folder: Path, serving: StartServing) -> None:
    server = serving(folder)
    register(folder, "uvicorn")
    assert alive(folder)[1].serves == "uvicorn"
    # Any descriptor of its file, opened and closed, would lose it the lock; also where the path is another.
    link = folder.parent / "link"
    link.symlink_to(folder.parent)
    assert pids(link / folder.name) == [server.pid, os.getpid()]
    assert server.ask(f"[each.pid for each in processes.alive(Path({str(folder)!r}))]") == (
        f"[{server.pid}, {os.getpid()}]"
    )


def test_who_unregisters_leaves_nothing(folder: Path) -> None:
    unregister(folder)
    register(folder, "uvicorn")
    unregister(folder)
    assert alive(folder) == []
    assert files(folder) == []


def test_a_registration_swept_away_is_made_anew(folder: Path) -> None:
    register(folder, "uvicorn")
    (folder / "processes" / files(folder)[0]).unlink()
    assert alive(folder) == []
    register(folder, "uvicorn")
    assert pids(folder) == [os.getpid()]


def test_a_lock_lost_with_its_descriptor_is_taken_anew(folder: Path) -> None:
    register(folder, "uvicorn")
    (held,) = processes._held.values()
    os.close(held.descriptor)
    register(folder, "uvicorn")
    assert pids(folder) == [os.getpid()]
    assert files(folder) != [held.path.name]


def test_a_daemon_that_closes_all_it_finds_open_registers_anew(folder: Path, serving: StartServing) -> None:
    server = serving(folder)
    server.do("os.closerange(3, 100)")
    assert alive(folder) == []
    server.do("held, = processes._held.values(); other = os.open('/dev/null', 0)")
    assert server.ask("other == held.descriptor") == "True"
    server.do("processes.register(folder, 'a daemon')")
    assert pids(folder) == [server.pid]
    assert server.ask("os.fstat(other).st_rdev == os.stat('/dev/null').st_rdev") == "True"


def test_a_relative_folder_stays_where_it_was(tmp_path: Path, serving: StartServing) -> None:
    server = serving(tmp_path / "run")
    server.do(f"os.chdir({str(tmp_path)!r}); processes.register(Path('relative'), 'a'); os.chdir('/')")
    server.do("processes.register(Path('relative').absolute(), 'b')")
    assert len(alive(tmp_path / "relative")) == 1


def test_who_may_use_the_folder_no_longer_is_not_registered(folder: Path) -> None:
    register(folder, "uvicorn")
    folder.chmod(0o755)
    with pytest.raises(Unusable, match="chmod 700"):
        register(folder, "uvicorn")
    folder.chmod(0o700)
    assert alive(folder) == []


# --- fork -------------------------------------------------------------------------------------------------------------


def test_a_child_born_by_fork_counts_when_it_registers(folder: Path, serving: StartServing) -> None:
    server = serving(folder)
    serves = "processes.register(folder, 'worker'); time.sleep(600); os._exit(0)"
    child = int(server.ask(f"(pid := os.fork()) or exec({serves!r})"))
    wait_until(lambda: set(pids(folder)) == {server.pid, child})
    server.kill()
    assert pids(folder) == [child]
    os.kill(child, signal.SIGKILL)
    wait_until(lambda: pids(folder) == [])


def test_a_child_that_does_not_serve_is_not_taken_for_the_server(folder: Path, serving: StartServing) -> None:
    server = serving(folder)
    server.ask("(pid := os.fork()) or time.sleep(600) or os._exit(0)")
    assert pids(folder) == [server.pid]
    server.kill()
    assert pids(folder) == []


def test_a_childs_end_takes_nothing_from_its_parent(folder: Path, serving: StartServing) -> None:
    server = serving(folder)
    server.do("os.waitpid(os.fork() or os._exit(0), 0)")
    assert pids(folder) == [server.pid]


def test_a_child_keeps_nothing_of_its_parents(folder: Path, serving: StartServing) -> None:
    server = serving(folder)
    server.do(
        "pid = os.fork()\n"
        "if not pid:\n"
        "    files = [each for each in range(3, 100) if os.path.exists(f'/dev/fd/{each}')]\n"
        "    os._exit(0 if not processes._held and not files else 1)\n"
        "assert os.waitpid(pid, 0)[1] == 0\n"
    )
    assert pids(folder) == [server.pid]


def test_a_fork_while_another_thread_registers_does_not_hang(folder: Path, serving: StartServing) -> None:
    server = serving(folder)
    server.do(
        "import threading; stop = threading.Event(); "
        "threading.Thread(target=lambda: [processes.alive(folder) for _ in iter(stop.is_set, True)]).start()"
    )
    for _ in range(20):
        server.do("pid = os.fork() or os._exit(0); assert os.waitpid(pid, 0)[1] == 0")
    server.do("stop.set()")
    assert pids(folder) == [server.pid]


# --- all at once ------------------------------------------------------------------------------------------------------


def test_no_living_process_is_missed_nor_a_dead_one_seen_while_others_come_and_go(
    folder: Path, serving: StartServing
) -> None:
    steady = serving(folder)
    restless = [serving(folder) for _ in range(3)]
    for each in restless:
        each.do(
            "import threading; stop = threading.Event(); "
            "restart = lambda: (processes.unregister(folder), processes.register(folder, 'restless')); "
            "thread = threading.Thread(target=lambda: [restart() for _ in iter(stop.is_set, True)]); thread.start()"
        )
    known = {steady.pid, *(each.pid for each in restless)}
    for number in range(200):
        leave(folder, f"{10**9 + number}-{number:016x}")  # dead, and found by all of them at the same time
        seen = pids(folder)
        assert seen.count(steady.pid) == 1
        assert set(seen) <= known
    for each in restless:
        each.do("stop.set(); thread.join()")
    assert sorted(pids(folder)) == sorted(known)
    assert len(files(folder)) == len(known)


# --- what can't be used -----------------------------------------------------------------------------------------------


def test_a_folder_that_can_not_be_used_is_told(tmp_path: Path, folder: Path) -> None:
    with pytest.raises(Unusable, match="there is no such folder"):
        alive(tmp_path / "missing")
    (folder / "processes").symlink_to(tmp_path)
    with pytest.raises(Unusable, match="is a link"):
        register(folder, "uvicorn")
    with pytest.raises(Unusable, match="is a link"):
        alive(folder)


def test_a_folder_that_can_not_be_written_to_is_told() -> None:
    with tempfile.TemporaryDirectory(prefix="status-tests-") as path:
        folder = Path(path)
        with not_root(folder):
            register(folder, "uvicorn")
            unregister(folder)
            (folder / "processes").chmod(0o500)
            with pytest.raises(Unusable, match=f"^{folder}: can't be used: Permission denied$"):
                register(folder, "uvicorn")
            assert alive(folder) == []
            (folder / "processes").chmod(0o700)


@pytest.mark.parametrize(("of", "call"), [(os, "write"), (Path, "rename")])
def test_a_full_disk_is_told_and_nothing_left_behind(
    of: object, call: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*args: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(of, call, full)
    with pytest.raises(Unusable, match=f"^{folder}: can't be used: No space left on device$"):
        register(folder, "uvicorn")
    monkeypatch.undo()
    assert files(folder) == []
    assert alive(folder) == []


def test_a_file_system_without_locks_is_told(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def without(*args: object) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    leave(folder, f"1-{'0' * 16}")
    monkeypatch.setattr(fcntl, "lockf", without)
    for verb in (lambda: register(folder, "uvicorn"), lambda: alive(folder)):
        with pytest.raises(Unusable, match=f"^{folder}: can't be used: No locks available$"):
            verb()
    assert len(files(folder)) == 1


def test_litter_that_can_not_be_looked_at_stops_no_start(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def without(path: Path) -> None:
        raise PermissionError

    monkeypatch.setattr(processes, "_living", without)
    register(folder, "uvicorn")
    monkeypatch.undo()
    assert pids(folder) == [os.getpid()]


def test_a_file_removed_by_another_meanwhile_is_nobodys(folder: Path) -> None:
    assert processes._living(folder / "processes" / f"1-{'0' * 16}") is None
