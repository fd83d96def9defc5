"""The largest tables. Their files are what is compared: to ask each table for its size would open it."""

from __future__ import annotations

import re

from ....core.observation import Json
from ..asking import MOST, Row, number, picked
from .asking import PROCESS, MysqlAsking

MOST_OPENED = 200
"""Tables that may be asked one by one: opening 2,000 takes a second, and closes those that the site had open."""

_COLUMNS = (
    "TABLE_NAME AS `table`, DATA_LENGTH + INDEX_LENGTH AS size_bytes, INDEX_LENGTH AS index_bytes,"
    " DATA_FREE AS free_bytes, TABLE_ROWS AS `rows`"
)
_FILES = """SELECT NAME AS name, FILE_SIZE AS size_bytes FROM information_schema.{} WHERE SUBSTRING_INDEX(NAME, '/', 1)
 = %s ORDER BY FILE_SIZE DESC LIMIT {}"""
_EACH = f"SELECT {_COLUMNS} FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = %s"  # noqa: S608 - constants
_COUNT = "SELECT COUNT(*) AS tables FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE()"
_ALL = f"""SELECT {_COLUMNS} FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE()
 AND TABLE_TYPE = 'BASE TABLE' ORDER BY size_bytes DESC LIMIT {MOST}"""  # noqa: S608


def figures(ask: MysqlAsking) -> dict[str, Json]:
    what = "largest_tables"
    view = "INNODB_SYS_TABLESPACES" if ask.is_mariadb else "INNODB_TABLESPACES"
    database = _file_name(str(ask.row(what, "SELECT DATABASE() AS name").get("name")))
    files = ask.rows(what, _FILES.format(view, MOST), PROCESS, values=[database])
    if files is None:
        return _one_by_one(ask, what)
    if not files:
        return {what: []}
    sizes: dict[str, float] = {}  # the largest first
    for row in files:
        table = _table(str(row["name"]))
        sizes[table] = sizes.get(table, 0) + number(row["size_bytes"])
    # One look-up each: information_schema opens all tables for anything but one name.
    rows = ask.rows(what, " UNION ALL ".join([_EACH] * len(sizes)), values=list(sizes))
    details = {str(row["table"]): row for row in rows or ()}
    return {what: [_row({**details.get(name, {"table": name}), "size_bytes": sizes[name]}) for name in sizes]}


def _one_by_one(ask: MysqlAsking, what: str) -> dict[str, Json]:
    """Without the privilege, as long as they are few."""
    count = ask.row(what, _COUNT).get("tables")
    if not isinstance(count, int) or count > MOST_OPENED or not str(ask.unavailable[what]).startswith("needs"):
        return {}
    del ask.unavailable[what]
    rows = ask.rows(what, _ALL)
    return {} if rows is None else {what: [_row(row) for row in rows]}


def _row(row: Row) -> Json:
    return picked(row, *(name for name in ("table", "size_bytes", "index_bytes", "free_bytes", "rows") if name in row))


def _file_name(name: str) -> str:
    """As the server names its files (dev.mysql.com/doc, "Mapping of Identifiers to File Names")."""
    return re.sub(r"[^0-9A-Za-z_]", lambda found: f"@{ord(found[0]):04x}", name)


def _table(file: str) -> str:
    """ "shop/an@002dorder#P#p0" is a part of the table "an-order"."""
    name = file.partition("/")[2].partition("#")[0]
    return re.sub(r"@([0-9a-f]{4})", lambda found: chr(int(found[1], 16)), name)
