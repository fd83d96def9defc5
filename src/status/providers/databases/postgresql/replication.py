"""Standbys and how far they are behind, slots and the log that they keep, and a standby's own lag."""

from __future__ import annotations

from ....core.observation import Json
from ..asking import MOST, Asking, Row, picked, ratio
from .activity import MONITOR

# Where a standby has all, it is not behind, however long ago the last transaction was.
_STATEMENT = f"""
WITH here AS MATERIALIZED (
  SELECT CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END AS at)
(SELECT 'standby' AS kind, application_name AS name, state, sync_state AS mode, NULL::bool AS active,
   pg_wal_lsn_diff(here.at, replay_lsn)::bigint AS bytes,
   CASE WHEN pg_wal_lsn_diff(here.at, replay_lsn) <= 0 THEN 0 ELSE extract(epoch FROM replay_lag)::float8 END AS lag_s,
   NULL::bigint AS limit_bytes, count(*) OVER () AS total
 FROM pg_stat_replication, here ORDER BY bytes DESC NULLS FIRST LIMIT {MOST})
UNION ALL
(SELECT 'slot', slot_name, wal_status, slot_type, active, pg_wal_lsn_diff(here.at, restart_lsn)::bigint, NULL,
   nullif(pg_size_bytes(current_setting('max_slot_wal_keep_size')), -1), count(*) OVER ()
 FROM pg_replication_slots, here ORDER BY 6 DESC NULLS LAST LIMIT {MOST})
UNION ALL
SELECT 'self', NULL, CASE WHEN pg_is_wal_replay_paused() THEN 'paused' ELSE 'replaying' END, NULL, NULL,
  pg_wal_lsn_diff(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn())::bigint,
  CASE WHEN pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn() THEN 0
    ELSE extract(epoch FROM clock_timestamp() - pg_last_xact_replay_timestamp())::float8 END, NULL, 1
WHERE pg_is_in_recovery()
"""  # noqa: S608 - constants


def figures(ask: Asking) -> dict[str, Json]:
    rows = ask.rows("replication", _STATEMENT)
    if rows is None:
        return {}
    standbys, slots, selves = ([row for row in rows if row["kind"] == kind] for kind in ("standby", "slot", "self"))
    if any(row["state"] is None for row in standbys):
        ask.withheld("replication.standbys", MONITOR, "their states and lags are hidden")
    told: dict[str, Json] = {
        "standbys_total": _total(standbys),
        "standbys": [
            {**picked(row, "name", "state"), "sync": row["mode"], "lag_bytes": row["bytes"], "lag_s": row["lag_s"]}
            for row in standbys
        ],
        "slots_total": _total(slots),
        "slots": [_slot(row) for row in slots],
    }
    for row in selves:
        told["replay"] = {"state": row["state"], "lag_bytes": row["bytes"], "lag_s": row["lag_s"]}
    return {"replication": told}


def _total(rows: list[Row]) -> Json:
    return rows[0]["total"] if rows else 0


def _slot(row: Row) -> Json:
    told: dict[str, Json] = {
        **picked(row, "name", "active"),
        "type": row["mode"],
        "wal_status": row["state"],
        "retained_bytes": row["bytes"],
    }
    if row["limit_bytes"] is not None:
        told |= {"limit_bytes": row["limit_bytes"], "used_ratio": ratio(row["bytes"], row["limit_bytes"])}
    return told
