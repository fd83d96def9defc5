"""The container or machine, this process and its web server, held against what psutil and the system say themselves."""

from __future__ import annotations

import gc
import os
import resource
import shutil
import subprocess
import sys
import threading
import time
from datetime import datetime, timezone
from importlib.metadata import version
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psutil
import pytest
from django.test import override_settings

from status import State, observe
from status.providers.host import cgroups, machine, process, server, workers
from status.providers.host.usage import LEAST_S, Reading, Readings
from status.providers.system import system
from status.runtime import processes
from status.runtime.processes import Process
from tests.servers.process import running
from tests.servers.web import GunicornGevent, GunicornPreloading, GunicornSync, Uvicorn, WebServer
from tests.waiting import wait_until

SETTINGS = """
MIDDLEWARE = ["status.middleware.ProbeMiddleware", *MIDDLEWARE]
DEBUG = True
STATUS_PROVIDERS = {"stats": [("system", "status.providers.system.system")]}
"""


@pytest.fixture(autouse=True)
def no_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of whatever container these tests run in."""
    monkeypatch.setattr(cgroups, "memory", lambda root=None: None)
    monkeypatch.setattr(cgroups, "cpu", lambda root=None: None)
    monkeypatch.setattr(machine, "_readings", Readings())


def part(name: str, **arguments: Any) -> Any:
    return system(**arguments)[name]


# The machine


def test_memory_is_what_psutil_says() -> None:
    seen, expected = part("memory"), psutil.virtual_memory()
    assert (seen["of"], seen["limit_bytes"]) == ("machine", expected.total)
    assert seen["available_bytes"] == pytest.approx(expected.available, rel=0.2)
    assert seen["used_bytes"] + seen["available_bytes"] == expected.total
    assert seen["used_ratio"] == pytest.approx(seen["used_bytes"] / expected.total, abs=1e-4)


def test_a_disk_is_what_df_says(tmp_path: Path) -> None:
    seen, expected = part("disk", path=tmp_path), shutil.disk_usage(tmp_path)
    assert seen["path"] == str(tmp_path)
    assert seen["used_bytes"] == pytest.approx(expected.used, rel=0.02)
    assert seen["free_bytes"] == pytest.approx(expected.free, rel=0.02)
    assert seen["limit_bytes"] == seen["used_bytes"] + seen["free_bytes"]
    found = os.statvfs(tmp_path)
    assert seen["inodes"]["limit"] == found.f_files
    assert seen["inodes"]["used"] == pytest.approx(found.f_files - found.f_ffree, rel=0.02)


def test_the_disk_is_the_projects_where_no_path_is_given(tmp_path: Path) -> None:
    with override_settings(PROJECT_PATH=tmp_path):
        assert part("disk")["path"] == str(tmp_path)


def test_a_part_that_the_system_does_not_tell_is_named_and_the_rest_is_there(tmp_path: Path) -> None:
    seen: Any = system(tmp_path / "nowhere")
    assert "disk" not in seen
    assert seen["unavailable"]["disk"].startswith("needs to be told by the system: FileNotFoundError: ")
    assert seen["memory"]["used_bytes"] > 0


def test_load_and_processors_are_the_systems() -> None:
    seen: Any = system()
    fifteen = os.getloadavg()[2]
    assert seen["load"]["fifteen_minutes"] == pytest.approx(fifteen, abs=0.2)
    assert set(seen["load"]) == {"one_minute", "five_minutes", "fifteen_minutes"}
    assert seen["cpu"]["processors"] == os.cpu_count()
    assert seen["cpu"]["usable"] == len(os.sched_getaffinity(0))


@pytest.mark.parametrize(("total", "shown"), [(0, {}), (8, {"used_bytes": 2, "limit_bytes": 8, "used_ratio": 0.25})])
def test_swap_is_told_where_there_is_any(total: int, shown: object) -> None:
    fake = SimpleNamespace(swap_memory=lambda: SimpleNamespace(total=total, used=2))
    assert machine.swap(fake) == shown


# How busy


def test_cpu_usage_is_the_difference_to_the_last_look(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = SimpleNamespace(monotonic=lambda: 100.0)
    monkeypatch.setattr(machine, "time", clock)
    busy = iter([50.0, 53.0])
    monkeypatch.setattr(machine, "_busy_s", lambda psutil: next(busy))
    monkeypatch.setattr(os, "cpu_count", lambda: 4)
    first = part("cpu")
    assert (first["used"], first["used_ratio"], first["over_s"]) == (None, None, None)
    clock.monotonic = lambda: 102.0
    second = part("cpu")
    assert (second["of"], second["limit"], second["used"], second["over_s"]) == ("machine", 4.0, 1.5, 2.0)
    assert second["used_ratio"] == 0.375


def test_a_machine_is_as_busy_as_psutil_says() -> None:
    part("cpu")
    psutil.cpu_percent()
    ends = time.monotonic() + LEAST_S + 0.1
    while time.monotonic() < ends:  # one processor is busy: this one
        pass
    seen, percent = part("cpu"), psutil.cpu_percent()
    assert seen["used"] >= 0.5
    assert seen["used_ratio"] * 100 == pytest.approx(percent, abs=25)


def test_what_the_processors_did_is_counted_as_psutil_counts_it() -> None:
    times = psutil.cpu_times()
    assert machine._busy_s(psutil) == pytest.approx(sum(times) - times.idle - times.iowait - times.guest, rel=0.05)


def test_looks_in_quick_succession_are_held_against_the_one_before() -> None:
    readings = Readings()
    assert readings.since_last(Reading("x", 0.0, 0.0)) is None
    first = readings.since_last(Reading("x", 10.0, 5.0, 100, 10))
    assert first is not None
    assert (first.over_s, first.used, first.throttled_ratio) == (10.0, 0.5, 0.1)
    soon = readings.since_last(Reading("x", 10.5, 5.0))
    assert soon is not None
    assert (soon.over_s, round(soon.used, 3)) == (10.5, 0.476)


@pytest.mark.parametrize(
    ("before", "now"),
    [
        (Reading("container", 0.0, 9.0), Reading("machine", 5.0, 10.0)),
        (Reading("x", 0.0, 9.0), Reading("x", 5.0, 1.0)),
        (Reading("x", 5.0, 9.0), Reading("x", 5.0, 9.0)),
    ],
    ids=["another thing", "made anew", "the same moment"],
)
def test_readings_that_can_not_be_compared_tell_nothing(before: Reading, now: Reading) -> None:
    readings = Readings()
    readings.since_last(before)
    assert readings.since_last(now) is None


# In a container


def test_a_limit_of_memory_stands_above_the_machines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cgroups, "memory", lambda root: cgroups.Memory(1000, 400, 2))
    assert part("memory") == {
        "of": "container",
        "used_bytes": 400,
        "limit_bytes": 1000,
        "used_ratio": 0.4,
        "available_bytes": 600,
        "killed_for_memory": 2,
    }


def test_a_limit_above_what_the_machine_has_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cgroups, "memory", lambda root: cgroups.Memory(2**60, 400, None))
    monkeypatch.setattr(cgroups, "cpu", lambda root: cgroups.Cpu(1000.0, 1.0, None, None))
    assert (part("memory")["of"], part("cpu")["of"]) == ("machine", "machine")


def test_a_limit_of_processors_stands_above_the_machines(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = SimpleNamespace(monotonic=lambda: 100.0)
    monkeypatch.setattr(machine, "time", clock)
    monkeypatch.setattr(cgroups, "cpu", lambda root: cgroups.Cpu(0.5, 10.0, 100, 0))
    assert part("cpu")["throttled_ratio"] is None
    clock.monotonic = lambda: 110.0
    monkeypatch.setattr(cgroups, "cpu", lambda root: cgroups.Cpu(0.5, 12.0, 200, 25))
    seen = part("cpu")
    assert (seen["of"], seen["limit"], seen["used"], seen["used_ratio"]) == ("container", 0.5, 0.2, 0.4)
    assert (seen["over_s"], seen["throttled_ratio"]) == (10.0, 0.25)


# The process


def test_the_process_is_what_psutil_says() -> None:
    seen, expected = part("process"), psutil.Process()
    assert seen["pid"] == os.getpid()
    assert seen["rss_bytes"] == pytest.approx(expected.memory_info().rss, rel=0.1)
    assert abs(seen["threads"] - expected.num_threads()) <= 2
    assert abs(seen["python_threads"] - threading.active_count()) <= 2
    assert abs(seen["open_files"]["open"] - expected.num_fds()) <= 3
    assert seen["open_files"]["limit"] == resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    assert seen["started_at"] == datetime.fromtimestamp(int(expected.create_time()), timezone.utc).isoformat()
    assert seen["uptime_s"] == pytest.approx(time.time() - expected.create_time(), abs=2)
    assert seen["cpu_used_s"] == pytest.approx(sum(expected.cpu_times()[:2]), abs=1)


def test_garbage_collection_is_what_python_says() -> None:
    def collections() -> list[int]:
        return [each["collections"] for each in gc.get_stats()]

    gc.disable()
    try:
        before = collections()
        seen = part("process")["garbage"]
        after = collections()
    finally:
        gc.enable()
    assert seen["enabled"] is False
    # A library may collect by itself.
    assert all(low <= each <= high for low, each, high in zip(before, seen["collections"], after, strict=True))
    assert len(seen["waiting"]) == 3
    assert seen["frozen"] == gc.get_freeze_count()


def test_a_process_without_a_limit_of_files_has_no_ratio(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resource, "getrlimit", lambda what: (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    assert process._open_files(psutil.Process())["limit"] is None
    monkeypatch.setitem(sys.modules, "resource", None)
    assert process._open_files(psutil.Process())["used_ratio"] is None
    assert process._open_files(object()) == {}


def test_without_psutil_the_rest_is_there_and_one_line_says_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psutil", None)
    monkeypatch.setattr(cgroups, "memory", lambda root: cgroups.Memory(1000, 400, 2))
    seen: Any = system()
    line = "needs psutil: psutil is not installed: pip install django-status[system]"
    assert seen["unavailable"]["psutil"] == line
    assert seen["memory"]["of"] == "container"
    assert seen["cpu"] == {"processors": os.cpu_count(), "usable": len(os.sched_getaffinity(0))}
    assert seen["process"]["garbage"]["enabled"] is True
    assert seen["disk"]["used_bytes"] > 0
    monkeypatch.setattr(cgroups, "memory", lambda root: None)
    assert part("memory") == part("swap") == {}


def test_another_system_has_fewer_figures(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("getloadavg", "sched_getaffinity"):
        monkeypatch.delattr(os, name)
    seen: Any = system()
    assert seen["load"] == {}
    assert seen["cpu"]["usable"] == os.cpu_count()


# The web server


def ask(site: WebServer) -> Any:
    code, _, body = site.ask("/status/api/stats/system/")
    assert code == 200, body
    return body.get("system", body)


@pytest.mark.parametrize("kind", [GunicornSync, GunicornPreloading, GunicornGevent])
def test_each_worker_of_gunicorn_knows_its_number(kind: type[WebServer], tmp_path: Path) -> None:
    settings = f"{SETTINGS}\nSTATUS_RUNTIME_DIR = {str(tmp_path / 'runtime')!r}\nSTATUS_TTL = 0.0\n"
    with kind.serving(settings) as site:
        seen: dict[int, Any] = {}

        def all_seen() -> bool:
            site.ask("/readyz")  # where the application is loaded before the fork, the first one registers the worker
            found = ask(site)
            seen[found["process"]["pid"]] = found["server"]
            return len(seen) == 2 and {each.get("workers") for each in seen.values()} == {2}

        wait_until(all_seen, timeout_s=60)
        pids = {each.pid for each in site.workers()}
    assert set(seen) == pids
    assert sorted(each["worker"] for each in seen.values()) == [1, 2]
    for each in seen.values():
        assert (each["name"], each["version"]) == ("gunicorn", version("gunicorn"))
        assert each["processes"] >= 2  # loaded before the fork, the master is one


def test_uvicorn_is_told_with_its_version(tmp_path: Path) -> None:
    settings = f"{SETTINGS}\nSTATUS_RUNTIME_DIR = {str(tmp_path / 'runtime')!r}\n"
    with Uvicorn.serving(settings) as site:
        seen = ask(site)["server"]
    assert (seen["name"], seen["version"]) == ("uvicorn", version("uvicorn"))
    assert (seen["worker"], seen["workers"], seen["processes"]) == (1, 1, 1)


class UvicornWorkers(Uvicorn):
    """uvicorn that starts two workers by multiprocessing."""

    def program(self) -> list[str]:
        return [*super().program(), "--workers", "2"]


def test_workers_of_uvicorn_are_numbered(tmp_path: Path) -> None:
    settings = f"{SETTINGS}\nSTATUS_RUNTIME_DIR = {str(tmp_path / 'runtime')!r}\nSTATUS_TTL = 0.0\n"
    with UvicornWorkers.serving(settings) as site:
        wait_until(lambda: ask(site)["server"]["workers"] == 2, timeout_s=60)
        seen = ask(site)["server"]
    assert seen["name"] == "uvicorn"
    assert seen["worker"] in (1, 2)
    assert seen["processes"] == 2


class Runserver(WebServer):
    """Django's own server, without its reloader."""

    label = "runserver"
    application = ""

    def program(self) -> list[str]:
        return [sys.executable, "-m", "django", "runserver", "--noreload", f"127.0.0.1:{self.port}"]


