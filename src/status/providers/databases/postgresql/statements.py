"""The statements that take longest, as pg_stat_statements counts them."""

from __future__ import annotations

from ....core.observation import Json
from ..asking import MOST, Asking, Row, picked
from ..literals import without_literals
from .activity import MONITOR

EXTENSION = "pg_stat_statements"

_SCHEMA = """
SELECT quote_ident(n.nspname) AS schema FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace
WHERE e.extname = 'pg_stat_statements'
"""
# Once through all, since each reading takes the texts of all from a file.
_STATEMENT = """
WITH counted AS MATERIALIZED (
  SELECT left(s.query, 4000) AS query, s.calls, s.total_exec_time AS total_ms, s.mean_exec_time AS mean_ms, s.rows
  FROM {schema}.pg_stat_statements s
  WHERE s.dbid = (SELECT oid FROM pg_database WHERE datname = current_database()) AND s.calls > 0)
(SELECT 'slowest' AS kind, *, total_ms / nullif((SELECT sum(total_ms) FROM counted), 0) AS time_ratio
 FROM counted ORDER BY mean_ms DESC LIMIT {most})
UNION ALL
(SELECT 'busiest', *, total_ms / nullif((SELECT sum(total_ms) FROM counted), 0)
 FROM counted ORDER BY total_ms DESC LIMIT {most})
"""
_HIDDEN = "<insufficient privilege>"


def figures(ask: Asking) -> dict[str, Json]:
    """The slowest by the mean of their calls, the busiest by the time of all of them."""
    what = "slowest_statements"
    schemas = ask.rows(what, _SCHEMA)
    if schemas is None:
        return {}
    if not schemas:
        ask.withheld(what, EXTENSION, "the extension is not in this database")
        return {}
    rows = ask.rows(what, _STATEMENT.format(schema=schemas[0]["schema"], most=MOST), needs=f"SELECT on {EXTENSION}")
    if rows is None:
        return {}
    if any(row["query"] == _HIDDEN for row in rows):
        ask.withheld(f"{what}.statement", MONITOR, "those of other roles are hidden")
    return {"slowest_statements": _kind(rows, "slowest"), "busiest_statements": _kind(rows, "busiest")}


def _kind(rows: list[Row], kind: str) -> list[Json]:
    return [
        {
            "statement": None if row["query"] == _HIDDEN else without_literals(str(row["query"])),
            **picked(row, "calls", "mean_ms", "total_ms", "time_ratio", "rows"),
        }
        for row in rows
        if row["kind"] == kind
    ]
