"""What `stats/databases` costs a site with 2,000 tables: `python benchmarks/stats_databases.py`.

PostgreSQL and, where it is installed, MariaDB, on loopback. What the server itself took for one look is read from its
log of statements, which has the duration of each.
"""

from __future__ import annotations

import gc
import re
import sys
import time
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median

import django
from children import HERE
from django.conf import settings
from django.db import connections
from figures import Figure, report

sys.path.append(str(HERE.parent))  # for the servers of the tests: they are not installed

from tests.servers.mariadb import MariaDB
from tests.servers.postgres import Postgres

TABLES = 2000
ROUNDS = 15
WALL_MS = 300
HELD_KIB = 64

_POSTGRES = f"""DO $$ BEGIN FOR i IN 1..{TABLES} LOOP
  EXECUTE format('CREATE TABLE t%s (id bigserial PRIMARY KEY, customer int, note text)', i);
  EXECUTE format('CREATE INDEX t%s_customer ON t%s (customer)', i, i);
  EXECUTE format('CREATE INDEX t%s_both ON t%s (customer, note)', i, i);
  EXECUTE format('INSERT INTO t%s (customer, note) SELECT n, n FROM generate_series(1, 20) n', i);
  COMMIT;
END LOOP; END $$"""


def measure() -> Iterator[Figure]:
    if not settings.configured:
        settings.configure(INSTALLED_APPS=["status"], DATABASES={})
        django.setup()
    with Postgres.start("-c", "log_min_duration_statement=0") as postgres:
        postgres.sql(_POSTGRES, "ANALYZE", database="status")
        yield from _measured("PostgreSQL", postgres.django_database(), lambda: _postgres_ms(postgres.log))
    if MariaDB.missing():
        return
    logged = ("--slow-query-log=1", "--long-query-time=0", "--slow-query-log-file=slow.log")
    with MariaDB.start(*logged) as mariadb:
        columns = "id int PRIMARY KEY AUTO_INCREMENT, customer int, note varchar(40), KEY (customer)"
        tables = [f"CREATE TABLE t{at} ({columns})" for at in range(TABLES)]
        for at in range(0, TABLES, 200):
            mariadb.sql(*tables[at : at + 200], database="status")
        log = mariadb.directory / "data" / "slow.log"
        yield from _measured("MariaDB", mariadb.django_database(), lambda: _mariadb_ms(log))


def _measured(vendor: str, entry: dict[str, object], backend_ms: Callable[[], float]) -> Iterator[Figure]:
    from status.providers.django.stats import databases

    connections.settings = connections.configure_settings({"default": entry})
    databases.look_at("default")  # the project's migrations are read once a process
    taken: list[float] = []
    bare: list[float] = []
    before = backend_ms()
    for _ in range(ROUNDS):
        taken.append(_ms(lambda: databases.look_at("default")))
    behind = (backend_ms() - before) / ROUNDS
    for _ in range(ROUNDS):
        bare.append(_ms(_connect))
    told = databases.look_at("default")
    missing = set(told.get("unavailable", ())) - {"slowest_statements"}
    beside = (
        f"worst {max(taken):.0f} ms, the server {behind:.0f} ms of it, a bare connection {median(bare):.0f} ms;"
        f" {told['tables']['total']:,} tables, not told: {', '.join(sorted(missing)) or 'nothing'}"
    )
    yield Figure(f"stats/databases of {vendor}, {TABLES:,} tables, median", median(taken), WALL_MS, "ms", beside)
    held = _held_kib(lambda: databases.look_at("default"))
    yield Figure(f"memory held after {ROUNDS} looks at {vendor}", held, HELD_KIB, "KiB")


def _connect() -> None:
    from status.providers.databases.connections import bounded

    with bounded("default") as connection, connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def _ms(call: Callable[[], object]) -> float:
    begin = time.perf_counter()
    call()
    return (time.perf_counter() - begin) * 1000


def _held_kib(call: Callable[[], object]) -> float:
    tracemalloc.start()
    try:
        call()
        gc.collect()
        before, _ = tracemalloc.get_traced_memory()
        for _ in range(ROUNDS):
            call()
        gc.collect()
        return max(tracemalloc.get_traced_memory()[0] - before, 0) / 1024
    finally:
        tracemalloc.stop()


def _postgres_ms(log: Path) -> float:
    return sum(map(float, re.findall(r"duration: ([\d.]+) ms", log.read_text(errors="replace"))))


def _mariadb_ms(log: Path) -> float:
    return 1000 * sum(map(float, re.findall(r"# Query_time: ([\d.]+)", log.read_text(errors="replace"))))


if __name__ == "__main__":
    sys.exit(report(measure()))
