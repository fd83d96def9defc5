"""What can be told of any machine."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import psutil
import pytest

from status import State
from status.providers.disk import disk
from status.providers.health import ping
from status.providers.memory import Usage, usage_here
from tests.checking import look, look_at_one, told_at_start
from tests.servers import mounts


def test_ping_answers() -> None:
    assert ping() == ping(1, two=3) == {"pong": True}


DISK = "disk.disk"


@pytest.fixture
def percent() -> float:
    """How full the file system of the root is, by df."""
    done = subprocess.run(["df", "--output=used,avail", "-k", "/"], check=True, capture_output=True, text=True)
    used, free = map(int, done.stdout.split()[-2:])
    return 100 * used / (used + free)


@pytest.mark.usefixtures("patient")
def test_a_disk_is_judged_by_how_full_it_is(percent: float) -> None:
    for warn, fail, state in [
        (percent + 1, percent + 2, State.PASS),
        (percent - 1, percent + 1, State.WARN),
        (percent - 2, percent - 1, State.FAIL),
        (None, None, State.PASS),
        (None, percent - 1, State.FAIL),
    ]:
        seen = look_at_one(DISK, "/", warn_percent=warn, fail_percent=fail)
        assert (seen.state, seen.name, seen.unit) == (state, "/", "%")
        assert abs(float(str(seen.value)) - percent) < 0.5
        assert re.fullmatch(r"[\d.,]+ of [\d.,]+ GiB used, [\d.]+ % of its inodes", str(seen.detail))


@pytest.mark.usefixtures("patient")
def test_a_disk_is_judged_by_the_bytes_that_are_free() -> None:
    free = shutil.disk_usage("/").free
    bounds: dict[str, Any] = {"warn_percent": None, "fail_percent": None}
    assert look_at_one(DISK, "/", **bounds, warn_free_bytes=free // 2).state is State.PASS
    assert look_at_one(DISK, "/", **bounds, warn_free_bytes=2 * free).state is State.WARN
    assert look_at_one(DISK, "/", **bounds, warn_free_bytes=3 * free, fail_free_bytes=2 * free).state is State.FAIL


FILL = """
import os, sys
for number in range(int(sys.argv[1])):
    open(f"/mnt/{number}", "w").close()
