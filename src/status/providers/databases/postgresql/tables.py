"""The largest tables: their sizes, dead rows and when they were last looked after."""

from __future__ import annotations

from ....core.observation import Json
from ..asking import MOST, Asking, number, picked, ratio

# Of all tables the catalogue's own estimate alone is read. It is 0 for one that was filled since it was last vacuumed
# or analysed: so the tables of the most rows are candidates, too. Files are measured for candidates only, and never
# behind a lock that would have to be waited for; a lock that is asked for holds up those after it as one that is held.
LOCKED = """
locked AS MATERIALIZED (
  SELECT relation FROM pg_locks WHERE mode = 'AccessExclusiveLock' AND relation IS NOT NULL
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))
"""
OF_THE_PROJECT = "n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'"
_STATEMENT = f"""
WITH every AS MATERIALIZED (
  SELECT c.oid, c.relpages + coalesce(t.relpages, 0) AS pages, pg_stat_get_live_tuples(c.oid) AS live
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace LEFT JOIN pg_class t ON t.oid = c.reltoastrelid
  WHERE c.relkind IN ('r', 'm') AND c.relpersistence <> 't' AND {OF_THE_PROJECT}),
candidates AS MATERIALIZED (
  (SELECT oid, pages FROM every ORDER BY pages DESC, oid LIMIT {MOST})
  UNION (SELECT oid, pages FROM every ORDER BY live DESC, oid LIMIT {MOST})),
{LOCKED},
measured AS (
  SELECT oid, pages, oid IN (SELECT relation FROM locked) OR EXISTS (
    SELECT FROM pg_index i WHERE i.indrelid = oid AND i.indexrelid IN (SELECT relation FROM locked)) AS is_locked
  FROM candidates),
sized AS (
  SELECT oid, is_locked,
    CASE WHEN is_locked THEN pages * current_setting('block_size')::bigint ELSE pg_total_relation_size(oid) END AS size,
    CASE WHEN NOT is_locked THEN pg_indexes_size(oid) END AS of_indexes
  FROM measured)
SELECT oid::regclass::text AS "table", size AS size_bytes, of_indexes AS index_bytes, is_locked,
  pg_stat_get_live_tuples(oid) AS rows, pg_stat_get_dead_tuples(oid) AS dead_rows,
  extract(epoch FROM greatest(pg_stat_get_last_vacuum_time(oid), pg_stat_get_last_autovacuum_time(oid)))::float8
    AS last_vacuum_at,
  extract(epoch FROM greatest(pg_stat_get_last_analyze_time(oid), pg_stat_get_last_autoanalyze_time(oid)))::float8
    AS last_analyze_at
FROM sized ORDER BY size DESC, 1 LIMIT {MOST}
"""  # noqa: S608 - constants


def figures(ask: Asking) -> dict[str, Json]:
    rows = ask.rows("largest_tables", _STATEMENT)
    if rows is None:
        return {}
    if any(row["is_locked"] for row in rows):
        ask.unavailable["largest_tables.size_bytes"] = "a table is locked: its size is the catalogue's estimate"
    tables: list[Json] = [
        {
            **picked(row, "table", "size_bytes", "index_bytes", "rows", "dead_rows"),
            "dead_ratio": ratio(row["dead_rows"], number(row["rows"]) + number(row["dead_rows"])),
            **picked(row, "last_vacuum_at", "last_analyze_at"),
        }
        for row in rows
    ]
    return {"largest_tables": tables}
