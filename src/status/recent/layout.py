"""The tables of the file, and what keeps them small."""

from __future__ import annotations

VERSION = 2

LAYOUT = (
    # `seen_at`: of the newest observation, whichever process made it.
    """CREATE TABLE IF NOT EXISTS standing (
        id INTEGER PRIMARY KEY, reference TEXT NOT NULL UNIQUE, state INTEGER NOT NULL,
        since REAL NOT NULL, seen_at REAL NOT NULL, passed_at REAL)""",
    """CREATE TABLE IF NOT EXISTS slots (
        slot INTEGER NOT NULL, id INTEGER NOT NULL, worst INTEGER NOT NULL, runs INTEGER NOT NULL,
        took REAL NOT NULL, longest REAL NOT NULL, PRIMARY KEY (slot, id)) WITHOUT ROWID""",
    """CREATE TABLE IF NOT EXISTS turns (
        at REAL NOT NULL, id INTEGER NOT NULL, previous INTEGER NOT NULL, state INTEGER NOT NULL, error TEXT)""",
    # `rooms`: how often room was made, so that who has read what then went reads anew.
    """CREATE TABLE IF NOT EXISTS upkeep (
        one INTEGER PRIMARY KEY CHECK (one = 1), trimmed_at REAL NOT NULL, rooms INTEGER NOT NULL)""",
    "INSERT OR IGNORE INTO upkeep VALUES (1, 0, 0)",
    f"PRAGMA user_version = {VERSION}",
)

TRIM = (
    "UPDATE upkeep SET trimmed_at = :now",
    "DELETE FROM slots WHERE slot < :slot",
    "DELETE FROM turns WHERE at < :hour_ago",
    "DELETE FROM standing WHERE seen_at < :hour_ago",
)

_MADE = "UPDATE upkeep SET rooms = rooms + 1"

# The oldest quarter of what there is much of, and the names that are in no slot any more.
MAKE_ROOM = (
    """DELETE FROM slots WHERE slot <
        (SELECT slot FROM slots ORDER BY slot LIMIT 1 OFFSET (SELECT count(*) / 4 FROM slots))""",
    """DELETE FROM turns WHERE at <
        (SELECT at FROM turns ORDER BY at LIMIT 1 OFFSET (SELECT count(*) / 4 FROM turns))""",
    "DELETE FROM standing WHERE seen_at < :slot_s * (SELECT min(slot) FROM slots)",
    _MADE,
)
# Where that is not enough, as where thousands of new names came within a slot: the quarter of all names that was seen
# last the longest ago, with all that is known of them.
FORGET_NAMES = (
    """DELETE FROM standing WHERE id IN
        (SELECT id FROM standing ORDER BY seen_at LIMIT (SELECT count(*) / 4 FROM standing))""",
    "DELETE FROM slots WHERE id NOT IN (SELECT id FROM standing)",
    "DELETE FROM turns WHERE id NOT IN (SELECT id FROM standing)",
    _MADE,
)
