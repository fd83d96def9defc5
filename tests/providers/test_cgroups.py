"""The limits of a container, read from trees of files as the kernel has them, and from a cgroup made for the test."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from status.providers.host import cgroups

MIB = 2**20
V2 = "30 23 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n"
V1 = (
    "32 31 0:29 {seen} /sys/fs/cgroup/cpu,cpuacct rw,relatime shared:9 - cgroup cgroup rw,cpu,cpuacct\n"
    "35 31 0:32 {seen} /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory\n"
)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    write(tmp_path, "proc/self/cgroup", "0::/\n")
    write(tmp_path, "proc/self/mountinfo", V2)
    return tmp_path


def write(root: Path, name: str, text: str) -> None:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def group(root: Path, path: str, **files: str) -> None:
    """The files of a cgroup; an underscore of a name stands for its first dot."""
    for name, text in files.items():
        write(root, f"sys/fs/cgroup/{path}/{name.replace('_', '.', 1)}", f"{text}\n")


# Version 2


def test_in_a_container_its_limits_stand_at_the_mount(root: Path) -> None:
    group(
        root,
        "",
        memory_max=str(512 * MIB),
        memory_current=str(300 * MIB),
        memory_stat=f"anon {200 * MIB}\ninactive_file {60 * MIB}",
        memory_events="low 0\noom 3\noom_kill 2",
        cpu_max="150000 100000",
        cpu_stat="usage_usec 2500000\nuser_usec 1\nnr_periods 40\nnr_throttled 10",
    )
    assert cgroups.memory(root) == cgroups.Memory(512 * MIB, 240 * MIB, 2)
    assert cgroups.cpu(root) == cgroups.Cpu(1.5, 2.5, 40, 10)


def test_without_limits_there_are_none(root: Path) -> None:
    group(root, "", memory_max="max", memory_current="100", cpu_max="max 100000")
    assert (cgroups.memory(root), cgroups.cpu(root)) == (None, None)


def test_of_nested_groups_the_limit_that_binds_counts(root: Path) -> None:
    write(root, "proc/self/cgroup", "0::/kubepods/pod1/app\n")
    group(root, "kubepods/pod1/app", memory_max=str(400 * MIB), memory_current=str(100 * MIB), cpu_max="max 100000")
    group(root, "kubepods/pod1", memory_max=str(500 * MIB), memory_current=str(450 * MIB), cpu_max="50000 100000")
    group(root, "kubepods", memory_max="max", memory_current=str(900 * MIB), cpu_max="400000 100000")
    assert cgroups.memory(root) == cgroups.Memory(500 * MIB, 450 * MIB, None)
    assert cgroups.cpu(root) == cgroups.Cpu(0.5, None, None, None)


def test_a_group_within_what_is_mounted_is_found_below_it(root: Path) -> None:
    """As with a bind mount of a part of the hierarchy."""
    write(root, "proc/self/cgroup", "0::/docker/abc/worker\n")
    write(root, "proc/self/mountinfo", V2.replace(" / ", " /docker/abc ", 1))
    group(root, "worker", memory_max="1000", memory_current="10")
    assert cgroups.memory(root) == cgroups.Memory(1000, 10, None)


def test_a_group_outside_of_what_is_seen_stands_at_the_mount(root: Path) -> None:
    """As where the namespace is another one's: /../.."""
    write(root, "proc/self/cgroup", "0::/../../other\n")
    group(root, "", memory_max="1000", memory_current="10")
    assert cgroups.memory(root) == cgroups.Memory(1000, 10, None)


def test_a_mount_may_have_a_space_in_its_name(root: Path) -> None:
    write(root, "proc/self/mountinfo", V2.replace("/sys/fs/cgroup", r"/my\040groups"))
    write(root, "my groups/memory.max", "1000")
    write(root, "my groups/memory.current", "10")
    assert cgroups.memory(root) == cgroups.Memory(1000, 10, None)


# Version 1


@pytest.fixture
def root_v1(root: Path) -> Path:
    write(root, "proc/self/cgroup", "5:memory:/docker/abc\n3:cpu,cpuacct:/docker/abc\n1:name=systemd:/\n0::/\n")
    write(root, "proc/self/mountinfo", V1.format(seen="/docker/abc"))
    return root


def test_version_1_has_a_hierarchy_a_controller(root_v1: Path) -> None:
    group(
        root_v1,
        "memory",
        memory_limit_in_bytes=str(512 * MIB),
        memory_usage_in_bytes=str(300 * MIB),
        memory_stat=f"inactive_file 1\ntotal_inactive_file {100 * MIB}",
        memory_oom_control="oom_kill_disable 0\nunder_oom 0\noom_kill 1",
    )
    group(
        root_v1,
        "cpu,cpuacct",
        cpu_cfs_quota_us="200000",
        cpu_cfs_period_us="100000",
        cpuacct_usage="3000000000",
        cpu_stat="nr_periods 4\nnr_throttled 1\nthrottled_time 9",
    )
    assert cgroups.memory(root_v1) == cgroups.Memory(512 * MIB, 200 * MIB, 1)
    assert cgroups.cpu(root_v1) == cgroups.Cpu(2.0, 3.0, 4, 1)


