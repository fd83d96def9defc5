"""What a terminal shows while checks are awaited."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.test import override_settings

from status.command.show import Asked, show
from status.core.observation import Report
from status.engine import Progress
from tests.command.running import MANAGE, django_status
from tests.command.terminal import Terminal, terminal

HERE = "tests.command.checks"
MODULE = f"""
STATUS_PROVIDERS = {{
    "health": [("later", "{HERE}.waits", ["later"]), ("well", "{HERE}.well"), ("last", "{HERE}.waits", ["last"])],
    "hung": [("well", "{HERE}.well"), ("hangs", "{HERE}.hangs")],
    "quick": [("well", "{HERE}.well")],
    "text": [("accented", "{HERE}.accented"), ("later", "{HERE}.waits", ["later"])],
    "many": [("many", "{HERE}.many"), ("later", "{HERE}.waits", ["later"])],
    "names": [(f"check-{{n}}", "{HERE}.waits", ["later"]) for n in range(12)] + [("well", "{HERE}.well")],
}}
STATUS_JUDGED = ["health", "hung", "quick", "text", "names"]
STATUS_TIMEOUT = 60
"""
HURRIED = MODULE.replace("STATUS_TIMEOUT = 60", "STATUS_TIMEOUT = 0.5")
COMMANDS = {"django_status": ("-m", "status"), "manage.py": ("-c", MANAGE, "status")}
REWRITTEN = b"\x1b[J"

Begin = Callable[..., Terminal]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "own_settings.py").write_text(MODULE)
    (tmp_path / "hurried.py").write_text(HURRIED)
    (tmp_path / "site_settings.py").write_text(f"from tests.settings import *\n{MODULE}")
    return tmp_path


@pytest.fixture
def begin(folder: Path) -> Iterator[Begin]:
    """Starts `django_status` with these arguments on a terminal."""
    with terminal() as it:

        def start(*arguments: str, settings: str = "own_settings", columns: int = 80, **variables: str) -> Terminal:
            it.resize(columns, 24)
            it.start(folder, "-m", "status", *arguments, DJANGO_STATUS_SETTINGS=settings, **variables)
            return it

        yield start


def plain(text: str) -> str:
    """Without colours, and with figures alike."""
    return re.sub(r" +", " ", re.sub(r"\d+\.\d+ ms", "0 ms", re.sub(r"\x1b\[[\d;]*m", "", text))).strip()


@pytest.mark.parametrize("command", COMMANDS)
def test_each_check_appears_as_it_completes_and_the_table_stands_there_at_the_end(command: str, folder: Path) -> None:
    with terminal() as it:
        it.start(
            folder,
            *COMMANDS[command],
            "health",
            "-f",
            "table",
            DJANGO_SETTINGS_MODULE="site_settings",
        )
        it.until(lambda: re.search(r"^waiting for later, last … \d+\.\d s$", it.text, re.MULTILINE))
        assert [line.split()[:2] for line in it.lines[:-1]] == [["pass", "well/one"], ["pass", "well/other"]]
        (folder / "last").touch()
        it.until(lambda: re.search(r"^waiting for later … ", it.text, re.MULTILINE))
        assert it.lines[2].split()[:2] == ["pass", "last"]
        (folder / "later").touch()
        assert it.ended() == 0
        piped = django_status(folder, "-s", "own_settings", "health", "-f", "table").stdout
        assert plain(it.text) == plain(piped)
        # Whoever copies it, or scrolls back, finds what a pipe would have got: nothing is cut, nothing is left over.
        _, _, last = it.told.rpartition(REWRITTEN)
        assert plain(last.decode().replace("\r\n", "\n")) == plain(piped)
        assert b"\x1b[32mpass\x1b[0m" in last


def test_what_hangs_is_awaited_and_then_fails(begin: Begin) -> None:
    it = begin("hung", "-f", "table", "-e", settings="hurried")
    it.until_shown("waiting for hangs … ")
    assert "no answer" not in it.text
    assert it.ended() == 1
    assert re.fullmatch(r"fail +hangs +\d+\.\d ms +no answer in 0\.5 s", it.lines[-1])
    assert "waiting" not in it.text


@pytest.mark.parametrize(
    ("arguments", "known"),
    [
        ((), ["well:", "  one: true", "  other: text"]),
        (("-f", "json"), ["{", '  "well": {', '    "one": true,', '    "other": "text"', "  }", "}"]),
        (("-f", "text"), ["health/well/one: pass: yes", "health/well/other: pass: text"]),
        # Of some checks it would tell a verdict on all.
        (("-f", "health+json"), []),
        (("-f", "nagios"), []),
    ],
    ids=["yaml", "json", "text", "health+json", "nagios"],
)
def test_other_formats_grow_likewise_where_they_tell_no_verdict(
    arguments: tuple[str, ...], known: list[str], begin: Begin, folder: Path
) -> None:
    it = begin("health", *arguments)
    it.until_shown("waiting for later, last")
    assert it.lines[:-1] == known
    for name in ("later", "last"):
        (folder / name).touch()
    assert it.ended() == 0
    assert "waiting" not in it.text
    _, _, last = it.told.rpartition(REWRITTEN)
    assert all(name in last for name in (b"later", b"well", b"last"))


def test_what_is_complete_at_once_is_written_once(begin: Begin) -> None:
    it = begin("quick", "-f", "table", "--no-color")
    assert it.ended() == 0
    assert b"\x1b" not in it.told


@pytest.mark.parametrize("variables", [{"TERM": "dumb"}, {"TERM": ""}], ids=str)
def test_a_terminal_that_can_not_move_its_cursor_is_not_asked_to(
    variables: dict[str, str], begin: Begin, folder: Path
) -> None:
    (folder / "later").touch()
    it = begin("hung", "-f", "table", settings="hurried", **variables)
    assert it.ended() == 0
    assert b"\x1b" not in it.told
    assert "no answer in 0.5 s" in it.text


def test_no_color_keeps_the_lines_and_leaves_the_colours(begin: Begin) -> None:
    it = begin("hung", "-f", "table", settings="hurried", NO_COLOR="1")
    assert it.ended() == 0
    assert REWRITTEN in it.told
    assert not re.search(rb"\x1b\[[\d;]*m", it.told)


@pytest.mark.parametrize("by", ["the terminal", "COLUMNS"])
def test_a_narrow_terminal_gets_lines_that_fit_and_whole_ones_at_the_end(by: str, begin: Begin, folder: Path) -> None:
    narrow = {"COLUMNS": "24"} if by == "COLUMNS" else {}
    it = begin("names", "-f", "table", columns=80 if narrow else 24, **narrow)
    it.until_shown("waiting for check-0")
    assert it.lines[0].startswith("pass  well/one")
    assert all(len(line) < 24 for line in it.lines)
    (folder / "later").touch()
    assert it.ended() == 0
    assert REWRITTEN in it.told
    _, _, last = it.told.rpartition(REWRITTEN)
    assert "pass check-11 0 ms yes" in plain(last.decode())


def test_of_the_names_as_many_are_told_as_fit(begin: Begin, folder: Path) -> None:
    it = begin("names", columns=50)
    it.until_shown("waiting for check-0, check-1 and 10 more … ")
    (folder / "later").touch()
    assert it.ended() == 0


def test_of_more_lines_than_the_terminal_has_the_last_are_shown_until_all_are(begin: Begin, folder: Path) -> None:
    it = begin("many", "-f", "table")
    it.until_shown("waiting for later")
    assert len(it.lines) == 23
    assert it.lines[-2].startswith("many.value99")
    (folder / "later").touch()
    assert it.ended() == 0
    _, _, last = it.told.rpartition(REWRITTEN)
    assert last.count(b"\n") == 101


def test_a_terminal_without_utf_8_gets_what_it_can_show(begin: Begin, folder: Path) -> None:
    it = begin("text", "-f", "table", PYTHONIOENCODING="ascii")
    it.until_shown("waiting for later \\u2026 ")
    assert "accented/\\xe9" in it.text
    (folder / "later").touch()
    assert it.ended() == 0
    assert it.told.isascii()


@pytest.mark.parametrize("command", COMMANDS)
def test_ctrl_c_leaves_the_terminal_clean(command: str, folder: Path) -> None:
    with terminal() as it:
        it.start(folder, *COMMANDS[command], "health", "-f", "table", DJANGO_SETTINGS_MODULE="site_settings")
        it.until_shown("waiting for later, last")
        it.press("\x03")
        assert it.ended() == 130
        assert "Traceback" not in it.text
        assert it.lines[-2].startswith("waiting for later, last")  # it may be why
        assert it.screen.cursor.x == 0
        assert not it.screen.cursor.hidden
        assert it.echoes()


# --- in this process, so that coverage sees it ------------------------------------------------------------------------


class TTY(io.StringIO):
    """What is written to a terminal."""

    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("format", ["table", "health+json"])
def test_what_was_rewritten_ends_with_what_a_pipe_gets(format: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "60")
    out = TTY()
    with override_settings(STATUS_PROVIDERS={"hung": [("hangs", f"{HERE}.hangs")]}, STATUS_TIMEOUT=0.4):
        assert show(Asked("hung", format=format, colour=False), out) == 0
    told, _, last = out.getvalue().rpartition("\x1b[J")
    assert re.search(r"waiting for hangs … 0\.[234] s\n", told)
    assert "no answer in 0.4 s" in last


def test_interrupted_it_ends_the_line_of_the_terminal_s_own(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*args: object, **kwargs: object) -> Iterator[Progress]:
        yield Progress(Report("health", ()), ("health/it",))
        raise KeyboardInterrupt

    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr("status.command.show.follow", interrupted)
    out = TTY()
    with pytest.raises(KeyboardInterrupt):
        show(Asked("health"), out)
    assert out.getvalue() == "\n"
