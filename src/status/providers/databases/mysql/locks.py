"""Who waits for a row's lock, for whom, and the oldest transaction."""

from __future__ import annotations

from ....core.observation import Json
from ..asking import MOST, Row
from .asking import PROCESS, MysqlAsking

_OLDEST = """SELECT trx_mysql_thread_id AS pid, TIMESTAMPDIFF(MICROSECOND, trx_started, NOW(6)) / 1000000 AS age_s
FROM information_schema.INNODB_TRX WHERE trx_mysql_thread_id NOT IN (0, CONNECTION_ID())
ORDER BY trx_started, trx_id LIMIT 1"""
_WAITING = """SELECT r.trx_mysql_thread_id AS pid, GROUP_CONCAT(DISTINCT b.trx_mysql_thread_id) AS blocked_by,
  LENGTH(GROUP_CONCAT(DISTINCT b.trx_mysql_thread_id)) >= @@group_concat_max_len AS is_cut,
  COUNT(DISTINCT b.trx_mysql_thread_id) AS blocked_by_total,
  GREATEST(TIMESTAMPDIFF(MICROSECOND, MAX(r.trx_wait_started), NOW(6)), 0) / 1000000 AS waits_s,
  MAX({mode}) AS mode, MAX({table}) AS relation
FROM {waits} w JOIN information_schema.INNODB_TRX r ON r.trx_id = w.{requesting}
JOIN information_schema.INNODB_TRX b ON b.trx_id = w.{blocking}
JOIN {locks} l ON l.{lock} = w.{requested}
GROUP BY r.trx_mysql_thread_id ORDER BY waits_s DESC LIMIT {most}"""
# Never lock_data: it is the key of the row.
_MARIADB = _WAITING.format(
    mode="l.lock_mode",
    table="l.lock_table",
    waits="information_schema.INNODB_LOCK_WAITS",
    requesting="requesting_trx_id",
    blocking="blocking_trx_id",
    locks="information_schema.INNODB_LOCKS",
    lock="lock_id",
    requested="requested_lock_id",
    most=MOST,
)
_MYSQL = _WAITING.format(
    mode="l.LOCK_MODE",
    table="l.OBJECT_NAME",
    waits="performance_schema.data_lock_waits",
    requesting="REQUESTING_ENGINE_TRANSACTION_ID",
    blocking="BLOCKING_ENGINE_TRANSACTION_ID",
    locks="performance_schema.data_locks",
    lock="ENGINE_LOCK_ID",
    requested="REQUESTING_ENGINE_LOCK_ID",
    most=MOST,
)


def figures(ask: MysqlAsking, counted: Json) -> dict[str, Json]:
    """`oldest`, and with what the server counted of its locks `blocked`.

    InnoDB takes both from a copy, and makes it anew when nobody has read it for 0.1 s.
    """
    told: dict[str, Json] = {}
    oldest = ask.rows("oldest", _OLDEST, PROCESS)
    if oldest is not None:
        told["oldest"] = (
            {"transaction_age_s": oldest[0]["age_s"], "transaction_pid": oldest[0]["pid"]}
            if oldest
            else {"transaction_age_s": None}
        )
    needs = PROCESS if ask.is_mariadb else f"{PROCESS} and SELECT on performance_schema"
    blocked = ask.rows("locks.blocked", _MARIADB if ask.is_mariadb else _MYSQL, needs)
    if blocked is not None and isinstance(counted, dict):
        told["locks"] = {**counted, "blocked": [_blocked(row) for row in blocked]}
    return told


def _blocked(row: Row) -> Json:
    pids = str(row["blocked_by"]).split(",")
    whole = pids[:-1] if row["is_cut"] else pids  # of the last one some digits may be missing
    return {
        "pid": row["pid"],
        "blocked_by": [int(pid) for pid in whole[:MOST]],
        "blocked_by_total": row["blocked_by_total"],
        "waits_s": row["waits_s"],
        "mode": row["mode"],
        "relation": str(row["relation"]).replace("`", ""),
    }