def test_runserver_has_the_version_of_django(tmp_path: Path) -> None:
    import django

    settings = f"{SETTINGS}\nSTATUS_RUNTIME_DIR = {str(tmp_path / 'runtime')!r}\n"
    with running(Runserver(settings)) as site:
        seen = ask(site)["server"]
    assert (seen["name"], seen["version"], seen["worker"]) == ("runserver", django.__version__, 1)


def test_a_process_that_is_no_web_servers_says_so(tmp_path: Path) -> None:
    with override_settings(STATUS_RUNTIME_DIR=tmp_path / "nowhere"):
        seen: Any = system()
    assert (seen["server"]["name"], seen["server"]["version"]) == (None, None)
    assert seen["server"]["program"]
    assert "there is no such folder" in seen["unavailable"]["worker"]


def test_servers_that_hold_python_within_them_say_so_by_a_module(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stand-ins: both are built against C and can't be had here."""
    uwsgi: Any = SimpleNamespace(worker_id=lambda: 3, version=b"2.0.30", numproc=4)
    monkeypatch.setitem(sys.modules, "uwsgi", uwsgi)
    assert server.this() == server.Server("uwsgi", "2.0.30", 3, 4)
    monkeypatch.setitem(sys.modules, "uwsgi", SimpleNamespace())
    mod_wsgi: Any = SimpleNamespace(process_group="site", version=(5, 0, 2), maximum_processes=6)
    monkeypatch.setitem(sys.modules, "mod_wsgi", mod_wsgi)
    assert server.this() == server.Server("mod_wsgi", "5.0.2", None, 6)


@pytest.mark.parametrize(
    ("argv", "program"),
    [(["/x/gunicorn/__main__.py"], "gunicorn"), (["/usr/bin/uvicorn"], "uvicorn"), ([], "python"), (["-c"], "-c")],
)
def test_the_program_is_told_in_a_word(argv: list[str], program: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", argv)
    assert server.program() == program


def test_a_server_that_is_in_no_threads_sight_is_known_by_its_program(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["/usr/bin/waitress"])
    assert server.this() == server.Server("waitress", None)


def test_a_server_that_is_not_installed_has_no_version(monkeypatch: pytest.MonkeyPatch) -> None:
    assert server._version("granian") is None


def frame(module: str, back: object = None) -> Any:
    return SimpleNamespace(f_globals={"__name__": module}, f_back=back)


@pytest.mark.parametrize(
    ("modules", "found"),
    [
        (["shop.views", "uvicorn.server", "gunicorn.arbiter", "__main__"], ("gunicorn", "uvicorn")),
        (["select", "waitress.wasyncore", "waitress.server", "__main__"], ("waitress", None)),
        (["django.core.servers.basehttp", "threading"], ("runserver", None)),
        (["uvicorn_like.server", "django.core.handlers", "shop.gunicorn"], None),
    ],
)
def test_a_server_is_the_outermost_that_runs_in_a_thread(
    modules: list[str], found: tuple[str, str | None] | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    stack = None
    for module in reversed(modules):
        stack = frame(module, stack)
    monkeypatch.setattr(sys, "_current_frames", lambda: {1: frame("idle"), 2: stack})
    seen = server._running()
    assert found == (seen and (seen.name, seen.worker_class))


def test_a_stack_without_an_end_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    endless = frame("deep")
    endless.f_back = endless
    assert len(list(server._modules(endless))) == server.DEEPEST


# Its workers


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "runtime"


def test_a_number_of_the_servers_own_stands(folder: Path) -> None:
    processes.register(folder, "uwsgi")
    try:
        told = workers.numbered(server.Server("uwsgi", "2", 3, 4), folder)
    finally:
        processes.unregister(folder)
    assert told == {"worker": 3, "workers": 4, "processes": 1}


@pytest.mark.parametrize("name", ["gunicorn", "uvicorn"])
def test_a_worker_is_alone_where_no_other_has_its_parent(name: str, folder: Path) -> None:
    processes.register(folder, name)
    try:
        told = workers.numbered(server.Server(name, "1"), folder)
    finally:
        processes.unregister(folder)
    assert told == {"processes": 1, "worker": 1, "workers": 1}


def test_a_folder_that_can_not_be_used_leaves_the_servers_own_numbers(folder: Path) -> None:
    told = workers.numbered(server.Server("uwsgi", "2", 3, 4), folder / "nowhere")
    assert (told["worker"], told["workers"]) == (3, 4)
    assert str(told["unavailable"]).startswith("needs STATUS_RUNTIME_DIR: ")


def test_a_process_that_is_not_registered_is_told(folder: Path) -> None:
    code = (
        "import sys, pathlib\nfrom status.runtime import processes\n"
        "processes.register(pathlib.Path(sys.argv[1]), 'other')\nprint('there', flush=True)\nsys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout
        assert other.stdin
        assert other.stdout.readline() == "there\n"
        told = workers.numbered(server.Server("gunicorn", "1"), folder)
        assert workers.numbered(None, folder) == {"processes": 1}
        other.stdin.close()
    assert told == {
        "processes": 1,
        "unavailable": workers.NOT_REGISTERED,
    }


def test_siblings_are_those_with_the_same_parent() -> None:
    own, parent = os.getpid(), os.getppid()
    listed = [Process(1, "x", 1.0), Process(own, "x", 2.0), Process(3, "x", 3.0), Process(4, "x", 4.0)]
    parents = {1: parent, own: parent, 3: parent, 4: 77}
    assert workers._siblings(listed, parents.get) == [1, own, 3]


def test_a_parent_is_found_with_and_without_proc(monkeypatch: pytest.MonkeyPatch) -> None:
    assert workers._parent(os.getpid()) == workers._parent_by_psutil(os.getpid()) == os.getppid()
    assert workers._parent(2**22 + 1) is None


def test_it_is_observed_as_any_other(tmp_path: Path) -> None:
    with override_settings(STATUS_PROVIDERS={"stats": [("system", "status.providers.system.system")]}):
        [seen] = observe("stats").observations
    assert seen.state is State.PASS, seen.error
