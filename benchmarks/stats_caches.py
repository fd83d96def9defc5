"""What stats of caches, the system, packages and code cost, in this process and in the servers they ask.

`python benchmarks/stats_caches.py`: a Valkey with a million keys, a memcached with 100,000 entries, 400 installed
distributions beside this environment's, and a lock file of as many packages. All figures are of one look through the
engine, as a page makes it; what is kept between looks is told beside the first one.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median

import django
import psutil
from children import HERE
from django.conf import settings
from django.test import override_settings
from figures import Figure, report

from status import observe

sys.path.append(str(HERE.parent))  # for the servers of the tests: they are not installed

from tests.servers.memcached import Memcached
from tests.servers.process import ServerMissing
from tests.servers.valkey import Valkey

LIMIT_MS = 300.0
KEYS = 1_000_000
ENTRIES = 100_000
DISTRIBUTIONS = 400
LOOKS = 20
HELD_LIMIT_MIB = 40.0


def measure() -> Iterator[Figure]:
    if not settings.configured:
        settings.configure(INSTALLED_APPS=["status"])
        django.setup()
    process = psutil.Process()
    before = process.memory_info().rss
    yield from _redis()
    yield from _memcached()
    yield from _of_this_machine()
    held = (process.memory_info().rss - before) / 2**20
    yield Figure("memory held after all of these looks", held, HELD_LIMIT_MIB, "MiB", "clients and readers imported")


def _redis() -> Iterator[Figure]:
    import redis

    with Valkey.start("--enable-debug-command", "local") as valkey:
        client = redis.Redis.from_url(valkey.url)
        client.execute_command("DEBUG", "POPULATE", KEYS)  # type: ignore[no-untyped-call]
        assert client.dbsize() == KEYS
        with _site(valkey.django_cache(), "caches", "status.providers.django.stats.caches"):
            client.config_resetstat()
            first_ms, looks_ms = _looks()
            stats = client.info("commandstats")
        ours = {name: each for name, each in stats.items() if name.split("|")[0] != "cmdstat_config"}
        server_ms = sum(each["usec"] for each in ours.values()) / 1000 / (LOOKS + 1)
        calls = sum(each["calls"] for each in ours.values()) / (LOOKS + 1)
        yield _figure(f"stats/caches, Redis with {KEYS:,} keys", first_ms, looks_ms)
        beside = f"{calls:.0f} commands a look: {', '.join(sorted(name[8:] for name in ours))}"
        yield Figure("the same, time of the server, a look", server_ms, LIMIT_MS, "ms", beside)


def _memcached() -> Iterator[Figure]:
    from pymemcache.client.base import Client  # type: ignore[import-untyped]

    with ExitStack() as stack:
        try:
            memcached = stack.enter_context(Memcached.start("-m", "256"))
        except ServerMissing as missing:
            print(missing, file=sys.stderr)
            return
        client = Client(("127.0.0.1", memcached.port))
        for start in range(0, ENTRIES, 1000):
            client.set_many({f"key-{number}": "x" * 100 for number in range(start, start + 1000)}, noreply=True)
        client.get("key-0")
        server = memcached.family()[0]
        with _site(memcached.django_cache(), "caches", "status.providers.django.stats.caches"):
            used = sum(server.cpu_times()[:2])
            first_ms, looks_ms = _looks()
            server_ms = 1000 * (sum(server.cpu_times()[:2]) - used) / (LOOKS + 1)
        entries = int(client.stats()[b"curr_items"])
        client.close()
        yield _figure(f"stats/caches, memcached with {entries:,} entries", first_ms, looks_ms)
        yield Figure("the same, CPU of the server, a look", server_ms, LIMIT_MS, "ms", "in clock ticks of 10 ms")


def _of_this_machine() -> Iterator[Figure]:
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        _install(folder / "site-packages")
        lock = "uv.lock of {:.1f} MiB".format(_lock(folder / "project") / 2**20)
        sys.path.insert(0, str(folder / "site-packages"))
        try:
            with override_settings(BASE_DIR=folder / "project"):
                for name, path, beside in (
                    ("system", "status.providers.system.system", ""),
                    ("packages", "status.providers.packages.packages", f"{DISTRIBUTIONS} distributions more, {lock}"),
                ):
                    with _site(None, name, path):
                        yield _figure(f"stats/{name}", *_looks(), beside)
        finally:
            sys.path.remove(str(folder / "site-packages"))
    with override_settings(BASE_DIR=HERE.parent), _site(None, "code", "status.providers.stats.code"):
        yield _figure("stats/code, of this repository", *_looks())


@contextmanager
def _site(cache: dict[str, object] | None, name: str, path: str) -> Iterator[None]:
    """A site with this cache, or none, and this provider alone, whose answers are not kept."""
    from tests.sites import site_caches  # which needs the settings

    with ExitStack() as stack:
        if cache is not None:
            stack.enter_context(site_caches(main=cache))
        stack.enter_context(
            override_settings(STATUS_PROVIDERS={"stats": [(name, path)]}, STATUS_TTL=0.0, STATUS_TIMEOUT=10.0)
        )
        yield


def _looks() -> tuple[float, list[float]]:
    """Milliseconds of the first look, and of the next ones."""
    taken = []
    for _ in range(LOOKS + 1):
        begun = time.perf_counter()
        seen = observe("stats")
        taken.append(1000 * (time.perf_counter() - begun))
        assert all(each.error is None for each in seen.observations), seen.observations
    return taken[0], taken[1:]


def _figure(what: str, first_ms: float, looks_ms: list[float], beside: str = "") -> Figure:
    told = f"first look; then median {median(looks_ms):.1f} ms, slowest {max(looks_ms):.1f} ms"
    return Figure(what, first_ms, LIMIT_MS, "ms", f"{told}{'; ' if beside else ''}{beside}")


def _install(folder: Path) -> None:
    """Distributions with descriptions as long as they are on PyPI."""
    for number in range(DISTRIBUTIONS):
        info = folder / f"package_{number}-1.{number}.dist-info"
        info.mkdir(parents=True)
        head = f"Metadata-Version: 2.1\nName: package-{number}\nVersion: 1.{number}\nSummary: one of many\n"
        (info / "METADATA").write_text(head + "\n" + "A line of a long description.\n" * 700)


def _lock(folder: Path) -> int:
    """A uv.lock of these packages with thirty files each; returns its bytes."""
    folder.mkdir()
    names = [f"package-{number}" for number in range(DISTRIBUTIONS)]
    needed = "\n".join(f'    {{ name = "{name}" }},' for name in names)
    root = f'[[package]]\nname = "shop"\nversion = "1"\nsource = {{ editable = "." }}\ndependencies = [\n{needed}\n]\n'
    url = "https://files.pythonhosted.org/packages/aa/bb/cc/package-1.0-cp313-cp313-manylinux_2_28_x86_64.whl"
    file = (
        f'    {{ url = "{url}", hash = "sha256:{"ab" * 32}", size = 123456, upload-time = "2026-01-01T00:00:00Z" }},\n'
    )
    each = '[[package]]\nname = "{}"\nversion = "2"\nsource = {{ registry = "x" }}\nwheels = [\n{}]\n'
    text = "version = 1\n\n" + "\n".join([root, *(each.format(name, file * 30) for name in names)])
    return (folder / "uv.lock").write_text(text)


if __name__ == "__main__":
    sys.exit(report(measure()))
