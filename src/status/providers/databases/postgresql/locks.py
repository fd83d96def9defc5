"""Who waits for a lock, and for whom."""

from __future__ import annotations

from ....core.observation import Json
from ..asking import MOST, Asking, picked

# Everybody may read pg_locks. Who blocks whom is asked for those alone that are listed: each answer holds up all locks
# of the server for a moment. A row's lock is waited for by the other's transaction: its table is the one of which the
# waiting one holds a tuple.
_STATEMENT = f"""
WITH locks AS MATERIALIZED (SELECT * FROM pg_locks),
waiting AS (
  SELECT l.pid, l.locktype, l.mode, l.waitstart, count(*) OVER () AS waiting,
    coalesce(l.relation, (SELECT t.relation FROM locks t WHERE t.pid = l.pid AND t.granted AND t.locktype = 'tuple'
                          LIMIT 1)) AS relation
  FROM locks l JOIN pg_stat_activity a ON a.pid = l.pid
  WHERE NOT l.granted AND a.datname = current_database()
  ORDER BY l.waitstart LIMIT {MOST})
SELECT pid, ARRAY(SELECT DISTINCT blocker FROM unnest(pg_blocking_pids(pid)) blocker ORDER BY blocker) AS blocked_by,
  greatest(extract(epoch FROM clock_timestamp() - waitstart), 0)::float8 AS waits_s,
  locktype AS lock, mode, relation::regclass::text AS relation, waiting
FROM waiting ORDER BY waitstart
"""  # noqa: S608 - constants


def figures(ask: Asking) -> dict[str, Json]:
    rows = ask.rows("locks", _STATEMENT)
    if rows is None:
        return {}
    blocked: list[Json] = [picked(row, "pid", "blocked_by", "waits_s", "lock", "mode", "relation") for row in rows]
    return {"locks": {"waiting": rows[0]["waiting"] if rows else 0, "blocked": blocked}}
