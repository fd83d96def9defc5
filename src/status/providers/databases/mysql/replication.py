"""What this server replicates from others, and how far it is behind."""

from __future__ import annotations

from ....core.observation import Json
from ..asking import MOST, Row, number
from .asking import MysqlAsking


def figures(ask: MysqlAsking) -> dict[str, Json]:
    if ask.is_mariadb:
        statement, needs = "SHOW ALL SLAVES STATUS", "REPLICA MONITOR"
    else:
        statement = "SHOW REPLICA STATUS" if ask.version >= (8, 0, 22) else "SHOW SLAVE STATUS"
        needs = "REPLICATION CLIENT"
    rows = ask.rows("replication", statement, needs)
    if rows is None:
        return {}
    return {"replication": {"sources_total": len(rows), "sources": [_source(row) for row in rows[:MOST]]}}


def _source(row: Row) -> Json:
    """No host, and of an error its number alone: its text quotes the statement that failed."""
    lag = _either(row, "Seconds_Behind_Source", "Seconds_Behind_Master")
    return {
        "name": _either(row, "Connection_name", "Channel_Name") or "",
        "receives": _either(row, "Replica_IO_Running", "Slave_IO_Running") == "Yes",
        "applies": _either(row, "Replica_SQL_Running", "Slave_SQL_Running") == "Yes",
        "lag_s": lag,
        "receive_error": int(number(row.get("Last_IO_Errno"))),
        "apply_error": int(number(row.get("Last_SQL_Errno"))),
    }


def _either(row: Row, *names: str) -> Json:
    """MySQL renamed them; MariaDB did not."""
    return next((row[name] for name in names if name in row), None)
