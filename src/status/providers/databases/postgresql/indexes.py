"""Indexes that cost more than they give: unused, covered by another one, or invalid."""

from __future__ import annotations

from ....core.observation import Json
from ..asking import MOST, Asking, Row, picked
from .tables import LOCKED, OF_THE_PROJECT

# One reading of pg_index and of the counters. One index covers another when its first columns are the other's columns,
# in the same order, of the same operator classes and collations; only a plain one can be spared, so not one that
# keeps values unique unless both do. Expressions and conditions are compared in the words of pg_get_expr, and those of
# equal columns alone: from version 18 on it asks for a lock.
_STATEMENT = f"""
WITH every AS MATERIALIZED (
  SELECT i.indexrelid AS oid, i.indrelid, c.relam, c.relpages, i.indisvalid,
    i.indisunique OR i.indisexclusion AS is_constraint, i.indisprimary, i.indisreplident,
    i.indkey::text AS keys, i.indclass::text AS classes, i.indcollation::text AS collations,
    i.indoption::text AS options, i.indnatts = i.indnkeyatts AS is_bare, i.indexprs, i.indpred,
    pg_stat_get_numscans(i.indexrelid) AS scans,
    pg_stat_get_blocks_fetched(i.indexrelid) AS fetched, pg_stat_get_blocks_hit(i.indexrelid) AS hit
  FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind = 'i' AND c.relpersistence <> 't' AND {OF_THE_PROJECT}),
{LOCKED},
covered AS MATERIALIZED (
  SELECT DISTINCT ON (a.oid) a.oid, b.oid AS other, a.relpages
  FROM every a JOIN every b ON a.indrelid = b.indrelid AND a.oid <> b.oid AND a.relam = b.relam
  WHERE a.indisvalid AND b.indisvalid AND NOT a.indisreplident AND CASE
    WHEN a.keys = b.keys AND a.classes = b.classes AND a.collations = b.collations AND a.options = b.options
    THEN (a.indexprs IS NULL AND a.indpred IS NULL OR a.indrelid NOT IN (SELECT relation FROM locked))
      AND CASE WHEN a.is_constraint <> b.is_constraint THEN b.is_constraint
        ELSE NOT a.indisprimary AND (b.indisprimary OR a.oid > b.oid) END
      AND pg_get_expr(a.indexprs, a.indrelid) IS NOT DISTINCT FROM pg_get_expr(b.indexprs, b.indrelid)
      AND pg_get_expr(a.indpred, a.indrelid) IS NOT DISTINCT FROM pg_get_expr(b.indpred, b.indrelid)
    ELSE NOT a.is_constraint AND a.is_bare AND a.relam = (SELECT oid FROM pg_am WHERE amname = 'btree')
      AND a.indexprs IS NULL AND a.indpred IS NULL AND b.indpred IS NULL
      AND starts_with(b.keys, a.keys || ' ') AND starts_with(b.classes, a.classes || ' ')
      AND starts_with(b.collations, a.collations || ' ') AND starts_with(b.options, a.options || ' ') END
  ORDER BY a.oid, b.is_constraint DESC, b.oid),
listed AS (
  (SELECT 'unused' AS kind, oid, NULL::oid AS other, count(*) OVER () AS total, relpages FROM every
   WHERE scans = 0 AND NOT is_constraint AND NOT indisreplident AND indisvalid ORDER BY relpages DESC, oid LIMIT {MOST})
  UNION ALL
  (SELECT 'duplicate', oid, other, count(*) OVER (), relpages FROM covered ORDER BY relpages DESC, oid LIMIT {MOST})
  UNION ALL
  (SELECT 'invalid', oid, NULL, count(*) OVER (), relpages FROM every
   WHERE NOT indisvalid ORDER BY relpages DESC, oid LIMIT {MOST}))
SELECT kind, l.oid::regclass::text AS index, i.indrelid::regclass::text AS "table",
  other::regclass::text AS covered_by, total,
  CASE WHEN l.oid IN (SELECT relation FROM locked) OR i.indrelid IN (SELECT relation FROM locked)
    THEN relpages * current_setting('block_size')::bigint ELSE pg_relation_size(l.oid) END AS size_bytes,
  NULL AS hit_ratio
FROM listed l JOIN pg_index i ON i.indexrelid = l.oid
UNION ALL
SELECT 'all', NULL, NULL, NULL, count(*), NULL, sum(hit)::float8 / nullif(sum(fetched), 0) FROM every
"""  # noqa: S608 - constants


def figures(ask: Asking, told: dict[str, Json]) -> dict[str, Json]:
    """`indexes`; and their hit ratio beside the tables' under the `cache` of what was told so far."""
    rows = ask.rows("indexes", _STATEMENT)
    if rows is None:
        return {}
    [every] = [row for row in rows if row["kind"] == "all"]
    cache = told.get("cache")
    return {
        "cache": {**(cache if isinstance(cache, dict) else {}), "index_hit_ratio": every["hit_ratio"]},
        "indexes": {
            "total": every["total"],
            **_kind(rows, "unused", "index", "table", "size_bytes"),
            **_kind(rows, "duplicate", "index", "table", "covered_by", "size_bytes"),
            **_kind(rows, "invalid", "index", "table", "size_bytes"),
        },
    }


def _kind(rows: list[Row], kind: str, *columns: str) -> dict[str, Json]:
    its = sorted((row for row in rows if row["kind"] == kind), key=lambda row: str(row["index"]))
    its.sort(key=lambda row: -_size(row))
    listed: list[Json] = [picked(row, *columns) for row in its]
    return {f"{kind}_total": its[0]["total"] if its else 0, kind: listed}


def _size(row: Row) -> float:
    size = row["size_bytes"]
    return size if isinstance(size, (int, float)) else 0
