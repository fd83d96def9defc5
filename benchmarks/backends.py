"""Private PostgreSQL and Redis servers of a benchmark, and what they count."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import redis
from children import HERE

sys.path.append(str(HERE.parent))  # for the servers of the tests: they are not installed

from tests.servers.postgres import Postgres
from tests.servers.process import Server
from tests.servers.valkey import Valkey

FLUSH_S = 1.2
"""A backend of PostgreSQL reports what it did at most once a second (postgresql.org/docs, "Viewing Statistics")."""


@dataclass(frozen=True)
class Counted:
    """Since the servers' start: connections to the site's database, transactions in it, commands and SETs of Redis."""

    sessions: int
    transactions: int
    commands: int
    sets: int

    def __sub__(self, before: Counted) -> Counted:
        return Counted(
            self.sessions - before.sessions,
            self.transactions - before.transactions,
            self.commands - before.commands,
            self.sets - before.sets,
        )


class Backends:
    """What the measured site stands on."""

    def __init__(self, postgres: Postgres, valkey: Valkey) -> None:
        self.postgres = postgres
        self.valkey = valkey
        self._client: redis.Redis = redis.Redis.from_url(valkey.url)

    @property
    def hangable(self) -> dict[str, Server]:
        return {"database": self.postgres, "cache": self.valkey}

    def environment(self) -> dict[str, str]:
        """Where they are, for the settings of the measured site."""
        return {
            "BENCHMARK_DATABASE": json.dumps(self.postgres.django_database()),
            "BENCHMARK_CACHE": json.dumps(self.valkey.django_cache()),
        }

    def count(self) -> Counted:
        """What they have done so far, after all that went before has been reported."""
        time.sleep(FLUSH_S)
        row = self.postgres.sql(
            "SELECT sessions, xact_commit + xact_rollback FROM pg_stat_database WHERE datname = 'status'"
        )
        sessions, transactions = map(int, row.split("|"))
        stats = self._client.info("commandstats")
        calls = {name: int(each["calls"]) for name, each in stats.items() if name != "cmdstat_info"}  # that one is ours
        return Counted(sessions, transactions, sum(calls.values()), calls.get("cmdstat_set", 0))

    def connections(self) -> dict[str, int]:
        """Open connections of the site to each, now."""
        row = self.postgres.sql("SELECT count(*) FROM pg_stat_activity WHERE datname = 'status'")
        clients = int(self._client.info("clients")["connected_clients"])
        return {"database": int(row), "cache": clients - 1}  # less the one that asks


@contextmanager
def backends() -> Iterator[Backends]:
    """Both, started on free ports of loopback and ended after the block."""
    with Postgres.start() as postgres, Valkey.start() as valkey:
        yield Backends(postgres, valkey)