from status.providers.disk import disk
component = disk("/mnt", warn_percent=80, fail_percent=95)["/mnt"]
print(component.state, component.value, component.detail)
"""


@pytest.mark.skipif(mounts.missing() is not None, reason=str(mounts.missing()))
@pytest.mark.parametrize(("files", "state"), [(5, "pass"), (85, "warn"), (97, "fail")])
def test_a_disk_is_judged_by_its_inodes_too(files: int, state: str) -> None:
    command = [*mounts.own("-t tmpfs -o nr_inodes=100,size=1m tmpfs /mnt"), sys.executable, "-c", FILL, str(files)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    assert done.stdout.startswith(f"{state} 0.0 0.0 of 0.0 GiB used, ")


@pytest.mark.usefixtures("patient")
def test_each_of_several_disks_is_a_component_of_its_own() -> None:
    seen = look(DISK, paths=["/", Path("/nowhere/at/all")], fail_percent=100)
    assert (seen["/"].state, seen["/nowhere/at/all"].state) == (State.PASS, State.FAIL)
    assert str(seen["/nowhere/at/all"].error).startswith("FileNotFoundError")
    assert list(disk()) == ["."]


def test_a_file_system_without_inodes_or_room_is_not_full() -> None:
    seen = look_at_one(DISK, "/proc")  # the kernel's own has neither
    assert (seen.state, seen.value) == (State.PASS, 0.0)
    assert seen.detail == "0.0 of 0.0 GiB used"


@pytest.mark.parametrize(
    ("args", "kwargs", "told"),
    [
        (["/"], {"paths": ["/"]}, "disk takes either a path or paths"),
        ([], {"paths": "/"}, "paths is a list of texts, not a str"),
        ([], {"paths": []}, "paths names none: a check of nothing would always pass"),
        ([], {"paths": [5]}, "paths is a text, not a int"),
        ([], {"paths": 5}, "paths is a list of texts, not a int"),
        (["/", 95, 101], {}, "fail_percent is a number from 0 to 100, not 101"),
        (["/", 95, 90], {}, "warn_percent (95) is above fail_percent (90)"),
        ([], {"warn_free_bytes": 1, "fail_free_bytes": 2}, "warn_free_bytes (1) is below fail_free_bytes (2)"),
        ([], {"fail_free_bytes": "1 GiB"}, "fail_free_bytes is a number, not '1 GiB'"),
    ],
)
def test_a_wrong_argument_of_a_disk_is_told_at_start(args: Any, kwargs: Any, told: str) -> None:
    assert told in told_at_start(DISK, *args, **kwargs)


MEMORY = "memory.memory"
MIB = 2**20


def written(root: Path, **files: str) -> Path:
    """Files below a root, as the kernel has them; "_" stands for a slash."""
    for name, content in files.items():
        file = root / name.replace("_", "/").replace("//", "_")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content)
    return root


MACHINE = {
    "proc_meminfo": "MemTotal:       1048576 kB\nMemFree: 1 kB\nMemAvailable:    524288 kB\nHugePages_Total: 0\n",
    "proc_self_mountinfo": (
        "30 23 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n"
        "31 30 0:27 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n"
    ),
}


def group(folder: str, limit: str, current: str, cached: int) -> dict[str, str]:
    return {
        f"{folder}_memory.max": limit,
        f"{folder}_memory.current": current,
        f"{folder}_memory.stat": f"anon 5\ninactive_file {cached}\n",
    }


def group_v1(folder: str, limit: str, current: str, cached: int) -> dict[str, str]:
    return {
        f"{folder}_memory.limit__in__bytes": limit,
        f"{folder}_memory.usage__in__bytes": current,
        f"{folder}_memory.stat": f"cache 5\ntotal_inactive_file {cached}\n",
    }


V2, V1 = "sys_fs_cgroup", "sys_fs_cgroup_memory"
UNLIMITED_V1 = "9223372036854771712\n"


@pytest.mark.parametrize(
    ("files", "usage"),
    [
        ({}, Usage(512 * MIB, 1024 * MIB, "machine")),
        ({"proc_self_cgroup": "0::/\n"}, Usage(512 * MIB, 1024 * MIB, "machine")),
        (
            {"proc_self_cgroup": "0::/\n", **group(V2, f"{100 * MIB}\n", f"{60 * MIB}\n", 10 * MIB)},
            Usage(50 * MIB, 100 * MIB, "container"),
        ),
        (
            {"proc_self_cgroup": "0::/\n", **group(V2, "max\n", f"{60 * MIB}\n", 0)},
            Usage(512 * MIB, 1024 * MIB, "machine"),
        ),
        (  # the pod's limit, above the container's own
            {
                "proc_self_cgroup": "0::/pod/web\n",
                **group(f"{V2}_pod_web", f"{100 * MIB}\n", f"{60 * MIB}\n", 0),
                **group(f"{V2}_pod", f"{200 * MIB}\n", f"{190 * MIB}\n", 0),
            },
            Usage(190 * MIB, 200 * MIB, "container"),
        ),
        (  # a path as the host has it, which is not to be seen here
            {"proc_self_cgroup": "0::/kubepods/x\n", **group(V2, f"{100 * MIB}\n", f"{60 * MIB}\n", 0)},
            Usage(60 * MIB, 100 * MIB, "container"),
        ),
        (
            {
                "proc_self_cgroup": "5:cpu:/\n4:cpuset,memory:/web\n0::/\n",
                **group_v1(f"{V1}_web", f"{100 * MIB}\n", f"{70 * MIB}\n", 30 * MIB),
                **group_v1(V1, UNLIMITED_V1, f"{900 * MIB}\n", 0),
            },
            Usage(40 * MIB, 100 * MIB, "container"),
        ),
        (
            {"proc_self_cgroup": "4:memory:/\n", **group_v1(V1, UNLIMITED_V1, f"{70 * MIB}\n", 0)},
            Usage(512 * MIB, 1024 * MIB, "machine"),
        ),
        (  # more was cached than is used by now
            {"proc_self_cgroup": "0::/\n", **group(V2, f"{100 * MIB}\n", "5\n", 10)},
            Usage(0, 100 * MIB, "container"),
        ),
    ],
)
def test_memory_is_the_containers_where_it_has_a_limit(files: dict[str, str], usage: Usage, tmp_path: Path) -> None:
    assert usage_here(written(tmp_path, **MACHINE, **files)) == usage


@pytest.mark.usefixtures("patient")
def test_memory_is_judged_by_how_much_is_taken() -> None:
    seen = look_at_one(MEMORY, 0, 100)
    assert (seen.state, seen.name, seen.unit) == (State.WARN, "used", "%")
    assert look_at_one(MEMORY, fail_percent=0, warn_percent=None).state is State.FAIL
    assert look_at_one(MEMORY, None, None).state is State.PASS
    whole = psutil.virtual_memory()
    if "machine" in str(seen.detail):
        assert abs(float(str(seen.value)) - 100 * (whole.total - whole.available) / whole.total) < 5


@pytest.mark.usefixtures("patient")
def test_memory_is_judged_before_it_is_rounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("status.providers.memory.usage_here", lambda: Usage(9496, 10_000, "machine"))
    seen = look_at_one(MEMORY)
    assert (seen.state, seen.value) == (State.WARN, 95.0)


@pytest.mark.skipif(os.geteuid() != 0, reason="control groups are made by root alone")
def test_memory_is_as_a_real_control_group_has_it() -> None:
    mounted = Path("/sys/fs/cgroup/memory")
    own = next((line.split(":")[2] for line in Path("/proc/self/cgroup").read_text().split() if ":memory:" in line), "")
    folder = mounted / own.lstrip("/") / f"status-tests-{os.getpid()}"
    try:
        folder.mkdir()
        (folder / "memory.limit_in_bytes").write_text(str(256 * MIB))
    except OSError as error:
        pytest.skip(f"no control group to be had here: {error}")
    code = (
        "import os, sys; open(sys.argv[1] + '/cgroup.procs', 'w').write(str(os.getpid()));"
        "taken = bytearray(os.urandom(1)) * (100 * 2**20);"
        "from status.providers.memory import usage_here; print(usage_here())"
    )
    try:
        done = subprocess.run([sys.executable, "-c", code, folder], check=True, capture_output=True, text=True)
    finally:
        folder.rmdir()
    used = re.search(r"used=(\d+), limit=268435456, whose='container'", done.stdout)
    assert used, done.stdout
    assert 100 * MIB <= int(used[1]) < 256 * MIB


def test_a_wrong_argument_of_memory_is_told_at_start() -> None:
    assert "warn_percent (95) is above fail_percent (90)" in told_at_start(MEMORY, 95, 90)
    assert "warn_percent is a number from 0 to 100, not 900" in told_at_start(MEMORY, 900, None)
    assert "fail_percent is a number, not 'x'" in told_at_start(MEMORY, fail_percent="x")