def test_version_1_without_limits_has_none(root_v1: Path) -> None:
    group(root_v1, "memory", memory_limit_in_bytes="9223372036854771712", memory_usage_in_bytes="1")
    group(root_v1, "cpu,cpuacct", cpu_cfs_quota_us="-1", cpu_cfs_period_us="100000")
    assert (cgroups.memory(root_v1), cgroups.cpu(root_v1)) == (None, None)


def test_version_1_may_account_in_another_hierarchy(root: Path) -> None:
    write(root, "proc/self/cgroup", "3:cpu:/a/b\n2:cpuacct:/a/b\n")
    mounts = "1 0 0:1 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu\n2 0 0:2 / /acct rw - cgroup cgroup rw,cpuacct\n"
    write(root, "proc/self/mountinfo", mounts)
    group(root, "cpu/a", cpu_cfs_quota_us="50000", cpu_cfs_period_us="100000")
    write(root, "acct/a/cpuacct.usage", "7000000000")
    assert cgroups.cpu(root) == cgroups.Cpu(0.5, 7.0, None, None)


def test_both_versions_may_be_mounted_and_the_limit_that_binds_counts(root_v1: Path) -> None:
    write(root_v1, "proc/self/mountinfo", V1.format(seen="/docker/abc") + V2.replace("/sys/fs/cgroup", "/unified"))
    group(root_v1, "memory", memory_limit_in_bytes="1000", memory_usage_in_bytes="900")
    write(root_v1, "unified/memory.max", "1000")
    write(root_v1, "unified/memory.current", "100")
    assert cgroups.memory(root_v1) == cgroups.Memory(1000, 900, None)


# Neither


@pytest.mark.parametrize("name", ["proc/self/cgroup", "proc/self/mountinfo"])
@pytest.mark.parametrize("text", [None, "", "nonsense\n", "::\n0:\n - \n - cgroup2 x\n", "\x00\xff\n"])
def test_what_is_missing_or_nonsense_limits_nothing(root: Path, name: str, text: str | None) -> None:
    group(root, "", cpu_max="nonsense", memory_max="nonsense", memory_stat="x", memory_current="y")
    (root / name).unlink()
    if text is not None:
        write(root, name, text)
    assert (cgroups.memory(root), cgroups.cpu(root)) == (None, None)


# A real one


@pytest.fixture
def limited() -> Iterator[list[Path]]:
    """The files to join a cgroup of our own with a limit of memory and of processors."""
    memory = Path("/sys/fs/cgroup/memory")
    cpu = next(filter(Path.exists, map(Path, ("/sys/fs/cgroup/cpu,cpuacct", "/sys/fs/cgroup/cpu"))), None)
    unified = Path("/sys/fs/cgroup/cgroup.controllers")
    name = f"status-tests-{os.getpid()}"
    made: list[Path] = []
    try:
        if unified.exists():
            made = [Path("/sys/fs/cgroup") / name]
            made[0].mkdir()
            (made[0] / "memory.max").write_text(str(200 * MIB))
            (made[0] / "cpu.max").write_text("50000 100000")
        elif memory.exists() and cpu:
            made = [memory / name, cpu / name]
            for folder in made:
                folder.mkdir()
            (made[0] / "memory.limit_in_bytes").write_text(str(200 * MIB))
            (made[1] / "cpu.cfs_quota_us").write_text("50000")
        else:
            pytest.skip("no cgroups are mounted here")
    except OSError as error:
        for folder in filter(Path.exists, made):
            folder.rmdir()
        pytest.skip(f"no cgroup can be made here: {error}")
    yield [folder / "cgroup.procs" for folder in made]
    for folder in made:
        folder.rmdir()


def test_a_process_in_a_real_cgroup_finds_its_limits(limited: list[Path]) -> None:
    code = (
        "import json, os, sys\n"
        "for path in sys.argv[1:]:\n"
        "    open(path, 'w').write(str(os.getpid()))\n"
        "held = b'x' * (50 * 2**20)\n"
        "from status.providers.host import cgroups\n"
        "memory, cpu = cgroups.memory(), cgroups.cpu()\n"
        "print(json.dumps([memory.limit_bytes, memory.used_bytes, cpu.limit]))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *map(str, limited)], check=True, capture_output=True, text=True, timeout=60
    )
    limit_bytes, used_bytes, processors = json.loads(done.stdout)
    assert (limit_bytes, processors) == (200 * MIB, 0.5)
    assert 50 * MIB <= used_bytes < 150 * MIB
