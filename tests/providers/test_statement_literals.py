"""A statement is shown without what was asked for in it."""

from __future__ import annotations

import time

import pytest

from status.providers.databases.literals import MOST_TEXT, setting_without_literals, without_literals

SECRET = "hunter2"


@pytest.mark.parametrize(
    ("statement", "shown"),
    [
        ("SELECT * FROM t1 WHERE a = 'hunter2' AND b = $1", "SELECT * FROM t1 WHERE a = ? AND b = $1"),
        ("SELECT 'it''s hunter2', 1", "SELECT ?, ?"),
        ("SELECT E'a\\'hunter2' || x", "SELECT ? || x"),
        ("SELECT e'\\\\' || x", "SELECT ? || x"),
        ("SELECT N'hunter2', B'01', X'ff', U&'hunter2'", "SELECT ?, ?, ?, ?"),
        ("SELECT 'a\\'hunter2' FROM t", "SELECT ?"),  # where it ends is not known
        ("SELECT '\\\\' FROM t", "SELECT ? FROM t"),
        ("SELECT $$hunter2$$, $tag$hunter2 $$ $tag$ FROM t", "SELECT ?, ? FROM t"),
        ("SELECT a$b, c$1 FROM t", "SELECT a$b, c$1 FROM t"),
        ("SELECT 1, 1.5, .5, 1e10, 0xFF, 1_000, t2.c3, -7", "SELECT ?, ?, ?, ?, ?, ?, t2.c3, -?"),
        ("SELECT x -- hunter2\nFROM t", "SELECT x FROM t"),
        ("SELECT /* hunter2 /* hunter2 */ hunter2 */ x", "SELECT x"),
        ('SELECT "it\'s ""1"" -- name" FROM "T"', 'SELECT "it\'s ""1"" -- name" FROM "T"'),
        ("ALTER ROLE app PASSWORD 'hunter2'", "ALTER ROLE app PASSWORD ?"),
        ("COPY t FROM PROGRAM 'curl -u a:hunter2'", "COPY t FROM PROGRAM ?"),
        ("DO $$ BEGIN PERFORM 'hunter2'; END $$", "DO ?"),
        ("SELECT  a,\n\t b", "SELECT a, b"),
        ("", ""),
    ],
)
def test_a_literal_is_a_question_mark(statement: str, shown: str) -> None:
    assert without_literals(statement) == shown


@pytest.mark.parametrize(
    ("statement", "shown"),
    [
        ("PRAGMA key='hunter2'; PRAGMA journal_mode=WAL;", "PRAGMA key= ?; PRAGMA journal_mode=WAL;"),
        ("PRAGMA key = \"x'hunter2;'\"; PRAGMA synchronous=1", "PRAGMA key = ?; PRAGMA synchronous=?"),
        ("pragma HEXKEY(hunter2)", "pragma HEXKEY( ?"),
        ("PRAGMA key = hunter2", "PRAGMA key = ?"),
        ("ATTACH 'a.db' AS a KEY 'hunter2'", "ATTACH ? AS a KEY ?"),
        ("SET @x='hunter2', @y=\"it's hunter2\", sql_mode=ANSI", "SET @x=?, @y=?, sql_mode=ANSI"),
        ("SET @x='a\\'hunter2', @y=z", "SET @x=?"),
        ('SET @x="a\\"hunter2", @y=z', "SET @x=?"),
        ("SET a = b # hunter2\n, c = d -- hunter2", "SET a = b , c = d"),
        ("SET /*!50708 x = 'hunter2' */ y = z", "SET y = z"),
        ("PRAGMA foreign_keys=ON", "PRAGMA foreign_keys=ON"),
    ],
)
def test_in_a_setting_what_is_in_double_quotes_is_a_literal_too(statement: str, shown: str) -> None:
    assert setting_without_literals(statement) == shown


@pytest.mark.parametrize("begun", ["'hunter2", "E'hunter2\\'", "$$hunter2", "$a$hunter2$$", "/* hunter2", '"hunter2'])
def test_what_was_cut_within_a_literal_hides_the_rest(begun: str) -> None:
    assert SECRET not in without_literals(f"SELECT {begun}")


def test_a_long_statement_is_cut() -> None:
    shown = without_literals("SELECT " + "column, " * 200)
    assert len(shown) == MOST_TEXT
    assert shown.endswith("…")


@pytest.mark.parametrize(
    "unit",
    [
        "key=",
        "key ",
        "key='",
        "#",
        "'",
        "''",
        "'\\",
        "/*",
        "*/",
        "--",
        '"',
        "$",
        "$a$",
        "$a",
        "1",
        "1.",
        "E'",
        "U&",
        ".1",
        "a ",
    ],
)
def test_it_takes_no_longer_than_the_text_is_long(unit: str) -> None:
    begun = time.process_time()
    without_literals(unit * 100_000)
    setting_without_literals(unit * 100_000)
    assert time.process_time() - begun < 0.5
