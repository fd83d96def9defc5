"""Sessions: how many in which state against the limit, and the oldest transaction and statement."""

from __future__ import annotations

import re

from ....core.observation import Json
from ..asking import Asking, Row, number, used
from ..literals import without_literals

MONITOR = "pg_read_all_stats"
HIDDEN = "sessions of other roles are hidden"

_CLIENTS = "datid IS NOT NULL AND usesysid IS NOT NULL AND coalesce(backend_type, 'client backend') = 'client backend'"
# Of another role's session all but its process and its database is null to who may not see it.
_BY_STATE = f"""
SELECT CASE WHEN query = '<insufficient privilege>' THEN 'hidden' ELSE coalesce(state, 'unknown') END AS state,
  count(*) AS sessions, count(*) FILTER (WHERE datname = current_database()) AS here,
  current_setting('max_connections')::int AS "limit",
  current_setting('superuser_reserved_connections')::int AS reserved,
  (SELECT datconnlimit FROM pg_database WHERE datname = current_database()) AS limit_here
FROM pg_stat_activity WHERE {_CLIENTS} GROUP BY 1 ORDER BY 2 DESC
"""  # noqa: S608 - constants
_OLDEST = """
WITH others AS MATERIALIZED (
  SELECT pid, state, xact_start, query_start, left(query, 4000) AS query FROM pg_stat_activity
  WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid())
(SELECT 'transaction' AS what, pid, state, query,
   extract(epoch FROM clock_timestamp() - xact_start)::float8 AS age_s
 FROM others WHERE xact_start IS NOT NULL ORDER BY xact_start LIMIT 1)
UNION ALL
(SELECT 'query', pid, state, query, extract(epoch FROM clock_timestamp() - query_start)::float8
 FROM others WHERE state = 'active' AND query_start IS NOT NULL ORDER BY query_start LIMIT 1)
UNION ALL
(SELECT 'prepared', NULL, NULL, NULL, extract(epoch FROM clock_timestamp() - prepared)::float8
 FROM pg_prepared_xacts WHERE database = current_database() ORDER BY prepared LIMIT 1)
"""


def figures(ask: Asking) -> dict[str, Json]:
    told: dict[str, Json] = {}
    hidden = False
    if rows := ask.rows("connections", _BY_STATE):
        told["connections"] = _connections(rows)
        hidden = any(row["state"] == "hidden" for row in rows)
    oldest = ask.rows("oldest", _OLDEST)
    if oldest is not None:
        told["oldest"] = _oldest({str(row["what"]): row for row in oldest})
    if hidden:
        ask.withheld("connections.by_state", MONITOR, HIDDEN)
        ask.withheld("oldest", MONITOR, HIDDEN)
    return told


def _connections(rows: list[Row]) -> dict[str, Json]:
    by_state: dict[str, Json] = {_word(row["state"]): row["sessions"] for row in rows}
    total = sum(int(number(row["sessions"])) for row in rows)
    here = sum(int(number(row["here"])) for row in rows)
    told = used(total, rows[0]["limit"])
    told["reserved"] = rows[0]["reserved"]
    limit_here = rows[0]["limit_here"]
    told["in_database"] = used(here, limit_here) if number(limit_here) > 0 else {"total": here}
    told["by_state"] = by_state
    return told


def _oldest(by_what: dict[str, Row]) -> dict[str, Json]:
    transaction, query, prepared = (by_what.get(what, {}) for what in ("transaction", "query", "prepared"))
    told: dict[str, Json] = {"transaction_age_s": transaction.get("age_s")}
    if transaction:
        told["transaction_pid"] = transaction["pid"]
        told["transaction_state"] = _word(transaction["state"])
        told["transaction_statement"] = without_literals(str(transaction["query"] or ""))
    told["query_age_s"] = query.get("age_s")
    if query:
        told["query_pid"] = query["pid"]
        told["query_statement"] = without_literals(str(query["query"] or ""))
    if prepared:
        told["prepared_age_s"] = prepared["age_s"]
    return told


def _word(state: Json) -> str:
    """ "idle in transaction (aborted)" as a key has it."""
    return re.sub(r"\W+", "_", str(state)).strip("_")
